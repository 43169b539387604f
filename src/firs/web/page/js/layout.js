/**
 * Pictures of different shapes in rows that fill a width.
 *
 * A row is closed as soon as that leaves its height nearer to the target. Rows once closed
 * stay as they are when more pictures come, so nothing jumps while a person scrolls.
 *
 * @typedef {{start: number, end: number, top: number, height: number}} Row pictures start…end-1
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 */

const NARROWEST = 0.4;
const WIDEST = 3.5;

/** @param {{width: number, height: number}} picture @returns {number} width over height, within reason */
export const shape = ({ width, height }) => Math.min(Math.max(width / height || 1, NARROWEST), WIDEST);

/**
 * @param {number[]} shapes @param {number} width @param {number} target height of a row @param {number} gap
 * @param {boolean} complete whether no more pictures come; the last row waits for them otherwise
 * @returns {Row[]}
 */
export function rowsOf(shapes, width, target, gap, complete) {
  const rows = [];
  let start = 0;
  let top = 0;
  let sum = 0;
  const close = (/** @type {number} */ end, /** @type {number} */ height) => {
    rows.push({ start, end, top, height });
    top += height + gap;
    start = end;
    sum = 0;
  };
  for (let end = 1; end <= shapes.length; end++) {
    const before = filling(sum, end - 1 - start, width, gap);
    const after = filling(sum + shapes[end - 1], end - start, width, gap);
    if (end - 1 > start && after < target && target - after > before - target) close(end - 1, Math.round(before));
    sum += shapes[end - 1];
    const height = filling(sum, end - start, width, gap);
    if (height <= target) close(end, Math.round(height));
  }
  if (complete && start < shapes.length) close(shapes.length, lastHeight(sum, shapes.length - start, width, target, gap));
  return rows;
}

/** Return the places of a row's pictures; each edge is rounded by itself, so that no error adds up.
 * @param {number[]} shapes @param {Row} row @param {number} width @param {number} gap @returns {Box[]} */
export function boxesOf(shapes, row, width, gap) {
  const inside = shapes.slice(row.start, row.end);
  const full = filling(sumOf(inside), inside.length, width, gap);
  const height = Math.abs(full - row.height) <= 1 ? full : row.height;
  let x = 0;
  return inside.map((one) => {
    const left = Math.round(x);
    const right = Math.round(x + one * height);
    x += one * height + gap;
    return { x: left, y: row.top, width: right - left, height: row.height };
  });
}

/** @param {Row[]} rows @param {number} y @returns {number} the first row that ends below y */
export function rowAt(rows, y) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].top + rows[middle].height <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {Row[]} rows @param {number} index of a picture @returns {number} its row, or -1 */
export function rowOf(rows, index) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].end <= index) low = middle + 1;
    else high = middle;
  }
  return low < rows.length ? low : -1;
}

const sumOf = (/** @type {number[]} */ numbers) => numbers.reduce((sum, number) => sum + number, 0);

/** Height at which pictures and gaps fill the width. */
const filling = (/** @type {number} */ sum, /** @type {number} */ count, /** @type {number} */ width, /** @type {number} */ gap) =>
  sum ? Math.max((width - gap * (count - 1)) / sum, 1) : Infinity;

/** A last row is stretched a little to end flush, and left open where that would be much. */
function lastHeight(/** @type {number} */ sum, /** @type {number} */ count, /** @type {number} */ width, /** @type {number} */ target, /** @type {number} */ gap) {
  const height = filling(sum, count, width, gap);
  return Math.round(height > 1.25 * target ? target : height);
}
