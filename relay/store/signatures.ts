import { decode, encode } from "../codec.ts";
import { sha256Hex } from "../hash.ts";
import { guard } from "./guard.ts";
import { signatureKey } from "./keys.ts";

/** What a signature came with first. */
interface Remembered {
  /** A digest of the parameters. */
  readonly parameters: string;
  readonly at: number;
}

/** What came of asking for a signature. */
export type Claim = "new" | "same" | "other";

const DAY = 24 * 60 * 60_000;

/** Signatures that are remembered without asking the database: together about two megabytes. */
const RECENT = 10_000;

/**
 * The signatures of a day, each with the parameters that it came with. An alarm_v2 signature covers the concatenated values
 * without separators, so an eavesdropper could move characters from `level` to `id` and keep the signature valid.
 */
export class Signatures {
  readonly #kv: Deno.Kv;
  readonly #deadline: number;
  /** The oldest first. */
  readonly #recent = new Map<string, Remembered>();

  constructor(kv: Deno.Kv, { deadline }: { deadline: number }) {
    this.#kv = kv;
    this.#deadline = deadline;
  }

  /**
   * Ask for a signature on behalf of a call. `other`: it came with other parameters within a day. A `new` one is
   * remembered here; {@linkcode keep} it for later processes and other instances.
   *
   * @throws StoreError
   */
  async claim(signature: string, parameters: string, now: number): Promise<Claim> {
    const name = sha256Hex(signature, 32);
    const stored = this.#alive(this.#recent.get(name), now) ? undefined : await this.#read(name, now);
    // Another call may have claimed it while the database was asked.
    const known = this.#alive(this.#recent.get(name), now) ?? stored;
    if (known === undefined) this.#note(name, { parameters, at: now });
    else if (stored !== undefined) this.#note(name, stored);
    if (known === undefined) return "new";
    return known.parameters === parameters ? "same" : "other";
  }

  /** Keep a signature that was new. @throws StoreError */
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
    if (this.#recent.size > RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }
}

/** Keys that grow lead with time. */
function dayOf(now: number): number {
  return Math.floor(now / DAY);
}
