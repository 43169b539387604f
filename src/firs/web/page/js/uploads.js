/** Example pictures from outside (a button, a drop, a paste) and from the results (dragged). */

import { api } from "./api.js";
import { byId } from "./dom.js";
import { reportError, notify } from "./notice.js";
import { asTerm, moreLike, search } from "./steps.js";
import { set, state } from "./store.js";

const IMAGE = "application/x-firs-image";

export function startUploads() {
  const input = byId("file");
  byId("upload").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    void add([...input.files], 1);
    input.value = "";
  });
  addEventListener("paste", onPaste);
  addEventListener("dragstart", onDragStart);
  addEventListener("dragenter", onDragEnter);
  addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  addEventListener("dragleave", (event) => event.relatedTarget === null && show(false));
  addEventListener("dragend", () => show(false));
  addEventListener("drop", onDrop);
}

const show = (/** @type {boolean} */ shown) => void (byId("drop").hidden = !shown);

const carries = (/** @type {DragEvent} */ { dataTransfer }) =>
  state.c !== null && dataTransfer.types.some((type) => type === "Files" || type === IMAGE);

function onPaste(/** @type {ClipboardEvent} */ event) {
  const files = [...(event.clipboardData?.files ?? [])].filter(isPicture);
  if (!files.length) return;
  event.preventDefault();
  void add(files, 1);
}

function onDragStart(/** @type {DragEvent} */ { target, dataTransfer }) {
  const cell = target instanceof Element && target.closest(".cell");
  const item = cell && state.view?.items[Number(/** @type {HTMLElement} */ (cell).dataset.at)];
  if (item) dataTransfer.setData(IMAGE, JSON.stringify(asTerm(item)));
}

function onDragEnter(/** @type {DragEvent} */ event) {
  if (carries(event)) show(true);
}

function onDrop(/** @type {DragEvent} */ event) {
  if (!carries(event)) return;
  event.preventDefault();
  show(false);
  const weight = /** @type {Element} */ (event.target).closest("#drop-against") ? -1 : 1;
  const dragged = event.dataTransfer.getData(IMAGE);
  if (dragged) moreLike({ ...JSON.parse(dragged), weight });
  else void add([...event.dataTransfer.files], weight);
}

const isPicture = (/** @type {File} */ { type }) => type.startsWith("image/");

/** Show the pictures in the query at once, send them, and search when they are there. */
async function add(/** @type {File[]} */ files, /** @type {number} */ weight) {
  if (!files.length || state.c === null) return;
  const largest = state.about?.max_upload_bytes ?? Infinity;
  const terms = [];
  for (const file of files) {
    if (file.size <= largest) terms.push(pendingTerm(file, weight));
    else notify(`${file.name} is larger than ${Math.floor(largest / 2 ** 20)} MB, the limit for a picture.`);
  }
  set({ terms: [...state.terms, ...terms.map(({ term }) => term)] });
  const sent = await Promise.all(terms.map(({ file, term }) => send(file, term)));
  if (sent.some(Boolean)) search(state.terms);
}

function pendingTerm(/** @type {File} */ file, /** @type {number} */ weight) {
  const thumbnail = URL.createObjectURL(file);
  return { file, term: { kind: "upload", name: file.name, weight, thumbnail, busy: true } };
}

/** @returns {Promise<boolean>} whether it is sent, and still a picture of the query */
async function send(/** @type {File} */ file, /** @type {import("./store.js").Term} */ term) {
  try {
    const { id } = await api.upload(state.c, file);
    set({ terms: state.terms.map((one) => (one.thumbnail === term.thumbnail ? { ...one, upload: id, busy: false } : one)) });
    return state.terms.some(({ upload }) => upload === id);
  } catch (error) {
    reportError(error);
    set({ terms: state.terms.filter((one) => one.thumbnail !== term.thumbnail) });
    return false;
  }
}
