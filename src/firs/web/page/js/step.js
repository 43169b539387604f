/** Steps, one at a time: a later one makes the answer of an earlier one out of date. */

import { complain } from "./notice.js";
import { set } from "./store.js";

let newest = 0;

/**
 * Run a step; a failed one leaves all as it was, and is told.
 * @param {(isNewest: () => boolean) => Promise<void>} work
 */
export async function step(work) {
  const mine = ++newest;
  set({ busy: true });
  try {
    await work(() => mine === newest);
  } catch (error) {
    if (mine === newest) complain(error);
  } finally {
    if (mine === newest) set({ busy: false });
  }
}
