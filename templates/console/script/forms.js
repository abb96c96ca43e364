/*
 * Forms: a form that was submitted shows it and is not submitted twice, and a chosen file is read into a field
 * (<input type="file" data-read-into="yaml">).
 */
const working = document.getElementById("working");
const PATIENCE = 30000; // who stopped the page from loading may try again

document.addEventListener("submit", (event) => {
  const { target: form, submitter, defaultPrevented } = event;
  if (defaultPrevented || form.method !== "post") return; // htmx says itself what it is at
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
addEventListener("pageshow", rest); // a page that one comes back to is as one left it

document.addEventListener("change", async ({ target }) => {
  const name = target.dataset?.readInto;
  const file = target.files?.[0];
  if (name && file) target.form.elements[name].value = await file.text();
});
