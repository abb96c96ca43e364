/*
 * What the pages do beyond htmx. Everything works without it.
 */
import "./arrivals.js";
import "./choices.js";
import { showCopyButtons } from "./copy.js";
import { showDurations } from "./durations.js";
import "./count.js";
import "./events.js";
import "./incident.js";
import "./menus.js";
import "./in_place.js";
import "./forms.js"; // after those that send a form themselves
import "./incident_list.js";
import "./keys.js";
import "./preferences.js";
import { showHandles } from "./reorder.js";
import "./search_on.js";
import "./swaps.js";
import { refreshTimes } from "./times.js";
import "./watch_sheet.js";

showCopyButtons();
refreshTimes();
showDurations();
showHandles();
