/** What is said to a person in passing: one quiet line, which never blocks and never takes the focus. */

import { connection, isAway, tryNow } from "./connection.js";
import { Problem } from "./api.js";
import { byId } from "./dom.js";

const LONG_ENOUGH = 7000;

/** Read out to who cannot see it, and shown nowhere. @param {string} words */
export const say = (words) => void (byId("said").textContent = words);

let gone = 0;

/** @param {string} words @param {{label: string, call: () => void}} [action] */
export function tell(words, action) {
  if (isAway()) return;
  show(words, action);
  clearTimeout(gone);
  gone = setTimeout(hide, LONG_ENOUGH);
}

/** What went wrong, unless it was only given up for something newer. @param {any} error */
export function complain(error) {
  if (error?.name === "AbortError") return;
  if (!(error instanceof Problem)) console.error(error);
  tell(error.message);
}

export function startNotices() {
  connection.addEventListener("away", () => {
    clearTimeout(gone);
    show("The server is not responding. Your changes are kept, and sent when it is back.", { label: "Try now", call: tryNow });
  });
  connection.addEventListener("back", () => tell("The server is back."));
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
