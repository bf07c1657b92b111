// Lo que comparten las tres figuras. Python lo antepone al módulo de cada una: nada se importa de fuera.

const SVG = "http://www.w3.org/2000/svg";

function assign(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  return node;
}

function element(tag, attributes = {}, ...children) {
  const node = assign(document.createElement(tag), attributes);
  // Sin esto JupyterLab se queda las flechas: mueven la celda elegida y no el control.
  if (["button", "input", "select"].includes(tag)) node.setAttribute("data-lm-suppress-shortcuts", "true");
  node.append(...children);
  return node;
}

function svgElement(tag, attributes = {}) {
  return assign(document.createElementNS(SVG, tag), attributes);
}

let used = 0;

function newId() {
  used += 1;
  return `lab11-${used}-${Math.random().toString(36).slice(2, 8)}`;
}

function labelled(text, control) {
  control.id = newId();
  return element("div", { class: "lab11-field" }, element("label", { for: control.id }, text), control);
}

function choice(text, options, onchange) {
  const control = element("select", { onchange: () => onchange(control.selectedIndex) });
  control.append(...options.map((option) => element("option", {}, option)));
  return { field: labelled(text, control), control };
}

// Los arreglos llegan como bytes: más cortos que su texto y sin redondear.
function asArray(view, ArrayType) {
  return new ArrayType(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function decimal(value, digits = 2) {
  return value.toFixed(digits).replace("-", "−");
}

// viridis en nueve pasos: claridad creciente, así que se distingue también en gris.
const VIRIDIS = [
  [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141],
  [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37],
];

function viridis(value) {
  const position = Math.min(1, Math.max(0, value)) * (VIRIDIS.length - 1);
  const low = Math.min(VIRIDIS.length - 2, Math.floor(position));
  return VIRIDIS[low].map((start, i) => Math.round(start + (position - low) * (VIRIDIS[low + 1][i] - start)));
}

function luminance(color) {
  const linear = color.map((c) => (c / 255 <= 0.04045 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

// El texto, blanco o negro: el que más contraste da, que nunca baja de 4.5.
function colored(value) {
  const color = viridis(value);
  const ink = luminance(color) > 0.179 ? "#000" : "#fff";
  return `background: rgb(${color.join(", ")}); color: ${ink}`;
}

function softmax(scores) {
  const top = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - top));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}
