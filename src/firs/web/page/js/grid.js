/**
 * The pictures in justified rows. Only the rows near the screen are on the page, so that ten
 * thousand results cost what ten do.
 */

import { addressOf, fillCell, makeCell, retry } from "./cell.js";
import { connection } from "./connection.js";
import { byId, oncePerFrame } from "./dom.js";
import { boxesOf, rowAt, rowOf, rowsOf, shape } from "./layout.js";
import { marksChanged } from "./marks.js";
import { move } from "./motion.js";
import { isComplete, countViewed, readOn } from "./results.js";
import { on, set, state } from "./store.js";

export const GAP = 3;
const MARGIN = 700;
/** Milliseconds in which only pictures on the screen are requested. */
const FIRST = 300;
const READ_AHEAD = 3;

const grid = byId("grid");
/** Pixels beyond the screen in which rows are drawn; 0 at first, so that visible pictures load first. */
let margin = MARGIN;
let later = 0;
/** @type {number[]} */
let shapes = [];
/** @type {import("./layout.js").Row[]} */
let rows = [];
let width = 0;
let list = 0;
/** @type {Map<number, HTMLElement>} */
let rowNodes = new Map();
/** @type {Map<number, HTMLElement>} */
const cells = new Map();

const items = () => state.view?.items ?? [];
const top = () => grid.getBoundingClientRect().top + scrollY;

export function startGrid() {
  on("view", take);
  on("size", () => keepingPlace(lay));
  on("numbers", refill);
  on("focus", refocus);
  marksChanged.addEventListener("change", refill);
  on("session", refill);
  connection.addEventListener("back", () => cells.forEach(retry));
  addEventListener("scroll", oncePerFrame(draw), { passive: true });
  new ResizeObserver(oncePerFrame(() => grid.clientWidth !== width && keepingPlace(lay))).observe(grid);
  addEventListener("resize", oncePerFrame(draw));
}

/** Show another list, or more of the same. */
function take() {
  const fresh = list !== (state.view?.list ?? 0);
  const before = fresh && state.view?.moves ? places() : new Map();
  const hadFocus = grid.contains(document.activeElement);
  if (fresh) reset();
  shapes = items().map(shape);
  if (!fresh) return grow();
  first();
  lay();
  if (before.size) move(cells, (id) => before.get(id) ?? null);
  if (hadFocus) focusOn(0);
}

function first() {
  margin = 0;
  clearTimeout(later);
  later = setTimeout(() => {
    margin = MARGIN;
    draw();
  }, FIRST);
}

/** Request the pictures of the first screen of another list early.
 * @param {string} c @param {import("./store.js").Item[]} coming */
export function fetchAhead(c, coming) {
  const shapes = coming.map(shape);
  for (const row of rowsOf(shapes, width, Math.min(state.size, width), GAP, true)) {
    if (row.top + top() > innerHeight) return;
    boxesOf(shapes, row, width, GAP).forEach((box, i) => {
      new Image().src = addressOf(c, coming[row.start + i], box);
    });
  }
}

/** Another list starts at its top; pictures that are in both keep their node, so they do not blink. */
function reset() {
  list = state.view?.list ?? 0;
  rowNodes.forEach((node) => node.remove());
  rowNodes = new Map();
  const stays = new Set(items().slice(0, 200).map(({ id }) => id));
  for (const id of cells.keys()) if (!stays.has(id)) cells.delete(id);
  set({ focus: 0 });
  if (scrollY > top() || state.view?.moves) scrollTo({ top: 0, behavior: "instant" });
}

/** Return where the laid out pictures are on the screen. */
function places() {
  const left = grid.getBoundingClientRect().left;
  const down = top() - scrollY;
  const found = new Map();
  for (const row of rows) {
    boxesOf(shapes, row, width, GAP).forEach((box, i) => {
      found.set(laidOutIds[row.start + i], { ...box, x: box.x + left, y: box.y + down });
    });
  }
  return found;
}

/** @type {number[]} ids in the order in which they were laid out */
let laidOutIds = [];

function measure() {
  width = grid.clientWidth;
  laidOutIds = items().map(({ id }) => id);
  const target = Math.min(state.size, width);
  rows = rowsOf(shapes, width, target, GAP, isComplete());
  const last = rows.at(-1);
  const height = last ? last.top + last.height : 0;
  grid.style.height = `${height + (isComplete() ? 0 : target)}px`;
  grid.setAttribute("aria-rowcount", isComplete() ? String(rows.length) : "-1");
}

/** More of the same list: the rows that are there stay as they are. */
function grow() {
  measure();
  refill();
  draw();
}

