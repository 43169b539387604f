/** One part of the query, as it is shown. @typedef {import("./store.js").Term} Term */

import { addresses } from "./api.js";
import { el, icon } from "./dom.js";
import { state } from "./store.js";
import { nameOf, labelOf } from "./terms.js";

/** @param {Term} term @param {number} at its place in the query @returns {HTMLElement} */
export function chip(term, at) {
  const against = term.weight < 0;
  const size = Math.abs(term.weight);
  const name = nameOf(term);
  return el(
    "li",
    { class: `chip${against ? " against" : ""}${term.busy ? " busy" : ""}`, data: { at } },
    el(
      "button",
      { class: "sign", type: "button", title: against ? "Excluded; click to include" : "Included; click to exclude", "aria-label": `${name}: ${against ? "excluded" : "included"}. Change` },
      icon(against ? "minus" : "plus"),
    ),
    el(
      "button",
      { class: "name", type: "button", "aria-haspopup": "dialog", title: term.kind === "text" ? "Edit the words and their weight" : `${name}: edit the weight`, "aria-label": `${labelOf(term)}, weight ${size}. Change` },
      term.kind === "text" ? el("span", {}, name) : el("img", { src: source(term), alt: "" }),
      size !== 1 && el("small", {}, `×${size}`),
    ),
    el("button", { class: "remove", type: "button", title: "Remove", "aria-label": `Remove ${labelOf(term)}` }, icon("close")),
  );
}

/** @param {Term} term @returns {string} */
function source({ thumbnail, kind, image, upload }) {
  return thumbnail ?? (kind === "image" ? addresses.thumbnail(state.c, image, 256) : addresses.upload(upload));
}
