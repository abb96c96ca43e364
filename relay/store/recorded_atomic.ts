import type { Atomic } from "./atomic.ts";
import type { KvChanges } from "./kv_messages.ts";

/** Writes recorded changes. */
type Write = (changes: KvChanges) => Promise<Deno.KvCommitResult | Deno.KvCommitError>;

/** An atomic that is recorded here and written elsewhere. */
export class RecordedAtomic implements Atomic {
  readonly #checks: Deno.AtomicCheck[] = [];
  readonly #changes: KvChanges["changes"][number][] = [];
  readonly #write: Write;

  constructor(write: Write) {
    this.#write = write;
  }

  check(...checks: Deno.AtomicCheck[]): this {
    for (const { key, versionstamp } of checks) this.#checks.push({ key, versionstamp });
    return this;
  }

  set(key: Deno.KvKey, value: unknown, { expireIn }: { expireIn?: number } = {}): this {
    this.#changes.push({ key, value, expireIn });
    return this;
  }

  delete(key: Deno.KvKey): this {
    this.#changes.push({ key, isDeleted: true });
    return this;
  }

  async commit(): Promise<Deno.KvCommitResult | Deno.KvCommitError> {
    return await this.#write({ checks: this.#checks, changes: this.#changes });
  }
}
