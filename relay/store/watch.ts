import type { Clock } from "../base/clock.ts";
import type { DatabaseView } from "./database.ts";

/** Called with the entry of a watched key for each new version, including the first. */
export type OnChanged = (entry: Deno.KvEntryMaybe<unknown>) => void;

/** A key and its newest version so far. */
interface Watched {
  readonly key: Deno.KvKey;
  readonly changed: OnChanged;
  /** `undefined` until it is read. */
  versionstamp?: string;
}

/** Milliseconds after which a watch that ended is opened again. */
const REOPEN_AFTER = 1_000;

/** The interval at which the keys are read, in milliseconds: a watch may have been cut off silently. */
const LOOK_EVERY = 60_000;

/**
 * Notify of other instances' changes: one `watch` of the database for a few keys, which an instance sets in the
 * commits that concern the others. A silently broken connection reports nothing, so {@linkcode look} or {@linkcode
 * notice} must be called regularly.
 */
export class Watch {
  readonly #kv: DatabaseView;
  readonly #watched = new Map<string, Watched>();
  #reader: ReadableStreamDefaultReader<Deno.KvEntryMaybe<unknown>[]> | undefined;
  #cancelReopening = (): void => {};
  #looking: Promise<void> | undefined;
  #isStopped = true;
  #looks = 0;

  constructor(kv: DatabaseView) {
    this.#kv = kv;
  }

  /** Watch a key, one of at most ten. Call this before {@linkcode start}. */
  on(key: Deno.KvKey, changed: OnChanged): void {
    this.#watched.set(nameOf(key), { key, changed });
  }

  /** Begin. Returns at once. */
  start(clock: Clock): void {
    this.#isStopped = false;
    this.#open(clock);
  }

  /** End. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelReopening();
    await this.#reader?.cancel().catch(() => {});
  }

  /** The number of reads of the keys. */
  get looks(): number {
    return this.#looks;
  }

  /** Read the keys now. Concurrent callers share a read. @throws StoreError */
  async look(): Promise<void> {
    this.#looking ??= this.#read().finally(() => this.#looking = undefined);
    await this.#looking;
  }

  async #read(): Promise<void> {
    const keys = [...this.#watched.values()].map(({ key }) => key);
    if (keys.length > 0) this.notice(await this.#kv.entries(keys));
  }

  /** Handles entries that were read for another reason; keys that are not watched are ignored. */
  notice(entries: readonly Deno.KvEntryMaybe<unknown>[]): void {
    this.#looks++;
    // A watch that did not report this may have been cut off silently.
    if (this.#note(entries)) void this.#reader?.cancel().catch(() => {});
  }

  /** @returns whether one of the entries was new */
  #note(entries: readonly Deno.KvEntryMaybe<unknown>[]): boolean {
    let isNew = false;
    for (const entry of entries) {
      const watched = this.#watched.get(nameOf(entry.key));
      const versionstamp = entry.versionstamp ?? "";
      // Versions only grow: an older one comes from a slow read.
      if (!watched || versionstamp <= (watched.versionstamp ?? "") && watched.versionstamp !== undefined) {
        continue;
      }
      isNew ||= watched.versionstamp !== undefined;
      watched.versionstamp = versionstamp;
      watched.changed(entry);
    }
    return isNew;
  }

  #open(clock: Clock): void {
    if (this.#isStopped || this.#watched.size === 0) return;
    void this.#follow().finally(() => {
      if (this.#isStopped) return;
      this.#cancelReopening = clock.at(clock.now() + REOPEN_AFTER, () => this.#open(clock));
    });
  }

  /** Run until the watch ends. Never rejects. */
  async #follow(): Promise<void> {
    try {
      const keys = [...this.#watched.values()].map(({ key }) => key);
      this.#reader = this.#kv.watch(keys).getReader();
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) return;
        this.#note(value);
      }
    } catch {
      // It is opened again.
    }
  }
}

/** Read the watched keys regularly. @returns the function that stops it */
export function lookNowAndThen(watch: Watch, clock: Clock): () => void {
  let cancel: () => void;
  let looks = watch.looks;
  const next = (): void => {
    cancel = clock.at(clock.now() + LOOK_EVERY, async () => {
      next();
      // The upkeep of the minute may have read them already.
      if (watch.looks === looks) await watch.look().catch(() => {});
      looks = watch.looks;
    });
  };
  next();
  return () => cancel();
}

function nameOf(key: Deno.KvKey): string {
  return key.join(" ");
}
