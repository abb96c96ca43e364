import { decode, encode } from "../base/codec.ts";
import { asNew, type ByPerson, type DeadLetter, type Delivery, type Queued } from "../domain/record.ts";
import type { TimelineRecord } from "../domain/timeline.ts";
import type { Atomic } from "./atomic.ts";
import type { Audit } from "./audit.ts";
import type { Database, DatabaseView } from "./database.ts";
import { againKey, deadKey, deadsKey, deliveryKey } from "./keys.ts";
import type { LaneQueues } from "./lane_queues.ts";
import type { Timeline } from "./timeline.ts";

/** The dead deliveries, until a person sends them again or drops them. */
export class DeadLetters {
  readonly #kv: DatabaseView;
  readonly #retention: { readonly dead: number };
  readonly #audit: Audit;
  readonly #queues: Pick<LaneQueues, "add">;
  readonly #timeline: Timeline;

  constructor(
    database: Database,
    { retention, audit, queues, timeline }: {
      retention: { readonly dead: number };
      audit: Audit;
      queues: Pick<LaneQueues, "add">;
      timeline: Timeline;
    },
  ) {
    this.#kv = database.of("the dead letters");
    this.#retention = retention;
    this.#audit = audit;
    this.#queues = queues;
    this.#timeline = timeline;
  }

  /** All dead letters, the newest alerts first; with `before`, those before that delivery. @throws StoreError */
  async *list(before?: string): AsyncGenerator<DeadLetter> {
    const selector = before === undefined
      ? { prefix: deadsKey() }
      : { prefix: deadsKey(), end: deadKey(before) };
    for await (const { value } of this.#kv.list(selector, { reverse: true })) yield decode<DeadLetter>(value);
  }

  /** The dead letter of a delivery. @throws StoreError */
  async get(id: string): Promise<DeadLetter | undefined> {
    return await this.#kv.get<DeadLetter>(deadKey(id));
  }

  /** The dead letter of a delivery that is being sent again. @throws StoreError */
  async onItsWay(id: string): Promise<DeadLetter | undefined> {
    return await this.#kv.get<DeadLetter>(againKey(id));
  }

  /**
   * Put a dead delivery back into a lane, with its attempts.
   *
   * @param again `incident`: the id of its incident, if it is known, whose timeline gets an entry
   * @returns whether it was put back; `false` when another request was faster. @throws StoreError
   */
  async sendAgain(
    letter: DeadLetter,
    { lane, incident, ...again }: ByPerson & { lane: string; incident?: string | undefined },
  ): Promise<boolean> {
    // `tries: 0`, not absent: it has a record, so it was attempted. `since` restarts the retry deadline.
    const entry = { ...asNew(letter.entry), tries: 0, since: again.at, again };
    let landed = (): void => {};
    const isSent = await this.#change(letter, (atomic, before) => {
      const { settledAt: _settledAt, ...record } = before;
      const after: Delivery = { ...record, state: "pending", because: `sent again by ${again.by}`, again };
      atomic.set(againKey(entry.id), encode(letter), { expireIn: this.#retention.dead })
        .set(deliveryKey(entry.alert, entry.id), encode(after));
      landed = this.#queues.add(atomic, [{ entry, lane }]);
      if (incident !== undefined) this.#timeline.add(atomic, [this.#resent(incident, entry, again)]);
      this.#audit.add(atomic, [{
        by: again.by,
        action: "sent again",
        what: `deliveries/${entry.id}`,
        before: { state: "dead", because: letter.because, destination: entry.destination },
      }]);
    });
    if (isSent) landed();
    return isSent;
  }

  #resent(incident: string, { id: delivery, destination }: Queued, { at, by }: ByPerson): TimelineRecord {
    const entry = { kind: "resent", delivery, destination, by, account: by, at } as const;
    return { incident, id: this.#timeline.nextId(at), entry };
  }

  /** Remove a dead delivery from the list; its record stays. @returns whether it was listed. @throws StoreError */
  async drop(letter: DeadLetter, dropped: ByPerson): Promise<boolean> {
    const { alert, id } = letter.entry;
    return await this.#change(letter, (atomic, record) => {
      atomic.set(deliveryKey(alert, id), encode({ ...record, dropped }), { expireIn: this.#retention.dead });
      this.#audit.add(atomic, [{
        by: dropped.by,
        action: "dropped",
        what: `deliveries/${id}`,
        before: { state: "dead", because: letter.because, destination: letter.entry.destination },
        after: { note: dropped.note },
      }]);
    });
  }

  /** Remove a letter from the list in one atomic, unless it is gone or was replaced since. */
  async #change(
    { entry: { id, alert }, diedAt }: DeadLetter,
    change: (atomic: Atomic, record: Delivery) => void,
  ): Promise<boolean> {
    const [letter, record] = await this.#kv.entries([deadKey(id), deliveryKey(alert, id)]);
    if (letter!.value === null || record!.value === null) return false;
    if (decode<DeadLetter>(letter!.value).diedAt !== diedAt) return false;
    const atomic = this.#kv.atomic().check(letter!).delete(deadKey(id));
    change(atomic, decode<Delivery>(record!.value));
    return (await this.#kv.commit(atomic)).ok;
  }
}

/** Add the changes of the dead letters at the end of deliveries to an atomic. */
export function setLetters(
  atomic: Atomic,
  { done, letters, retention }: {
    done: readonly Delivery[];
    letters: readonly DeadLetter[];
    retention: number;
  },
): void {
  for (const { id, again } of done) if (again) atomic.delete(againKey(id));
  for (const letter of letters) atomic.set(deadKey(letter.entry.id), encode(letter), { expireIn: retention });
}