function lay() {
  measure();
  rowNodes.forEach((node) => node.remove());
  rowNodes = new Map();
  draw();
  for (const [id, cell] of cells) if (!cell.isConnected) cells.delete(id);
}

/** Put the rows near the screen on the page and take the others away. */
export function draw() {
  if (!rows.length) return grid.replaceChildren();
  const from = scrollY - top();
  const first = Math.max(0, Math.min(rowAt(rows, from - margin), rows.length - 1));
  const last = Math.min(rowAt(rows, from + innerHeight + margin), rows.length - 1);
  for (const [at, node] of rowNodes) if ((at < first || at > last) && !containsFocus(node)) dropRow(at, node);
  for (let at = first; at <= last; at++) if (!rowNodes.has(at)) addRow(at);
  countViewed(rows[Math.min(rowAt(rows, from + innerHeight - 40), rows.length - 1)].end);
  if (margin && from + READ_AHEAD * innerHeight > rows.at(-1).top) void readOn();
}

const containsFocus = (/** @type {HTMLElement} */ node) => node.contains(document.activeElement);

function dropRow(/** @type {number} */ at, /** @type {HTMLElement} */ node) {
  node.remove();
  rowNodes.delete(at);
  for (const cell of node.children) cells.delete(Number(/** @type {HTMLElement} */ (cell).dataset.id));
}

function addRow(/** @type {number} */ at) {
  const row = rows[at];
  const node = document.createElement("div");
  node.setAttribute("role", "row");
  node.setAttribute("aria-rowindex", String(at + 1));
  Object.assign(node.style, { top: `${row.top}px`, height: `${row.height}px` });
  node.append(...fillRow(at));
  const after = [...rowNodes.keys()].filter((other) => other > at);
  grid.insertBefore(node, after.length ? rowNodes.get(Math.min(...after)) : null);
  rowNodes.set(at, node);
}

function fillRow(/** @type {number} */ at) {
  const row = rows[at];
  return boxesOf(shapes, row, width, GAP).map((box, i) => {
    const item = items()[row.start + i];
    const cell = cells.get(item.id) ?? makeCell(item);
    cells.set(item.id, cell);
    cell.dataset.at = String(row.start + i);
    cell.setAttribute("aria-colindex", String(i + 1));
    fillCell(cell, item, row.start + i, box);
    return cell;
  });
}

/** Update the pictures that are drawn; their places stay. */
function refill() {
  for (const at of rowNodes.keys()) fillRow(at);
}

/** How much of the screen the bar covers. */
const covered = () => byId("top").offsetHeight * Number(getComputedStyle(byId("top")).position === "sticky");

/** Lay out again, with the same picture at the top of the screen. */
function keepingPlace(/** @type {() => void} */ work) {
  const hadFocus = containsFocus(grid);
  const from = scrollY + covered() - top();
  const anchor = from > 0 && rows.length ? rows[Math.min(rowAt(rows, from), rows.length - 1)].start : 0;
  work();
  if (anchor) scrollTo({ top: top() + rows[rowOf(rows, anchor)].top - covered(), behavior: "instant" });
  if (hadFocus) focusOn(state.focus);
}

function refocus() {
  for (const cell of cells.values()) cell.tabIndex = Number(cell.dataset.at) === state.focus ? 0 : -1;
}

/** @param {number} index of the picture to focus; it is brought onto the screen */
export function focusOn(index) {
  if (!rows.length) return;
  const to = Math.max(0, Math.min(index, rows.at(-1).end - 1));
  const row = rows[rowOf(rows, to)];
  bringIn(row);
  set({ focus: to });
  cells.get(items()[to].id)?.focus({ preventScroll: true });
}

/** @param {import("./layout.js").Row} row */
function bringIn(row) {
  const start = top() + row.top;
  const above = covered();
  const below = byId("dock").offsetHeight + 24;
  const highest = start + row.height - innerHeight + below;
  const lowest = row.top ? start - above - GAP : 0;
  if (scrollY < highest || scrollY > lowest) {
    scrollTo({ top: Math.min(Math.max(scrollY, highest), lowest), behavior: "instant" });
  }
  draw();
}

/** @param {-1|1} by @returns {number} the picture above or below, nearest to the middle of the focused one */
export function indexInRow(by) {
  const at = rowOf(rows, state.focus);
  const to = rows[at + by];
  if (!to) return state.focus;
  const [here] = boxesOf(shapes, rows[at], width, GAP).slice(state.focus - rows[at].start);
  const middle = here.x + here.width / 2;
  const found = boxesOf(shapes, to, width, GAP).findIndex((box) => box.x + box.width + GAP >= middle);
  return to.start + (found < 0 ? to.end - to.start - 1 : found);
}
