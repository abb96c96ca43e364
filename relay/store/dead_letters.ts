import { decode, encode } from "../base/codec.ts";
import type { ByPerson, DeadLetter, Delivery } from "../domain/record.ts";
import type { Audit } from "./audit.ts";
import type { Hear } from "./commit.ts";
import type { Database, DatabaseView } from "./database.ts";
import { againKey, bellKey, deadKey, deadsKey, deliveryKey, queuedKey } from "./keys.ts";

/** What was given up, until somebody sends it again or drops it. */
export class DeadLetters {
  readonly #kv: DatabaseView;
  readonly #retention: { readonly dead: number };
  readonly #audit: Audit;
  readonly #hear: Hear;

  /** `hear`: called with what was put into a lane's queue. */
  constructor(
    database: Database,
    { retention, audit, hear }: {
      retention: { readonly dead: number };
      audit: Audit;
      hear: Hear;
    },
  ) {
    this.#kv = database.of("the dead letters");
    this.#hear = hear;
    this.#retention = retention;
    this.#audit = audit;
  }

  /** All of them, the newest alerts first; with `before`, what comes before that delivery. @throws StoreError */
  async *list(before?: string): AsyncGenerator<DeadLetter> {
    const selector = before === undefined
      ? { prefix: deadsKey() }
      : { prefix: deadsKey(), end: deadKey(before) };
    for await (const { value } of this.#kv.list(selector, { reverse: true })) yield decode<DeadLetter>(value);
  }

  /** One of the dead. @throws StoreError */
  async get(id: string): Promise<DeadLetter | undefined> {
    return await this.#kv.get<DeadLetter>(deadKey(id));
  }

  /** One that was dead and is on its way again. @throws StoreError */
  async onItsWay(id: string): Promise<DeadLetter | undefined> {
    return await this.#kv.get<DeadLetter>(againKey(id));
  }

  /**
   * Put a dead delivery back into a lane, with its attempts.
   *
   * @returns whether it is; `false` when somebody else was faster. @throws StoreError
   */
  async sendAgain(letter: DeadLetter, { lane, ...again }: ByPerson & { lane: string }): Promise<boolean> {
    const {
      tries: _tries,
      firstTry: _firstTry,
      due: _due,
      handedOver: _handedOver,
      plain: _plain,
      held: _held,
      ...kept
    } = letter.entry;
    // It has a record, so it was tried: with no try counted, and its patience begun anew.
    const entry = { ...kept, tries: 0, since: again.at, again };
    const bytes = encode(entry);
    const isSent = await this.#change(letter, (atomic, before) => {
      const { settledAt: _settledAt, ...record } = before;
      const after: Delivery = { ...record, state: "pending", because: `sent again by ${again.by}`, again };
      atomic.set(againKey(entry.id), encode(letter), { expireIn: this.#retention.dead })
        .set(deliveryKey(entry.alert, entry.id), encode(after))
        .set(queuedKey(lane, entry.id), bytes)
        .set(bellKey(lane), true);
      this.#audit.add(atomic, [{
        by: again.by,
        action: "sent again",
        what: `deliveries/${entry.id}`,
        before: { state: "dead", because: letter.because, destination: entry.destination },
      }]);
    });
    if (isSent) this.#hear({ lane, id: entry.id, entries: [entry] });
    return isSent;
  }

  /** Take a dead delivery off the list; its record stays. @returns whether it was there. @throws StoreError */
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

  /** One atomic that takes a letter off the list, unless it is gone or another one by now. */
  async #change(
    { entry: { id, alert }, diedAt }: DeadLetter,
    change: (atomic: Deno.AtomicOperation, record: Delivery) => void,
  ): Promise<boolean> {
    const [letter, record] = await this.#kv.entries([deadKey(id), deliveryKey(alert, id)]);
    if (letter!.value === null || record!.value === null) return false;
    if (decode<DeadLetter>(letter!.value).diedAt !== diedAt) return false;
    const atomic = this.#kv.atomic().check(letter!).delete(deadKey(id));
    change(atomic, decode<Delivery>(record!.value));
    return (await this.#kv.commit(atomic)).ok;
  }
}

/** Add to an atomic what a delivery's end means for the list of the dead. */
export function setLetters(
  atomic: Deno.AtomicOperation,
  { done, letters, retention }: {
    done: readonly Delivery[];
    letters: readonly DeadLetter[];
    retention: number;
  },
): void {
  for (const { id, again } of done) if (again) atomic.delete(againKey(id));
  for (const letter of letters) atomic.set(deadKey(letter.entry.id), encode(letter), { expireIn: retention });
}
