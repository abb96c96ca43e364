import type { Queued } from "../../relay/domain/record.ts";

/** A delivery that waits in a lane: the first of an alert. `own` overrides fields. */
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
