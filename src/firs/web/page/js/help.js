/** The help with the list of keys. */

import { byId } from "./dom.js";
import { bindPanel, openAt, isOpen } from "./panels.js";

export function startHelp() {
  bindPanel(byId("help-button"), byId("help"));
}

export function toggleHelp() {
  if (isOpen(byId("help"))) byId("help").hidePopover();
  else {
    openAt(byId("help"), byId("help-button"));
    byId("help").focus();
  }
}
