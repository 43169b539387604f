/**
 * The address is the state: /?c=COLLECTION&s=SESSION&r=ROUND&image=ID.
 *
 * @typedef {{c?: string|null, s?: string|null, r?: number|null, image?: number|null}} Place
 */

/** @returns {Place} the place that the address names */
export function read() {
  const given = new URLSearchParams(location.search);
  return { c: given.get("c"), s: given.get("s"), r: number(given.get("r")), image: number(given.get("image")) };
}

/** @param {Place} place @returns {string} */
export function toUrl(place) {
  const given = new URLSearchParams();
  for (const name of /** @type {const} */ (["c", "s", "r", "image"])) {
    const value = place[name];
    if (value !== null && value !== undefined) given.set(name, String(value));
  }
  return `${location.pathname}?${given}`;
}

/**
 * A new entry in the browser's history; none if it would be the same address.
 * @param {Place} place @param {any} [note] stored with the entry
 */
export function push(place, note = {}) {
  if (toUrl(place) === location.pathname + location.search) replace(place, note);
  else history.pushState(note, "", toUrl(place));
}

/** @param {Place} place @param {any} [note] */
export const replace = (place, note = history.state) => history.replaceState(note, "", toUrl(place));

/** Store something with the current entry. @param {any} more */
export const note = (more) => history.replaceState({ ...history.state, ...more }, "");

const number = (/** @type {string|null} */ text) => (text !== null && /^\d+$/.test(text) ? Number(text) : null);
