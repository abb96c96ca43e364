import type { Alert } from "../domain/alert.ts";
import { type Queued, wholeIn } from "../domain/record.ts";
import type { Store } from "../store/store.ts";

/**
 * The alert that a delivery tells of; `undefined` when its record is gone. The log may forget it before a dead delivery
 * is sent again: the list of the dead keeps a copy.
 *
 * @throws StoreError
 */
export async function alertOf({ id, alert, again }: Queued, store: Store): Promise<Alert | undefined> {
  const whole = wholeIn(await store.log.alert(alert));
  if (whole) return whole;
  return again ? (await store.dead.onItsWay(id))?.alert : undefined;
}
