/*
 * The keyboard: the keys that the help dialog lists are the keys that are bound. They have no effect while the user
 * types, with a modifier, or while a dialog is open.
 */
import { openHelp } from "./help.js";
import { openPalette } from "./palette.js";
import { moveRow, openRow, rowNow, selectRow } from "./rows.js";

const template = document.getElementById("keys");
const base = document.documentElement.dataset.base ?? "";

/** The second key of two must follow within this time, in milliseconds. */
const PAUSE = 1500;

/** Keys → { deed, to }; and the keys that begin a pair. */
const bound = new Map();
for (const { dataset } of template?.content.querySelectorAll("[data-keys]") ?? []) {
  bound.set(dataset.keys, dataset);
}
const firsts = new Set(
  [...bound.keys()].filter((keys) => keys.includes(" ")).map((keys) => keys.split(" ")[0]),
);

const TYPED =
  "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";

/**
 * The button of a key: that of the current row, or of the whole page; while rows are selected, the page's button
 * takes precedence.
 */
function buttonOf(key) {
  const selector = `[data-key="${key}"]`;
  const usable = (one) => one.checkVisibility() && !one.disabled;
  const outside = [...document.querySelectorAll(`main ${selector}`)].filter((one) =>
    !one.closest("[data-row]") && usable(one)
  );
  const isSelected = document.querySelector("main [data-row] input[type=checkbox]:checked") !== null;
  const inside = [...rowNow()?.querySelectorAll(selector) ?? []].filter(usable);
  return isSelected ? outside[0] ?? inside[0] : inside[0] ?? outside[0];
}

const DEEDS = {
  help: openHelp,
  palette: openPalette,
  find() {
    const field = document.getElementById("find") ?? document.querySelector("main [type=search]");
    field?.focus();
    field?.select();
  },
  go: ({ to }) => location.assign(base + to),
  next: () => moveRow(1),
  previous: () => moveRow(-1),
  open: openRow,
  select: selectRow,
  act: ({ keys }) => {
    const button = buttonOf(keys);
    button?.click();
    // The button opened a menu: the focus moves into it.
    if (button?.matches("summary") && button.parentElement.open) {
      button.parentElement.querySelector(":is(input:not([type=hidden]), select, textarea, button)")?.focus();
    }
    return button !== undefined;
  },
  undo: () => document.querySelector("[data-undo], #notice form button")?.click(),
  close: () => false, // menus and dialogs close themselves
};

let first;
document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (event.defaultPrevented || event.isComposing) return;
  const isPalette = (ctrlKey || metaKey) && !altKey && key.toLowerCase() === "k" && bound.has("mod+k");
  if (isPalette) {
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) openPalette();
    return;
  }
  if (ctrlKey || metaKey || altKey || document.querySelector("dialog[open]")) return;
  if (target.closest?.(TYPED)) {
    if (key === "Escape") target.blur();
    return;
  }
  const { keys, at } = first ?? {};
  first = undefined;
  const binding = keys && event.timeStamp - at < PAUSE && bound.get(`${keys} ${key}`) || bound.get(key);
  if (binding) {
    if (DEEDS[binding.deed]?.(binding) !== false) event.preventDefault();
  } else if (firsts.has(key)) first = { keys: key, at: event.timeStamp };
});
