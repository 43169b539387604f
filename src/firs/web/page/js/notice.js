/** Notices: one line that never blocks and never takes the focus. */

import { connection, isAway, tryNow } from "./connection.js";
import { Problem } from "./api.js";
import { byId } from "./dom.js";

const LONG_ENOUGH = 7000;

/** Announce something to screen readers only. @param {string} words */
export const announce = (words) => void (byId("announcement").textContent = words);

let gone = 0;

/** @param {string} words @param {{label: string, call: () => void}} [action] */
export function notify(words, action) {
  if (isAway()) return;
  show(words, action);
  clearTimeout(gone);
  gone = setTimeout(hide, LONG_ENOUGH);
}

/** Show an error, unless the request was cancelled for a newer one. @param {any} error */
export function reportError(error) {
  if (error?.name === "AbortError") return;
  if (!(error instanceof Problem)) console.error(error);
  notify(error.message);
}

export function startNotices() {
  connection.addEventListener("away", () => {
    clearTimeout(gone);
    show("The server is not responding. Your changes are kept, and sent when it is back.", { label: "Try now", call: tryNow });
  });
  connection.addEventListener("back", () => notify("The server is back."));
  byId("notice-close").addEventListener("click", hide);
}

function show(/** @type {string} */ words, /** @type {{label: string, call: () => void}|undefined} */ action) {
  byId("notice-words").textContent = words;
  const button = byId("notice-action");
  button.hidden = !action;
  button.textContent = action?.label ?? "";
  button.onclick = action?.call ?? null;
  byId("notice").hidden = false;
}

function hide() {
  byId("notice").hidden = true;
}
