import type { Alert } from "../domain/alert.ts";
import { type Queued, wholeIn } from "../domain/record.ts";
import type { Store } from "../store/store.ts";

/**
 * The alert of a delivery; `undefined` when its record is gone. The log may expire before a dead delivery is sent again,
 * so the list of dead letters holds a copy.
 *
 * @throws StoreError
 */
export async function alertOf({ id, alert, again }: Queued, store: Store): Promise<Alert | undefined> {
  const logged = wholeIn(await store.log.alert(alert));
  if (logged) return logged;
  return again ? (await store.dead.onItsWay(id))?.alert : undefined;
}
