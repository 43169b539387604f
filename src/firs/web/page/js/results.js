/**
 * The pictures that are shown, in order, read from the server part by part as a person goes on.
 * @typedef {import("./store.js").Item} Item
 */

import { api } from "./api.js";
import { reportError } from "./notice.js";
import { set, state } from "./store.js";

/** How many results are read at first. */
export const FIRST = 60;
const MORE = 180;
const MOST = 1000;

/** @typedef {{key: string, read: (start: number, count: number, signal: AbortSignal) => Promise<any>}} Source */

/** @type {Source|null} */
let source = null;
let stop = new AbortController();
/** The list that is read on now, by its number. */
let reading = 0;
let lists = 0;
let farthest = 0;

/**
 * The results of a round.
 * @param {string} c @param {string} s @param {number} n
 * @param {any} [first] the first of them, where they came with the round @returns {Source}
 */
export function ofRound(c, s, n, first = null) {
  let here = first;
  return {
    key: `${c}/${s}/${n}`,
    read: async (start, count, signal) => {
      const known = start ? null : here;
      here = null;
      const { results, total, is_weak, credible_set_size } = known ?? (await api.results(c, s, n, start, count, signal));
      return { items: results, total, is_weak, credible_set_size };
    },
  };
}

/** @param {string} c @returns {Source} all pictures of a collection, the newest first */
export const ofCollection = (c) => ({
  key: c,
  read: async (start, count, signal) => {
    const { images, total } = await api.browse(c, start, count, signal);
    return { items: images, total };
  },
});

/**
 * Show another list from its start; `moves`: what stays moves from where it was to where it goes.
 * @param {Source} next @param {{count?: number, moves?: boolean, first?: (items: Item[]) => void}} [how]
 *   `first` is called when the list is here, before it is shown
 */
export async function showList(next, { count = FIRST, moves = false, first = () => {} } = {}) {
  stop.abort();
  stop = new AbortController();
  const { signal } = stop;
  const list = await next.read(0, Math.min(Math.max(count, FIRST), MOST), signal);
  signal.throwIfAborted();
  source = next;
  farthest = 0;
  first(list.items);
  set({ view: { key: next.key, list: ++lists, ...list, moves } });
}

/** Stop reading a round that may be undone. @returns {() => void} goes on with it after all */
export function pauseReading() {
  const paused = source;
  stop.abort();
  stop = new AbortController();
  reading = 0;
  source = null;
  return () => {
    source ??= paused;
  };
}

/** @param {number} [count] how many of the first pictures are in sight @returns {number|null} how many were, at most */
export function countViewed(count = 0) {
  farthest = Math.max(farthest, count);
  return farthest || null;
}

export function showNothing() {
  stop.abort();
  source = null;
  set({ view: null });
}

/** @returns {boolean} */
export const isComplete = () => !state.view || state.view.items.length >= state.view.total;

/** Read on, unless all is here or on its way. */
export async function readOn() {
  const list = state.view?.list;
  if (reading === list || isComplete() || !source) return;
  reading = list;
  const { read } = source;
  const { signal } = stop;
  try {
    const { items, total } = await read(state.view.items.length, MORE, signal);
    if (signal.aborted || state.view?.list !== list) return;
    const enough = items.length ? total : state.view.items.length;
    set({ view: { ...state.view, items: [...state.view.items, ...items], total: enough, moves: false } });
  } catch (error) {
    reportError(error);
  } finally {
    if (reading === list && !signal.aborted) reading = 0;
  }
}

/** Read the same list again; its pictures stay, their details may change. */
export async function readAgain() {
  if (!source) return;
  const { signal } = stop;
  const list = await source.read(0, Math.min(Math.max(state.view.items.length, FIRST), MOST), signal);
  if (signal.aborted) return;
  const rest = state.view.items.slice(list.items.length);
  set({ view: { ...state.view, items: [...list.items, ...rest], total: list.total, moves: false } });
}
