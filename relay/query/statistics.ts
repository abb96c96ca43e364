import type { Counts } from "../domain/replay.ts";
import type { Period } from "./ledger.ts";
import type { Records } from "../store/records.ts";
import { hourOf, readAccepted, type Tally } from "../domain/tally.ts";
import { HOUR } from "../base/duration.ts";

/** The numbers of notified, duplicate and suppressed alerts. */
export interface NotificationCounts {
  readonly total: Counts;
  readonly accepted: number;
  /** By the group's id. */
  readonly groups: ReadonlyMap<string, Counts>;
  /** By the reason of the routing: `rule:0`, `named`, `team` … Suppressed alerts are not counted here. */
  readonly rules: ReadonlyMap<string, Counts>;
  /** By the day, as `2026-11-20`. */
  readonly days: ReadonlyMap<string, Counts>;
}

const NOTHING: Counts = { told: 0, folded: 0, suppressed: 0 };

/** Sums up a period of whole hours from the tallies. @param dayOf The day of a time. @throws StoreError */
export async function notificationCounts(
  records: Pick<Records, "accepted">,
  { from, to }: Period,
  dayOf: (time: number) => string,
): Promise<NotificationCounts> {
  const sums = { groups: new Map(), rules: new Map(), days: new Map() } as const;
  let total = NOTHING;
  let accepted = 0;
  for (let hour = hourOf(from); hour < to / HOUR; hour++) {
    sums.days.set(dayOf(hour * HOUR), NOTHING); // days without alerts are included
  }
  const hours = await records.accepted({ from: hourOf(from), to: Math.ceil(to / HOUR) });
  for (const [hour, tally] of hours) {
    accepted += tally.accepted ?? 0;
    for (const { counts, group, rule } of routedIn(tally)) {
      total = added(total, counts);
      add(sums.groups, group, counts);
      if (rule !== undefined) add(sums.rules, rule, counts);
      add(sums.days, dayOf(hour * HOUR), counts);
    }
  }
  return { total, accepted, ...sums };
}

function* routedIn(tally: Tally): Generator<{ counts: Counts; group: string; rule?: string }> {
  for (const [name, count] of Object.entries(tally)) {
    const read = readAccepted(name);
    if (read.what === "accepted" || read.what === "routed") continue;
    const { what, by, group } = read;
    yield { counts: { ...NOTHING, [what]: count }, group, ...what === "suppressed" ? {} : { rule: by } };
  }
}

function add(sums: Map<string, Counts>, name: string, counts: Counts): void {
  sums.set(name, added(sums.get(name) ?? NOTHING, counts));
}

function added(a: Counts, b: Counts): Counts {
  return {
    told: a.told + b.told,
    folded: a.folded + b.folded,
    suppressed: a.suppressed + b.suppressed,
  };
}
