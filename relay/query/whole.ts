import type { Alert } from "../domain/alert.ts";
import { isWhole, type LoggedAlert, wholeIn } from "../domain/record.ts";
import type { StoreReader } from "../store/reader.ts";

/** An alert of the log with all its words. */
export interface WholeAlert {
  readonly logged: LoggedAlert;
  readonly alert: Alert;
}

/**
 * An alert by its id. Of one that every group folded the log keeps little: it was like the first of its incident, which
 * lends it the rest. `undefined` when neither is kept.
 *
 * @throws StoreError
 */
export async function wholeAlert(id: string, { log }: StoreReader): Promise<WholeAlert | undefined> {
  const logged = await log.alert(id);
  if (!logged) return undefined;
  if (isWhole(logged.alert)) return { logged, alert: logged.alert };
  const first = logged.incident === null ? undefined : wholeIn(await log.alert(logged.incident));
  return first && { logged, alert: { ...first, ...logged.alert } };
}

/** Whole alerts among the newest of the log, each fingerprint once, the newest first. @throws StoreError */
export async function recentAlerts(
  { log }: StoreReader,
  { among, most }: { among: number; most: number },
): Promise<WholeAlert[]> {
  const seen = new Set<string>();
  const recent: WholeAlert[] = [];
  for (const logged of await log.newest(among)) {
    if (recent.length === most) break;
    const { alert, fingerprint } = logged;
    if (!isWhole(alert) || seen.has(fingerprint)) continue;
    seen.add(fingerprint);
    recent.push({ logged, alert });
  }
  return recent;
}
