/*
 * Sends a form without leaving the page: <form data-in-place="#list,#facets-counted">. These parts are replaced by those of the
 * response; its notice, with Undo, is shown for a while. A response for another page is opened.
 */
import { holdRow, releaseRow } from "./rows.js";

/** The parts of every page that an action changes. */
const FRAME = ["#notice:innerHTML", "#sections", "#pulse", "#bottom"];

/** The time that a notice is shown, in milliseconds. */
const STAYS = 10000;

const failed = document.getElementById("failed");
const usual = failed?.cloneNode(true);
let timer;

document.addEventListener("submit", async (event) => {
  const { target: form, submitter, defaultPrevented } = event;
  if (form.dataset.inPlace === undefined || defaultPrevented || !globalThis.htmx) return;
  event.preventDefault();
  if ("busy" in form.dataset) return;
  // A double tap sends a note once: at the second tap the box is empty.
  const { text } = form.elements;
  if (submitter?.value === "note" && text?.value.trim() === "") return text.focus();
  form.dataset.busy = "";
  submitter?.setAttribute("aria-busy", "true");
  failed.hidden = true;
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { accept: "text/html" },
    body: new URLSearchParams(new FormData(form, submitter)),
  }).catch(() => undefined);
  delete form.dataset.busy;
  submitter?.removeAttribute("aria-busy");
  if (!answer?.ok) return fail(await answer?.text());
  if (new URL(answer.url).pathname !== location.pathname) return location.assign(answer.url);
  swap(await answer.text(), form, submitter);
});

function swap(html, form, submitter) {
  if (submitter?.name === "act") clearSelection(form);
  const parts = form.dataset.inPlace.split(",").filter((part) => part && document.querySelector(part));
  holdRow();
  const selectOOB = [...parts, ...FRAME].join(",");
  globalThis.htmx.swap(document.body, html, { swapStyle: "none" }, { selectOOB });
  for (const name of ["htmx:afterSwap", "htmx:afterSettle"]) {
    document.body.dispatchEvent(new CustomEvent(name, { detail: { target: document.body } }));
  }
  releaseRow();
  showNotice();
}

/** The action was done for the selected incidents: they are no longer selected. */
function clearSelection(form) {
  for (const box of form.elements) if (box.type === "checkbox") box.checked = false;
  for (const field of form.querySelectorAll("input[name=text]")) field.value = "";
}

/** Shows the message of the error page, or the usual words without such a page. */
function fail(html = "") {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const words = body.querySelector("main .empty > p[dir]")?.textContent;
  failed.replaceChildren(...usual.cloneNode(true).childNodes);
  if (words) failed.lastChild.textContent = ` ${words}`;
  failed.hidden = false;
  failed.scrollIntoView({ block: "nearest" });
}

function showNotice() {
  const notice = document.getElementById("notice");
  notice.classList.add("toast");
  clearTimeout(timer);
  timer = setTimeout(function leave() {
    // The user is about to press Undo.
    if (notice.matches(":hover, :focus-within")) return timer = setTimeout(leave, STAYS);
    notice.replaceChildren();
    notice.classList.remove("toast");
  }, STAYS);
}
