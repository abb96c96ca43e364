/**
 * Reports the plugin that blocks the relay's only thread in code that cannot be interrupted: at its top level, or
 * after an `await`. A worker watches the thread, because nothing else can run meanwhile.
 *
 * @module
 */
import type { ChannelFaults } from "./channel_faults.ts";

/** Milliseconds between two beats of the thread, and without a beat until it is reported as blocked. */
const BEAT = 250;
const BLOCKED = 3_000;

/** Bytes for the description of the running function. */
const WORDS = 500;

/** The fields of the shared memory: the number of beats, and the length of the description that follows. */
const [BEATS, LENGTH, FIELDS] = [0, 1, 2] as const;

/** Watches the thread on behalf of the plugins. */
export class LoopWatch {
  readonly #running = new Set<{ readonly words: string }>();
  readonly #fields: Int32Array;
  readonly #text: Uint8Array;
  readonly #worker: Worker;
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param faults Receives the worker's reports once the thread runs again */
  constructor(faults: Pick<ChannelFaults, "add">) {
    const shared = new SharedArrayBuffer(4 * FIELDS + WORDS);
    this.#fields = new Int32Array(shared, 0, FIELDS);
    this.#text = new Uint8Array(shared, 4 * FIELDS);
    this.#timer = setInterval(() => Atomics.add(this.#fields, BEATS, 1), BEAT);
    this.#worker = new Worker(`data:text/javascript,${encodeURIComponent(WATCHER)}`, { type: "module" });
    this.#worker.onmessage = ({ data }): void =>
      faults.add(undefined, `the relay was blocked for more than ${BLOCKED / 1_000} s: ${data}`);
    this.#worker.postMessage(shared);
    this.#show();
  }

  /** Record that a plugin is running, such as `gotify: send`. @returns a function that ends the record */
  begin(words: string): () => void {
    const work = { words };
    this.#running.add(work);
    this.#show();
    return () => {
      this.#running.delete(work);
      this.#show();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#worker.terminate();
  }

  /** Show the running function to the worker. */
  #show(): void {
    const running = [...new Set([...this.#running].map(({ words }) => words))].join(", ");
    const text = running || "a timer of a plugin, or the relay itself";
    const { written } = new TextEncoder().encodeInto(text, this.#text);
    Atomics.store(this.#fields, LENGTH, written);
  }
}

/** The worker's code. If its own timer is late, the whole process was suspended. */
const WATCHER = `
onmessage = ({ data }) => {
  const fields = new Int32Array(data, 0, ${FIELDS});
  const text = new Uint8Array(data, ${4 * FIELDS});
  let beats = -1, since = performance.now(), last = since, said = 0;
  setInterval(() => {
    const now = performance.now();
    const wasPaused = now - last > ${4 * BEAT};
    last = now;
    const latest = Atomics.load(fields, ${BEATS});
    if (latest !== beats || wasPaused) {
      [beats, since, said] = [latest, now, 0];
      return;
    }
    const blocked = now - since;
    if (blocked < ${BLOCKED} || blocked < 4 * said) return;
    const words = new TextDecoder().decode(text.slice(0, Atomics.load(fields, ${LENGTH})));
    if (said === 0) postMessage(words);
    said = blocked;
    console.error("The relay is blocked for " + Math.round(blocked / 1000) + " s, and does nothing else: " + words);
  }, ${BEAT});
};`;
