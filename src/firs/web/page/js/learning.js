/** What the collection has learned: expansions by captions and accepted queries, and the log. */

import { api } from "./api.js";
import { byId, el, plural } from "./dom.js";
import { reportError, notify } from "./notice.js";
import { latestOnly } from "./step.js";
import { on, state } from "./store.js";

const panel = () => byId("learning");

export function startLearning() {
  panel().addEventListener("toggle", () => panel().open && load());
  on("c", () => {
    panel().open = false;
    panel().hidden = state.c === null;
  });
  byId("log-on").addEventListener("change", ({ target }) => act(() => api.turnLog(state.c, target.checked)));
  byId("log-clear").addEventListener("click", () => act(() => api.clearLog(state.c)));
  panel().addEventListener("click", ({ target }) => {
    const { by, undo } = target.closest("button")?.dataset ?? {};
    if (by) void act(() => api.expand(state.c, by));
    if (undo) void act(() => api.undoExpansion(state.c, undo));
  });
}

const read = latestOnly(
  async () => ({ c: state.c, parts: await Promise.all([api.expansions(state.c), api.log(state.c)]) }),
  draw,
);

async function load() {
  try {
    await read();
  } catch (error) {
    reportError(error);
  }
}

function draw({ c, parts: [expansions, log] }) {
  if (c !== state.c) return;
  byId("log-on").checked = log.on;
  byId("log-clear").hidden = !log.lines;
  byId("log-clear").textContent = `Delete ${plural(log.lines, "record")}`;
  byId("expansions").replaceChildren(...expansions.map(entry));
}

/** @param {{id: number, kind: string, images: number, texts: number}} expansion */
const entry = ({ id, kind, images, texts }) =>
  el(
    "li",
    {},
    el("span", {}, DESCRIPTIONS[kind](texts, images)),
    el("button", { type: "button", data: { undo: id }, "aria-label": `Undo: ${DESCRIPTIONS[kind](texts, images)}` }, "Undo"),
  );

const DESCRIPTIONS = {
  captions: (texts, images) => `${plural(texts, "caption")} for ${plural(images, "picture")}`,
  queries: (texts, images) => `${plural(texts, "search", "searches")} accepted for ${plural(images, "picture")}`,
  moves: (texts, images) => `${plural(images, "picture")} moved`,
};

/** Do it and show the new state; an error is shown next to the buttons. */
async function act(/** @type {() => Promise<any>} */ call) {
  byId("learning-wrong").textContent = "";
  try {
    await call();
    await read();
    notify("Your searches use this from now on.");
  } catch (error) {
    byId("learning-wrong").textContent = error.message;
    await load();
  }
}
