/** One key per action. Keys do nothing while text is typed, or with Ctrl, Alt or ⌘. */

import { byId, isTextInput } from "./dom.js";
import { focusOn, indexInRow } from "./grid.js";
import { toggleHelp } from "./help.js";
import { mark } from "./marks.js";
import { toField } from "./query-line.js";
import { look } from "./places.js";
import { asTerm, iterate, moreLike, undo } from "./steps.js";
import { set, state } from "./store.js";
import { suggest } from "./suggestions.js";
import { isLooking, viewedItem, walk } from "./viewer.js";

const PAGE = 12;

/** @returns {import("./store.js").Item|null} the picture that a key applies to */
const targetItem = () => (isLooking() ? viewedItem() : (state.view?.items[state.focus] ?? null));

const go = (/** @type {number} */ by) => () => (isLooking() ? walk(by > 0 ? 1 : -1) : focusOn(inGrid() ? state.focus + by : state.focus));
const row = (/** @type {-1|1} */ by) => () => (isLooking() ? walk(by) : focusOn(inGrid() ? indexInRow(by) : state.focus));
const marks = (/** @type {import("./store.js").Mark} */ kind) => () => withTarget((item) => mark(item, kind));
const like = (/** @type {number} */ weight) => () => withTarget((item) => moreLike(asTerm(item, weight)));

const inGrid = () => byId("grid").contains(document.activeElement);

function withTarget(/** @type {(item: import("./store.js").Item) => void} */ call) {
  const item = targetItem();
  if (item) call(item);
}

/** @type {Record<string, () => void>} */
const KEYS = {
  j: go(1),
  k: go(-1),
  ArrowRight: go(1),
  ArrowLeft: go(-1),
  ArrowDown: row(1),
  ArrowUp: row(-1),
  PageDown: go(PAGE),
  PageUp: go(-PAGE),
  Home: go(-Infinity),
  End: go(Infinity),
  " ": marks("relevant"),
  x: marks("irrelevant"),
  f: marks("found"),
  m: like(1),
  M: like(-1),
  i: iterate,
  u: undo,
  s: suggest,
  n: () => set({ numbers: !state.numbers }),
  "/": () => {
    if (isLooking()) look(null);
    toField();
  },
  "?": toggleHelp,
  Escape: leave,
  Enter: () => (isLooking() ? marks("found")() : withTarget(({ id }) => look(id))),
};

/** Keys that a focused button or link needs for itself, and keys that scroll the page elsewhere. */
const PRESSES = [" ", "Enter"];
const SCROLLS = ["Home", "End", "PageUp", "PageDown"];

export function startKeys() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!isHandledElsewhere(event)) run(event, event.key.length === 1 && event.key !== "M" ? event.key.toLowerCase() : event.key);
  });
}

function run(/** @type {KeyboardEvent} */ event, /** @type {string} */ key) {
  if (!Object.hasOwn(KEYS, key)) return;
  event.preventDefault();
  KEYS[key]();
}

/** Whether a key belongs to what has the focus, or to an open panel. */
function isHandledElsewhere(/** @type {KeyboardEvent} */ { key, target }) {
  const node = /** @type {Element} */ (target);
  if (document.querySelector(":popover-open")) return !(key === "?" && node.closest("#help"));
  if (isTextInput(node)) return node !== byId("field") || !["ArrowDown", "Escape"].includes(key);
  if (PRESSES.includes(key)) return node.closest("button, a, summary, label") !== null;
  return SCROLLS.includes(key) && !inGrid() && !isLooking();
}

/** Out of the large view, or out of the field to the pictures. */
function leave() {
  if (isLooking()) look(null);
  else focusOn(state.focus);
}
