/*
 * Rules are moved by their handles, with the pointer or the arrow keys. The server moves them: the new position is
 * written into the rule's field, like a typed one.
 */
let dragged;
let refocused;

const rows = () => [...document.querySelectorAll("#rules > li")];
const placeOf = (row) => row.querySelector("[name=place]");

/** The position of a row at this height, from 1. */
function positionAt(y, row) {
  const others = rows().filter((other) => other !== row);
  const above = others.filter((other) => {
    const { top, height } = other.getBoundingClientRect();
    return top + height / 2 < y;
  });
  return above.length + 1;
}

function mark(position) {
  for (const row of rows()) row.classList.remove("before", "after");
  const others = rows().filter((row) => row !== dragged);
  if (position <= others.length) others[position - 1].classList.add("before");
  else others.at(-1)?.classList.add("after");
}

function move(row, position) {
  const field = placeOf(row);
  if (Number(field.value) === position) return;
  field.value = position;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.("[data-handle]");
  if (!handle || event.button !== 0) return;
  event.preventDefault();
  handle.focus();
  handle.setPointerCapture(event.pointerId);
  dragged = handle.closest("li");
  dragged.classList.add("dragged");
});

document.addEventListener("pointermove", ({ clientY }) => {
  if (!dragged) return;
  if (clientY < 80) scrollBy(0, -12);
  if (clientY > innerHeight - 80) scrollBy(0, 12);
  mark(positionAt(clientY, dragged));
});

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, ({ clientY, type }) => {
    if (!dragged) return;
    const row = dragged;
    dragged = undefined;
    for (const one of rows()) one.classList.remove("before", "after", "dragged");
    if (type === "pointerup") move(row, positionAt(clientY, row));
  });
}

document.addEventListener("keydown", (event) => {
  const handle = event.target.closest?.("[data-handle]");
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!handle || step === undefined) return;
  event.preventDefault();
  const row = handle.closest("li");
  const position = Number(placeOf(row).value) + step;
  if (position < 1 || position > rows().length) return;
  refocused = `handle-${position - 1}`;
  move(row, position);
});

/** Shows the handles: without this script they have no effect. */
export function showHandles() {
  for (const handle of document.querySelectorAll("[data-handle][hidden]")) handle.hidden = false;
  if (refocused) document.getElementById(refocused)?.focus();
  refocused = undefined;
}

document.body.addEventListener("htmx:afterSettle", showHandles);
