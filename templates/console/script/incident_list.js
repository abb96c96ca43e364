/*
 * The list of incidents: one box selects all lines, a choice in the toolbar applies at once, and the address is copied.
 */
const boxes = () => document.querySelectorAll('tbody .pick input[type="checkbox"]');
const all = () => document.getElementById("pick-all");

function showAll() {
  const box = all();
  if (!box) return;
  box.hidden = false;
  const checked = [...boxes()].filter((one) => one.checked).length;
  box.checked = checked > 0 && checked === boxes().length;
  box.indeterminate = checked > 0 && !box.checked;
  // What is out of sight is not chosen.
  const every = document.querySelector('#act [name="every"]');
  if (every && checked === 0) every.checked = false;
}

let last;
document.addEventListener("click", (event) => {
  const box = event.target.closest?.('tbody .pick input[type="checkbox"]');
  if (!box) return;
  const every = [...boxes()];
  if (event.shiftKey && last?.isConnected) {
    const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
    for (const one of every.slice(from, to + 1)) one.checked = box.checked;
  }
  last = box;
  showAll();
});

document.addEventListener("change", ({ target }) => {
  if (target.id === "pick-all") {
    for (const box of boxes()) box.checked = target.checked;
    showAll();
  }
  if (target.matches?.("select[data-submits]")) target.form.requestSubmit();
});

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy-link]");
  if (!button) return;
  await navigator.clipboard.writeText(location.href);
  button.textContent = `✓ ${button.textContent.replace(/^✓ /, "")}`;
});

function showCopyLink() {
  if (!navigator.clipboard) return; // needs HTTPS or localhost
  for (const button of document.querySelectorAll("[data-copy-link][hidden]")) button.hidden = false;
}

for (const event of ["htmx:afterSwap", "htmx:afterSettle"]) document.body.addEventListener(event, showAll);
showAll();
showCopyLink();
