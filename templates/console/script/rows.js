/*
 * The rows of a list, for the keyboard: <tr id="…" data-row data-href="…">. The current row has the focus, so that a screen
 * reader reads it; when the list is brought up to date, the focus stays at it or at the row in its place.
 */
const base = document.documentElement.dataset.base ?? "";

const rows = () => [...document.querySelectorAll("main [data-row]")].filter((row) => row.checkVisibility());

/** Where the current row was, as its list was swapped. */
let place;

/** The current row. */
export function rowNow() {
  return document.activeElement?.closest?.("[data-row]") ?? undefined;
}

function focus(row) {
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

/** To the next row or the one before; from nowhere, to the first one. */
export function moveRow(by) {
  const all = rows();
  const now = all.indexOf(rowNow());
  const next = all[now < 0 ? 0 : Math.min(all.length - 1, Math.max(0, now + by))];
  if (!next) return false;
  focus(next);
}

/** Only where the row itself has the focus: a link or a button in it does what it says. */
export function openRow() {
  const row = document.activeElement;
  if (!row?.matches?.("[data-row]")) return false;
  if (row.dataset.href) location.assign(base + row.dataset.href);
  else row.querySelector("a[href]")?.click();
}

/** Its box is clicked: whatever depends on the selection hears of it. */
export function selectRow() {
  const box = rowNow()?.querySelector("input[type=checkbox]");
  if (!box) return false;
  box.click();
}

/** Remember the current row before its list is swapped. */
export function holdRow() {
  const row = rowNow();
  if (row) place = { id: row.id, index: rows().indexOf(row) };
}

/** Back to it, or to the row in its place. */
export function releaseRow() {
  if (!place || document.activeElement !== document.body) return;
  const all = rows();
  const row = document.getElementById(place.id) ?? all[Math.min(place.index, all.length - 1)];
  if (row) focus(row);
  place = undefined;
}

document.body.addEventListener("htmx:beforeSwap", holdRow);
document.body.addEventListener("htmx:afterSettle", releaseRow);
