import { decode, encode } from "../codec.ts";
import { sha256Hex } from "../hash.ts";
import { guard } from "./guard.ts";
import { signatureKey } from "./keys.ts";

/** The call that a signature was first used for. */
interface Remembered {
  /** A digest of the parameters. */
  readonly parameters: string;
  readonly at: number;
}

/** Whether a signature is new, or was used before: for the same parameters, or for others. */
export type Claim = "new" | "same" | "other";

const DAY = 24 * 60 * 60_000;

/** Signatures that are kept in memory, about 2 MB in total. */
const MAX_RECENT = 10_000;

/**
 * The signatures of the last day, each with the parameters that it was used for. An alarm_v2 signature covers the values
 * concatenated without separators, so an eavesdropper could move characters from `level` to `id` and keep it valid.
 */
export class Signatures {
  readonly #kv: Deno.Kv;
  readonly #deadline: number;
  /** The least recently used first. */
  readonly #recent = new Map<string, Remembered>();

  constructor(kv: Deno.Kv, { deadline }: { deadline: number }) {
    this.#kv = kv;
    this.#deadline = deadline;
  }

  /**
   * Claim a signature for a call. `other`: it was used with other parameters within a day. A `new` one is remembered in
   * memory; {@linkcode keep} stores it for later processes and other instances.
   *
   * @throws StoreError
   */
  async claim(signature: string, parameters: string, now: number): Promise<Claim> {
    const name = sha256Hex(signature, 32);
    const recent = (): Remembered | undefined => this.#alive(this.#recent.get(name), now);
    const stored = recent() ?? await this.#read(name, now);
    const known = recent() ?? stored; // another call may have claimed it during the read
    this.#note(name, known ?? { parameters, at: now });
    if (known === undefined) return "new";
    return known.parameters === parameters ? "same" : "other";
  }

  /** Store a signature that was new. @throws StoreError */
  async keep(signature: string, parameters: string, now: number): Promise<void> {
    const key = signatureKey(dayOf(now), sha256Hex(signature, 32));
    const remembered: Remembered = { parameters, at: now };
    const written = this.#kv.set(key, encode(remembered), { expireIn: 2 * DAY });
    await guard("remember a signature", written, this.#deadline);
  }

  async #read(name: string, now: number): Promise<Remembered | undefined> {
    const keys = [signatureKey(dayOf(now), name), signatureKey(dayOf(now - DAY), name)];
    const entries = await guard("look up a signature", this.#kv.getMany(keys), this.#deadline);
    const found = entries.flatMap(({ value }) => value === null ? [] : [decode<Remembered>(value)]);
    return found.find((one) => this.#alive(one, now));
  }

  #alive(known: Remembered | undefined, now: number): Remembered | undefined {
    return known && known.at + DAY > now ? known : undefined;
  }

  #note(name: string, remembered: Remembered): void {
    this.#recent.delete(name);
    this.#recent.set(name, remembered);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MAX_RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }
}

function dayOf(now: number): number {
  return Math.floor(now / DAY);
}
