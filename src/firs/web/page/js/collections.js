/** The list of collections, and adding pictures to one. */

import { api } from "./api.js";
import { byId, formatCount, el, icon, plural } from "./dom.js";
import { follow, work } from "./jobs.js";
import { reportError } from "./notice.js";
import { bindPanel } from "./panels.js";
import { open } from "./places.js";
import { latestOnly, untilIdle } from "./step.js";
import { on, set, shownCollection, state } from "./store.js";

export function startCollections() {
  bindPanel(byId("collection"), byId("collections-panel"), load);
  on("collections c", draw);
  byId("collections").addEventListener("click", ({ target }) => choose(target.closest("button")?.dataset.id));
  for (const form of document.querySelectorAll("form.add-folder")) form.addEventListener("submit", addFolder);
  byId("reindex").addEventListener("click", () => start(() => api.indexInto(state.c), byId("collections-wrong")));
  byId("problems").addEventListener("toggle", showProblems);
  work.addEventListener("ended", showNewPictures);
}

const readList = latestOnly(api.collections, (collections) => set({ collections }));
const readProblems = latestOnly(() => api.problems(state.c), drawProblems);

/** Read the list of collections. */
export async function load() {
  try {
    await readList();
  } catch (error) {
    reportError(error);
  }
}

/** Return the collection to start with: the last used one, or the first. @returns {string|null} */
export function defaultCollection() {
  const ids = state.collections?.map(({ id }) => id) ?? [];
  return ids.includes(state.collection) ? state.collection : (ids[0] ?? null);
}

function choose(/** @type {string|undefined} */ id) {
  if (!id) return;
  byId("collections-panel").hidePopover();
  if (id !== state.c) void open({ c: id }, { pushed: true });
  byId("field").focus();
}

function draw() {
  const { collections, c } = state;
  const now = shownCollection();
  byId("collection-name").textContent = now?.name ?? "Collections";
  byId("collections").replaceChildren(...(collections ?? []).map(entry));
  byId("welcome").hidden = collections === null || Boolean(now?.images);
  byId("welcome-words").textContent = now ? `${now.name} has no pictures yet.` : "No pictures yet.";
  byId("reindex").hidden = !now;
  byId("problems").hidden = !now?.problems;
  byId("problems-count").textContent = `${plural(now?.problems ?? 0, "file")} could not be read`;
  drawTargets();
  if (c === null) byId("collection-name").textContent = "Collections";
}

/** Draw the collections that a folder can be added to; the selection stays. */
function drawTargets() {
  const target = byId("target");
  const chosen = target.value;
  const known = state.collections ?? [];
  target.replaceChildren(
    el("option", { value: "" }, "A new collection"),
    ...known.map(({ id, name }) => el("option", { value: id }, name)),
  );
  target.value = known.some(({ id }) => id === chosen) ? chosen : "";
}

function entry({ id, name, images, path }) {
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", data: { id }, "aria-current": id === state.c ? "true" : null, title: path },
      el("span", {}, name),
      el("span", { class: "muted" }, formatCount(images)),
      id === state.c && icon("tick"),
    ),
  );
}

async function showProblems() {
  if (!byId("problems").open) return;
  try {
    await readProblems();
  } catch (error) {
    reportError(error);
  }
}

function drawProblems(/** @type {{path: string, reason: string}[]} */ problems) {
  byId("problem-list").replaceChildren(
    ...problems.map(({ path, reason }) => el("li", {}, el("code", {}, path), el("span", { class: "muted" }, reason))),
  );
}

function addFolder(/** @type {SubmitEvent} */ event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const folder = form.elements["folder"].value.trim();
  const target = form.elements["target"]?.value || null;
  if (!folder) return form.elements["folder"].focus();
  void start(() => (target ? api.indexInto(target, folder) : api.index(folder)), form.querySelector("output"), () => form.reset());
}

/** Start a job; an error is shown next to the button, and the typed text stays. */
async function start(/** @type {() => Promise<any>} */ request, /** @type {HTMLElement} */ output, done = () => {}) {
  output.textContent = "";
  try {
    follow(await request());
    done();
  } catch (error) {
    output.textContent = error.message;
  }
}

/** Show new pictures if their collection is being browsed; never disturb a search. */
async function showNewPictures(/** @type {any} */ { detail: job }) {
  await load();
  await untilIdle();
  const isBrowsing = state.session === null && (state.c === null || state.c === job.collection);
  if (isBrowsing && state.collections?.some(({ id }) => id === job.collection)) void open({ c: job.collection }, { reload: true });
}
