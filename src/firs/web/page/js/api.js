/** The HTTP API, one function a call. A lost server is waited for; every other error is a Problem. */

import { untilConnected } from "./connection.js";

const ROOT = new URL("api/v1/", document.baseURI);
const AWAY = [502, 503, 504];
const TOO_FAST = 429;
const NOTHING = 204;

/** An error that the server reports, with its message. */
export class Problem extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** @param {string} path @returns {string} */
export const address = (path) => new URL(path, ROOT).href;

/**
 * @param {string} method @param {string} path
 * @param {{body?: any, signal?: AbortSignal}} [given]
 * @returns {Promise<any>}
 */
async function request(method, path, { body, signal } = {}) {
  for (;;) {
    const response = await send(method, path, body, signal);
    if (response?.status === TOO_FAST) await pause(Number(response.headers.get("Retry-After")) || 1);
    else if (response) return read(response);
    else await untilConnected(address("about"));
    signal?.throwIfAborted();
  }
}

/** @returns {Promise<Response|null>} null if the server cannot be reached */
async function send(/** @type {string} */ method, /** @type {string} */ path, body, signal) {
  const form = body instanceof FormData;
  try {
    const response = await fetch(address(path), {
      method,
      signal,
      body: form || body === undefined ? body : JSON.stringify(body),
      headers: form || body === undefined ? {} : { "Content-Type": "application/json" },
    });
    return AWAY.includes(response.status) && !isJson(response) ? null : response;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

const pause = (/** @type {number} */ seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

const isJson = (/** @type {Response} */ response) => /json/.test(response.headers.get("Content-Type") ?? "");

async function read(/** @type {Response} */ response) {
  const answer = isJson(response) && response.status !== NOTHING ? await response.json() : null;
  if (response.ok) return answer;
  throw new Problem(response.status, messageOf(answer) ?? `The server answered ${response.status} ${response.statusText}.`);
}

function messageOf(/** @type {any} */ problem) {
  const detail = problem?.detail ?? problem?.title;
  return Array.isArray(detail) ? detail.map(({ msg }) => msg).join(" ") : detail;
}

const get = (path, signal) => request("GET", path, { signal });
const post = (path, body, signal) => request("POST", path, { body, signal });
const inside = (c, rest = "") => `collections/${encodeURIComponent(c)}${rest}`;
const inSession = (c, s, rest = "") => inside(c, `/sessions/${encodeURIComponent(s)}${rest}`);

export const api = {
  about: () => get("about"),
  collections: () => get("collections"),
  problems: (c) => get(inside(c, "/problems")),
  browse: (c, start, count, signal) => get(inside(c, `/images?start=${start}&count=${count}`), signal),
  image: (c, id) => get(inside(c, `/images/${id}`)),
  likeness: (c, id, other, encoder) => get(inside(c, `/images/${id}/likeness/${other}?encoder=${encodeURIComponent(encoder)}`)),
  explanation: (c, id, params) => get(inside(c, `/images/${id}/explanation?${new URLSearchParams(params)}`)),
  upload(c, file, signal) {
    const body = new FormData();
    body.append("file", file, file.name || "pasted.png");
    return post(inside(c, "/uploads"), body, signal);
  },

  sessions: (c) => get(inside(c, "/sessions")),
  start: (c, terms, first) => post(inside(c, `/sessions?first=${first}`), { terms }),
  session: (c, s, signal) => get(inSession(c, s), signal),
  forget: (c, s) => request("DELETE", inSession(c, s)),
  results: (c, s, n, start, count, signal) =>
    get(inSession(c, s, `/rounds/${n}/results?start=${start}&count=${count}`), signal),
  mark: (c, s, n, marks) => post(inSession(c, s, `/rounds/${n}/marks`), marks),
  next: (c, s, n, options, first) => post(inSession(c, s, `/rounds/${n}/next?first=${first}`), options),
  suggest: (c, s, n, options, signal) => post(inSession(c, s, `/rounds/${n}/suggestions`), options, signal),
  refine: (c, s, n, suggestion) => post(inSession(c, s, `/rounds/${n}/refine`), suggestion),
  undo: (c, s) => post(inSession(c, s, "/undo")),
  branch: (c, s, round) => post(inSession(c, s, "/branch"), { round }),

  expansions: (c) => get(inside(c, "/expansions")),
  expand: (c, by) => post(inside(c, "/expansions"), { by }),
  undoExpansion: (c, number) => request("DELETE", inside(c, `/expansions/${number}`)),
  log: (c) => get(inside(c, "/log")),
  turnLog: (c, on) => request("PUT", inside(c, "/log"), { body: { on } }),
  clearLog: (c) => request("DELETE", inside(c, "/log")),

  index: (folder) => post("collections", { folder }),
  indexInto: (c, folder) => post(inside(c, "/index"), folder ? { folder } : {}),
  jobs: () => get("jobs"),
  stop: (job) => request("DELETE", `jobs/${job}`),
};

export const addresses = {
  thumbnail: (c, id, size, version) =>
    address(inside(c, `/images/${id}/thumbnail?size=${size}${version ? `&v=${version}` : ""}`)),
  file: (c, id) => address(inside(c, `/images/${id}/file`)),
  upload: (u) => address(`uploads/${u}/thumbnail`),
  events: (job) => address(`jobs/${job}/events`),
  export: (c, s) => address(inSession(c, s, "/export")),
  run: (c, s) => address(inSession(c, s, "/run")),
};
