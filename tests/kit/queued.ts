import type { Queued } from "../../relay/domain/record.ts";

/** A delivery as it waits in a lane: the first one of an alert, unless `own` says otherwise. */
export function queued(own: Partial<Queued> & Pick<Queued, "at">): Queued {
  return {
    id: "a-0",
    alert: "a",
    fingerprint: "f",
    group: "g/1",
    destination: "g/1/d",
    reason: "first",
    severity: "warning",
    folded: 0,
    payload: "p",
    ...own,
  };
}
