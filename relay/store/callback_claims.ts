import { decode, encode } from "../base/codec.ts";
import { DAY, SECOND } from "../base/duration.ts";
import { sha256Hex } from "../base/hash.ts";
import { ulid } from "../base/ulid.ts";
import type { Database, DatabaseView } from "./database.ts";
import { callbackKey } from "./keys.ts";

/** A call of a vendor that an instance acts on, or has acted on. */
interface Claim {
  /** The instance that claimed it: a write of a remote database may land without an answer. */
  readonly owner: string;
  readonly at: number;
  readonly done?: true;
}

/** A claimed call. Call exactly one of the two methods. */
export interface ClaimedCall {
  /** The call was handled: a repeat changes nothing from now on. @throws StoreError */
  done(): Promise<void>;
  /** The call was not handled: a repeat may act. @throws StoreError */
  release(): Promise<void>;
}

/** The time that a call is remembered: longer than vendors retry, which is up to two days. */
const LIFETIME = 3 * DAY;

/** After this time, an instance that claimed a call and has not finished it is assumed dead. */
const ABANDONED = 30 * SECOND;

/** The calls of vendors, so that each acts once: a vendor retries without an answer, and an attacker may replay one. */
export class CallbackClaims {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the callbacks");
  }

  /**
   * Claim a call. `once`: identifies the call among those of the destination.
   *
   * @returns `done` when it was handled before, `busy` while another request handles it
   * @throws StoreError
   */
  async claim(destination: string, once: string, now: number): Promise<ClaimedCall | "done" | "busy"> {
    const key = callbackKey(sha256Hex(JSON.stringify([destination, once]), 32));
    const entry = await this.#kv.entry(key);
    const earlier = entry.value === null ? undefined : decode<Claim>(entry.value);
    if (earlier?.done) return "done";
    if (earlier && now < earlier.at + ABANDONED) return "busy";
    const claim: Claim = { owner: ulid(now), at: now };
    const atomic = this.#kv.atomic().check(entry).set(key, encode(claim), { expireIn: LIFETIME });
    const { ok } = await this.#kv.commit(atomic);
    if (!ok && (await this.#kv.get<Claim>(key))?.owner !== claim.owner) return "busy";
    return {
      done: () => this.#kv.set(key, { ...claim, done: true }, { expireIn: LIFETIME }),
      release: () => this.#kv.delete(key),
    };
  }
}
