import type { Renewals } from "../store/renewals.ts";
import type { RenewUpdate } from "./renew_update.ts";
import type { Writer } from "./writer.ts";

/** Store renewals. @returns the lanes that got work @throws StoreError */
export async function storeRenewals(
  updates: readonly RenewUpdate[],
  { renewals, writer }: { renewals: Pick<Renewals, "stored">; writer: Pick<Writer, "update"> },
): Promise<ReadonlySet<string>> {
  const lanes = await writer.update(updates);
  for (const { fingerprint, renewal } of updates) renewals.stored(fingerprint, renewal);
  return lanes;
}
