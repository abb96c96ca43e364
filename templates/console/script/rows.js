/*
 * The rows of a list, for the keyboard: <tr id="…" data-row data-href="…">. The current row has the focus, so that a
 * screen reader reads it; when the list is swapped, the focus stays on it or moves to the row at the same index.
 */
const base = document.documentElement.dataset.base ?? "";

const rows = () => [...document.querySelectorAll("main [data-row]")].filter((row) => row.checkVisibility());

/** The current row and its index when its list was swapped. */
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

/** Moves to the next row or the previous one; without a current row, to the first one. */
export function moveRow(by) {
  const all = rows();
  const now = all.indexOf(rowNow());
  const next = all[now < 0 ? 0 : Math.min(all.length - 1, Math.max(0, now + by))];
  if (!next) return false;
  focus(next);
}

/**
 * Opens the current row, but only when the row itself has the focus: Enter on a link or a button in it belongs to
 * that element.
 */
export function openRow() {
  const row = document.activeElement;
  if (!row?.matches?.("[data-row]")) return false;
  if (row.dataset.href) location.assign(base + row.dataset.href);
  else row.querySelector("a[href]")?.click();
}

/** Clicks the box of the current row, so that everything that depends on the selection is notified. */
export function selectRow() {
  const box = rowNow()?.querySelector("input[type=checkbox]");
  if (!box) return false;
  box.click();
}

/** Stores the current row before its list is swapped. */
export function holdRow() {
  const row = rowNow();
  if (row) place = { id: row.id, index: rows().indexOf(row) };
}

/** Moves back to that row, or to the one at its index, unless the swap left the focus unchanged. */
export function releaseRow() {
  const held = place;
  place = undefined;
  if (!held || document.activeElement !== document.body) return;
  const all = rows();
  const row = document.getElementById(held.id) ?? all[Math.min(held.index, all.length - 1)];
  if (row) focus(row);
}

document.body.addEventListener("htmx:beforeSwap", holdRow);
document.body.addEventListener("htmx:afterSettle", releaseRow);
