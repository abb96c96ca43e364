/*
 * The wall's event stream: one connection, opened again whenever it breaks or falls silent.
 */
/** Three heartbeats are missing: the connection hangs. In milliseconds. */
const SILENT_AFTER = 30000;
const LONGEST_WAIT = 15000;

let stream;
let heardAt = 0;
let wait = 1000;
let timer;
let openAgain = () => {};

/** Follow a stream. `refused`: the relay answered with an error, which another request explains. */
export function follow(address, { opened, changed, beat, over, refused }) {
  const heard = () => heardAt = Date.now();
  openAgain = () => {
    clearTimeout(timer);
    stream?.close();
    heard();
    stream = new EventSource(address);
    stream.addEventListener("open", () => {
      heard();
      wait = 1000;
      opened();
    });
    stream.addEventListener("change", () => {
      heard();
      changed();
    });
    stream.addEventListener("beat", ({ data }) => {
      heard();
      beat(JSON.parse(data));
    });
    stream.addEventListener("over", () => {
      over();
    });
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) refused();
      stream.close();
      clearTimeout(timer);
      timer = setTimeout(openAgain, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    });
  };
  openAgain();
}

/** Open a stream again that has been silent for too long: a broken connection does not always say so. */
export function checkStream() {
  if (Date.now() - heardAt > SILENT_AFTER) openAgain();
}

/** Follow it no longer. */
export function leave() {
  clearTimeout(timer);
  stream?.close();
}
