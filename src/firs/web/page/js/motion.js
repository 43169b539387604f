/**
 * Nothing jumps: a picture that stays moves from where it was to where it goes, a new one fades in.
 * (First, last, invert, play: Lewis 2015.)
 */

const TAKES = 380;
const EASING = "cubic-bezier(.2, .7, .2, 1)";
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** @typedef {{x: number, y: number, width: number, height: number}} Place on the screen */

/**
 * @param {Map<number, HTMLElement>} cells that are on the page now
 * @param {(id: number) => Place|null} was returns the previous place of a picture
 */
export function move(cells, was) {
  if (still.matches) return;
  for (const [id, cell] of cells) {
    const now = cell.getBoundingClientRect();
    if (now.bottom < 0 || now.top > innerHeight) continue;
    const before = was(id);
    if (before) slide(cell, before, now);
    else appear(cell);
  }
}

function slide(/** @type {HTMLElement} */ cell, /** @type {Place} */ before, /** @type {DOMRect} */ now) {
  const x = before.x - now.x;
  const y = Math.max(-innerHeight, Math.min(innerHeight, before.y - now.y));
  if (Math.abs(x) + Math.abs(y) < 1) return;
  const scale = before.height / now.height;
  cell.animate([{ transform: `translate(${x}px, ${y}px) scale(${scale})` }, { transform: "none" }], {
    duration: TAKES,
    easing: EASING,
  });
}

function appear(/** @type {HTMLElement} */ cell) {
  cell.animate([{ opacity: 0 }, { opacity: 0, offset: 0.3 }, { opacity: 1 }], { duration: TAKES });
}
