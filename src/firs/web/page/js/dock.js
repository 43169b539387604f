/** The one large button and what belongs to it: undo, the method and its strength. */

import { addresses } from "./api.js";
import { byId, el, icon } from "./dom.js";
import { countMarks, marksChanged } from "./marks.js";
import { bindPanel } from "./panels.js";
import { branch, iterate, undo } from "./steps.js";
import { on, set, state } from "./store.js";

export function startDock() {
  byId("iterate").addEventListener("click", iterate);
  byId("undo").addEventListener("click", undo);
  byId("branch").addEventListener("click", () => {
    byId("more-panel").hidePopover();
    branch();
  });
  bindPanel(byId("more"), byId("more-panel"), drawMore);
  byId("method").addEventListener("change", ({ target }) => set({ method: target.value }));
  byId("strength").addEventListener("input", ({ target }) => set({ strength: Number(target.value) }));
  byId("again").addEventListener("change", ({ target }) => set({ again: target.checked }));
  on("session round busy", draw);
  on("about method strength", drawMore);
  marksChanged.addEventListener("change", draw);
  draw();
}

function draw() {
  const { session, busy } = state;
  byId("dock").hidden = !session;
  byId("iterate").setAttribute("aria-busy", String(busy));
  document.body.classList.toggle("busy", busy);
  const { relevant, irrelevant, found } = countMarks();
  byId("undo").disabled = !(session?.can_undo || relevant || irrelevant || found);
  const counts = [["tick", relevant], ["cross", irrelevant], ["star", found]].filter(([, count]) => count);
  byId("counts").replaceChildren(
    ...counts.map(([name, count]) => el("span", {}, icon(String(name)), String(count))),
  );
}

function drawMore() {
  const { about, method, strength, again, session } = state;
  const methods = about?.methods ?? [];
  byId("method").replaceChildren(...methods.map(({ name }) => el("option", { value: name, selected: name === method }, name)));
  byId("method-summary").textContent = methods.find(({ name }) => name === method)?.summary ?? "";
  byId("strength").value = String(strength);
  byId("strength-value").textContent = `× ${strength}`;
  byId("again").checked = again;
  if (!session) return;
  byId("export").href = addresses.export(session.collection, session.id);
  byId("run").href = addresses.run(session.collection, session.id);
}
