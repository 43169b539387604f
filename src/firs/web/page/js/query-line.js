/** The query as a line of chips, and the field that adds to it. @typedef {import("./store.js").Term} Term */

import { chip } from "./chip.js";
import { openPanel, startChipPanel } from "./chip-panel.js";
import { byId } from "./dom.js";
import { search } from "./steps.js";
import { on, state } from "./store.js";
import { changed, parseTerms, withoutTerm } from "./terms.js";

const DRAFT = "firs.draft";
const [LEAST, MOST, STEP] = [0.25, 4, 0.25];

const field = byId("field");
const line = byId("chips");

export function startQueryLine() {
  on("terms c", draw);
  field.value = sessionStorage.getItem(DRAFT) ?? "";
  field.addEventListener("input", keepDraft);
  field.addEventListener("keydown", onFieldKey);
  byId("query").addEventListener("submit", submit);
  byId("query").addEventListener("click", ({ target }) => target.matches("#chips, .line") && field.focus());
  byId("clear").addEventListener("click", clear);
  line.addEventListener("click", onClick);
  line.addEventListener("keydown", onChipKey);
  startChipPanel();
  draw();
}

/** Put the cursor into the field. */
export function toField() {
  field.focus();
  field.select();
}

function submit(/** @type {Event} */ event) {
  event.preventDefault();
  const more = parseTerms(field.value);
  if (!more.length && !state.terms.length) return field.focus();
  field.value = "";
  keepDraft();
  search([...state.terms, ...more]);
}

function clear() {
  field.value = "";
  keepDraft();
  search([]);
  field.focus();
}

const keepDraft = () => sessionStorage.setItem(DRAFT, field.value);

/** Backspace in an empty field takes the last chip back: words to write on, a picture to remove. */
function onFieldKey(/** @type {KeyboardEvent} */ event) {
  const last = state.terms.length - 1;
  const atStart = field.selectionStart === 0 && field.selectionEnd === 0;
  if (event.key === "/" && !field.value) event.preventDefault();
  else if (event.key === "Backspace" && !field.value && last >= 0) {
    event.preventDefault();
    if (state.terms[last].kind !== "text") return focusChip(last);
    field.value = `${state.terms[last].weight < 0 ? "-" : ""}${state.terms[last].text}`;
    keepDraft();
    search(withoutTerm(state.terms, last));
  } else if (event.key === "ArrowLeft" && atStart && last >= 0) focusChip(last);
}

function onClick(/** @type {MouseEvent} */ { target }) {
  const button = /** @type {Element} */ (target).closest("button");
  const at = Number(button?.closest("li")?.dataset.at ?? -1);
  if (at < 0) return;
  if (button.classList.contains("sign")) search(changed(state.terms, at, { weight: -state.terms[at].weight }));
  else if (button.classList.contains("remove")) remove(at);
  else openPanel(at, button);
}

function onChipKey(/** @type {KeyboardEvent} */ event) {
  const chip = /** @type {Element} */ (event.target).closest("li");
  const at = Number(chip?.dataset.at ?? -1);
  const moves = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const weighs = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
  if (at < 0 || (!moves && !weighs && !["Delete", "Backspace"].includes(event.key))) return;
  event.preventDefault();
  if (moves) at + moves === state.terms.length ? field.focus() : focusChip(at + moves);
  else if (weighs) search(changed(state.terms, at, { weight: weighed(state.terms[at].weight, weighs) }));
  else remove(at);
}

const within = (/** @type {number} */ size) => Math.max(LEAST, Math.min(MOST, size));
const weighed = (/** @type {number} */ weight, /** @type {number} */ by) =>
  Math.sign(weight) * within(Math.abs(weight) + by);

function remove(/** @type {number} */ at) {
  search(withoutTerm(state.terms, at));
  if (at < state.terms.length) focusChip(at);
  else field.focus();
}

const focusChip = (/** @type {number} */ at) => line.children[Math.max(at, 0)]?.querySelector(".name")?.focus();

function draw() {
  const focused = line.contains(document.activeElement) ? document.activeElement : null;
  const at = Number(focused?.closest("li")?.dataset.at ?? -1);
  line.replaceChildren(...state.terms.map(chip));
  if (focused) line.children[at]?.querySelector(`.${focused.classList[0]}`)?.focus();
  byId("clear").hidden = !state.terms.length;
  field.placeholder = state.terms.length ? "Add words, or −words to exclude" : "Describe a picture";
}
