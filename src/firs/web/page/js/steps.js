/**
 * What a person does with a search: start it, steer it, go back. Each step ends with a new address.
 * @typedef {import("./store.js").Term} Term @typedef {import("./store.js").Session} Session
 */

import * as at from "./address.js";
import { api, Problem } from "./api.js";
import { sendMarks } from "./marks.js";
import { complain, say, tell } from "./notice.js";
import { many } from "./dom.js";
import { holdReading, ofCollection, ofRound, readAgain, showList, showNothing } from "./results.js";
import { set, state } from "./store.js";
import { saysWhatToFind, sendable } from "./terms.js";

let newest = 0;

/**
 * Run a step; a later one makes its answer out of date, and a failed one leaves all as it was.
 * @param {(isNewest: () => boolean) => Promise<void>} work
 */
async function step(work) {
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

/** @returns {at.Place} */
const here = () => ({ c: state.c, s: state.session?.id, r: state.round, image: state.image });

/** Search for these terms; the chips change at once. @param {Term[]} terms */
export function search(terms) {
  set({ terms });
  if (terms.some(({ busy }) => busy)) return;
  if (!terms.length) return open({ c: state.c }, { pushed: true });
  if (!saysWhatToFind(terms)) return tell("Say or show what to find, too; then what not to find counts.");
  return step(async (isNewest) => {
    const session = await api.start(state.c, terms.map(sendable));
    if (isNewest()) await show(session, session.current, { pushed: true });
  });
}

/** Make what a round's marks say the next ranking. */
export function iterate() {
  const { session, round } = state;
  if (!session || state.busy) return;
  return step(async (isNewest) => {
    await sendMarks();
    const { method, strength, again } = state;
    const next = await api.next(session.collection, session.id, round, { method, strength, again, shown: looked() });
    if (isNewest()) await show(next, next.current, { pushed: true, moves: true, from: round });
  });
}

let farthest = 0;
/** How many of the first pictures came into sight. @param {number} count */
export const lookedAt = (count) => (farthest = Math.max(farthest, count));
const looked = () => farthest || null;

/** Take back the last mark or the last round. */
export function undo() {
  const { session, round } = state;
  if (!session) return;
  return step(async (isNewest) => {
    await sendMarks();
    const goOn = holdReading();
    const before = await api.undo(session.collection, session.id).finally(goOn);
    if (!isNewest()) return;
    const stays = before.rounds.some(({ number }) => number === round);
    if (!stays) holdReading();
    set({ session: before });
    if (!stays) return leaveRound(before);
    await readAgain();
    say("taken back");
  });
}

/** A round that is taken back is left by the way it was come to, so that going back means something else next time. */
function leaveRound(/** @type {Session} */ session) {
  const { from, looking } = history.state ?? {};
  if (from === session.current && !looking) return history.back();
  return show(session, session.current, { moves: true });
}

/** Go on in a copy of the session that ends with the shown round. */
export function branch() {
  const { session, round } = state;
  if (!session) return;
  return step(async (isNewest) => {
    await sendMarks();
    const copy = await api.branch(session.collection, session.id, round);
    if (!isNewest()) return;
    await show(copy, copy.current, { pushed: true });
    tell("This is a copy; the first search stays as it is.");
  });
}

/** Show another round of the session. @param {number} number */
export const goTo = (number) =>
  number !== state.round && step(() => show(state.session, number, { pushed: true, moves: true }));

/**
 * Show what an address says, reading as many results as were there before.
 * @param {at.Place} place @param {{pushed?: boolean, count?: number, anew?: boolean}} [how]
 *   `anew`: read the list again even where it is the one that is shown
 */
export function open(place, { pushed = false, count, anew = false } = {}) {
  return step(async (isNewest) => {
    const c = place.c ?? state.c;
    if (!place.s) return browse(c, { pushed, count, anew, image: place.image });
    const known = state.session?.id === place.s && state.c === c;
    const session = known ? state.session : await found(c, place.s);
    if (!isNewest()) return;
    if (!session) return browse(c, { pushed: false, count, image: null });
    await show(session, place.r ?? session.current, { pushed, count, image: place.image, moves: known });
  });
}

/** @returns {Promise<Session|null>} null, and a word to the person, where there is none */
async function found(/** @type {string} */ c, /** @type {string} */ s) {
  try {
    return await api.session(c, s);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    tell(error.message);
    return null;
  }
}

async function show(session, number, { pushed = false, moves = false, count = undefined, image = null, from = undefined } = {}) {
  const { rounds } = session;
  const round = rounds.find((one) => one.number === number) ?? rounds.find((one) => one.number === session.current);
  const c = session.collection;
  const source = ofRound(c, session.id, round.number);
  const goes = state.view?.key !== source.key;
  if (goes) farthest = 0;
  const place = { c, s: session.id, r: round.number, image };
  const apply = () => {
    set({ c, collection: c, session, round: round.number, terms: session.terms, image });
    if (pushed) at.push(place, { from });
    else at.replace(place);
  };
  if (!goes) return apply();
  await showList(source, { count, moves: moves && state.session?.id === session.id, first: apply });
  say(`${many(round.total, "picture")}. ${round.told}`);
  if (session.remarks?.length) tell(session.remarks.join(" "));
}

async function browse(c, { pushed = false, count = undefined, anew = false, image = null } = {}) {
  const apply = () => {
    set({ c, collection: c, session: null, round: null, terms: [], image });
    at[pushed ? "push" : "replace"]({ c, image });
  };
  if (!c || !shownIn(c)?.images) {
    apply();
    return showNothing();
  }
  if (state.view?.key === ofCollection(c).key && !anew) return apply();
  try {
    await showList(ofCollection(c), { count, first: apply });
  } catch (error) {
    if (!(error instanceof Problem) || ![404, 405].includes(error.status)) throw error;
    apply();
    showNothing();
  }
}

const shownIn = (/** @type {string} */ c) => state.collections?.find(({ id }) => id === c);

/** Show a picture large, or none; a picture beside the one shown takes its place in the history. @param {number|null} id */
export function look(id) {
  const was = state.image;
  if (id === was) return;
  set({ image: id });
  if (id === null && history.state?.looking) return history.back();
  if (was === null) at.push({ ...here(), image: id }, { ...history.state, looking: true });
  else at.replace({ ...here(), image: id });
}

/** Take an image of the collection, or another picture, into the query. @param {Term} term */
export const moreLike = (term) => search([...state.terms.filter((one) => !same(one, term)), term]);

const same = (/** @type {Term} */ one, /** @type {Term} */ other) =>
  one.kind === other.kind && one.image === other.image && one.upload === other.upload && one.kind !== "text";

/** @param {import("./store.js").Item} item @param {number} [weight] @returns {Term} */
export const asTerm = ({ id, name }, weight = 1) => ({ kind: "image", image: id, name, weight });
