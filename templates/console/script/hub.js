/*
 * The worker that all tabs of a browser share. It holds the only stream of events, reads the count once for all tabs,
 * and elects the leading tab, which alone plays sounds. It is a worker because browsers slow down hidden tabs, and
 * because locks between tabs need HTTPS, which a relay inside a network often does not have.
 */
import { readPulse } from "./pulse.js";
import { followEvents, KINDS } from "./stream.js";

/** A tab that misses two pings in a row is gone: a crashed tab does not close its port. PING is in milliseconds. */
const PING = 10000;
const SILENT = 2;

/**
 * The shortest time between two counts; and the time after the last change at which the count is read once more,
 * because a busy relay may answer with an old count. In milliseconds.
 */
const COUNT = 1000;
const LAST_COUNT = 5000;

/** The tabs by their ports, the oldest first: { able: whether it may play sounds, silent: pings without an answer }. */
const tabs = new Map();
let base = "";
let stream;
let state = "open";
let leader;
let counting = false;
let recount = false;
let lastCount;

function tellAll(message) {
  for (const port of tabs.keys()) port.postMessage(message);
}

/** A tab that may play sounds takes precedence over one that must be clicked first. */
function elect() {
  const ports = [...tabs.keys()];
  const best = ports.find((port) => tabs.get(port).able) ?? ports[0];
  if (best === leader) return;
  if (tabs.has(leader)) leader.postMessage({ leads: false });
  leader = best;
  leader?.postMessage({ leads: true });
}

function changed(kind) {
  tellAll({ change: kind });
  if (kind !== "incident") return;
  count();
  clearTimeout(lastCount);
  lastCount = setTimeout(count, LAST_COUNT);
}

/** A change during a count starts another one afterwards. */
async function count() {
  recount = counting;
  if (counting) return;
  counting = true;
  const pulse = await readPulse(base);
  if (pulse) tellAll({ pulse });
  setTimeout(() => {
    counting = false;
    if (recount || !pulse && state === "open" && tabs.size > 0) count();
  }, COUNT);
}

function became(now) {
  state = now;
  tellAll({ state });
}

function greet(port, { since, ...hello }) {
  base = hello.base;
  tabs.set(port, { able: hello.able, silent: 0 });
  port.postMessage({ state });
  if (!stream) stream = followEvents({ base, since, changed, became });
  else if (state !== "open") stream.retry(); // the user of this tab may have just signed in
  else if (stream.isNewerThan(since)) { for (const kind of KINDS) port.postMessage({ change: kind }); }
  elect();
}

function leave(port) {
  tabs.delete(port);
  elect();
  if (tabs.size > 0) return;
  clearTimeout(lastCount);
  stream?.close();
  stream = undefined;
  state = "open";
}

globalThis.addEventListener("connect", ({ ports: [port] }) => {
  port.addEventListener("message", ({ data }) => {
    if (data.hello) return greet(port, data.hello);
    if (data.bye) return leave(port);
    const tab = tabs.get(port);
    if (!tab) return port.postMessage({ lost: true }); // the tab was frozen and is no longer known
    tab.silent = 0;
    if (data.able === undefined) return;
    tab.able = data.able;
    elect();
  });
  port.start();
});

setInterval(() => {
  for (const [port, tab] of tabs) {
    if (tab.silent++ >= SILENT) leave(port);
    else port.postMessage({ ping: true });
  }
}, PING);
