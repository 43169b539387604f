/** Why the picture shown large matches the words that were searched for; asked for it alone. */

import { api } from "./api.js";
import { showOverlay } from "./details.js";
import { byId, el } from "./dom.js";
import { state } from "./store.js";

const words = byId("viewer-words");
const true_ = byId("overlay-true");

/** Show what is known of the picture, or nothing where no words were searched for. */
export async function explain() {
  const { c, image, session } = state;
  const text = session?.terms.find(({ kind, weight }) => kind === "text" && weight > 0)?.text;
  words.replaceChildren();
  true_.textContent = "";
  if (!text) return;
  const asked = { text, encoder: session.encoder };
  const isHere = () => state.image === image && state.c === c && state.session?.id === session.id;
  try {
    const told = await api.explanation(c, image, asked);
    if (!isHere()) return;
    if (told.overlay) showOverlay(told);
    words.replaceChildren(...told.words.map(share(told.words)));
    if (!told.overlay) return;
    const { faithfulness } = await api.explanation(c, image, { ...asked, method: told.method, check: true });
    if (isHere()) true_.textContent = faithfulness?.told ?? "";
  } catch (error) {
    if (isHere()) true_.textContent = error.message;
  }
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
