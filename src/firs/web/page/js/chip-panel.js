/** The panel in which a part of the query is edited. */

import { byId } from "./dom.js";
import { isOpen, openAt } from "./panels.js";
import { search } from "./steps.js";
import { state } from "./store.js";
import { changed, withoutTerm } from "./terms.js";

const panel = byId("chip-panel");
/** The number of the part that is edited. */
let edited = -1;

export function startChipPanel() {
  byId("chip-weight").addEventListener("input", showWeight);
  byId("chip-weight").addEventListener("change", apply);
  byId("chip-form").addEventListener("submit", apply);
}

/** @param {number} at which part of the query @param {Element} button next to which it opens */
export function openPanel(at, button) {
  const term = state.terms[at];
  edited = at;
  byId("chip-words").value = term.text ?? "";
  byId("chip-words-row").hidden = term.kind !== "text";
  byId("chip-weight").value = String(Math.abs(term.weight));
  showWeight();
  openAt(panel, button);
  byId(term.kind === "text" ? "chip-words" : "chip-weight").focus();
}

const showWeight = () => void (byId("chip-weight-value").textContent = `× ${byId("chip-weight").value}`);

function apply(/** @type {Event} */ event) {
  event.preventDefault();
  const term = state.terms[edited];
  const text = byId("chip-words").value.trim();
  const weight = Math.sign(term.weight) * Number(byId("chip-weight").value);
  if (event.type === "submit" && isOpen(panel)) panel.hidePopover();
  if (term.kind === "text" && !text) return search(withoutTerm(state.terms, edited));
  search(changed(state.terms, edited, term.kind === "text" ? { text, weight } : { weight }));
}
