/*
 * Forms: a submitted form shows that it is being sent and is not sent twice, and a chosen file is read into a field
 * (<input type="file" data-read-into="yaml">).
 */
const working = document.getElementById("working");

/** A form can be sent again after this time, in milliseconds: the user may have stopped the page from loading. */
const PATIENCE = 30000;

document.addEventListener("submit", (event) => {
  const { target: form, submitter, defaultPrevented } = event;
  if (defaultPrevented || form.method !== "post") return; // htmx shows its own progress
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  submitter?.setAttribute("aria-busy", "true");
  working.textContent = working.dataset.words;
  setTimeout(rest, PATIENCE);
});

function rest() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  working.textContent = "";
}
// The Back button may restore the page in its last state, with a form that was being sent.
addEventListener("pageshow", rest);

document.addEventListener("change", async ({ target }) => {
  const name = target.dataset?.readInto;
  const file = target.files?.[0];
  if (name && file) target.form.elements[name].value = await file.text();
});
