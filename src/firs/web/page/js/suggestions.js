/**
 * Other words for what is looked for: asked for, shown as what changes, taken or refused.
 * @typedef {import("./store.js").Suggestion} Suggestion
 */

import { api } from "./api.js";
import { byId, el } from "./dom.js";
import { sendMarks } from "./marks.js";
import { complain } from "./notice.js";
import { show } from "./places.js";
import { lookedAt } from "./results.js";
import { inTurn, step } from "./step.js";
import { on, set, state } from "./store.js";

let stop = new AbortController();

export function startSuggestions() {
  byId("suggest").addEventListener("click", () => suggest());
  byId("refuse").addEventListener("click", refuse);
  byId("own-words").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("own-words-field").value.trim();
    if (text) take({ text });
  });
  on("session round", leave);
  on("session round asking", drawButton);
  on("suggested about", draw);
  drawButton();
  draw();
}

/** Ask for other words; the search goes on meanwhile. @param {any} [wish] who is asked */
export async function suggest(wish = {}) {
  const { session, round } = state;
  if (!session) return;
  stop.abort();
  stop = new AbortController();
  const { signal } = stop;
  set({ asking: true });
  try {
    await sendMarks();
    const suggested = await api.suggest(session.collection, session.id, round, wish, signal);
    if (!signal.aborted) set({ suggested });
  } catch (error) {
    if (!signal.aborted) complain(error);
  } finally {
    if (!signal.aborted) set({ asking: false });
  }
}

let of = "";

/** Other words are of one round; marks leave them as they are. */
function leave() {
  const now = `${state.session?.id}/${state.round}`;
  if (now !== of) refuse();
  of = now;
}

/** Leave the query as it is. */
function refuse() {
  stop.abort();
  set({ suggested: null, asking: false });
}

/** Search by other words, too. @param {{text: string, added?: any[]}} taken */
function take(taken) {
  const { session, round, suggested, again } = state;
  if (!session || state.busy) return;
  const by = taken.added ? suggested?.by : null;
  step(async (isNewest) => {
    await sendMarks();
    const wish = { ...taken, by, again, shown: lookedAt() };
    const next = await inTurn(() => api.refine(session.collection, session.id, round, wish));
    if (isNewest()) await show(next, next.current, { pushed: true, moves: true, from: round });
  });
}

function drawButton() {
  byId("suggest").hidden = !state.session?.terms.some(({ kind }) => kind === "text");
  byId("suggest").setAttribute("aria-busy", String(state.asking));
}

/** Draw what was suggested, and nothing when only marks change: a person may be writing in it. */
function draw() {
  const { suggested, about } = state;
  byId("suggestions").hidden = !suggested;
  if (!suggested) return;
  byId("suggestions-told").textContent = suggested.summary;
  const asks = about?.refiners?.includes("llm") && suggested.by !== "llm";
  byId("suggested").replaceChildren(
    ...suggested.suggestions.map(offered),
    asks ? el("li", {}, el("button", { type: "button", onclick: () => suggest({ refiner: "llm" }) }, "Ask the language model")) : "",
  );
  byId("own-words-field").value = suggested.text;
}

/** @param {Suggestion} suggestion */
function offered({ label, text, why, drifts, added, difference }) {
  const isChip = label !== text;
  const title = drifts ? `${why} – far from your search` : why;
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", title, class: drifts ? "far" : "", onclick: () => (drifts ? edit(text) : take({ text, added })) },
      ...(isChip ? [label] : difference.flatMap(marked)),
      drifts && el("span", { class: "visually-hidden" }, " (far from your search; press to edit it)"),
    ),
  );
}

/** What is far from the query is put where it can be read and changed first. */
function edit(/** @type {string} */ text) {
  byId("own-words-field").value = text;
  byId("own-words-field").focus();
}

/** @param {Suggestion["difference"][number]} piece */
function marked({ kind, text }) {
  if (kind === "same") return [`${text} `];
  return [el(kind === "new" ? "ins" : "del", {}, text), " "];
}
