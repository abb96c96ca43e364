/*
 * Where tabs cannot share a worker, each one has its own stream while it is visible, and gives it back when it is hidden: a
 * browser has six connections to a place.
 */
import { readPulse } from "./pulse.js";
import { followEvents, KINDS } from "./stream.js";

/** Calls `hear` with what the worker would say, see hub.js. */
export function listenAlone({ base, since, hear }) {
  let stream;
  let isFirst = true;

  async function changed(kind) {
    hear({ change: kind });
    const pulse = kind === "incident" ? await readPulse(base) : undefined;
    if (pulse) hear({ pulse });
  }

  function follow() {
    if (!isFirst) KINDS.forEach(changed);
    isFirst = false;
    stream = followEvents({ base, since, changed, became: (state) => hear({ state }) });
    hear({ leads: true });
  }

  function leave() {
    stream?.close();
    hear({ leads: false });
  }

  if (!document.hidden) follow();
  document.addEventListener("visibilitychange", () => document.hidden ? leave() : follow());
  addEventListener("pagehide", leave);
}
