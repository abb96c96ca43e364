/*
 * The tab's end of the worker that all tabs share.
 */
let port;
let able = false;

/** Tells the worker whether this tab may play sounds: a browser allows a page to do so after the first click on it. */
export function mayLead(now) {
  able = now;
  port?.postMessage({ able });
}

/** Calls `hear` with the messages of the worker, see hub.js, or `otherwise` when no worker can be shared. */
export function listenShared({ base, since, hear }, otherwise) {
  if (!globalThis.SharedWorker) return otherwise();
  const worker = new SharedWorker(new URL("./hub.js", import.meta.url), { type: "module", name: "fenghuo" });
  worker.addEventListener("error", () => {
    port = undefined;
    otherwise();
  }, { once: true });
  port = worker.port;
  const greet = () => port?.postMessage({ hello: { base, since, able } });
  port.addEventListener("message", ({ data }) => {
    if (data.ping) return port.postMessage({ here: true });
    if (data.lost) return greet();
    hear(data);
  });
  port.start();
  greet();
  addEventListener("pagehide", () => port?.postMessage({ bye: true }));
  addEventListener("pageshow", ({ persisted }) => persisted && greet());
}
