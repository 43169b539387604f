/**
 * The state of the page, and the listeners of its parts.
 *
 * @typedef {"relevant"|"irrelevant"|"found"} Mark
 * @typedef {{kind: "text"|"image"|"upload", text?: string, image?: number, upload?: string,
 *   name?: string, weight: number, thumbnail?: string, busy?: boolean}} Term
 * @typedef {{relevant: number[], irrelevant: number[], found: number|null, cleared?: number[]}} Marks
 * @typedef {{number: number, parent: number|null, method: string|null, strength: number, summary: string,
 *   total: number, marks: Marks}} Round
 * @typedef {{id: string, collection: string, summary: string, terms: Term[], current: number,
 *   warnings: string[], can_undo: boolean, rounds: Round[], results?: any}} Session
 * @typedef {{label: string, text: string, why: string, drifts: boolean, added: {text: string, weight: number}[],
 *   difference: {kind: "same"|"gone"|"new", text: string}[]}} Suggestion
 * @typedef {{text: string, by: string, summary: string, failed: boolean, suggestions: Suggestion[]}} Suggested
 * @typedef {{id: number, width: number, height: number, name: string, rank?: number, score?: number,
 *   probability?: number|null, explanation?: {overlay: string}, previous_rank?: number|null, mark?: Mark|null, seen?: boolean, version?: string,
 *   mark_influences?: {id: number, mark: Mark, weight: number, rank_when_marked?: number}[], term_influences?: {text: string, weight: number}[],
 *   votes?: {source: string, rank: number, score: number, weight: number}[]}} Item
 * @typedef {{key: string, list: number, items: Item[], total: number, is_weak?: boolean, credible_set_size?: number|null, moves?: boolean}} View
 *   `list` is another number for another list, and the same as long as the list only grows
 */

const stored = JSON.parse(localStorage.getItem("firs.page") ?? "{}");

/** Settings that are stored in the browser; everything else is in the address. */
const STORED = ["size", "numbers", "method", "strength", "again", "collection"];

export const state = {
  about: /** @type {any} */ (null),
  collections: /** @type {any[]|null} */ (null),
  c: /** @type {string|null} */ (null),
  session: /** @type {Session|null} */ (null),
  round: /** @type {number|null} */ (null),
  image: /** @type {number|null} */ (null),
  terms: /** @type {Term[]} */ ([]),
  view: /** @type {View|null} */ (null),
  focus: 0,
  busy: false,
  suggested: /** @type {Suggested|null} */ (null),
  isSuggesting: false,
  collection: null,
  size: 200,
  numbers: false,
  method: "auto",
  strength: 1,
  again: true,
  ...stored,
};

/** @type {{keys: string[], call: () => void}[]} */
const listeners = [];

/** Change some of the state; each listener to any of it is called once. @param {Partial<typeof state>} patch */
export function set(patch) {
  const changed = Object.keys(patch).filter((key) => !Object.is(state[key], patch[key]));
  Object.assign(state, patch);
  if (changed.some((key) => STORED.includes(key))) store();
  for (const { keys, call } of listeners) if (keys.some((key) => changed.includes(key))) call();
}

/** @param {string} keys separated by spaces @param {() => void} call */
export const on = (keys, call) => void listeners.push({ keys: keys.split(" "), call });

/** @returns {Round|undefined} the round that is shown */
export const shownRound = () => state.session?.rounds.find(({ number }) => number === state.round);

/** @returns {any} the collection that is shown */
export const shownCollection = () => state.collections?.find(({ id }) => id === state.c);

function store() {
  localStorage.setItem("firs.page", JSON.stringify(Object.fromEntries(STORED.map((key) => [key, state[key]]))));
}
