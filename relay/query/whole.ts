import type { Alert } from "../domain/alert.ts";
import { isWhole, type LoggedAlert, wholeIn } from "../domain/record.ts";
import type { StoreReader } from "../store/reader.ts";

/** An alert of the log with all its texts. */
export interface WholeAlert {
  readonly logged: LoggedAlert;
  readonly alert: Alert;
}

/**
 * An alert by its id. The log stores little of an alert that is a duplicate for every group; the rest is taken from the
 * first alert of its incident. `undefined` if neither is stored.
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

/** The newest alerts of the log that are stored in full, one for each fingerprint, the newest first. @throws StoreError */
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
