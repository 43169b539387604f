/**
 * Long work of the server, told live: which, how far, and what came of it.
 * @typedef {{id: string, what: string, state: "running"|"done"|"failed"|"cancelled", done: number,
 *   total: number, message: string, collection: string, report?: any}} Job
 */

import { addresses, api } from "./api.js";
import { byId, counted, el, icon, many } from "./dom.js";
import { complain, say } from "./notice.js";

/** @type {Map<string, Job>} */
const jobs = new Map();

/** Tells `ended` with the job as its detail. */
export const work = new EventTarget();

/** Follow what was already running when the page came. */
export async function startJobs() {
  try {
    for (const job of await api.jobs()) if (job.state === "running") follow(job);
  } catch (error) {
    complain(error);
  }
}

/** @param {Job} job */
export function follow(job) {
  take(job);
  const events = new EventSource(addresses.events(job.id));
  events.onmessage = ({ data }) => {
    const now = JSON.parse(data);
    take(now);
    if (now.state === "running") return;
    events.close();
    say(summary(now));
    work.dispatchEvent(new CustomEvent("ended", { detail: now }));
  };
  events.onerror = () => {
    if (events.readyState !== EventSource.CLOSED) return;
    jobs.delete(job.id);
    draw();
  };
}

/** Take what is new of a job; one that has ended runs no more, whatever an older answer says. */
function take(/** @type {Job} */ job) {
  const known = jobs.get(job.id);
  if (known && known.state !== "running" && job.state === "running") return;
  jobs.set(job.id, job);
  draw();
}

function draw() {
  const list = byId("jobs");
  list.hidden = !jobs.size;
  list.replaceChildren(...[...jobs.values()].map(entry));
  const running = [...jobs.values()].filter(({ state }) => state === "running");
  const bar = byId("work");
  bar.hidden = !running.length;
  if (running.length) progress(bar, running[0]);
}

function progress(/** @type {HTMLProgressElement} */ bar, { done, total }) {
  if (!total) return bar.removeAttribute("value");
  bar.max = total;
  bar.value = done;
}

function entry(/** @type {Job} */ job) {
  const bar = el("progress", { "aria-label": job.what });
  progress(bar, job);
  const runs = job.state === "running";
  return el(
    "li",
    {},
    el("strong", {}, job.what),
    runs && bar,
    el("p", { class: "muted" }, runs ? far(job) : summary(job)),
    runs
      ? el("button", { type: "button", onclick: () => api.stop(job.id).then(take, complain) }, "Stop")
      : el("button", { type: "button", class: "plain", "aria-label": "Dismiss", onclick: () => dismiss(job) }, icon("close")),
  );
}

function dismiss(/** @type {Job} */ job) {
  jobs.delete(job.id);
  draw();
}

const far = ({ done, total, message }) =>
  [total ? `${counted(done)} of ${counted(total)}` : "", message].filter(Boolean).join(" · ");

/** @param {Job} job @returns {string} how it ended */
function summary({ state, report, message, done }) {
  if (state === "failed") return message || "It failed.";
  if (state === "cancelled") return `Stopped after ${many(done, "picture")}, which are kept.`;
  const problems = typeof report?.problems === "number" ? report.problems : (report?.problems?.length ?? 0);
  return [many(report?.added ?? done, "new picture"), problems && many(problems, "problem")].filter(Boolean).join(", ");
}
