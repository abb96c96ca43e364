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

/** Store the renewals that only this instance knows. If that fails, their incidents end as they are stored. */
export async function storeAllRenewals(
  renewals: Pick<Renewals, "stored" | "unstored">,
  writer: Pick<Writer, "update">,
): Promise<void> {
  const updates = renewals.unstored(Infinity).map((one) => ({ kind: "renew" as const, ...one }));
  await storeRenewals(updates, { renewals, writer }).catch(() => {});
}
