/*
 * Follows the relay's events over one connection, and opens it again when it breaks. It needs no document, so that the
 * worker can use it.
 */

/** The kinds of changes. */
export const KINDS = ["alert", "incident", "delivery", "lane", "config"];

/** The first pause before a new attempt, and the longest, in milliseconds. */
const PAUSES = [1000, 30000];

/** The relay is heard every 15 seconds: a connection that is silent for longer hangs, which a browser may not notice. */
const SILENT = 40000;

/** The HTTP status that a page would have: 401 when the session is over, 0 when the relay is away. */
export async function sessionStatus(base) {
  const asked = { method: "HEAD", headers: { "hx-request": "true" } };
  return await fetch(`${base}/settings/password`, asked).then((answer) => answer.status, () => 0);
}

/**
 * `base`: the path under which a proxy publishes the relay · `since`: the number of changes when the page was made ·
 * `changed(kind)` · `became("open" | "broken" | "over")`: over is the session.
 */
export function followEvents({ base, since, changed, became }) {
  let [pause] = PAUSES;
  let last = since;
  let again;
  let heardAt;
  let stream;
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
      // A refusal ends the stream; a broken line does not.
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
    if (stream.readyState === EventSource.CLOSED) became(status === 401 ? "over" : "broken");
  }

  open({ isFirst: true });
  return {
    /** Whether a page that was made at this number of changes may have missed one. */
    isNewerThan: (changes) => last === undefined || changes < last,
    /** Try again at once, unless the stream is open. */
    retry() {
      if (stream.readyState === EventSource.OPEN) return;
      stream.close();
      [pause] = PAUSES;
      open({ isFirst: false });
    },
    close() {
      clearInterval(watch);
      clearTimeout(again);
      stream.close();
    },
  };
}
