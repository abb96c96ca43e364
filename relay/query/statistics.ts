import { defined } from "../base/defined.ts";
import { decodeTime } from "../base/ulid.ts";
import type { Counts, ReplayedAlert } from "../domain/replay.ts";
import type { Period } from "./ledger.ts";
import { replay, replayedFor } from "../domain/replay.ts";
import type { Records } from "../store/records.ts";
import { hourOf, readAccepted, type Tally } from "../domain/tally.ts";
import type { WindowPolicy } from "../domain/window_policy.ts";
import { HOUR } from "../base/duration.ts";
import type { Noise } from "./shapes/statistics.ts";

/** How many alerts were notified, duplicate and suppressed. */
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

/** A group's outcomes with its own window and with another one. */
export interface WhatIf {
  /** The outcomes in the log. */
  readonly heard: Counts;
  /** The outcomes of the same alerts, replayed with the group's window and with the other one. */
  readonly now: Counts;
  readonly then: Counts;
}

/** How {@linkcode survey} reads the log. */
export interface SurveyOptions {
  /** At most this many fingerprints are named. */
  readonly limit: number;
  /** The time limit, in milliseconds. */
  readonly budget: number;
  readonly staleAfter: number;
  /** The group whose windows are replayed. */
  readonly group?: WindowPolicy | undefined;
  /** The window that is tried instead of the group's, in milliseconds. */
  readonly window?: number | undefined;
}

/** The result of {@linkcode survey}. */
export interface Survey {
  readonly alerts: number;
  /** Set if the time limit was reached: the log was read back to this time. */
  readonly lookedBackTo?: number;
  /** The most frequent first. */
  readonly noisiest: readonly Noise[];
  readonly whatIf?: WhatIf;
}

/** At most this many alerts are replayed. */
const MOST = 300_000;

/** Reads a period of the log, the newest first, and counts its alerts. @throws StoreError */
export async function survey(
  records: Pick<Records, "backwards">,
  period: Period,
  { limit, budget, staleAfter, group, window }: SurveyOptions,
): Promise<Survey> {
  const end = performance.now() + budget;
  const noise = new Map<string, Noise>();
  const replayed: ReplayedAlert[] = [];
  let alerts = 0;
  let lookedBackTo: number | undefined;
  for await (const { back, logged } of records.backwards(period)) {
    for (const alert of logged) {
      const { fingerprint, at, incident, routing, alert: { severity } } = alert;
      const told = routing.some(({ outcome }) => outcome.kind === "told") ? 1 : 0;
      alerts++;
      const earlier = noise.get(fingerprint);
      if (earlier) {
        noise.set(fingerprint, { ...earlier, count: earlier.count + 1, told: earlier.told + told });
      } else noise.set(fingerprint, { fingerprint, count: 1, told, incident, severity, lastAt: at });
      const one = group && replayedFor(group.group, alert);
      if (one) replayed.push(one);
    }
    if (performance.now() > end || alerts >= MOST) {
      lookedBackTo = decodeTime(back);
      break;
    }
  }
  replayed.reverse();
  return defined({
    alerts,
    lookedBackTo,
    noisiest: [...noise.values()].sort((a, b) =>
      b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1)
    )
      .slice(0, limit),
    whatIf: group && whatIf(replayed, group, { window, staleAfter }),
  });
}

function whatIf(
  alerts: readonly ReplayedAlert[],
  group: WindowPolicy,
  { window = group.window, staleAfter }: { window?: number | undefined; staleAfter: number },
): WhatIf {
  const counted = alerts.reduce((sum, { outcome }) => added(sum, { ...NOTHING, [outcome]: 1 }), NOTHING);
  return {
    heard: counted,
    now: replay(alerts, group, { staleAfter }),
    then: replay(alerts, { ...group, window }, { staleAfter }),
  };
}
