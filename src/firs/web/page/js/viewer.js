/** The large view: one picture, its marks and details, and its neighbours. */

import { addresses, api } from "./api.js";
import { showDetails, showOverlay, showWhy } from "./details.js";
import { byId, formatCount } from "./dom.js";
import { clearExplanation, explain } from "./explanation.js";
import { focusOn } from "./grid.js";
import { fit, showLarge } from "./large.js";
import { markOf, marksChanged } from "./marks.js";
import { reportError } from "./notice.js";
import { look } from "./places.js";
import { readOn } from "./results.js";
import { on, state } from "./store.js";

const viewer = byId("viewer");
/** The elements behind the large view. */
const BEHIND = ["top", "main", "dock"];
/** @type {Map<string, any>} details of pictures by collection and id */
const known = new Map();

export function startViewer() {
  on("image view", draw);
  marksChanged.addEventListener("change", drawMarks);
  on("session", drawMarks);
  byId("viewer-close").addEventListener("click", () => look(null));
  byId("viewer-next").addEventListener("click", () => walk(1));
  byId("viewer-previous").addEventListener("click", () => walk(-1));
  byId("overlay-strength").addEventListener("input", ({ target }) => (byId("overlay").style.opacity = target.value));
  viewer.addEventListener("wheel", onWheel, { passive: false });
  byId("stage").addEventListener("pointerdown", onPointer);
  byId("stage").addEventListener("pointerup", onPointer);
  draw();
}

/** The wheel moves what is in the large view, never the page behind it. */
function onWheel(/** @type {WheelEvent} */ event) {
  const inside = /** @type {Element} */ (event.target).closest("#viewer-side") ?? viewer;
  if (!event.ctrlKey && inside.scrollHeight <= inside.clientHeight && viewer.scrollHeight <= viewer.clientHeight) {
    event.preventDefault();
  }
}

const SWIPE = 60;
const AHEAD = 20;
let from = 0;

/** A finger that goes sideways over the picture goes to the next one. */
function onPointer(/** @type {PointerEvent} */ { type, pointerType, clientX }) {
  if (pointerType !== "touch") return;
  if (type === "pointerdown") from = clientX;
  else if (Math.abs(clientX - from) > SWIPE) walk(clientX < from ? 1 : -1);
}

export const isLooking = () => !viewer.hidden;

/** @returns {import("./store.js").Item|null} the picture shown large, as the list or else the server knows it */
export const viewedItem = () =>
  state.view?.items[place()] ?? known.get(`${state.c}/${state.image}`) ?? null;

const place = () => state.view?.items.findIndex(({ id }) => id === state.image) ?? -1;

/** @param {number} by @returns {import("./store.js").Item|undefined} the picture so many places on */
function neighbour(by) {
  const at = place();
  return at < 0 ? undefined : state.view?.items[at + by];
}

/** Show the picture before or after. @param {-1|1} by */
export function walk(by) {
  const next = neighbour(by);
  if (!neighbour(AHEAD)) void readOn();
  if (next) look(next.id);
}

let drawn = "";

function draw() {
  const { image, c } = state;
  if (image === null) return close();
  if (!isLooking()) appear();
  drawPlace();
  drawMarks();
  showWhy(viewedItem());
  if (drawn === `${c}/${image}`) return;
  drawn = `${c}/${image}`;
  void showLarge(viewedItem(), [neighbour(1), neighbour(-1)]);
  void loadDetails(drawn);
}

/** Load and show the details of the picture; until then nothing of the previous one is shown. */
async function loadDetails(/** @type {string} */ key) {
  const { c, image } = state;
  byId("viewer-name").textContent = viewedItem()?.name ?? "";
  byId("viewer-original").href = addresses.file(c, image);
  byId("viewer-side").classList.add("unknown");
  showOverlay(viewedItem()?.explanation);
  clearExplanation();
  try {
    if (!known.has(key)) known.set(key, await api.image(c, image));
  } catch (error) {
    return reportError(error);
  }
  if (key !== drawn) return;
  const detail = known.get(key);
  byId("viewer-side").classList.remove("unknown");
  fit(detail);
  showDetails(detail);
  showOverlay(viewedItem()?.explanation ?? detail.explanation);
  void explain();
}

function appear() {
  cover(true);
  viewer.focus();
}

function cover(/** @type {boolean} */ covered) {
  viewer.hidden = !covered;
  for (const id of BEHIND) byId(id).inert = covered;
}

function close() {
  if (!isLooking()) return;
  cover(false);
  byId("viewer-picture").removeAttribute("src");
  const at = state.view?.items.findIndex(({ id }) => drawn.endsWith(`/${id}`)) ?? -1;
  drawn = "";
  if (at >= 0) focusOn(at);
}

function drawPlace() {
  const at = place();
  const total = state.view?.total ?? 0;
  byId("viewer-place").textContent = at < 0 ? "" : `${formatCount(at + 1)} of ${formatCount(total)}`;
  byId("viewer-previous").disabled = at <= 0;
  byId("viewer-next").disabled = at < 0 || at + 1 >= total;
}

function drawMarks() {
  const item = viewedItem();
  if (!item || !isLooking()) return;
  byId("viewer-marks").hidden = !state.session;
  const mark = markOf(item);
  viewer.dataset.mark = mark ?? "";
  for (const button of byId("viewer-marks").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.mark === mark));
  }
}

