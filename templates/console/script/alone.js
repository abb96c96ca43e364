/*
 * Where tabs cannot share a worker, each one has its own stream while it is visible, and gives it back when it is hidden: a
 * browser has six connections to a place.
 */
import { readPulse } from "./pulse.js";
import { followEvents, KINDS } from "./stream.js";

/** After the last change it counts once more: a busy relay answers with the count before. */
const LAST_COUNT = 5000;

/** Calls `hear` with what the worker would say, see hub.js. */
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
