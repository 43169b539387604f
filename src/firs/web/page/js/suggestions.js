/**
 * Suggested words: requested, shown with their changes, accepted or closed.
 * @typedef {import("./store.js").Suggestion} Suggestion
 */

import { api } from "./api.js";
import { byId, el } from "./dom.js";
import { sendMarks } from "./marks.js";
import { reportError } from "./notice.js";
import { show } from "./places.js";
import { countViewed } from "./results.js";
import { enqueue, step } from "./step.js";
import { on, set, state } from "./store.js";

let stop = new AbortController();

export function startSuggestions() {
  byId("suggest").addEventListener("click", () => suggest());
  byId("close-suggestions").addEventListener("click", closeSuggestions);
  byId("own-words").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("own-words-field").value.trim();
    if (text) accept({ text });
  });
  on("session round", leave);
  on("session round isSuggesting", drawButton);
  on("suggested about", draw);
  drawButton();
  draw();
}

/** Request suggestions; the search stays usable. @param {any} [options] the refiner */
export async function suggest(options = {}) {
  const { session, round } = state;
  if (!session) return;
  stop.abort();
  stop = new AbortController();
  const { signal } = stop;
  set({ isSuggesting: true });
  try {
    await sendMarks();
    const suggested = await api.suggest(session.collection, session.id, round, options, signal);
    if (!signal.aborted) set({ suggested });
  } catch (error) {
    if (!signal.aborted) reportError(error);
  } finally {
    if (!signal.aborted) set({ isSuggesting: false });
  }
}

let of = "";

/** Close the suggestions when another round is shown; marks do not change them. */
function leave() {
  const now = `${state.session?.id}/${state.round}`;
  if (now !== of) closeSuggestions();
  of = now;
}

/** Close the suggestions; the query stays as it is. */
function closeSuggestions() {
  stop.abort();
  set({ suggested: null, isSuggesting: false });
}

/** Add words to the search. @param {{text: string, added?: any[]}} suggestion */
function accept(suggestion) {
  const { session, round, suggested, again } = state;
  if (!session || state.busy) return;
  const by = suggestion.added ? suggested?.by : null;
  step(async (isNewest) => {
    await sendMarks();
    const options = { ...suggestion, by, again, shown: countViewed() };
    const next = await enqueue(() => api.refine(session.collection, session.id, round, options));
    if (isNewest()) await show(next, next.current, { pushed: true, moves: true, from: round });
  });
}

function drawButton() {
  byId("suggest").hidden = !state.session?.terms.some(({ kind }) => kind === "text");
  byId("suggest").setAttribute("aria-busy", String(state.isSuggesting));
}

/** Draw the suggestions, but not when only marks change: text may be being typed. */
function draw() {
  const { suggested, about } = state;
  byId("suggestions").hidden = !suggested;
  if (!suggested) return;
  byId("suggestions-summary").textContent = suggested.summary;
  const canAskModel = about?.refiners?.includes("llm") && suggested.by !== "llm";
  byId("suggested").replaceChildren(
    ...suggested.suggestions.map(suggestionItem),
    canAskModel ? el("li", {}, el("button", { type: "button", onclick: () => suggest({ refiner: "llm" }) }, "Ask the language model")) : "",
  );
  byId("own-words-field").value = suggested.text;
}

/** @param {Suggestion} suggestion */
function suggestionItem({ label, text, why, drifts, added, difference }) {
  const isChip = label !== text;
  const title = drifts ? `${why} – far from your search` : why;
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", title, class: drifts ? "far" : "", onclick: () => (drifts ? edit(text) : accept({ text, added })) },
      ...(isChip ? [label] : difference.flatMap(pieceNodes)),
      drifts && el("span", { class: "visually-hidden" }, " (far from your search; press to edit it)"),
    ),
  );
}

/** Put a suggestion far from the query into the field, to be edited first. */
function edit(/** @type {string} */ text) {
  byId("own-words-field").value = text;
  byId("own-words-field").focus();
}

/** @param {Suggestion["difference"][number]} piece */
function pieceNodes({ kind, text }) {
  if (kind === "same") return [`${text} `];
  return [el(kind === "new" ? "ins" : "del", {}, text), " "];
}
