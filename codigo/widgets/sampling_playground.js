// La distribución tras temperatura, top-k y top-p, en el orden y con las reglas de Hugging Face.
// `logits` va de mayor a menor; topK = 0 y topP = 1 no recortan nada.
export function samplingDistribution(logits, temperature, topK, topP) {
  let scores = Array.from(logits, (logit) => logit / temperature);
  if (topK > 0 && topK < scores.length) {
    const last = scores[topK - 1];
    scores = scores.map((score) => (score < last ? -Infinity : score)); // los empates con el último se quedan
  }
  const before = stableSoftmax(scores);
  if (topP >= 1) return before;
  let below = 0; // lo que suman este token y los menos probables
  for (let i = scores.length - 1; i > 0; i -= 1) {
    below += before[i];
    if (below <= 1 - topP) scores[i] = -Infinity;
  }
  return stableSoftmax(scores);
}

// Sin `Math.max(...)`, que no admite las decenas de miles de argumentos de un vocabulario entero.
function stableSoftmax(sorted) {
  const exponentials = sorted.map((score) => Math.exp(score - sorted[0]));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

export function entropy(probabilities) {
  return -probabilities.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
}

class SamplingPlayground {
  constructor(data) {
    this.tokens = data.tokens; // los más probables; la temperatura no cambia el orden
    this.logits = asArray(data.logits, Float64Array);
    this.V = this.logits.length;
    this.initial = { temperature: data.temperature, topK: data.top_k, topP: data.top_p };
    this.plain = samplingDistribution(this.logits, 1, 0, 1);
    this.root = element("div", { class: "lab11 lab11-sampling" }, this.#controls(), this.#table());
    this.summary = element("p", { class: "lab11-message", "aria-live": "polite" });
    this.root.append(this.summary);
    this.draw();
  }

  #controls() {
    this.most = Math.min(this.V, 50) + 1; // la última parada del mando: todos
    const { temperature, topK, topP } = this.initial;
    this.temperature = this.#slider("Temperatura", 0.1, 3, 0.05, temperature);
    this.topK = this.#slider("Top-k", 1, this.most, 1, topK || this.most);
    this.topP = this.#slider("Top-p", 0.05, 1, 0.01, topP);
    const reset = element("button", { type: "button", onclick: () => this.#reset() }, "Restablecer");
    return element("div", { class: "lab11-sliders" }, this.temperature.row, this.topK.row, this.topP.row, reset);
  }

  #slider(name, min, max, step, value) {
    const control = element("input", { type: "range", min, max, step, id: newId(), oninput: () => this.draw() });
    control.value = value;
    const shown = element("output", { for: control.id });
    const row = element("div", { class: "lab11-slider" }, element("label", { for: control.id }, name), control, shown);
    return { row, control, shown };
  }

  #reset() {
    const { temperature, topK, topP } = this.initial;
    this.temperature.control.value = temperature;
    this.topK.control.value = topK || this.most;
    this.topP.control.value = topP;
    this.draw();
  }

  #table() {
    const heading = (text) => element("th", { scope: "col" }, text);
    this.body = element("tbody");
    const head = element("tr", {}, heading("Token"), heading("Modelo"), heading("Ahora"), heading("Barra"));
    return element("table", {},
      element("caption", {}, "Los tokens más probables: según el modelo y con tus mandos"),
      element("thead", {}, head), this.body);
  }

  draw() {
    const [temperature, topK, topP] = this.#read();
    const now = samplingDistribution(this.logits, temperature, topK, topP);
    this.#say(this.temperature, decimal(temperature));
    this.#say(this.topK, topK ? `${topK}` : "todos");
    this.#say(this.topP, topP < 1 ? decimal(topP) : "sin recorte");
    const scale = Math.max(this.plain[0], now[0]);
    this.body.replaceChildren(...this.tokens.map((token, i) => this.#row(token, this.plain[i], now[i], scale)));
    this.summary.textContent = this.#describe(now);
  }

  #read() {
    const topK = Number(this.topK.control.value);
    return [Number(this.temperature.control.value), topK === this.most ? 0 : topK, Number(this.topP.control.value)];
  }

  #say({ control, shown }, text) {
    shown.textContent = text;
    control.setAttribute("aria-valuetext", text);
  }

  #row(token, plain, now, scale) {
    const width = (value) => `width: ${((100 * value) / scale).toFixed(1)}%`;
    const bar = element("div", { class: "lab11-track", "aria-hidden": "true" },
      element("div", { class: "lab11-now", style: width(now) }), element("div", { class: "lab11-was", style: width(plain) }));
    return element("tr", { class: now > 0 ? "" : "lab11-out" },
      element("th", { scope: "row" }, `«${token}»`),
      element("td", {}, `${decimal(100 * plain, 1)} %`),
      element("td", {}, now > 0 ? `${decimal(100 * now, 1)} %` : "fuera"), element("td", {}, bar));
  }

  #describe(now) {
    const left = now.filter((p) => p > 0).length;
    const kept = this.plain.reduce((sum, p, i) => sum + (now[i] > 0 ? p : 0), 0);
    const H = entropy(now);
    return `Quedan ${left} de ${this.V} tokens, que según el modelo sumaban ${decimal(100 * kept, 1)} %. ` +
      `Entropía: ${decimal(H)} nats, como un sorteo entre ${decimal(Math.exp(H), 1)} tokens iguales.`;
  }
}

function render({ model, el }) {
  el.append(new SamplingPlayground(model.get("data")).root);
}

export default { render };
