/* The sheet that turns watching on: its fields, and the reasons why it cannot play sounds or notify. */
import { canSound, prepareSound, ring } from "./ring.js";
import { askRelay, notify } from "./watch.js";
import { changeWatching, isMuted, watchSettings } from "./watch_settings.js";

const HOUR = 3600000;
const menu = document.getElementById("watching");
const form = menu?.querySelector("form");
const canNotify = "Notification" in globalThis && isSecureContext;
let leads = false;

function show() {
  const settings = watchSettings();
  const { elements } = form;
  for (const name of ["notify", "sound"]) elements[name].checked = settings[name];
  for (const name of ["from", "every"]) elements[name].value = String(settings[name]);
  elements.notify.disabled = !canNotify;
  const isOn = settings.notify || settings.sound;
  const states = {
    unsupported: !canNotify,
    denied: canNotify && Notification.permission === "denied",
    blocked: settings.sound && !canSound(),
    muted: isOn && isMuted(settings),
    unmuted: !isMuted(settings),
    leads: isOn && leads,
    follows: isOn && !leads,
  };
  for (const part of menu.querySelectorAll("[data-when]")) part.hidden = !states[part.dataset.when];
  for (const time of menu.querySelectorAll("[data-until]")) {
    time.textContent = new Date(settings.mutedUntil).toLocaleTimeString(document.documentElement.lang, {
      timeStyle: "short",
    });
  }
  menu.classList.toggle("on", isOn && !isMuted(settings));
  menu.classList.toggle("wrong", states.blocked && !states.muted && leads);
}

/** Watching begins when it is turned on: incidents that were open before play no sound. */
async function change(name, value) {
  const before = watchSettings();
  const isFirst = (name === "notify" || name === "sound") && value && !before.notify && !before.sound;
  const { now } = isFirst ? await askRelay({ from: before.from, since: Date.now() }) ?? {} : {};
  changeWatching({ [name]: value, ...now === undefined ? {} : { since: now } });
}

async function ask() {
  const answer = await Notification.requestPermission();
  await change("notify", answer === "granted");
}

async function test() {
  const { notify: shows, sound, from } = watchSettings();
  if (shows) notify({ title: menu.dataset.test });
  if (!sound && shows) return;
  await prepareSound();
  ring(from);
}

if (form) {
  menu.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", ({ target: { name, checked, value } }) => {
    if (name === "notify" && checked) ask();
    else if (name === "notify" || name === "sound") change(name, checked);
    else change(name, name === "every" ? Number(value) : value);
  });
  form.addEventListener("click", ({ target }) => {
    const deed = target.closest("[data-watch]")?.dataset.watch;
    if (deed === "test") test();
    if (deed === "mute") changeWatching({ mutedUntil: Date.now() + HOUR });
    if (deed === "unmute") changeWatching({ mutedUntil: 0 });
  });
  for (const event of ["fenghuo:watching", "fenghuo:sound"]) document.body.addEventListener(event, show);
  document.body.addEventListener("fenghuo:leads", ({ detail }) => {
    leads = detail;
    show();
  });
  show();
}
