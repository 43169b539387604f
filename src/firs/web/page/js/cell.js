/**
 * One picture of the grid: the picture, its marks, and its rank and score if they are shown.
 * @typedef {import("./store.js").Item} Item
 */

import { addresses } from "./api.js";
import { byId, el, icon } from "./dom.js";
import { markOf } from "./marks.js";
import { state } from "./store.js";

const SIZES = [256, 512, 1024];
const SHARP_ENOUGH = 0.85;
const SOON = 1500;
const NAMES = { relevant: "fits", irrelevant: "does not fit", found: "this is it" };

/** @param {number} width @param {number} height as shown @returns {number} the thumbnail that is sharp there */
export function thumbnailSize(width, height) {
  const needed = Math.max(width, height) * Math.min(devicePixelRatio, 3) * SHARP_ENOUGH;
  return SIZES.find((size) => size >= needed) ?? SIZES.at(-1);
}

/** @param {Item} item @returns {HTMLElement} */
export function makeCell(item) {
  const cell = byId("cell").content.firstElementChild.cloneNode(true);
  cell.dataset.id = item.id;
  const picture = cell.firstElementChild;
  picture.addEventListener("load", () => cell.classList.remove("broken"));
  picture.addEventListener("error", () => {
    cell.classList.add("broken");
    if (!picture.dataset.again) setTimeout(retry, SOON, cell);
    picture.dataset.again = "yes";
  });
  return cell;
}

/** Request a picture again that could not be loaded. @param {HTMLElement} cell */
export function retry(cell) {
  const picture = /** @type {HTMLImageElement} */ (cell.firstElementChild);
  if (cell.classList.contains("broken")) picture.src = String(picture.src);
}

/**
 * Give a cell its place in its row and everything that may change.
 * @param {HTMLElement} cell @param {Item} item @param {number} index @param {import("./layout.js").Box} box
 */
export function fillCell(cell, item, index, box) {
  Object.assign(cell.style, { left: `${box.x}px`, width: `${box.width}px`, height: `${box.height}px` });
  cell.classList.toggle("narrow", box.width < 132);
  cell.classList.toggle("tiny", box.width < 76);
  const doubtful = index === state.view?.credible_set_size;
  cell.classList.toggle("doubtful", doubtful);
  showPicture(/** @type {HTMLImageElement} */ (cell.firstElementChild), item, box);
  cell.tabIndex = index === state.focus ? 0 : -1;
  const mark = drawMark(cell, item);
  const info = drawNumbers(cell, item);
  const label = [item.rank ?? index + 1, item.name, mark && NAMES[mark], info, doubtful && "probably no match from here on"];
  cell.setAttribute("aria-label", label.filter(Boolean).join(", "));
}

function showPicture(/** @type {HTMLImageElement} */ picture, /** @type {Item} */ item, box) {
  const size = thumbnailSize(box.width, box.height);
  if (Number(picture.dataset.size ?? 0) >= size) return;
  picture.dataset.size = String(size);
  picture.src = addressOf(state.c, item, box);
}

/** @param {string} c @param {Item} item @param {{width: number, height: number}} box @returns {string} of its picture */
export const addressOf = (c, item, box) =>
  addresses.thumbnail(c, item.id, thumbnailSize(box.width, box.height), item.version);

function drawMark(/** @type {HTMLElement} */ cell, /** @type {Item} */ item) {
  const mark = markOf(item);
  cell.dataset.mark = mark ?? "";
  cell.classList.toggle("steers", state.session !== null);
  for (const button of cell.querySelectorAll("button[data-mark]")) {
    button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.mark === mark));
  }
  return mark;
}

function drawNumbers(/** @type {HTMLElement} */ cell, /** @type {Item} */ item) {
  const info = /** @type {HTMLElement} */ (cell.querySelector(".info"));
  const movement = rankChange(item);
  const parts = movement ? [el("span", { class: `moved ${movement.direction}` }, icon(movement.direction), movement.shown)] : [];
  if (state.numbers) parts.push(...numbers(item).map((number) => el("span", {}, number)));
  info.replaceChildren(...parts.flatMap((part) => [part, " "]));
  return [movement?.direction, info.textContent.trim()].filter(Boolean).join(" ");
}

/** @param {Item} item @returns {string[]} */
export function numbers({ rank, score, probability }) {
  const shown = [];
  if (rank) shown.push(`#${rank}`);
  if (typeof score === "number") shown.push(score.toFixed(3));
  if (typeof probability === "number") shown.push(percent(probability));
  return shown;
}

/** @param {number} part @returns {string} */
export const percent = (part) => `${part < 0.1 ? (100 * part).toFixed(1) : Math.round(100 * part)} %`;

const NOTABLE = 1.5;
const AT_LEAST = 3;

/** Return the change of a picture's rank since the previous round, if it is large. @param {Item} item */
export function rankChange({ previous_rank: before, rank }) {
  if (!before || !rank) return null;
  const [least, most] = [Math.min(before, rank), Math.max(before, rank)];
  if (most - least < AT_LEAST || most / least < NOTABLE) return null;
  const direction = rank < before ? "rose" : "fell";
  return { direction, shown: `${before} → ${rank}` };
}
