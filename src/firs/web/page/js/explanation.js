/** Why the picture shown large matches what was searched for; asked for it alone. */

import { api } from "./api.js";
import { showOverlay } from "./details.js";
import { byId, el } from "./dom.js";
import { state } from "./store.js";

const words = byId("viewer-shares");
const trust = byId("overlay-true");

/** Milliseconds that a picture is looked at before it is worth an explanation, which may take seconds. */
const LINGERS = 200;

/** Show no explanation, above all none of the picture before. */
export function clearExplanation() {
  words.replaceChildren();
  trust.textContent = "";
}

/** Show what is known of the picture, or nothing where neither words nor one picture were searched for. */
export async function explain() {
  const { c, image, session } = state;
  const sought = session?.terms.filter(({ weight }) => weight > 0) ?? [];
  const text = sought.find(({ kind }) => kind === "text")?.text;
  const example = sought.find((term) => term.image)?.image;
  if (!text && !example) return;
  const isHere = () => state.image === image && state.c === c && state.session?.id === session.id;
  await new Promise((resolve) => setTimeout(resolve, LINGERS));
  if (!isHere()) return;
  try {
    if (text) await byWords(c, image, { text, encoder: session.encoder }, isHere);
    else if (example !== image) {
      const told = await api.likeness(c, image, example, session.encoder);
      if (isHere()) showOverlay(told);
    }
  } catch (error) {
    if (isHere() && text) trust.textContent = error.message;
  }
}

async function byWords(c, image, asked, isHere) {
  const told = await api.explanation(c, image, asked);
  if (!isHere()) return;
  words.replaceChildren(...told.words.map(share(told.words)));
  if (!told.overlay) return;
  showOverlay(told);
  const { faithfulness } = await api.explanation(c, image, { ...asked, method: told.method, check: true });
  if (isHere()) trust.textContent = faithfulness?.summary ?? "";
}

/** A word with a bar as long as its share of the score. @param {{word: string, share: number}[]} all */
function share(all) {
  const most = Math.max(...all.map(({ share }) => Math.abs(share)), 1e-9);
  return ({ word, share }) => {
    const made = el("li", { class: share < 0 ? "against" : null }, el("span", {}, word), el("b", {}, `${share < 0 ? "−" : "+"}${Math.abs(share).toFixed(3)}`));
    made.style.setProperty("--share", String(Math.abs(share) / most));
    return made;
  };
}
