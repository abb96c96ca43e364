import type { FailingMember } from "../domain/failing_member.ts";
import { encode } from "../base/codec.ts";
import type { Database, DatabaseView } from "./database.ts";
import { failingKey, failingsKey } from "./keys.ts";

/** The ids of the members that a message reached, and of those that it did not. */
export interface Reach {
  readonly channel: string;
  readonly destination: string;
  /** The vendor's words. */
  readonly because: string;
  readonly failed: readonly string[];
  readonly reached: readonly string[];
}

/** The members whose deliveries fail, channel by channel, until one succeeds. */
export class FailingMembers {
  readonly #kv: DatabaseView;
  /** The failing members in memory: a success for any other member needs no write. */
  readonly #failing = new Map<string, FailingMember>();

  constructor(database: Database) {
    this.#kv = database.of("the members that fail");
  }

  /** Read the records of earlier processes. */
  async load(): Promise<void> {
    for (const failing of await this.list()) this.#failing.set(nameOf(failing), failing);
  }

  /**
   * Record the members that a message did not reach, and those that it did.
   *
   * @throws StoreError
   */
  async note(
    { channel, destination, because, failed, reached }: Reach,
    now: number,
  ): Promise<void> {
    const atomic = this.#kv.atomic();
    let changes = 0;
    for (const member of failed) {
      const name = nameOf({ channel, member });
      const since = this.#failing.get(name)?.since ?? now;
      const failing: FailingMember = { channel, member, destination, because, since, lastAt: now };
      this.#failing.set(name, failing);
      atomic.set(failingKey(channel, member), encode(failing));
      changes++;
    }
    for (const member of reached) {
      if (!this.#failing.delete(nameOf({ channel, member }))) continue;
      atomic.delete(failingKey(channel, member));
      changes++;
    }
    if (changes > 0) await this.#kv.commit(atomic);
  }

  /** All failing members, by channel. @throws StoreError */
  async list(): Promise<FailingMember[]> {
    return await this.#kv.all<FailingMember>(failingsKey());
  }
}

function nameOf({ channel, member }: { channel: string; member: string }): string {
  return `${channel} ${member}`;
}
