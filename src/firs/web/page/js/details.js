/** The details of the picture in the large view, and the reasons for its rank. */

import { addresses } from "./api.js";
import { percent } from "./cell.js";
import { byId, formatCount, el, icon } from "./dom.js";
import { look } from "./places.js";
import { state } from "./store.js";

/** @param {any} detail the response of the server */
export function showDetails(detail) {
  byId("viewer-name").textContent = detail.name;
  list(byId("viewer-captions"), detail.captions, (text) => el("li", {}, text));
  list(byId("viewer-tags"), detail.tags, (text) => el("li", {}, text));
  byId("viewer-facts").replaceChildren(...facts(detail).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** Show its rank, its previous rank, and the marks that moved it. @param {import("./store.js").Item|null} item */
export function showWhy(item) {
  byId("viewer-why").hidden = !item?.rank;
  if (!item?.rank) return;
  byId("viewer-numbers").textContent = [
    `rank ${formatCount(item.rank)}`,
    `score ${item.score.toFixed(3)}`,
    typeof item.probability === "number" ? `probability ${percent(item.probability)}` : "",
  ].filter(Boolean).join(" · ");
  const { previous_rank: before, rank } = item;
  byId("viewer-moved").hidden = !before || before === rank;
  byId("viewer-moved").textContent = `${before} → ${rank}`;
  list(byId("viewer-matches"), /** @type {any} */ (item.matched_via ?? []), expansionMatch);
  list(byId("viewer-influences"), /** @type {any} */ (item.mark_influences ?? []), markInfluence);
  byId("viewer-words").hidden = !item.term_influences?.length;
  byId("viewer-words").textContent = `because of the words ${(item.term_influences ?? []).map(({ text }) => `“${text}”`).join(", ")}`;
  list(byId("viewer-votes"), /** @type {any} */ (item.votes ?? []), vote);
}

/** The explanation over the picture, where there is one. */
export function showOverlay(/** @type {{overlay: string}|undefined} */ explanation) {
  byId("overlay-row").hidden = byId("overlay").hidden = !explanation;
  if (explanation) byId("overlay").src = explanation.overlay;
}

function list(/** @type {HTMLElement} */ node, /** @type {string[]} */ values = [], make) {
  node.hidden = !values.length;
  node.replaceChildren(...values.map(make));
}

/** @returns {[string, string][]} */
function facts({ folder, width, height, format, bytes, taken_at, added_at }) {
  return /** @type {[string, string|null][]} */ ([
    ["Taken", day(taken_at)],
    ["Size", `${width} × ${height}, ${format}, ${bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 2 ** 20).toFixed(1)} MB`}`],
    ["Folder", folder],
    ["Added", day(added_at)],
  ]).filter(([, value]) => value);
}

const day = (/** @type {string|null|undefined} */ time) =>
  time ? new Date(time).toLocaleDateString("en", { year: "numeric", month: "long", day: "numeric" }) : null;

const MARK_LABELS = { relevant: ["tick", "your tick"], irrelevant: ["cross", "your cross"], found: ["star", "“this is it”"] };

function markInfluence({ id, mark, rank_when_marked: rank }) {
  const [symbol, words] = MARK_LABELS[mark];
  return el(
    "li",
    {},
    icon(symbol),
    id === state.image ? `${words} on this picture` : `${words} on`,
    id !== state.image && el("button", { type: "button", class: "thumb", "aria-label": `Open the marked picture${rank ? ` ${rank}` : ""}`, onclick: () => look(id) }, el("img", { src: addresses.thumbnail(state.c, id, 256), alt: "" })),
    rank ? el("span", { class: "muted" }, `then #${rank}`) : null,
  );
}

const expansionMatch = ({ by, texts }) =>
  el("li", {}, by === "moved" ? "moved towards " : "also found by ", texts.map((text) => `“${text}”`).join(", "));

const vote = ({ source, rank, score, weight }) =>
  el("li", {}, el("span", {}, source), el("span", { class: "muted" }, `#${rank} · ${score.toFixed(3)} · × ${weight}`));
