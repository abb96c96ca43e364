/*
 * The list of incidents: one box selects all lines, and a choice in the toolbar applies immediately.
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
  // Without a selection the bar is hidden: its box for all results must not stay checked.
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

for (const event of ["htmx:afterSwap", "htmx:afterSettle"]) document.body.addEventListener(event, showAll);
showAll();
