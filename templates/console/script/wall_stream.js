/*
 * The wall's event stream: one connection, which is opened again when it breaks or falls silent.
 */
/** Three heartbeats are missing (routes/console/wall/stream.ts): the connection hangs. In milliseconds. */
const SILENT_AFTER = 30000;

/** The longest pause before a new attempt, in milliseconds. */
const LONGEST_WAIT = 15000;

let stream;
let heardAt = 0;
let wait = 1000;
let timer;
let openAgain = () => {};

/** Follows a stream. `refused`: the relay answered with an error; another request reveals it. */
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
    stream.addEventListener("over", () => over());
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

/** Reopens a stream that was silent for too long: browsers do not detect every broken connection. */
export function checkStream() {
  if (Date.now() - heardAt > SILENT_AFTER) openAgain();
}

/** Stops following. */
export function leave() {
  clearTimeout(timer);
  stream?.close();
}
