/**
 * Background jobs of the server, shown live: progress and result.
 * @typedef {{id: string, what: string, state: "running"|"done"|"failed"|"cancelled", done: number,
 *   total: number, message: string, collection: string, report?: any}} Job
 */

import { addresses, api } from "./api.js";
import { byId, formatCount, el, icon, plural } from "./dom.js";
import { reportError, announce } from "./notice.js";

/** @type {Map<string, Job>} */
const jobs = new Map();

/** Dispatches `ended` with the job as its detail. */
export const work = new EventTarget();

/** Follow the jobs that run when the page opens. */
export async function startJobs() {
  try {
    for (const job of await api.jobs()) if (job.state === "running") follow(job);
  } catch (error) {
    reportError(error);
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
    announce(summary(now));
    work.dispatchEvent(new CustomEvent("ended", { detail: now }));
  };
  events.onerror = () => {
    if (events.readyState !== EventSource.CLOSED) return;
    jobs.delete(job.id);
    draw();
  };
}

/** Update a job; an older response does not change one that has ended. */
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
    el("p", { class: "muted" }, runs ? progressText(job) : summary(job)),
    runs
      ? el("button", { type: "button", onclick: () => api.stop(job.id).then(take, reportError) }, "Stop")
      : el("button", { type: "button", class: "plain", "aria-label": "Dismiss", onclick: () => dismiss(job) }, icon("close")),
  );
}

function dismiss(/** @type {Job} */ job) {
  jobs.delete(job.id);
  draw();
}

const progressText = ({ done, total, message }) =>
  [total ? `${formatCount(done)} of ${formatCount(total)}` : "", message].filter(Boolean).join(" · ");

/** @param {Job} job @returns {string} its result */
function summary({ state, report, message, done }) {
  if (state === "failed") return message || "It failed.";
  if (state === "cancelled") return `Stopped after ${plural(done, "picture")}, which are kept.`;
  const problems = typeof report?.problems === "number" ? report.problems : (report?.problems?.length ?? 0);
  return [plural(report?.added ?? done, "new picture"), problems && plural(problems, "problem")].filter(Boolean).join(", ");
}
