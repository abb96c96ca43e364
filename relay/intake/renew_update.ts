import { mayBeResent } from "../domain/after_close.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import { type Renewal, renewed } from "../domain/renewal.ts";
import type { PreparedAlert } from "./pipeline.ts";
import type { UpdateEffect } from "./update_effect.ts";

/** A renewal of an incident is to be stored. */
export interface RenewUpdate {
  readonly kind: "renew";
  readonly fingerprint: string;
  readonly renewal: Renewal;
  /** The incident as it was when the repeat was found to change nothing; absent when only its end is to be stored. */
  readonly as?: Pick<Incident, "lastId" | "closedAt">;
  /** The repeat itself: if its incident has changed since, it is decided like any other alert. */
  readonly alert?: PreparedAlert;
}

/** The effect of a renewal on the newest incident of its fingerprint. */
export function renewEffect(
  { renewal, as, alert }: RenewUpdate,
  newest: Incident | undefined,
): UpdateEffect | undefined {
  const isSame = newest?.id === renewal.incident &&
    (as ? newest.lastId === as.lastId && newest.closedAt === as.closedAt : isRenewable(newest));
  return isSame ? { incident: renewed(newest, renewal) } : alert && { alert };
}

/** Whether repeats may renew an incident: it is open, or a person closed it and its sender has not resolved it. */
export function isRenewable(incident: Incident): boolean {
  return !isOver(incident) || mayBeResent(incident);
}
