/**
 * The address is the state: /?c=COLLECTION&s=SESSION&r=ROUND&image=ID.
 *
 * @typedef {{c?: string|null, s?: string|null, r?: number|null, image?: number|null}} Place
 */

/** @returns {Place} where the address says we are */
export function read() {
  const given = new URLSearchParams(location.search);
  return { c: given.get("c"), s: given.get("s"), r: number(given.get("r")), image: number(given.get("image")) };
}

/** @param {Place} place @returns {string} */
export function written(place) {
  const given = new URLSearchParams();
  for (const name of /** @type {const} */ (["c", "s", "r", "image"])) {
    const value = place[name];
    if (value !== null && value !== undefined) given.set(name, String(value));
  }
  return `${location.pathname}?${given}`;
}

/**
 * A new entry in the browser's history; none where it would say the same.
 * @param {Place} place @param {any} [note] kept with the entry
 */
export function push(place, note = {}) {
  if (written(place) === location.pathname + location.search) replace(place, note);
  else history.pushState(note, "", written(place));
}

/** @param {Place} place @param {any} [note] */
export const replace = (place, note = history.state) => history.replaceState(note, "", written(place));

/** Keep something with the entry we are at. @param {any} more */
export const note = (more) => history.replaceState({ ...history.state, ...more }, "");

const number = (/** @type {string|null} */ text) => (text !== null && /^\d+$/.test(text) ? Number(text) : null);
