/** The rounds as a thin strip of steps, and the summary of the shown one. */

import { byId, el, icon, plural, sentences } from "./dom.js";
import { goTo } from "./places.js";
import { on, shownCollection, shownRound, state } from "./store.js";

export function startRounds() {
  on("session round view collections c busy", draw);
  byId("rounds").addEventListener("click", ({ target }) => {
    const step = target.closest("button");
    if (step) goTo(Number(step.dataset.number));
  });
}

function draw() {
  const { session, round, view, busy } = state;
  byId("rounds").replaceChildren(...(session?.rounds.map(step) ?? []));
  byId("rounds").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  byId("summary").textContent = summary();
  byId("summary").title = [summary(), ...(session?.warnings ?? [])].join(" ");
  byId("weak").hidden = !view?.is_weak || !view.total;
  byId("empty").hidden = !(shownCollection()?.images && !view?.total && !busy);
  byId("empty").textContent = session
    ? "No pictures left to show. Undo, or show pictures again that you have seen."
    : "Describe a picture, or search with a similar one.";
  document.body.classList.toggle("steering", session !== null);
  document.body.classList.toggle("filled", Boolean(view?.total));
  document.title = session ? `${session.summary} – QT-FIRS` : "QT-FIRS";
  byId("rounds-label").hidden = round === null;
}

function summary() {
  const round = shownRound();
  const collection = shownCollection();
  if (round?.parent === null) return "Best matches first.";
  if (round) return sentences(round.summary);
  return collection?.images ? `${plural(collection.images, "picture")}, newest first` : "";
}

/** @param {import("./store.js").Round} round */
function step(round) {
  const { number, parent, marks } = round;
  const shown = number === state.round;
  const counts = [
    ["tick", marks.relevant.length, " fit"],
    ["cross", marks.irrelevant.length, " do not fit"],
    ["star", marks.found === null ? 0 : 1, " found"],
  ].filter(([, count]) => count);
  return el(
    "li",
    { class: onPath(number) ? "" : "aside" },
    parent !== null && parent !== number - 1 && el("span", { class: "from", title: `continues round ${named(parent)}` }, icon("branch")),
    el(
      "button",
      { type: "button", "aria-current": shown ? "step" : null, data: { number }, title: sentences(round.summary) },
      el("span", { class: "visually-hidden" }, "Round "),
      named(number),
      ...counts.map(([name, count, label]) =>
        el("span", { class: "count" }, icon(String(name)), name !== "star" && String(count), el("span", { class: "visually-hidden" }, label)),
      ),
    ),
  );
}

/** Rounds are shown counted from 1. */
const named = (/** @type {number} */ number) => String(number + (state.session?.rounds[0].number === 0 ? 1 : 0));

function onPath(/** @type {number} */ number) {
  const parents = new Map(state.session?.rounds.map((round) => [round.number, round.parent]));
  for (let at = state.round; at !== null && at !== undefined; at = parents.get(at)) if (at === number) return true;
  return false;
}
