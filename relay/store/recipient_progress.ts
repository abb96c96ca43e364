import { DAY } from "../base/duration.ts";
import { encode } from "../base/codec.ts";
import type { Progress } from "../domain/progress.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { progressKey } from "./keys.ts";

/** A change of how far a message is. Without `progress` it is forgotten. */
export interface ProgressChange {
  /** The message's id. */
  readonly message: string;
  readonly progress?: Progress;
}

/** Longer than any message waits: for a vendor's quota, a month and a day. What is done is deleted before. */
const LIFETIME = 40 * DAY;

/** How far messages are that are sent to each recipient by itself. The outbox writes it when it settles. */
export class RecipientProgress {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the outbox");
  }

  /** How far a message is; `undefined` when nobody was asked. @throws StoreError */
  async of(message: string): Promise<Progress | undefined> {
    return await this.#kv.get<Progress>(progressKey(message));
  }
}

/** Add changes to an atomic. */
export function setProgress(atomic: Atomic, changes: readonly ProgressChange[]): void {
  for (const { message, progress } of changes) {
    if (!progress) atomic.delete(progressKey(message));
    else atomic.set(progressKey(message), encode(progress), { expireIn: LIFETIME });
  }
}
