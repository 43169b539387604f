/** The saved searches of the collection, to go on with. */

import { api } from "./api.js";
import { byId, el, icon, plural } from "./dom.js";
import { reportError } from "./notice.js";
import { bindPanel } from "./panels.js";
import { open } from "./places.js";
import { latestOnly } from "./step.js";
import { state } from "./store.js";

const FORMAT = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = /** @type {const} */ ([["day", 86_400], ["hour", 3_600], ["minute", 60]]);

export function startSaved() {
  bindPanel(byId("saved-button"), byId("saved-panel"), load);
}

const read = latestOnly(async () => (state.c === null ? [] : api.sessions(state.c)), draw);

async function load() {
  try {
    await read();
  } catch (error) {
    reportError(error);
  }
}

function draw(/** @type {any[]} */ sessions) {
  byId("saved-none").hidden = sessions.length > 0;
  byId("saved").replaceChildren(...sessions.map(entry));
}

function entry({ id, summary, changed_at, rounds }) {
  const forget = el("button", { type: "button", class: "plain", title: "Delete", "aria-label": `Delete ${summary}` }, icon("close"));
  const row = el(
    "li",
    {},
    el(
      "button",
      { type: "button", "aria-current": id === state.session?.id ? "true" : null, onclick: () => reopen(id) },
      el("span", {}, summary),
      el("span", { class: "muted" }, `${plural(rounds, "round")}, ${formatAge(changed_at)}`),
    ),
    forget,
  );
  forget.addEventListener("click", () => confirmFirst(forget, () => remove(id, row)));
  return row;
}

/** A second click on the same button does it; nothing blocks. */
function confirmFirst(/** @type {HTMLElement} */ button, /** @type {() => void} */ call) {
  if (button.dataset.sure) return call();
  button.dataset.sure = "yes";
  button.textContent = "Delete?";
  button.addEventListener("blur", () => {
    delete button.dataset.sure;
    button.replaceChildren(icon("close"));
  }, { once: true });
}

async function remove(/** @type {string} */ id, /** @type {HTMLElement} */ row) {
  try {
    await api.forget(state.c, id);
    row.remove();
    byId("saved-panel").focus();
    if (id === state.session?.id) void open({ c: state.c }, { pushed: true });
  } catch (error) {
    reportError(error);
  }
}

function reopen(/** @type {string} */ id) {
  byId("saved-panel").hidePopover();
  void open({ c: state.c, s: id }, { pushed: true });
}

/** @param {string} time @returns {string} "3 hours ago" */
function formatAge(time) {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", 60];
  return Math.abs(seconds) < 60 ? "just now" : FORMAT.format(Math.round(seconds / length), unit);
}
