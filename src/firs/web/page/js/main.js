/** Wire the page: every module starts, then the address is shown. */

import * as at from "./address.js";
import { api } from "./api.js";
import { load, startCollections, defaultCollection } from "./collections.js";
import { startDock } from "./dock.js";
import { byId, oncePerFrame } from "./dom.js";
import { focusOn, startGrid } from "./grid.js";
import { startHelp } from "./help.js";
import { startJobs } from "./jobs.js";
import { startKeys } from "./keys.js";
import { mark, sendMarks } from "./marks.js";
import { reportError, startNotices, notify } from "./notice.js";
import { startQueryLine } from "./query-line.js";
import { startRounds } from "./rounds.js";
import { startSaved } from "./saved.js";
import { startLearning } from "./learning.js";
import { startSuggestions } from "./suggestions.js";
import { look, noteScroll, open } from "./places.js";
import { asTerm, moreLike } from "./steps.js";
import { on, set, state } from "./store.js";
import { startUploads } from "./uploads.js";
import { viewedItem, startViewer } from "./viewer.js";

for (const start of [startNotices, startQueryLine, startRounds, startGrid, startDock, startViewer, startKeys, startUploads, startCollections, startLearning, startSaved, startSuggestions, startHelp]) {
  start();
}

byId("grid").addEventListener("click", ({ target }) => {
  const cell = target.closest(".cell");
  const item = cell && state.view?.items[Number(cell.dataset.at)];
  if (!item) return;
  set({ focus: Number(cell.dataset.at) });
  act(target.closest("button"), item) || look(item.id);
});

byId("viewer-marks").addEventListener("click", ({ target }) => act(target.closest("button"), viewedItem()));
byId("viewer-like").addEventListener("click", ({ target }) => act(target.closest("button"), viewedItem()));

/** @returns {boolean} whether the button does something with a picture */
function act(button, item) {
  if (!button || !item) return false;
  if (button.dataset.mark) mark(item, button.dataset.mark);
  else moreLike(asTerm(item, Number(button.dataset.like)));
  return true;
}

const size = byId("size");
size.value = String(state.size);
size.addEventListener("input", oncePerFrame(() => set({ size: Number(size.value) })));
on("numbers", () => (byId("numbers").checked = state.numbers));
byId("numbers").checked = state.numbers;
byId("numbers").addEventListener("change", ({ target }) => set({ numbers: target.checked }));
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  focusOn(state.focus);
});

history.scrollRestoration = "manual";
let scrollTimer = 0;
addEventListener("scroll", () => {
  clearTimeout(scrollTimer);
  scrollTimer = setTimeout(noteScroll, 150);
}, { passive: true });

async function showAddress() {
  clearTimeout(scrollTimer);
  const place = at.read();
  const { top = 0, count } = history.state ?? {};
  const isShown = await open(isOpenCollection(place.c) ? place : { c: defaultCollection() }, { count });
  if (isShown && top) scrollTo({ top, behavior: "instant" });
}

/** @returns {boolean} whether the collection is open; a notice is shown if not */
function isOpenCollection(/** @type {string|null|undefined} */ c) {
  const known = state.collections === null || state.collections.some(({ id }) => id === c);
  if (c && !known) notify("The collection in this address is not open on this server.");
  return Boolean(c) && known;
}

addEventListener("popstate", showAddress);

async function begin() {
  const about = api.about().then((about) => set({ about }), reportError);
  await load();
  await showAddress();
  void sendMarks();
  await about;
  await startJobs();
  document.documentElement.dataset.ready = "";
}

void begin();
