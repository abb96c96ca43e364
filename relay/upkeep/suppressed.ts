import type { Labels } from "../domain/alert.ts";
import type { Store } from "../store/store.ts";

/** Whether a silence covers an incident with these labels, or another incident inhibits it. */
export function isSuppressed(
  labels: Labels,
  { silences, inhibitors }: Pick<Store, "silences" | "inhibitors">,
  now: number,
): boolean {
  return silences.covering(labels, now) !== undefined || inhibitors.of(labels).length > 0;
}
