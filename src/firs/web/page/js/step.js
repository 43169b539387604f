/** Steps, one at a time, and answers in the order of their requests: what comes late changes nothing newer. */

import { reportError } from "./notice.js";
import { set, state } from "./store.js";

let newest = 0;
/** The terms when the newest step began. */
let terms = state.terms;
/** @type {Promise<void>} */
let running = Promise.resolve();

/**
 * Run a step; a later one makes its answer out of date, and a failed one leaves all as it was and is reported.
 * @param {(isNewest: () => boolean) => Promise<void>} work
 * @returns {Promise<boolean>} whether it is still the newest step
 */
export async function step(work) {
  const mine = ++newest;
  terms = state.terms;
  set({ busy: true });
  const done = finish(work, mine);
  running = done;
  await done;
  return mine === newest;
}

async function finish(/** @type {(isNewest: () => boolean) => Promise<void>} */ work, /** @type {number} */ mine) {
  try {
    await work(() => mine === newest);
  } catch (error) {
    if (mine === newest) reportError(error);
  } finally {
    if (mine === newest) set({ busy: false });
  }
}

/** @returns {boolean} whether the query is as it was when the newest step began */
export const isQueryUnchanged = () => state.terms === terms;

/** Wait until no step runs. */
export async function untilIdle() {
  while (state.busy) await running;
}

/** @type {Promise<any>} */
let turn = Promise.resolve();

/**
 * Send a request that changes a session when the one before it is answered, so that the last answer is the newest.
 * @template T @param {() => Promise<T>} send @returns {Promise<T>}
 */
export function enqueue(send) {
  const mine = turn.then(send);
  turn = mine.catch(() => {});
  return mine;
}

/**
 * Make a function that reads something and shows it, unless the answer of a later call is shown already.
 * @template T @param {() => Promise<T>} read @param {(answer: T) => void} show @returns {() => Promise<void>}
 */
export function latestOnly(read, show) {
  let calls = 0;
  let shown = 0;
  return async () => {
    const mine = ++calls;
    const answer = await read();
    if (mine < shown) return;
    shown = mine;
    show(answer);
  };
}
