/** The page that tells the keys. */

import { byId } from "./dom.js";
import { opens, openAt, isOpen } from "./panels.js";

export function startHelp() {
  opens(byId("help-button"), byId("help"));
}

export function toggleHelp() {
  if (isOpen(byId("help"))) byId("help").hidePopover();
  else {
    openAt(byId("help"), byId("help-button"));
    byId("help").focus();
  }
}
