/** Panels that open over the page next to their button, and close by Esc or a click elsewhere. */

const EDGE = 8;

/**
 * Open a popover under (or over) what it belongs to, inside the window.
 * @param {HTMLElement} panel @param {Element} anchor
 */
export function openAt(panel, anchor) {
  panel.showPopover();
  place(panel, anchor);
}

/**
 * Let a button open and close a panel.
 * @param {HTMLElement} button @param {HTMLElement} panel @param {() => void} [opening]
 */
export function bindPanel(button, panel, opening = () => {}) {
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", panel.id);
  let wasOpen = false;
  button.addEventListener("pointerdown", () => (wasOpen = isOpen(panel)));
  button.addEventListener("click", () => {
    const closes = wasOpen || isOpen(panel);
    wasOpen = false;
    if (closes) return panel.hidePopover();
    opening();
    openAt(panel, button);
    /** @type {HTMLElement|null} */ (panel.querySelector("[autofocus], button, input, a, select"))?.focus();
  });
  panel.addEventListener("toggle", (event) => {
    button.setAttribute("aria-expanded", String(/** @type {any} */ (event).newState === "open"));
  });
  new ResizeObserver(() => isOpen(panel) && place(panel, button)).observe(panel);
}

/** @param {HTMLElement} panel */
export const isOpen = (panel) => panel.matches(":popover-open");

function place(/** @type {HTMLElement} */ panel, /** @type {Element} */ anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const left = Math.max(EDGE, Math.min(at.left, document.documentElement.clientWidth - width - EDGE));
  const under = at.bottom + EDGE;
  const top = under + height < innerHeight || at.top < height + EDGE ? under : at.top - height - EDGE;
  Object.assign(panel.style, { left: `${left}px`, top: `${top}px` });
}
