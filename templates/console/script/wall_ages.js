/*
 * The wall's times: the clock and the ages follow the relay's clock, not the screen's.
 */
import { elapsed } from "./elapsed.js";

const root = document.documentElement;
const language = root.lang;
const zone = root.dataset.zone;
const clock = document.getElementById("clock");
const units = root.dataset.units.split(",");
const TIME = { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const time = new Intl.DateTimeFormat("en", { ...TIME, second: "2-digit" });
const hour = new Intl.DateTimeFormat("en", { timeZone: zone, hour: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat(language, {
  timeZone: zone,
  weekday: "short",
  month: "short",
  day: "numeric",
});

/** The difference of the relay's clock to this one, in milliseconds. */
let ahead = Number(root.dataset.now) - Date.now();

/** Sets the current time of the relay's clock, in milliseconds. */
export function setRelayTime(now) {
  ahead = now - Date.now();
}

/** Seconds count in the first minute only: people read a wall at a glance. */
function ageOf(ms) {
  const seconds = Math.floor(ms / 1000);
  return elapsed(seconds < 60 ? seconds : seconds - seconds % 60, units);
}

/** Updates every age. */
export function showAges() {
  const now = Date.now() + ahead;
  for (const age of document.querySelectorAll("[data-since]")) {
    const words = ageOf(now - Number(age.dataset.since));
    if (age.textContent !== words) age.textContent = words;
  }
}

function isNight(now) {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(root.dataset.dim) ?? [];
  if (from === undefined) return false;
  const [begin, end, at] = [Number(from), Number(to), Number(hour.format(now))];
  return begin < end ? at >= begin && at < end : at >= begin || at < end;
}

/** Updates the clock, and dims the screen at night. */
export function showClock() {
  const now = new Date(Date.now() + ahead);
  clock.querySelector("time").textContent = time.format(now);
  const day = clock.querySelector(".date");
  if (day.textContent !== date.format(now)) day.textContent = date.format(now);
  root.classList.toggle("night", isNight(now));
}
