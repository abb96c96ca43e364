import { decode, encode } from "../base/codec.ts";
import type { Clock } from "../base/clock.ts";
import { HOUR } from "../base/duration.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { digestCardKey, receiptKey } from "./keys.ts";

/** Our choice, in milliseconds: people no longer see an older digest, which is far up in the chat. */
export const EDITABLE_FOR = 12 * HOUR;

/** An incident at a destination. */
export interface DigestedIncident {
  /** The destination's id. */
  readonly destination: string;
  readonly fingerprint: string;
}

/** A change of the digest that is the last message about an incident. Without `digest`, the last message is not a digest. */
export interface DigestCardChange extends DigestedIncident {
  /** The digest's id. */
  readonly digest?: string;
}

interface StoredCard {
  readonly digest: string;
  readonly until: number;
}

/** The digests that are the last messages about incidents. The outbox writes them with the results of messages. */
export class DigestCards {
  readonly #kv: DatabaseView;
  readonly #clock: Pick<Clock, "now">;

  constructor(database: Database, { clock }: { clock: Pick<Clock, "now"> }) {
    this.#kv = database.of("the digests");
    this.#clock = clock;
  }

  /**
   * For each of these incidents, the id of the digest that is the last message about it; `undefined` for an incident with a message
   * of its own, and if the digest is too old. @throws StoreError
   */
  async of(incidents: readonly DigestedIncident[]): Promise<(string | undefined)[]> {
    const now = this.#clock.now();
    const keys = incidents.flatMap((one) => [
      digestCardKey(one.destination, one.fingerprint),
      receiptKey(one),
    ]);
    const entries = await this.#kv.entries(keys);
    const live = entries.map(({ value }) => {
      const stored = value === null ? undefined : decode<StoredCard>(value);
      return stored && stored.until > now ? stored : undefined;
    });
    return incidents.map((_, index) => live[2 * index + 1] ? undefined : live[2 * index]?.digest);
  }
}

/** Add changes to an atomic. */
export function setDigestCards(
  atomic: Atomic,
  changes: readonly DigestCardChange[],
  { now }: { now: number },
): void {
  for (const { destination, fingerprint, digest } of changes) {
    const key = digestCardKey(destination, fingerprint);
    if (digest === undefined) atomic.delete(key);
    else {
      const stored: StoredCard = { digest, until: now + EDITABLE_FOR };
      atomic.set(key, encode(stored), { expireIn: EDITABLE_FOR });
    }
  }
}
