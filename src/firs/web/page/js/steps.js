/**
 * The steps of a search: start it, improve it, undo. Each step ends with a new address.
 * @typedef {import("./store.js").Term} Term @typedef {import("./store.js").Session} Session
 */

import { api } from "./api.js";
import { sendMarks } from "./marks.js";
import { announce, notify } from "./notice.js";
import { open, show } from "./places.js";
import { FIRST, pauseReading, countViewed, readAgain } from "./results.js";
import { enqueue, step } from "./step.js";
import { set, state } from "./store.js";
import { hasPositiveTerm, toRequest } from "./terms.js";

/** Search for these terms; the chips change at once. @param {Term[]} terms */
export function search(terms) {
  set({ terms });
  if (terms.some(({ busy }) => busy)) return;
  if (!terms.length) return open({ c: state.c }, { pushed: true });
  if (!hasPositiveTerm(terms)) return notify("First describe what to find, then what to exclude.");
  return step(async (isNewest) => {
    const session = await api.start(state.c, terms.map(toRequest), FIRST);
    if (isNewest()) await show(session, session.current, { pushed: true });
  });
}

/** Start the next round from the marks of the shown one. */
export function iterate() {
  const { session, round } = state;
  if (!session || state.busy) return;
  return step(async (isNewest) => {
    await sendMarks();
    const { method, strength, again } = state;
    const options = { method, strength, again, shown: countViewed() };
    const next = await enqueue(() => api.next(session.collection, session.id, round, options, FIRST));
    if (isNewest()) await show(next, next.current, { pushed: true, moves: true, from: round });
  });
}

/** Undo the last mark or the last round. */
export function undo() {
  const { session, round } = state;
  if (!session) return;
  return step(async (isNewest) => {
    await sendMarks();
    const goOn = pauseReading();
    const before = await enqueue(() => api.undo(session.collection, session.id)).finally(goOn);
    if (!isNewest()) return;
    const stays = before.rounds.some(({ number }) => number === round);
    if (!stays) pauseReading();
    if (!stays) return leaveRound(before);
    set({ session: before });
    await readAgain();
    announce("undone");
  });
}

/** Leave an undone round by going back in the history, so that its entry is gone. */
function leaveRound(/** @type {Session} */ session) {
  const { from, looking } = history.state ?? {};
  if (from !== session.current || looking) return show(session, session.current, { moves: true });
  set({ session, round: session.current });
  return goBack();
}

/** Go back in the history; done when the step that shows what is there has begun. @returns {Promise<any>} */
function goBack() {
  const left = new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
  history.back();
  return left;
}

/** Go on in a copy of the session that ends with the shown round. */
export function branch() {
  const { session, round } = state;
  if (!session) return;
  return step(async (isNewest) => {
    await sendMarks();
    const copy = await enqueue(() => api.branch(session.collection, session.id, round));
    if (!isNewest()) return;
    await show(copy, copy.current, { pushed: true });
    notify("This is a copy. The original search is unchanged.");
  });
}

/** Take an image of the collection, or another picture, into the query. @param {Term} term */
export const moreLike = (term) => search([...state.terms.filter((one) => !same(one, term)), term]);

const same = (/** @type {Term} */ one, /** @type {Term} */ other) =>
  one.kind === other.kind && one.image === other.image && one.upload === other.upload && one.kind !== "text";

/** @param {import("./store.js").Item} item @param {number} [weight] @returns {Term} */
export const asTerm = ({ id, name }, weight = 1) => ({ kind: "image", image: id, name, weight });
