/*
 * The wall's pages: as many rows as fit on the screen, one page after the other. A group that continues from the
 * previous page is marked. The rows of the other pages are hidden.
 */
const counter = document.getElementById("counter");

/** The time that a page is shown, in milliseconds, and that of a page with incidents of the worst severity. */
const STAYS = 10000;
const WORST_STAYS = 20000;

/** For each page: its rows, and whether one of them is of the worst severity. */
let pages = [];
let page = 0;
let turnAt = Infinity;

const severityOf = (row) =>
  ["critical", "error", "warning", "info"].find((one) => row.classList.contains(one));

/** Divides the rows into pages, and shows the page of `row`, or else the current page. */
export function layOut(row) {
  const list = document.getElementById("list");
  if (!list) return;
  const rows = [...list.querySelectorAll(".row")];
  for (const one of [...rows, ...list.children]) one.hidden = false;
  const room = list.clientHeight;
  const heading = (one) => one.closest(".group")?.querySelector("h2").offsetHeight ?? 0;
  pages = [];
  let [used, group] = [Infinity, undefined];
  for (const one of rows) {
    const height = one.offsetHeight;
    const own = one.closest(".group");
    const more = own === group ? height : height + heading(one);
    // A heading stays with the first row of its group.
    if (used + more > room) {
      pages.push([]);
      used = 0;
    }
    used += used === 0 ? height + heading(one) : more;
    group = own;
    pages.at(-1).push(one);
  }
  const wanted = row ? pages.findIndex((rows) => rows.includes(row)) : page;
  show(Math.max(0, Math.min(wanted, pages.length - 1)));
}

function show(number) {
  page = number;
  const list = document.getElementById("list");
  const shown = new Set(pages[page]);
  for (const row of list.querySelectorAll(".row")) row.hidden = !shown.has(row);
  for (const group of list.querySelectorAll(".group")) {
    const rows = [...group.querySelectorAll(".row")];
    group.hidden = !rows.some((row) => shown.has(row));
    group.querySelector(".again").hidden = group.hidden || shown.has(rows[0]);
  }
  counter.hidden = pages.length < 2;
  counter.textContent = counter.dataset.words.replace("{page}", page + 1).replace("{pages}", pages.length);
  const worst = severityOf(pages[0]?.[0] ?? counter);
  const hasWorst = worst !== undefined && pages[page].some((row) => severityOf(row) === worst);
  turnAt = Date.now() + (hasWorst ? WORST_STAYS : STAYS);
}

/** Turns the page after its time. */
export function rotate() {
  if (pages.length > 1 && Date.now() >= turnAt) show((page + 1) % pages.length);
}
