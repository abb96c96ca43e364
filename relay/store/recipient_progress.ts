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

/** How far a message is, and when that was written. */
export interface StoredProgress extends Progress {
  readonly at: number;
}

/** A message is tried for a day, and waits for a day at most while its config is refused. */
const LIFETIME = 3 * DAY;

/** How far messages are that are sent to each recipient by itself. The outbox writes it when it settles. */
export class RecipientProgress {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the outbox");
  }

  /** How far a message is; `undefined` when nobody was asked. @throws StoreError */
  async of(message: string): Promise<StoredProgress | undefined> {
    return await this.#kv.get<StoredProgress>(progressKey(message));
  }
}

/** Add changes to an atomic. */
export function setProgress(atomic: Atomic, changes: readonly ProgressChange[], now: number): void {
  for (const { message, progress } of changes) {
    if (!progress) atomic.delete(progressKey(message));
    else atomic.set(progressKey(message), encode({ ...progress, at: now }), { expireIn: LIFETIME });
  }
}
