/** Making and finding elements. */

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} id @returns {any} the element of index.html with this id */
export const byId = (id) => document.getElementById(id);

/**
 * Make an element; `on…` are listeners, `data` its data attributes, what is null or false is left out.
 * @param {string} tag @param {Record<string, any>} [given] @param {...any} children
 * @returns {any}
 */
export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "data") Object.assign(made.dataset, value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child || child === 0));
  return made;
}

/** @param {string} name of a symbol in index.html @returns {SVGElement} */
export function icon(name) {
  const made = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  made.append(use);
  return made;
}

/** @param {Element} node whether a person writes in it */
export const writesIn = (node) =>
  node instanceof HTMLTextAreaElement ||
  node instanceof HTMLSelectElement ||
  (node instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(node.type));

/** @param {number} number @returns {string} as a person writes it: 36,014 */
export const counted = (number) => number.toLocaleString("en");

/** @param {number} number @param {string} one @param {string} [several] @returns {string} "1 picture", "400 pictures" */
export const many = (number, one, several = `${one}s`) => `${counted(number)} ${number === 1 ? one : several}`;

/**
 * Call at most once a frame.
 * @param {() => void} call
 */
export function framed(call) {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      call();
    });
  };
}
