/*
 * Follows the relay's events over one connection, and opens it again when it breaks. The worker uses it, too: it needs no
 * document.
 */

/** The kinds of changes. */
export const KINDS = ["alert", "incident", "delivery", "lane", "config"];

/** The first pause before a new attempt, and the longest, in milliseconds. */
const PAUSES = [1000, 30000];

/**
 * The relay sends a heartbeat every 15 seconds (routes/api/events.ts): a connection that is silent for this long hangs, which a
 * browser may not notice. In milliseconds.
 */
const SILENT = 40000;

/** The HTTP status of a page: 401 when the session has ended, 0 when the relay cannot be reached. */
export async function sessionStatus(base) {
  const asked = { method: "HEAD", headers: { "hx-request": "true" } };
  return await fetch(`${base}/settings/password`, asked).then((answer) => answer.status, () => 0);
}

/**
 * `base`: the path under which a proxy publishes the relay · `since`: the number of changes when the page was made ·
 * `changed(kind)` · `became("open" | "broken" | "over")`, where `over` means that the session has ended.
 */
export function followEvents({ base, since, changed, became }) {
  let [pause] = PAUSES;
  let last = since;
  let again;
  let heardAt;
  let stream;
  let isClosed = false;
  const watch = setInterval(() => {
    if (Date.now() - heardAt < SILENT || stream.readyState !== EventSource.OPEN) return;
    stream.close();
    became("broken");
    open({ isFirst: false });
  }, SILENT / 4);

  function open({ isFirst }) {
    clearTimeout(again);
    stream = new EventSource(`${base}/events${isFirst ? `?since=${since}` : ""}`);
    const heard = () => heardAt = Date.now();
    for (const event of ["open", "change", "beat"]) stream.addEventListener(event, heard);
    stream.addEventListener("open", () => {
      [pause] = PAUSES;
      became("open");
      if (isFirst) return;
      last = undefined;
      KINDS.forEach(changed);
    });
    stream.addEventListener("change", ({ data, lastEventId }) => {
      last = Number(lastEventId);
      changed(data);
    });
    stream.addEventListener("error", () => {
      // A refusal ends the stream; a broken connection does not.
      const isRefused = stream.readyState === EventSource.CLOSED;
      stream.close();
      if (isRefused) explain();
      else became("broken");
      again = setTimeout(() => open({ isFirst: false }), pause);
      pause = Math.min(pause * 2, PAUSES[1]);
    });
  }

  async function explain() {
    const status = await sessionStatus(base);
    if (!isClosed && stream.readyState === EventSource.CLOSED) became(status === 401 ? "over" : "broken");
  }

  open({ isFirst: true });
  return {
    /** Whether a page that was made at this number of changes may have missed one. */
    isNewerThan: (changes) => last === undefined || changes < last,
    /** Tries again immediately, unless the stream is open. */
    retry() {
      if (stream.readyState === EventSource.OPEN) return;
      stream.close();
      [pause] = PAUSES;
      open({ isFirst: false });
    },
    close() {
      isClosed = true;
      clearInterval(watch);
      clearTimeout(again);
      stream.close();
    },
  };
}
