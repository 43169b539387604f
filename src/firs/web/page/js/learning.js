/** What the collection has learnt: captions and accepted queries that stand for pictures, and the log they come from. */

import { api } from "./api.js";
import { byId, el, many } from "./dom.js";
import { complain, tell } from "./notice.js";
import { newestOf } from "./step.js";
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

const read = newestOf(
  async () => ({ c: state.c, parts: await Promise.all([api.expansions(state.c), api.log(state.c)]) }),
  draw,
);

async function load() {
  try {
    await read();
  } catch (error) {
    complain(error);
  }
}

function draw({ c, parts: [expansions, log] }) {
  if (c !== state.c) return;
  byId("log-on").checked = log.on;
  byId("log-clear").hidden = !log.lines;
  byId("log-clear").textContent = `Delete ${many(log.lines, "line")}`;
  byId("expansions").replaceChildren(...expansions.map(entry));
}

/** @param {{id: number, kind: string, images: number, texts: number}} expansion */
const entry = ({ id, kind, images, texts }) =>
  el(
    "li",
    {},
    el("span", {}, TOLD[kind](texts, images)),
    el("button", { type: "button", data: { undo: id }, "aria-label": `Undo: ${TOLD[kind](texts, images)}` }, "Undo"),
  );

const TOLD = {
  captions: (texts, images) => `${many(texts, "caption")} for ${many(images, "picture")}`,
  queries: (texts, images) => `${many(texts, "search", "searches")} accepted for ${many(images, "picture")}`,
  moves: (texts, images) => `${many(images, "picture")} moved`,
};

/** Do it, show what there is then; what is wrong is told where it was asked for. */
async function act(/** @type {() => Promise<any>} */ call) {
  byId("learning-wrong").textContent = "";
  try {
    await call();
    await read();
    tell("Your searches use this from now on.");
  } catch (error) {
    byId("learning-wrong").textContent = error.message;
    await load();
  }
}
