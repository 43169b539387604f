/** The parts of a query: words and pictures, for and against. @typedef {import("./store.js").Term} Term */

/**
 * Read what was typed: "a dog on a beach -leash" is one term for and one against.
 * @param {string} typed @returns {Term[]}
 */
export function parseTerms(typed) {
  return ` ${typed}`
    .split(/\s(?=[-−+]\S)/)
    .map((part) => part.trim())
    .map((part) => ({ text: part.replace(/^[-−+]\s*/, "").trim(), against: /^[-−]/.test(part) }))
    .filter(({ text }) => text)
    .map(({ text, against }) => ({ kind: "text", text, weight: against ? -1 : 1 }));
}

/** @param {Term} term @returns {any} as the API takes it */
export function toRequest({ kind, text, image, upload, weight }) {
  if (kind === "text") return { text, weight };
  return kind === "image" ? { image, weight } : { upload, weight };
}

/** @param {Term} term @returns {string} */
export const nameOf = (term) => (term.kind === "text" ? term.text : term.name) || "a picture";

/** @param {Term} term @returns {string} its sign and what it is, for a label */
export const labelOf = (term) => `${term.weight < 0 ? "not " : ""}${nameOf(term)}`;

/** @param {Term[]} terms */
export const hasPositiveTerm = (terms) => terms.some(({ weight }) => weight > 0);

/** @param {Term[]} terms @param {number} at @param {Partial<Term>} patch @returns {Term[]} */
export const changed = (terms, at, patch) => terms.map((term, i) => (i === at ? { ...term, ...patch } : term));

/** @param {Term[]} terms @param {number} at @returns {Term[]} */
export const withoutTerm = (terms, at) => terms.filter((_, i) => i !== at);
