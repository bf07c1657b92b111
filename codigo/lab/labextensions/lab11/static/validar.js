// El botón «Validar» de cada cuaderno. Se escribe a mano en la forma que JupyterLab carga (un contenedor de
// «module federation» con init y get): no hay nada que compilar.
(() => {
  const NAME = "lab11";
  const WAITING = "Validando…";
  let shared;

  // Un módulo de los que JupyterLab comparte con sus extensiones.
  async function jupyter(name) {
    const versions = Object.values(shared[name]);
    return (await versions[0].get())();
  }

  function element(tag, text = "", ...children) {
    const node = document.createElement(tag);
    node.textContent = text;
    node.append(...children);
    return node;
  }

  // Lo que dice el diálogo: {title, parts}, según lo que contestó el servidor.
  function report(answer, goTo) {
    if (!answer.success) {
      return { title: "No se pudo validar", parts: [element("p", answer.value)] };
    }
    const { failed = [], changed = [], type_changed = [], stopped, total } = answer.value;
    const touched = [...changed, ...type_changed];
    if (touched.length) {
      const advice =
        "Al corregir se usan las originales. Para recuperarlas aquí, copia tu solución a un cuaderno nuevo de la parte.";
      return {
        title: "Has cambiado celdas de prueba",
        parts: [element("p", advice), ...touched.map((test) => section(test, "", goTo))],
      };
    }
    if (failed.length) {
      const title = `Pasan ${total - failed.length} de ${total} pruebas`;
      const tests = failed.map((test) => section(test, test.error, goTo));
      if (!stopped.length) return { title, parts: tests };
      const cells = stopped.map((cell) => section(cell, cell.error, goTo));
      const [first, second] = ["Empieza por aquí: estas celdas se detienen", "Las pruebas que no pasan"];
      return { title, parts: [element("h2", first), ...cells, element("h2", second), ...tests] };
    }
    const good = total
      ? `Pasan las ${total} pruebas. Al corregir hay además pruebas ocultas, con otros datos.`
      : "Este cuaderno no tiene pruebas.";
    return { title: "Todo bien", parts: [element("p", good)] };
  }

  // Una celda: su título, que lleva a ella, y el mensaje (HTML que ya viene escapado).
  function section(cell, message, goTo) {
    const link = element("button", cell.source);
    link.className = "lab11-test";
    link.title = "Ir a esta celda";
    link.onclick = () => goTo(cell.index);
    const text = element("pre");
    text.innerHTML = message;
    return element("section", "", element("h3", "", link), text);
  }

  const STYLE = `
    .lab11-validation { min-width: 32rem; max-width: 56rem; overflow: auto; }
    .lab11-validation pre { white-space: pre-wrap; font-family: var(--jp-code-font-family);
      font-size: var(--jp-code-font-size); border-left: 4px solid var(--jp-warn-color1);
      padding: 0.3rem 0 0.3rem 0.8rem; margin: 0 0 1rem; }
    .lab11-validation pre:empty { display: none; }
    .lab11-validation h2 { margin: 0.8rem 0 0.2rem; font-size: var(--jp-ui-font-size2); }
    .lab11-validation h3 { margin: 0.4rem 0; }
    .lab11-test { all: unset; cursor: pointer; font-weight: bold; text-decoration: underline;
      color: var(--jp-content-link-color); }
    .lab11-test:focus-visible { outline: 2px solid var(--jp-brand-color1); }`;

  async function activate(app) {
    const { Dialog, ToolbarButton } = await jupyter("@jupyterlab/apputils");
    const { ServerConnection } = await jupyter("@jupyterlab/services");
    const { Widget } = await jupyter("@lumino/widgets");
    document.head.append(element("style", STYLE));

    async function ask(path) {
      const settings = ServerConnection.makeSettings();
      const url = `${settings.baseUrl}assignments/validate?path=${encodeURIComponent(path)}`;
      const answer = await ServerConnection.makeRequest(url, { method: "POST" }, settings);
      if (!answer.ok) throw new ServerConnection.ResponseError(answer);
      return answer.json();
    }

    async function validate(panel) {
      let dialog;
      const goTo = (index) => {
        dialog.resolve(0);
        panel.content.activeCellIndex = index;
        panel.content.scrollToItem(index, "start");
      };
      let answer;
      try {
        await panel.context.save();
        answer = await ask(panel.context.path);
      } catch (error) {
        answer = { success: false, value: `El servidor de Jupyter no contesta: ${error.message}` };
      }
      const { title, parts } = report(answer, goTo);
      const body = new Widget({ node: element("div", "", ...parts) });
      body.addClass("lab11-validation");
      dialog = new Dialog({ title, body, buttons: [Dialog.okButton({ label: "Cerrar" })] });
      await dialog.launch();
    }

    function createNew(panel) {
      const setLabel = (text, waiting) => {
        button.node.querySelector(".jp-ToolbarButtonComponent-label").textContent = text;
        button.enabled = !waiting;
      };
      const onClick = async () => {
        setLabel(WAITING, true);
        try {
          await validate(panel);
        } finally {
          setLabel("Validar", false);
        }
      };
      const tooltip = "Guarda, ejecuta el cuaderno desde el principio y dice qué pruebas pasan";
      const button = new ToolbarButton({ className: "validate-button", label: "Validar", tooltip, onClick });
      panel.toolbar.insertAfter("cellType", "validate", button);
      return button;
    }
    app.docRegistry.addWidgetExtension("Notebook", { createNew });
  }

  const plugin = { id: `${NAME}:validate`, description: "El botón Validar", autoStart: true, activate };
  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: (scope) => {
      shared = scope;
    },
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
