import { DAY } from "../base/duration.ts";
import { encode } from "../base/codec.ts";
import type { Progress } from "../domain/progress.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { progressKey } from "./keys.ts";

/** A change of a message's progress. Without `progress` it is deleted. */
export interface ProgressChange {
  /** The message's id. */
  readonly message: string;
  readonly progress?: Progress;
}

/**
 * Longer than any message waits: at most 32 days, for a vendor's quota. The progress of a finished message is deleted
 * earlier.
 */
const LIFETIME = 40 * DAY;

/** The progress of messages that are sent to each recipient separately. The outbox writes it when it settles. */
export class RecipientProgress {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the outbox");
  }

  /** The progress of a message; `undefined` before its first attempt. @throws StoreError */
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
