/*
 * Without a shared worker, each tab opens a stream of its own while it is visible, and closes it when it is hidden: a browser
 * opens at most six HTTP/1.1 connections to a host.
 */
import { readPulse } from "./pulse.js";
import { followEvents, KINDS } from "./stream.js";

/** The count is read once more this long after the last change, in milliseconds: a busy relay may answer with an old count. */
const LAST_COUNT = 5000;

/** Calls `hear` with the messages that the worker would send, see hub.js. */
export function listenAlone({ base, since, hear }) {
  let stream;
  let isFirst = true;
  let lastCount;

  async function count() {
    const pulse = await readPulse(base);
    if (pulse) hear({ pulse });
  }

  function changed(kind) {
    hear({ change: kind });
    if (kind !== "incident") return;
    count();
    clearTimeout(lastCount);
    lastCount = setTimeout(count, LAST_COUNT);
  }

  function follow() {
    if (!isFirst) KINDS.forEach(changed);
    isFirst = false;
    stream = followEvents({ base, since, changed, became: (state) => hear({ state }) });
    hear({ leads: true });
  }

  function leave() {
    clearTimeout(lastCount);
    stream?.close();
    hear({ leads: false });
  }

  if (!document.hidden) follow();
  document.addEventListener("visibilitychange", () => document.hidden ? leave() : follow());
  addEventListener("pagehide", leave);
}
