/*
 * The wall: keeps its data current, shows a notice when they are old, turns pages when the rows do not fit, and dims at night.
 */
import { setRelayTime, showAges, showClock } from "./wall_ages.js";
import { layOut, rotate } from "./wall_pages.js";
import { checkStream, follow, leave } from "./wall_stream.js";

/** The age at which unconfirmed data is old, in milliseconds. */
const OLD_AFTER = 30000;
/**
 * The shortest and the longest interval between two reads of the wall: no event reports a change of the people on
 * call. In milliseconds.
 */
const READ_AT_MOST_EVERY = 3000;
const READ_AT_LEAST_EVERY = 60000;
/** The interval at which an ended wall checks whether it may show incidents again, in milliseconds. */
const RETRY_OVER = 60000;

const root = document.documentElement;
const base = root.dataset.base ?? "";
const board = document.getElementById("board");
const old = document.getElementById("old");
const over = document.getElementById("over");

let confirmedAt = Date.now();
let readAt = Date.now();
let isOutdated = false;
let isReading = false;
let isOver = false;
let shown = board.innerHTML;

async function read() {
  if (isReading || Date.now() - readAt < READ_AT_MOST_EVERY) return;
  isReading = true;
  isOutdated = false;
  const asked = readAt = Date.now();
  try {
    const headers = { accept: "text/html", "hx-request": "true" };
    const answer = await fetch(base + root.dataset.board, { headers, signal: AbortSignal.timeout(15000) });
    if (answer.status === 401 || answer.status === 403) return end();
    if (!answer.ok) throw new Error(`the relay answered ${answer.status}`);
    show(await answer.text());
    confirmedAt = asked;
    if (isOver) location.reload();
  } catch {
    isOutdated = true;
  } finally {
    isReading = false;
  }
}

function show(html) {
  if (html === shown) return;
  shown = html;
  const before = new Set([...board.querySelectorAll("[data-key]")].map(({ dataset }) => dataset.key));
  board.innerHTML = html;
  const isNew = ({ dataset }) => !before.has(dataset.key);
  const added = [...board.querySelectorAll("[data-key]")].filter(isNew);
  for (const row of added) row.classList.add("new");
  layOut(added[0]);
  showAges();
}

/** The link was revoked, or the session has ended: the incidents disappear. */
function end() {
  isOver = true;
  leave();
  over.hidden = false;
  board.replaceChildren();
  shown = "";
  old.hidden = true;
  root.classList.remove("stale");
}

/** The relay was upgraded: its page is loaded again as soon as it answers. */
async function renew(build) {
  if (sessionStorage.getItem("build") === build) return;
  const answer = await fetch(location.href).catch(() => undefined);
  if (!answer?.ok) return;
  sessionStorage.setItem("build", build);
  location.reload();
}

follow(base + root.dataset.events, {
  opened() {
    isOutdated = true;
  },
  changed() {
    isOutdated = true;
    read();
  },
  beat({ now, build }) {
    setRelayTime(now);
    if (!isOutdated && !isReading) confirmedAt = Date.now();
    if (build !== root.dataset.build) renew(build);
  },
  over: end,
  refused: () => read(),
});

function tick() {
  const now = Date.now();
  showClock();
  if (isOver) {
    if (now - readAt >= RETRY_OVER) read();
    return;
  }
  if (isOutdated || now - readAt >= READ_AT_LEAST_EVERY) read();
  checkStream();
  const age = now - confirmedAt;
  const isOld = age >= OLD_AFTER;
  old.hidden = !isOld;
  if (root.classList.contains("stale") !== isOld) {
    root.classList.toggle("stale", isOld);
    layOut(); // the notice takes up a part of the screen
  }
  if (isOld) old.textContent = old.dataset.words.replace("{seconds}", Math.floor(age / 1000));
  showAges();
  rotate();
}

addEventListener("resize", () => layOut());
layOut();
tick();
setInterval(tick, 1000);
