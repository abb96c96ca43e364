import type { Proof } from "../domain/proof.ts";
import { decode, encode } from "../base/codec.ts";
import type { Delivery } from "../domain/record.ts";
import { guard } from "./guard.ts";
import { provenKey, provensKey } from "./keys.ts";

/** When each destination's vendor last confirmed a message. */
export class Proofs {
  readonly #kv: Deno.Kv;
  readonly #deadline: number;

  constructor(kv: Deno.Kv, { deadline }: { deadline: number }) {
    this.#kv = kv;
    this.#deadline = deadline;
  }

  /** The proof of a destination. @throws StoreError */
  async of(destination: string): Promise<Proof | undefined> {
    const entry = await guard("read a proof", this.#kv.get(provenKey(destination)), this.#deadline);
    return entry.value === null ? undefined : decode<Proof>(entry.value);
  }

  /** Record a message that was sent past the outbox, such as a test message. @throws StoreError */
  async add(destination: string, proof: Proof): Promise<void> {
    await guard("write a proof", this.#kv.set(provenKey(destination), encode(proof)), this.#deadline);
  }

  /** All proofs, by the destination's id. @throws StoreError */
  async all(): Promise<Map<string, Proof>> {
    const read = async (): Promise<Map<string, Proof>> => {
      const proofs = new Map<string, Proof>();
      for await (const entry of this.#kv.list({ prefix: provensKey() })) {
        proofs.set(entry.key[1] as string, decode<Proof>(entry.value));
      }
      return proofs;
    };
    return await guard("read the proofs", read(), this.#deadline);
  }
}

/** Add the proofs of deliveries to an atomic. */
export function setProofs(atomic: Deno.AtomicOperation, done: readonly Delivery[]): void {
  const proofs = new Map<string, Proof>(); // the last one of each destination
  for (const { state, destination, because, attempts } of done) {
    const last = attempts.at(-1);
    if (state === "delivered" && last?.verdict === "delivered") {
      proofs.set(destination, { at: last.at, ms: last.ms, because });
    }
  }
  for (const [destination, proof] of proofs) atomic.set(provenKey(destination), encode(proof));
}
