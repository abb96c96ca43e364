/*
 * Plays sounds, and shows notifications, for new incidents that nobody has acknowledged. Only the leading tab does
 * so, so that a browser plays a sound once; it repeats the sound until they are acknowledged.
 */
import { canSound, prepareSound, ring, stopSound } from "./ring.js";
import { changeWatching, isMuted, rememberNew, watchSettings } from "./watch_settings.js";

const { body, documentElement: { dataset: { base = "" } } } = document;
const words = document.getElementById("watching")?.dataset ?? {};

/** The most notifications that are shown at a time; the last one counts the others. */
const MOST = 3;

/** The wait before the next request when the relay does not answer, in seconds. */
const RETRY = 15;

let leads = false;
let timer;
let rangAt = 0;
let asking = false;
let askAgain = false;

/**
 * Reads the incidents to play a sound for: { now, incidents }, the worst first; undefined without an answer of the
 * relay.
 */
export async function askRelay({ from, since }) {
  const address = `${base}/watching?${new URLSearchParams({ from, since })}`;
  return await fetch(address, { headers: { accept: "application/json" } })
    .then((answer) => answer.ok ? answer.json() : undefined).catch(() => undefined);
}

export function notify({ id, title, where }) {
  try {
    const shown = new Notification(title, { body: where, tag: id, icon: words.icon });
    shown.addEventListener("click", () => {
      globalThis.focus();
      if (id) location.assign(`${base}/incidents/${id}`);
      shown.close();
    });
  } catch {
    changeWatching({ notify: false }); // some phones allow it to service workers only
  }
}

function notifyOf(fresh) {
  const { length } = fresh;
  for (const one of fresh.slice(0, length > MOST ? MOST - 1 : MOST)) notify(one);
  if (length > MOST) notify({ title: words.more.replace("{count}", length - MOST + 1) });
}

async function check() {
  askAgain = asking;
  if (asking) return;
  clearTimeout(timer);
  const settings = watchSettings();
  const { notify: shows, sound, every } = settings;
  if (!leads || isMuted(settings) || !shows && !sound) return;
  asking = true;
  const answer = await askRelay(settings);
  asking = false;
  if (askAgain) return check();
  if (!answer) return timer = setTimeout(check, RETRY * 1000);
  const { incidents } = answer;
  const fresh = rememberNew(incidents);
  if (shows) notifyOf(fresh);
  if (!sound || incidents.length === 0) return;
  const [{ severity }] = fresh.length > 0 ? fresh : incidents;
  const isDue = every > 0 && Date.now() >= rangAt + every * 1000 - 500;
  if ((fresh.length > 0 || isDue) && ring(severity)) rangAt = Date.now();
  if (every > 0) timer = setTimeout(check, every * 1000);
}

/** A browser allows a page to play sounds after a click on it. */
function unlock() {
  if (watchSettings().sound && !canSound()) prepareSound();
}

function settingsChanged() {
  if (watchSettings().sound) unlock();
  else stopSound();
  check();
}

if (words.more) {
  body.addEventListener("fenghuo:leads", ({ detail }) => {
    leads = detail;
    check();
  });
  body.addEventListener("fenghuo:pulse", check);
  body.addEventListener("fenghuo:watching", settingsChanged);
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, unlock);
  unlock();
}
