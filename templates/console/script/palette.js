/* The palette (Ctrl-K): pages and actions by their names, and the relay's search results during typing. */
import { score } from "./fuzzy.js";
import { openHelp } from "./help.js";

const template = document.getElementById("palette");
const { lang, dataset: { base = "" } } = document.documentElement;

/**
 * The pause after the last key before a search of the relay, in milliseconds, and the least number of characters for
 * it.
 */
const PAUSE = 150;
const LEAST = 2;

/** The most pages and actions that are shown for a text. */
const OWN = 8;

let dialog;
let input;
let list;
let entries;
let asked;
let timer;

/** The actions: a dialog, or a button of the page's own form for the theme and the language. */
const DEEDS = {
  keys: openHelp,
  default(deed) {
    const [name, value] = deed.split("-");
    document.querySelector(`[data-preferences] [name=${name}][value=${value}]`)?.click();
  },
};

/** Shows the palette with an empty text. */
export function openPalette() {
  if (!template) return;
  if (!dialog) build();
  input.value = "";
  asked?.abort();
  showOwn("");
  dialog.showModal();
}

function build() {
  document.body.append(template.content.cloneNode(true));
  dialog = document.querySelector("dialog.palette");
  input = dialog.querySelector("input");
  list = dialog.querySelector("ul");
  entries = [...list.children];
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) return dialog.close();
    const option = target.closest("[role=option]");
    if (option) choose(option);
  });
  input.addEventListener("input", () => {
    const text = input.value.trim();
    showOwn(text);
    asked?.abort();
    clearTimeout(timer);
    if (text.length >= LEAST) timer = setTimeout(() => ask(text), PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (steps) move(steps);
    else if (event.key === "Enter" && !event.isComposing) choose(current(), event);
    else return;
    event.preventDefault();
  });
}

const current = () => list.querySelector("[aria-selected=true]") ?? undefined;

function mark(option) {
  current()?.removeAttribute("aria-selected");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

function move(steps) {
  const all = [...list.children];
  const next = all[(all.indexOf(current()) + steps + all.length) % all.length];
  if (next) mark(next);
}

/** The actions of the page, with the names of its buttons. */
function offered() {
  const seen = new Set();
  return [...document.querySelectorAll("main [data-key]")].flatMap((button) => {
    const words = button.textContent.trim();
    if (button.closest("[data-row]") || !button.checkVisibility() || button.disabled || seen.has(words)) {
      return [];
    }
    seen.add(words);
    const option = optionOf({ title: words, kind: template.dataset.here });
    option.dataset.names = words;
    option.button = button;
    return [option];
  });
}

const SIGNS = { critical: "◆", error: "▲", warning: "●", info: "○", over: "✓" };

function optionOf({ title, detail, severity, kind, to }) {
  const option = document.createElement("li");
  option.setAttribute("role", "option");
  if (to) option.dataset.to = to;
  if (severity) {
    const sign = document.createElement("span");
    sign.className = `sign ${severity}`;
    sign.textContent = SIGNS[severity];
    sign.setAttribute("aria-hidden", "true");
    option.append(sign);
  }
  for (const [tag, text] of [["bdi", title], ["bdi", detail], ["span", kind]]) {
    if (!text) continue;
    const part = document.createElement(tag);
    part.textContent = text;
    if (text !== title) part.className = "quiet";
    option.append(part);
  }
  return option;
}

function show(options) {
  list.replaceChildren(...options);
  options.forEach((option, index) => option.id = `palette-${index}`);
  mark(options[0]);
}

/** Shows the pages and actions whose names have the typed letters in their order, the best first. */
function showOwn(text) {
  const all = [...offered(), ...entries];
  const ranked = all.map((entry) => ({ entry, points: score(text, entry.dataset.names) }))
    .filter(({ points }) => points > 0);
  if (text !== "") ranked.sort((a, b) => b.points - a.points);
  const own = ranked.slice(0, text === "" ? undefined : OWN).map(({ entry }) => entry);
  const { all: words } = template.dataset;
  const whole = text === ""
    ? []
    : [optionOf({ title: `${words} “${text}”`, to: `/search?q=${encodeURIComponent(text)}` })];
  show([...own, ...whole]);
}

async function ask(text) {
  asked = new AbortController();
  const query = new URLSearchParams({ q: text, limit: "5", lang: template.dataset.locale ?? lang });
  const answer = await fetch(`${base}/api/search?${query}`, { signal: asked.signal })
    .then((answer) => answer.ok ? answer.json() : undefined).catch(() => undefined);
  if (!answer || text !== input.value.trim()) return;
  const { exact, kinds } = answer;
  const names = JSON.parse(template.dataset.kinds);
  const found = different([...exact ? [exact] : [], ...kinds.flatMap(({ hits }) => hits)])
    .map(({ kind, title, detail, severity, state, page }) =>
      optionOf({
        title,
        detail,
        severity: state === "closed" ? "over" : severity,
        kind: names[kind],
        to: page,
      })
    );
  const own = [...list.children];
  const kept = current();
  show([...exact ? found : own.slice(0, -1), ...exact ? own.slice(0, -1) : found, ...own.slice(-1)]);
  if (!exact && kept !== own.at(-1)) mark(kept);
}

/** The hits without alerts that look like an earlier one: an incident has many alerts of the same name. */
function different(hits) {
  const seen = new Set();
  return hits.filter(({ kind, title, detail }) => {
    const words = `${title} ${detail}`;
    const isNew = kind !== "alert" || !seen.has(words);
    seen.add(words);
    return isNew;
  });
}

function choose(option, { ctrlKey, metaKey } = {}) {
  if (!option) return;
  const { to, deed } = option.dataset;
  if (to && (ctrlKey || metaKey)) return open(base + to, "_blank");
  dialog.close();
  if (to) location.assign(base + to);
  else if (deed) (DEEDS[deed] ?? DEEDS.default)(deed);
  else option.button?.click();
}
