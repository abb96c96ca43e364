/*
 * What the pages do beyond htmx. Everything works without it.
 */
import "./choices.js";
import { showCopyButtons } from "./copy.js";
import { showDurations } from "./durations.js";
import "./menus.js";
import "./count.js";
import "./events.js";
import "./incident.js";
import "./menus.js";
import "./forms.js";
import "./incident_list.js";
import "./keys.js";
import "./preferences.js";
import { showHandles } from "./reorder.js";
import "./swaps.js";
import { refreshTimes } from "./times.js";

showCopyButtons();
refreshTimes();
showDurations();
showHandles();
