const SCORES = 0;

// Los pesos (T, T) de unas puntuaciones, con máscara causal o sin ella.
export function attentionWeights(scores, masked) {
  return scores.map((row, i) => softmax(row.map((score, j) => (masked && j > i ? -Infinity : score))));
}

class CausalMaskToggle {
  constructor(data) {
    this.tokens = data.tokens;
    this.scores = data.scores;
    this.masked = false;
    this.shown = 1; // los pesos
    this.row = data.row;
    this.explanation = element("p", { class: "lab11-message", "aria-live": "polite" });
    this.table = element("table");
    const scroll = { class: "lab11-scroll", role: "region", tabindex: 0, "aria-label": "Matriz de atención" };
    this.root = element("div", { class: "lab11 lab11-mask" }, this.#controls(),
      element("div", scroll, this.table), this.explanation);
    this.draw();
  }

  #controls() {
    this.toggle = element("button", { type: "button", onclick: () => this.#set({ masked: !this.masked }) });
    const shown = choice("Ver", ["puntuaciones", "pesos"], (index) => this.#set({ shown: index }));
    const row = choice("Fila", this.tokens.map((token, i) => `${i + 1}. ${token}`), (index) => this.#set({ row: index }));
    shown.control.selectedIndex = this.shown;
    row.control.selectedIndex = this.row;
    return element("div", { class: "lab11-bar" }, this.toggle, shown.field, row.field);
  }

  #set(change) {
    Object.assign(this, change);
    this.draw();
  }

  draw() {
    this.toggle.setAttribute("aria-pressed", this.masked);
    this.toggle.textContent = `Máscara causal: ${this.masked ? "puesta" : "quitada"}`;
    const what = this.shown === SCORES ? "Puntuaciones, antes del softmax" : "Pesos, después del softmax";
    this.table.replaceChildren(
      element("caption", {}, `${what}. Filas: consultas; columnas: claves.`), this.#head(), this.#body());
    this.explanation.textContent = this.#explain();
  }

  #head() {
    const heading = (text) => element("th", { scope: "col" }, text);
    const row = element("tr", {}, element("td"), ...this.tokens.map(heading));
    if (this.shown !== SCORES) row.append(heading("Suma"));
    return element("thead", {}, row);
  }

  #body() {
    const values = this.shown === SCORES ? this.scores : attentionWeights(this.scores, this.masked);
    const [low, high] = this.#range();
    return element("tbody", {}, ...values.map((row, i) => {
      const cells = row.map((value, j) => this.#cell(value, (value - low) / (high - low), this.masked && j > i));
      const sum = row.reduce((total, value) => total + value, 0);
      if (this.shown !== SCORES) cells.push(element("td", {}, decimal(sum)));
      return element("tr", { class: i === this.row ? "lab11-chosen" : "" },
        element("th", { scope: "row" }, this.tokens[i]), ...cells);
    }));
  }

  #range() {
    if (this.shown !== SCORES) return [0, 1];
    const flat = this.scores.flat();
    const low = Math.min(...flat);
    return [low, Math.max(...flat, low + 1e-9)]; // que no se divida entre 0 si son todas iguales
  }

  #cell(value, level, hidden) {
    if (hidden) return element("td", { class: "lab11-hidden" }, this.shown === SCORES ? "−∞" : "0");
    return element("td", { style: colored(level) }, decimal(value));
  }

  #explain() {
    const name = `Fila «${this.tokens[this.row]}»`;
    const plain = attentionWeights(this.scores, false)[this.row];
    const visible = plain.slice(0, this.row + 1).reduce((sum, weight) => sum + weight, 0);
    const seen = this.row ? `sus ${this.row + 1} claves visibles` : "su única clave visible";
    const verb = this.row ? "suman" : "vale";
    if (!this.masked) return `${name}, sin máscara: ${seen} con la máscara ${verb} ${decimal(visible)}, y el resto mira al futuro.`;
    return `${name}, con máscara: ${seen} ${this.row ? "sumaban" : "valía"} ${decimal(visible)}. ` +
      `Al ocultar el futuro, sus pesos se multiplican por 1 / ${decimal(visible)} = ${decimal(1 / visible)} y la fila vuelve a sumar 1.`;
  }
}

function render({ model, el }) {
  el.append(new CausalMaskToggle(model.get("data")).root);
}

export default { render };
