import type { Proof } from "../domain/proof.ts";
import { decode, encode } from "../base/codec.ts";
import type { Delivery } from "../domain/record.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { provenKey, provensKey } from "./keys.ts";

/** The time at which each destination's vendor last confirmed a message. */
export class Proofs {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the proofs");
  }

  /** The proof of a destination. @throws StoreError */
  async of(destination: string): Promise<Proof | undefined> {
    return await this.#kv.get<Proof>(provenKey(destination));
  }

  /** Record a message that did not go through the outbox, such as a test message. @throws StoreError */
  async add(destination: string, proof: Proof): Promise<void> {
    await this.#kv.set(provenKey(destination), proof);
  }

  /** All proofs, by the destination's id. @throws StoreError */
  async all(): Promise<Map<string, Proof>> {
    const proofs = new Map<string, Proof>();
    for await (const { key, value } of this.#kv.list({ prefix: provensKey() })) {
      proofs.set(key[1] as string, decode<Proof>(value));
    }
    return proofs;
  }
}

/** Add the proofs of deliveries to an atomic. */
export function setProofs(atomic: Atomic, done: readonly Delivery[]): void {
  const proofs = new Map<string, Proof>(); // the last one of each destination
  for (const { state, destination, because, attempts } of done) {
    const last = attempts.at(-1);
    if (state === "delivered" && last?.verdict === "delivered") {
      proofs.set(destination, { at: last.at, ms: last.ms, because });
    }
  }
  for (const [destination, proof] of proofs) atomic.set(provenKey(destination), encode(proof));
}
