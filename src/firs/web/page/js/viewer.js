/** One picture, large, with what is known of it and why it stands where it stands. */

import { addresses, api } from "./api.js";
import { numbers, percent, thumbnailSize } from "./cell.js";
import { byId, counted, el, icon } from "./dom.js";
import { focusOn } from "./grid.js";
import { markOf, marksChanged } from "./marks.js";
import { complain } from "./notice.js";
import { readOn } from "./results.js";
import { look } from "./steps.js";
import { on, state } from "./store.js";

const viewer = byId("viewer");
/** What lies behind the large view. */
const BEHIND = ["top", "main", "dock"];
const picture = byId("viewer-picture");
/** @type {Map<string, any>} what the server told of a picture */
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
let from = 0;

/** A finger that goes sideways over the picture goes to the next one. */
function onPointer(/** @type {PointerEvent} */ { type, pointerType, clientX }) {
  if (pointerType !== "touch") return;
  if (type === "pointerdown") from = clientX;
  else if (Math.abs(clientX - from) > SWIPE) walk(clientX < from ? 1 : -1);
}

export const isLooking = () => !viewer.hidden;

/** @returns {import("./store.js").Item|null} the picture shown large, as the list or else the server knows it */
export const looked = () =>
  state.view?.items[place()] ?? known.get(`${state.c}/${state.image}`) ?? null;

const place = () => state.view?.items.findIndex(({ id }) => id === state.image) ?? -1;

/** Show the picture before or after. @param {-1|1} by */
export function walk(by) {
  const at = place();
  const next = at < 0 ? undefined : state.view.items[at + by];
  if (at + 20 > (state.view?.items.length ?? 0)) void readOn();
  if (next) look(next.id);
}

let drawn = "";

function draw() {
  const { image, c } = state;
  if (image === null) return close();
  if (!isLooking()) appear();
  drawPlace();
  if (drawn === `${c}/${image}`) return;
  drawn = `${c}/${image}`;
  void drawPicture();
  void drawDetails(drawn);
  drawWhy();
  drawMarks();
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
  picture.removeAttribute("src");
  const at = state.view?.items.findIndex(({ id }) => drawn.endsWith(`/${id}`)) ?? -1;
  drawn = "";
  if (at >= 0) focusOn(at);
}

function drawPlace() {
  const at = place();
  const total = state.view?.total ?? 0;
  byId("viewer-place").textContent = at < 0 ? "" : `${counted(at + 1)} of ${counted(total)}`;
  byId("viewer-previous").disabled = at <= 0;
  byId("viewer-next").disabled = at < 0 || at + 1 >= total;
}

/** The grid's thumbnail at once, the larger one when it is here, the original where that is larger still. */
async function drawPicture() {
  const { image, c } = state;
  const item = looked();
  const cell = document.querySelector(`.cell[data-id="${image}"] img`);
  picture.alt = item?.name ?? "";
  picture.src = cell ? /** @type {HTMLImageElement} */ (cell).src : addresses.thumbnail(c, image, 1024);
  fit(item);
  const room = picture.parentElement.getBoundingClientRect();
  const large = thumbnailSize(room.width, room.height);
  await swap(addresses.thumbnail(c, image, large), image);
  const pixels = Math.max(item?.width ?? 0, item?.height ?? 0);
  if (pixels > 1024 && Math.max(room.width, room.height) * devicePixelRatio > 1200) await swap(addresses.file(c, image), image);
  const [before, after] = [place() - 1, place() + 1].map((at) => state.view?.items[at]);
  for (const beside of [after, before]) if (beside) new Image().src = addresses.thumbnail(c, beside.id, large);
}

/** The picture has its size before it has come, so that nothing jumps. */
function fit(/** @type {import("./store.js").Item|null} */ item) {
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

async function drawDetails(/** @type {string} */ key) {
  byId("viewer-name").textContent = looked()?.name ?? "";
  const [c, image] = [state.c, state.image];
  byId("viewer-original").href = addresses.file(c, image);
  try {
    if (!known.has(key)) known.set(key, await api.image(c, image));
  } catch (error) {
    return complain(error);
  }
  if (key !== drawn) return;
  const detail = known.get(key);
  byId("viewer-name").textContent = detail.name;
  fit(detail);
  list(byId("viewer-captions"), detail.captions, (text) => el("li", {}, text));
  list(byId("viewer-tags"), detail.tags, (text) => el("li", {}, text));
  byId("viewer-facts").replaceChildren(...facts(detail).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  drawOverlay(looked()?.explanation ?? detail.explanation);
}

function list(/** @type {HTMLElement} */ node, /** @type {string[]} */ told = [], make) {
  node.hidden = !told.length;
  node.replaceChildren(...told.map(make));
}

/** @returns {[string, string][]} */
function facts({ folder, width, height, format, bytes, taken_at, added_at }) {
  return /** @type {[string, string|null][]} */ ([
    ["Taken", day(taken_at)],
    ["Size", `${width} × ${height}, ${format}, ${bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 2 ** 20).toFixed(1)} MB`}`],
    ["Folder", folder],
    ["Added", day(added_at)],
  ]).filter(([, value]) => value);
}

const day = (/** @type {string|null|undefined} */ time) =>
  time ? new Date(time).toLocaleDateString("en", { year: "numeric", month: "long", day: "numeric" }) : null;

/** Where it stands, where it stood, and which marks moved it. */
function drawWhy() {
  const item = looked();
  const told = item ? numbers(item) : [];
  byId("viewer-why").hidden = !told.length;
  if (!told.length) return;
  byId("viewer-numbers").textContent = [
    `rank ${counted(item.rank)}`,
    `score ${item.score.toFixed(3)}`,
    typeof item.probability === "number" ? `probability ${percent(item.probability)}` : "",
  ].filter(Boolean).join(" · ");
  const { before, rank } = item;
  byId("viewer-moved").hidden = !before || before === rank;
  byId("viewer-moved").textContent = `${before} → ${rank}`;
  list(byId("viewer-because"), /** @type {any} */ (item.because ?? []), because);
  list(byId("viewer-votes"), /** @type {any} */ (item.votes ?? []), vote);
}

const MARKED = { relevant: ["tick", "your tick"], irrelevant: ["cross", "your cross"], found: ["star", "“this is it”"] };

function because({ id, mark, rank_when_marked: rank }) {
  const [symbol, words] = MARKED[mark];
  return el(
    "li",
    {},
    icon(symbol),
    id === state.image ? `${words} on it` : `${words} on`,
    id !== state.image && el("button", { type: "button", class: "thumb", "aria-label": `Look at the marked picture${rank ? ` ${rank}` : ""}`, onclick: () => look(id) }, el("img", { src: addresses.thumbnail(state.c, id, 256), alt: "" })),
    rank ? el("span", { class: "muted" }, `#${rank} then`) : null,
  );
}

const vote = ({ source, rank, score, weight }) =>
  el("li", {}, el("span", {}, source), el("span", { class: "muted" }, `#${rank} · ${score.toFixed(3)} · × ${weight}`));

function drawMarks() {
  const item = looked();
  if (!item || !isLooking()) return;
  byId("viewer-marks").hidden = !state.session;
  const mark = markOf(item);
  viewer.dataset.mark = mark ?? "";
  for (const button of byId("viewer-marks").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.mark === mark));
  }
}

/** The explanation over the picture, where there is one. */
function drawOverlay(/** @type {{overlay: string}|undefined} */ explanation) {
  byId("overlay-row").hidden = byId("overlay").hidden = !explanation;
  if (explanation) byId("overlay").src = explanation.overlay;
}
