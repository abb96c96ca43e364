import type { Labels } from "../domain/alert.ts";
import type { StoreReader } from "../store/reader.ts";

/** The reason why an open incident notifies nobody now: a silence covers it, or another incident inhibits it. */
export type Quiet = "silenced" | "inhibited";

/** The reason why an incident with these labels is quiet; `undefined` if it is not. */
export type QuietOf = (incident: string, labels: Labels) => Quiet | undefined;

/** The check of incidents; `undefined` when nothing is silenced or inhibited now. */
export function quietCheck(
  { silences, inhibitors }: Pick<StoreReader, "silences" | "inhibitors">,
  now: number,
): QuietOf | undefined {
  const hasSilences = silences.activeMatchers(now).length > 0;
  if (!hasSilences && !inhibitors.hasSources) return undefined;
  return (incident, labels) => {
    if (hasSilences && silences.covering(labels, now) !== undefined) return "silenced";
    return inhibitors.of(labels, incident).length > 0 ? "inhibited" : undefined;
  };
}
