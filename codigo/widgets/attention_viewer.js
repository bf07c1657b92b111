const ROW = 30; // píxeles de cada token

// El peso medio de varias matrices seguidas de un mismo tamaño.
export function average(matrices, size) {
  const mean = new Float32Array(size);
  for (let i = 0; i < matrices.length; i += 1) mean[i % size] += matrices[i];
  return mean.map((value) => value / (matrices.length / size));
}

class AttentionViewer {
  constructor(data) {
    this.tokens = data.tokens;
    [this.layers, this.heads, this.T] = data.shape;
    this.weights = asArray(data.weights, Float32Array);
    this.chosen = { layer: data.layer, head: data.head };
    this.hovered = this.focused = null;
    this.names = data.head_names;
    this.root = element("div", { class: "lab11 lab11-attention" }, this.#controls(), this.#diagram());
    this.message = element("p", { class: "lab11-message", "aria-live": "polite" });
    const help = "Pasa por un token, o llega a él con el tabulador: ↑ y ↓ cambian de token";
    const more = `${this.heads > 1 ? ", ← y → de cabeza" : ""}${this.layers > 1 ? ", Re Pág y Av Pág de capa" : ""}`;
    this.root.append(this.message, element("p", { class: "lab11-help" }, `${help}${more}.`));
    this.draw();
  }

  #controls() {
    const bar = element("div", { class: "lab11-bar" });
    const layers = Array.from({ length: this.layers }, (_, i) => String(i));
    const heads = [...this.names, ...(this.heads > 1 ? ["media de todas"] : [])];
    this.layer = choice("Capa", layers, (index) => this.choose({ layer: index }));
    this.head = choice("Cabeza", heads, (index) => this.choose({ head: index }));
    if (this.layers > 1) bar.append(this.layer.field);
    if (this.heads > 1) bar.append(this.head.field);
    return bar;
  }

  #diagram() {
    this.lines = svgElement("svg", {
      viewBox: `0 0 100 ${this.T * ROW}`, preserveAspectRatio: "none", "aria-hidden": "true",
      height: this.T * ROW,
    });
    this.buttons = { query: this.#column("query"), key: this.#column("key") };
    const column = (side, title) =>
      element("div", { class: `lab11-column lab11-${side}`, role: "group", "aria-label": title }, ...this.buttons[side]);
    return element(
      "div", { class: "lab11-diagram" },
      element("span", { class: "lab11-query" }, "Consulta"), element("span"), element("span", {}, "Clave"),
      column("query", "Consultas: quién atiende"), this.lines, column("key", "Claves: a quién se atiende"),
    );
  }

  #column(side) {
    return this.tokens.map((token, index) =>
      element("button", {
        type: "button", tabindex: index ? -1 : 0, title: token,
        onmouseenter: () => this.#look("hovered", { side, index }), onmouseleave: () => this.#look("hovered", null),
        onfocus: () => this.#look("focused", { side, index }), onblur: () => this.#look("focused", null),
        onkeydown: (event) => this.#key(event, side, index),
      }, element("span", { class: "lab11-token" }, token), element("span", { class: "lab11-weight" })));
  }

  #look(how, what) {
    this[how] = what;
    this.draw();
  }

  #key(event, side, index) {
    const token = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: this.T - 1 }[event.key];
    const head = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const layer = { PageUp: -1, PageDown: 1 }[event.key];
    if (token !== undefined) this.#goTo(side, Math.min(this.T - 1, Math.max(0, token)));
    else if (head) this.choose({ head: this.chosen.head + head });
    else if (layer) this.choose({ layer: this.chosen.layer + layer });
    else return;
    event.preventDefault();
  }

  #goTo(side, index) {
    this.buttons[side].forEach((button, i) => button.setAttribute("tabindex", i === index ? 0 : -1));
    this.buttons[side][index].focus();
  }

  choose(change) {
    const { layer, head } = { ...this.chosen, ...change };
    const last = this.heads > 1 ? this.heads : 0; // detrás de la última cabeza va la media
    this.chosen = { layer: Math.min(this.layers - 1, Math.max(0, layer)), head: Math.min(last, Math.max(0, head)) };
    this.draw();
  }

  matrix() {
    const size = this.T * this.T;
    const start = this.chosen.layer * this.heads * size;
    if (this.chosen.head === this.heads) return average(this.weights.subarray(start, start + this.heads * size), size);
    return this.weights.subarray(start + this.chosen.head * size, start + (this.chosen.head + 1) * size);
  }

  draw() {
    this.layer.control.selectedIndex = this.chosen.layer;
    this.head.control.selectedIndex = this.chosen.head;
    const matrix = this.matrix();
    const active = this.hovered ?? this.focused;
    this.#drawLines(matrix, active);
    this.#drawWeights(matrix, active);
    this.message.textContent = this.#describe(matrix, active);
  }

  #drawLines(matrix, active) {
    const lines = [];
    for (let i = 0; i < this.T; i += 1) {
      for (let j = 0; j < this.T; j += 1) {
        const weight = matrix[i * this.T + j];
        const shown = !active || active.index === (active.side === "query" ? i : j);
        if (shown && weight >= 0.005) {
          lines.push(svgElement("line", {
            x1: 0, x2: 100, y1: (i + 0.5) * ROW, y2: (j + 0.5) * ROW, class: `lab11-from-${active?.side ?? "query"}`,
            "stroke-opacity": weight.toFixed(3), "stroke-width": (1 + 5 * weight).toFixed(2),
          }));
        }
      }
    }
    this.lines.replaceChildren(...lines);
  }

  // Con una consulta elegida, el peso va junto a cada clave; con una clave, junto a cada consulta.
  #drawWeights(matrix, active) {
    for (const side of ["query", "key"]) {
      this.buttons[side].forEach((button, index) => {
        const here = active?.side === side && active.index === index;
        button.classList.toggle("lab11-active", here);
        const weight = active && active.side !== side ? this.#weight(matrix, active, index) : null;
        button.lastChild.textContent = weight === null ? "" : decimal(weight);
      });
    }
  }

  #weight(matrix, { side, index }, other) {
    return matrix[side === "query" ? index * this.T + other : other * this.T + index];
  }

  #describe(matrix, active) {
    const head = this.chosen.head === this.heads ? "media de las cabezas" : `cabeza ${this.names[this.chosen.head]}`;
    const place = [this.layers > 1 ? `capa ${this.chosen.layer}` : "", this.heads > 1 ? head : ""];
    const where = place.filter(Boolean).join(", ");
    const prefix = where ? `${where[0].toUpperCase()}${where.slice(1)}. ` : "";
    if (!active) return `${prefix}Cuanto más gruesa y opaca la línea, mayor el peso.`;
    const others = this.tokens.map((token, j) => [token, this.#weight(matrix, active, j)]);
    const best = others.sort((a, b) => b[1] - a[1]).slice(0, 3);
    const verb = active.side === "query" ? "atiende sobre todo a" : "recibe sobre todo de";
    const list = best.map(([token, weight]) => `«${token}» ${decimal(weight)}`).join(", ");
    return `${prefix}«${this.tokens[active.index]}» ${verb}: ${list}.`;
  }
}

function render({ model, el }) {
  el.append(new AttentionViewer(model.get("data")).root);
}

export default { render };
