/**
 * Marks: shown at once, sent in order, stored in this tab until the server has them.
 *
 * @typedef {import("./store.js").Mark} Mark
 * @typedef {{c: string, s: string, n: number, marks: Record<string, any>}} Sending
 */

import { api } from "./api.js";
import { reportError, announce } from "./notice.js";
import { enqueue } from "./step.js";
import { set, shownRound, state } from "./store.js";

const BOX = "firs.unsent";
const ANNOUNCEMENTS = { relevant: "ticked", irrelevant: "crossed out", found: "this is it" };

/** @type {Sending[]} */
let unsent = JSON.parse(sessionStorage.getItem(BOX) ?? "[]");
/** @type {Promise<void>|null} */
let sending = null;

export const marksChanged = new EventTarget();

/** @param {import("./store.js").Item} item @returns {Mark|null} sent or not */
export function markOf(item) {
  const waiting = unsent.findLast(({ s, n, marks }) => isHere(s, n) && hasMark(marks, item.id));
  if (waiting) return markIn(waiting.marks, item.id);
  const marks = shownRound()?.marks;
  if (marks?.cleared?.includes(item.id)) return null;
  return (marks && markIn(marks, item.id)) ?? item.mark ?? null;
}

/** @returns {{relevant: number, irrelevant: number, found: number}} how many marks the shown round has */
export function countMarks() {
  const marks = shownRound()?.marks;
  const current = new Map(marks ? [...idsIn(marks)].map((id) => [id, markIn(marks, id)]) : []);
  for (const { s, n, marks: more } of unsent) {
    if (isHere(s, n)) for (const id of idsIn(more)) current.set(id, markIn(more, id));
  }
  const count = (/** @type {Mark} */ kind) => [...current.values()].filter((mark) => mark === kind).length;
  return { relevant: count("relevant"), irrelevant: count("irrelevant"), found: count("found") };
}

/**
 * Give a picture of the shown round a mark, or take the same mark away.
 * @param {import("./store.js").Item} item @param {Mark} kind
 */
export function mark(item, kind) {
  if (!state.session || state.round === null) return;
  const off = markOf(item) === kind;
  const marks = off ? { clear: [item.id] } : { [kind]: kind === "found" ? item.id : [item.id] };
  unsent.push({ c: state.session.collection, s: state.session.id, n: state.round, marks });
  item.mark = off ? null : kind;
  announce(off ? "mark removed" : ANNOUNCEMENTS[kind]);
  store();
  void sendMarks();
}

/** Send what is unsent, in order; done when the server has it all. */
export function sendMarks() {
  sending ??= sendAll().finally(() => (sending = null));
  return sending;
}

const isHere = (s, n) => s === state.session?.id && n === state.round;

async function sendAll() {
  while (unsent.length) {
    const { c, s, n, marks } = unsent[0];
    try {
      const session = await enqueue(() => api.mark(c, s, n, marks));
      if (session?.id === state.session?.id) set({ session });
    } catch (error) {
      reportError(error);
    }
    unsent.shift();
    store();
  }
}

function store() {
  sessionStorage.setItem(BOX, JSON.stringify(unsent));
  marksChanged.dispatchEvent(new Event("change"));
}

/** @param {any} marks */
const idsIn = ({ relevant = [], irrelevant = [], found = null, clear = [] }) =>
  new Set([...relevant, ...irrelevant, ...clear, ...(found === null ? [] : [found])]);

const hasMark = (/** @type {any} */ marks, /** @type {number} */ id) => idsIn(marks).has(id);

/** @param {any} marks @param {number} id @returns {Mark|null} */
function markIn({ relevant = [], irrelevant = [], found = null }, id) {
  if (found === id) return "found";
  if (relevant.includes(id)) return "relevant";
  return irrelevant.includes(id) ? "irrelevant" : null;
}
