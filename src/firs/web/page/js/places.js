/**
 * What is shown, and its address: a round of a session, all pictures of a collection, one picture large.
 * @typedef {import("./store.js").Session} Session
 */

import * as at from "./address.js";
import { api, Problem } from "./api.js";
import { plural, sentences } from "./dom.js";
import { fetchAhead } from "./grid.js";
import { announce, notify } from "./notice.js";
import { ofCollection, ofRound, showList, showNothing } from "./results.js";
import { isQueryUnchanged, step } from "./step.js";
import { set, state } from "./store.js";

/**
 * Show a place, reading as many results as were there before.
 * @param {at.Place} place @param {{pushed?: boolean, count?: number, reload?: boolean}} [how]
 *   `reload`: read the list again even where it is the one that is shown
 */
export function open(place, { pushed = false, count, reload = false } = {}) {
  return step(async (isNewest) => {
    const c = place.c ?? state.c;
    if (!place.s) return browse(c, { pushed, count, reload, image: place.image });
    const known = state.session?.id === place.s && state.c === c;
    const session = known ? state.session : await found(c, place.s);
    if (!isNewest()) return;
    if (!session) return browse(c, { pushed: false, count, image: null });
    await show(session, place.r ?? session.current, { pushed, count, image: place.image, moves: known });
  });
}

/** @returns {Promise<Session|null>} null, and a notice, if there is none */
async function found(/** @type {string} */ c, /** @type {string} */ s) {
  try {
    return await api.session(c, s);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    notify(error.message);
    return null;
  }
}

/**
 * Show a round of a session.
 * @param {Session} response with the first results of a round, or without @param {number} number where there is none, the current one
 * @param {{pushed?: boolean, moves?: boolean, count?: number, image?: number|null, from?: number|null}} [how]
 *   `pushed`: as a new entry of the history, that remembers `from` which round it was come to
 */
export async function show(response, number, { pushed = false, moves = false, count, image = null, from } = {}) {
  const { results, ...session } = response;
  const { rounds } = session;
  const round = rounds.find((one) => one.number === number) ?? rounds.find((one) => one.number === session.current);
  const c = session.collection;
  const given = results?.round === round.number ? results : null;
  const source = ofRound(c, session.id, round.number, given);
  const goes = state.view?.key !== source.key;
  const place = { c, s: session.id, r: round.number, image };
  const isOpen = () => state.session?.id === session.id;
  if (isOpen()) set({ session });
  const apply = () => {
    const newest = isOpen() ? state.session : session;
    set({ c, collection: c, session: newest, round: round.number, terms: queryOf(session.terms), image });
    if (pushed) push(place, { from });
    else at.replace(place);
  };
  if (!goes) return apply();
  const first = (/** @type {import("./store.js").Item[]} */ items) => {
    fetchAhead(c, items);
    apply();
  };
  await showList(source, { count, moves: moves && isOpen(), first });
  announce(`${plural(round.total, "picture")}. ${sentences(round.summary)}`);
  if (session.warnings?.length) notify(session.warnings.join(" "));
}

/**
 * Show all pictures of a collection.
 * @param {string|null} c @param {{pushed?: boolean, count?: number, reload?: boolean, image?: number|null}} [how]
 */
async function browse(c, { pushed = false, count, reload = false, image = null } = {}) {
  const apply = () => {
    set({ c, collection: c, session: null, round: null, terms: queryOf([]), image });
    if (pushed) push({ c, image });
    else at.replace({ c, image });
  };
  if (!c || !shownIn(c)?.images) {
    apply();
    return showNothing();
  }
  if (state.view?.key === ofCollection(c).key && !reload) return apply();
  try {
    await showList(ofCollection(c), { count, first: apply });
  } catch (error) {
    if (!(error instanceof Problem) || ![404, 405].includes(error.status)) throw error;
    apply();
    showNothing();
  }
}

/** Changes of the query since the step began are kept. */
const queryOf = (/** @type {import("./store.js").Term[]} */ terms) => (isQueryUnchanged() ? terms : state.terms);

const shownIn = (/** @type {string} */ c) => state.collections?.find(({ id }) => id === c);

/** Show another round of the session. @param {number} number */
export const goTo = (number) =>
  number !== state.round && step(() => show(state.session, number, { pushed: true, moves: true }));

/** Show a picture large, or none; a neighbour of the shown picture replaces it in the history. @param {number|null} id */
export function look(id) {
  const was = state.image;
  if (id === was) return;
  set({ image: id });
  if (id === null && history.state?.looking) return history.back();
  if (was === null) push({ ...here(), image: id }, { ...history.state, looking: true });
  else at.replace({ ...here(), image: id });
}

/** Store the scroll position with the entry of the history. */
export const noteScroll = () => at.note({ top: scrollY, count: state.view?.items.length });

function push(/** @type {at.Place} */ place, /** @type {any} */ note) {
  noteScroll();
  at.push(place, note);
}

/** @returns {at.Place} */
const here = () => ({ c: state.c, s: state.session?.id, r: state.round, image: state.image });
