import { encode } from "../base/codec.ts";
import type { Queued } from "../domain/record.ts";
import type { Atomic } from "./atomic.ts";
import type { Bells } from "./bells.ts";
import type { OnQueued } from "./commit.ts";
import type { Database, DatabaseView } from "./database.ts";
import { entriesIn, HeldQueue } from "./held_queue.ts";
import { queuedKey, queueKey } from "./keys.ts";

/** A delivery, and the lane for its queue. */
export interface QueuedInLane {
  readonly entry: Queued;
  readonly lane: string;
}

/** The most pages of a queue that {@linkcode LaneQueues.before} reads. */
const MAX_PAGES_BEFORE = 100;

/**
 * The pages of a queue that are read at a time: in a storm each contains dozens of deliveries, and a few are enough.
 */
const LOCAL_PAGES = { batch: 8 };

/** On a shared store a page holds fewer deliveries, and each read is a request. */
const SHARED_PAGES = { first: 32, batch: 256 };

/** The waiting deliveries, in a queue for each lane. The queues of the lanes that this instance holds are cached. */
export class LaneQueues {
  readonly #kv: DatabaseView;
  readonly #isShared: boolean;
  readonly #bells: Bells;
  /** The queues of the lanes that this instance holds, by lane. */
  readonly #queues = new Map<string, HeldQueue>();

  /** `isShared`: other processes also add to the queues. */
  constructor(database: Database, { isShared, bells }: { isShared: boolean; bells: Bells }) {
    this.#kv = database.of("the outbox");
    this.#isShared = isShared;
    this.#bells = bells;
  }

  /** The cached queue of a lane that this instance holds. */
  of(lane: string): HeldQueue {
    let queue = this.#queues.get(lane);
    if (!queue) this.#queues.set(lane, queue = new HeldQueue(lane, { alone: !this.#isShared }));
    return queue;
  }

  /** Drop the cached queue of a lane. */
  forget(lane: string): void {
    this.#queues.delete(lane);
  }

  /**
   * Marks the cached queue of a lane as incomplete, so that the next look reads it: another instance may have added
   * deliveries.
   */
  doubt(lane: string): void {
    this.#queues.get(lane)?.doubt();
  }

  /** The bell of a lane has rung: on a shared store the next look at its queue reads it. */
  rang(lane: string): void {
    if (this.#isShared) this.doubt(lane);
  }

  /** Called when this process has put a value into the queue of a lane. */
  readonly onQueued: OnQueued = ({ lane, id, entries }) => this.#queues.get(lane)?.added(id, entries);

  /** Put one more delivery into a lane; one of the same id is replaced. @throws StoreError */
  async enqueue(lane: string, entry: Queued): Promise<void> {
    const atomic = this.#kv.atomic();
    const landed = this.add(atomic, [{ entry, lane }]);
    await this.#kv.commit(atomic);
    landed();
  }

  /**
   * Add deliveries to an atomic, which also rings the bells of their lanes.
   *
   * @returns a function to call when the atomic has landed.
   */
  add(atomic: Atomic, added: readonly QueuedInLane[]): () => void {
    for (const { entry, lane } of added) atomic.set(queuedKey(lane, entry.id), encode(entry));
    this.#bells.ring(atomic, new Set(added.map(({ lane }) => lane)));
    // The courier of that lane may have read and settled them before this is called: if they were cached now, they
    // would be settled once more.
    return () => {
      for (const { lane } of added) this.doubt(lane);
    };
  }

  /**
   * The first deliveries of a lane's queue, always from its head: an entry of an instance with a slow clock comes
   * before others that were read earlier. It is read only if something may have been added since it was last read to
   * its end.
   *
   * @param enough Called for each; stops the reading when it returns true.
   * @param upTo The version of the lane when it was claimed, or of its bell when it was read. Other instances may add
   * deliveries between the reads of a long queue, before and after the current position: additions after that version
   * are left to the next look. @throws StoreError
   */
  async head(
    lane: string,
    enough: (entry: Queued) => boolean,
    upTo = "",
  ): Promise<void> {
    const isShared = this.#isShared;
    const queue = this.of(lane);
    if (queue.isWhole) {
      for (const entry of queue.entries()) if (enough(entry)) return;
      return;
    }
    queue.begin();
    const pages = this.#kv.pages({ prefix: queueKey(lane) }, isShared ? SHARED_PAGES : LOCAL_PAGES);
    for await (const page of pages) {
      queue.reads++;
      for (const { key, value, versionstamp } of page) {
        const id = key[2] as string;
        const isLate = isShared && queue.reads > 1 && versionstamp > upTo;
        if (isLate && !queue.has(id)) queue.doubt();
        else {
          for (const entry of queue.read(id, value)) {
            if (enough(entry)) return queue.finish({ atEnd: false });
          }
        }
      }
    }
    queue.finish({ atEnd: true });
  }

  /** Whether the queue of a lane takes several reads on a shared store, so that its bell must be read before it. */
  isLong(lane: string): boolean {
    return this.#isShared && (this.#queues.get(lane)?.reads ?? 0) > 1;
  }

  /**
   * The cached queues of the lanes that this instance works on. `oldestAt`: without the deliveries held for quiet
   * hours.
   */
  *depths(now: number): Iterable<{ lane: string; waiting: number; oldestAt: number | undefined }> {
    for (const [lane, queue] of this.#queues) {
      const oldest = queue.entries().find(({ held, due = now }) => held === undefined || due <= now);
      yield { lane, waiting: queue.waiting, oldestAt: oldest && (oldest.since ?? oldest.at) };
    }
  }

  /** The deliveries of a lane whose ids begin with `start`. @throws StoreError */
  async waiting(lane: string, start: string): Promise<Queued[]> {
    const page = start.slice(0, 26); // a page of the log, which a page of the queue is named for
    const range = { start: queuedKey(lane, page), end: queuedKey(lane, `${page}\uffff`) };
    const values = await Array.fromAsync(this.#kv.list(range));
    return values.flatMap(({ value }) => entriesIn(value)).filter(({ id }) => id.startsWith(start));
  }

  /** The deliveries that wait in a lane before another one, from the nearest pages of the queue. @throws StoreError */
  async before(lane: string, id: string): Promise<Queued[]> {
    const range = { start: queuedKey(lane, ""), end: queuedKey(lane, `${id.slice(0, 26)}\uffff`) };
    const pages = this.#kv.list(range, { reverse: true, limit: MAX_PAGES_BEFORE });
    const values = await Array.fromAsync(pages);
    return values.flatMap(({ value }) => entriesIn(value));
  }
}
