/* The scripts of the pages, in addition to htmx. Every page works without them. */
import "./arrivals.js";
import "./choices.js";
import "./copy.js";
import { showDurations } from "./durations.js";
import "./count.js";
import "./events.js";
import "./incident.js";
import "./menus.js";
import "./in_place.js";
import "./forms.js"; // after the scripts that send a form themselves
import "./incident_list.js";
import "./keys.js";
import "./preferences.js";
import { showHandles } from "./reorder.js";
import "./search_on.js";
import "./swaps.js";
import { refreshTimes } from "./times.js";
import "./watch_sheet.js";

refreshTimes();
showDurations();
showHandles();
