/** Why the picture in the large view matches the search; requested for this picture only. */

import { api } from "./api.js";
import { showOverlay } from "./details.js";
import { byId, el } from "./dom.js";
import { state } from "./store.js";

const words = byId("viewer-shares");
const testResult = byId("overlay-test");

/** Milliseconds after which a picture is explained, which may take seconds. */
const DELAY = 200;

/** Clear the explanation of the previous picture. */
export function clearExplanation() {
  words.replaceChildren();
  testResult.textContent = "";
}

/** Show what is known of the picture, or nothing where neither words nor one picture were searched for. */
export async function explain() {
  const { c, image, session } = state;
  const positive = session?.terms.filter(({ weight }) => weight > 0) ?? [];
  const text = positive.find(({ kind }) => kind === "text")?.text;
  const example = positive.find((term) => term.image)?.image;
  if (!text && !example) return;
  const isHere = () => state.image === image && state.c === c && state.session?.id === session.id;
  await new Promise((resolve) => setTimeout(resolve, DELAY));
  if (!isHere()) return;
  try {
    if (text) await explainText(c, image, { text, encoder: session.encoder }, isHere);
    else if (example !== image) {
      const found = await api.likeness(c, image, example, session.encoder);
      if (isHere()) showOverlay(found);
    }
  } catch (error) {
    if (isHere() && text) testResult.textContent = error.message;
  }
}

async function explainText(c, image, params, isHere) {
  const found = await api.explanation(c, image, params);
  if (!isHere()) return;
  words.replaceChildren(...found.words.map(share(found.words)));
  if (!found.overlay) return;
  showOverlay(found);
  const { faithfulness } = await api.explanation(c, image, { ...params, method: found.method, check: true });
  if (isHere()) testResult.textContent = faithfulness?.summary ?? "";
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
