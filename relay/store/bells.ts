import { decode, encode } from "../base/codec.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { bellKey, bellsKey, manyBellsKey, ringKey } from "./keys.ts";
import type { Watch } from "./watch.ts";

/**
 * The most bells that one atomic sets separately. It has 1,000 mutations, and an alert for hundreds of lanes needs
 * one of them for each queue.
 */
const SINGLY = 200;

/** The number of bells of a list that are set at a time. */
const AT_ONCE = 500;

/** Called when deliveries were put into a lane. `byThis`: this instance was the last to do so. */
export type OnRing = (ring: { readonly byThis: boolean }) => void;

/**
 * The bells of lanes: one is set by every commit that adds deliveries to the lane, without a check, and removed when the
 * lane is left with an empty queue. On a shared database the same commit sets a key that instances watch.
 */
export class Bells {
  readonly #kv: DatabaseView;
  readonly #watch: Watch | undefined;
  /** The value of the watched key. */
  readonly #instance = crypto.randomUUID();

  /** `watch`: on a shared database only. */
  constructor(database: Database, watch: Watch | undefined) {
    this.#kv = database.of("the outbox");
    this.#watch = watch;
  }

  /** Call `rang` when any instance has put deliveries into a lane; never on a local file. */
  whenRung(rang: OnRing): void {
    this.#watch?.on(ringKey(), ({ value }) => {
      if (value !== null) rang({ byThis: decode(value) === this.#instance });
    });
  }

  /**
   * Ring the bells of lanes that get deliveries in a commit, whose first page has this id. Of very many lanes the commit has
   * a list, which is replaced by the bells after it.
   *
   * @returns a function to call when it has landed
   */
  ringMany(atomic: Atomic, lanes: ReadonlySet<string>, id: string): () => void {
    if (lanes.size <= SINGLY) {
      this.ring(atomic, lanes);
      return () => {};
    }
    atomic.set(manyBellsKey(id), encode([...lanes]));
    this.#tellOthers(atomic);
    return () => this.#spread(id, [...lanes]).catch(() => {}); // if it fails, the next sweep does it
  }

  /** Ring the bells of lanes that get deliveries in this atomic. */
  ring(atomic: Atomic, lanes: Iterable<string>): void {
    let isAny = false;
    for (const lane of lanes) {
      atomic.set(bellKey(lane), true);
      isAny = true;
    }
    if (isAny) this.#tellOthers(atomic);
  }

  #tellOthers(atomic: Atomic): void {
    if (this.#watch) atomic.set(ringKey(), encode(this.#instance));
  }

  /** The versions of all set bells, by lane: every lane that has, or may have, work. @throws StoreError */
  async all(): Promise<Map<string, string>> {
    const bells = new Map<string, string>();
    for await (const { key, value, versionstamp } of this.#kv.list({ prefix: bellsKey() })) {
      const [, lane, list] = key as string[];
      const lanes = list === undefined ? [lane!] : decode<string[]>(value);
      if (list !== undefined) await this.#spread(list, lanes);
      for (const one of lanes) bells.set(one, versionstamp);
    }
    return bells;
  }

  /** Replace a list by the bells of its lanes. Several instances may do it at once. */
  async #spread(id: string, lanes: readonly string[]): Promise<void> {
    for (let from = 0; from < lanes.length; from += AT_ONCE) {
      const atomic = this.#kv.atomic();
      for (const lane of lanes.slice(from, from + AT_ONCE)) atomic.set(bellKey(lane), true);
      await this.#kv.commit(atomic);
    }
    await this.#kv.delete(manyBellsKey(id));
  }
}
