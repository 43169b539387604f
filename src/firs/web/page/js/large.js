/** The picture itself, as large as there is room and as sharp as that needs. */

import { addresses } from "./api.js";
import { thumbnailSize } from "./cell.js";
import { byId } from "./dom.js";
import { state } from "./store.js";

const LARGEST_THUMBNAIL = 1024;
const picture = byId("viewer-picture");

/**
 * The grid's thumbnail at once, the larger one when it is here, the original where that is larger still.
 * @param {import("./store.js").Item|null} item @param {(import("./store.js").Item|undefined)[]} neighbours pictures that may be shown next
 */
export async function showLarge(item, neighbours) {
  const { image, c } = state;
  const cell = document.querySelector(`.cell[data-id="${image}"] img`);
  picture.alt = item?.name ?? "";
  picture.src = cell ? /** @type {HTMLImageElement} */ (cell).src : addresses.thumbnail(c, image, LARGEST_THUMBNAIL);
  fit(item);
  const room = picture.parentElement.getBoundingClientRect();
  const size = thumbnailSize(room.width, room.height);
  await swap(addresses.thumbnail(c, image, size, item?.version), image);
  const pixels = Math.max(item?.width ?? 0, item?.height ?? 0);
  const needed = Math.max(room.width, room.height) * devicePixelRatio;
  if (Math.min(pixels, needed) > LARGEST_THUMBNAIL) await swap(addresses.file(c, image), image);
  for (const other of neighbours) if (other) new Image().src = addresses.thumbnail(c, other.id, size, other.version);
}

/** The picture has its size before it has come, so that nothing jumps. */
export function fit(/** @type {import("./store.js").Item|null} */ item) {
  if (!item) return;
  picture.width = item.width;
  picture.height = item.height;
  picture.style.aspectRatio = `${item.width} / ${item.height}`;
}

async function swap(/** @type {string} */ src, /** @type {number} */ image) {
  const next = new Image();
  next.src = src;
  try {
    await next.decode();
  } catch {
    return;
  }
  if (image === state.image) picture.src = src;
}
