/** Create and find elements. */

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} id @returns {any} the element of index.html with this id */
export const byId = (id) => document.getElementById(id);

/**
 * Make an element; `on…` are listeners, `data` its data attributes, null and false are left out.
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

/** @param {Element} node whether text can be typed into it */
export const isTextInput = (node) =>
  node instanceof HTMLTextAreaElement ||
  node instanceof HTMLSelectElement ||
  (node instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(node.type));

/** @param {number} number @returns {string} with separators: 36,014 */
export const formatCount = (number) => number.toLocaleString("en");

/** @param {number} number @param {string} one @param {string} [several] @returns {string} "1 picture", "400 pictures" */
export const plural = (number, one, several = `${one}s`) => `${formatCount(number)} ${number === 1 ? one : several}`;

/** @param {string} text parts separated by semicolons @returns {string} whole sentences */
export const sentences = (text) =>
  text.split("; ").map((part) => part.charAt(0).toUpperCase() + part.slice(1) + (/[.!?]$/.test(part) ? "" : ".")).join(" ");

/**
 * Call at most once a frame.
 * @param {() => void} call
 */
export function oncePerFrame(call) {
  let requested = 0;
  return () => {
    requested ||= requestAnimationFrame(() => {
      requested = 0;
      call();
    });
  };
}
