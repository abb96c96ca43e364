import type { SignatureUse } from "../domain/signature.ts";
import { decode, encode } from "../base/codec.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { signatureKey, signaturesKey } from "./keys.ts";
import { DAY } from "../base/duration.ts";

/** The most signatures in memory: together about two megabytes. */
const MAX_RECENT = 10_000;

/**
 * The signatures of the last day, each with its parameters. An alarm_v2 signature covers the values concatenated
 * without separators, so an eavesdropper could move characters from `level` to `id` and keep it valid.
 */
export class Signatures {
  readonly #kv: DatabaseView;
  /** By name, the least recently used first. */
  readonly #recent = new Map<string, SignatureUse>();
  /** Whether all stored signatures are in memory: while no other process writes them and there are not too many. */
  #isComplete: boolean;
  #loading: Promise<void> | undefined;

  /** `isShared`: whether other processes also write signatures. */
  constructor(database: Database, { isShared }: { isShared: boolean }) {
    this.#kv = database.of("the signatures");
    this.#isComplete = !isShared;
  }

  /**
   * Claim a signature for a call.
   *
   * @returns the record to store with the call's alert; `undefined` when the signature was used with other parameters
   * within a day
   * @throws StoreError
   */
  async claim(signature: string, parameters: string, now: number): Promise<SignatureUse | undefined> {
    const name = sha256Hex(signature, 32);
    const recent = (): SignatureUse | undefined => alive(this.#recent.get(name), now);
    if (this.#isComplete) await (this.#loading ??= this.#load(now));
    const stored = recent() ?? (this.#isComplete ? undefined : await this.#read(name, now));
    const use = recent() ?? stored ?? { name, parameters, at: now }; // another call may have claimed it during the read
    this.#note(use);
    return use.parameters === parameters ? use : undefined;
  }

  async #load(now: number): Promise<void> {
    try {
      for (const day of [dayOf(now - DAY), dayOf(now)]) {
        for await (
          const { key, value } of this.#kv.list({ prefix: signaturesKey(day) }, { limit: MAX_RECENT })
        ) {
          this.#note({ ...decode<Omit<SignatureUse, "name">>(value), name: String(key.at(-1)) });
        }
      }
    } catch (error) {
      this.#loading = undefined; // the next call tries again
      throw error;
    }
  }

  async #read(name: string, now: number): Promise<SignatureUse | undefined> {
    const keys = [signatureKey(dayOf(now), name), signatureKey(dayOf(now - DAY), name)];
    const entries = await this.#kv.entries(keys);
    const found = entries.flatMap(({ value }) =>
      value === null ? [] : [{ ...decode<Omit<SignatureUse, "name">>(value), name }]
    );
    return found.find((use) => alive(use, now));
  }

  #note(use: SignatureUse): void {
    this.#recent.delete(use.name);
    this.#recent.set(use.name, use);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size < MAX_RECENT || oldest === undefined) return;
    this.#isComplete = false;
    this.#recent.delete(oldest);
  }
}

/** Add the record of a use to a commit, for later processes and other instances. */
export function setSignature(atomic: Atomic, { name, parameters, at }: SignatureUse): void {
  atomic.set(signatureKey(dayOf(at), name), encode({ parameters, at }), { expireIn: 2 * DAY });
}

function alive(use: SignatureUse | undefined, now: number): SignatureUse | undefined {
  return use && use.at + DAY > now ? use : undefined;
}

function dayOf(now: number): number {
  return Math.floor(now / DAY);
}
