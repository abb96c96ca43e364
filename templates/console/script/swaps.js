/*
 * Swaps of htmx: failures are shown, unchanged parts stay, the page does not scroll, and times are brought up to date.
 */
import { refreshTimes } from "./times.js";

const { body } = document;
const over = document.getElementById("over");
const failed = document.getElementById("failed");
for (const event of ["htmx:responseError", "htmx:sendError"]) {
  body.addEventListener(event, ({ detail: { xhr } }) => {
    if (xhr.status === 401) over.hidden = false;
    else failed.hidden = false;
  });
}
body.addEventListener("htmx:beforeRequest", () => failed.hidden = true);
// An unchanged part is not swapped: nothing moves, and its open details and selected text stay.
body.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const { version } = detail.target.dataset;
  if (version && version === detail.fragment.firstElementChild?.dataset.version) detail.shouldSwap = false;
  // Details that the user opened stay open.
  const opened = [...detail.target.querySelectorAll("details")].map(({ open }) => open);
  detail.fragment.querySelectorAll("details").forEach((one, index) => one.open = opened[index] ?? one.open);
});
// On a scrolled page the topmost visible row keeps its position: new rows are added above it.
let line;
body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  line = undefined;
  if (scrollY === 0) return;
  for (const { id } of detail.target.querySelectorAll("tr[id], li[id]")) {
    const { top } = document.getElementById(id).getBoundingClientRect();
    if (top >= 0) return line = { id, top };
  }
});
body.addEventListener("htmx:afterSwap", () => {
  const now = line && document.getElementById(line.id)?.getBoundingClientRect().top;
  if (now !== undefined) scrollBy({ top: now - line.top, behavior: "instant" });
  line = undefined;
  refreshTimes();
});
