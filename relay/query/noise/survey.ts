import { defined } from "../../base/defined.ts";
import { decodeTime } from "../../base/ulid.ts";
import { type Counts, replay, type ReplayedAlert, replayedFor } from "../../domain/replay.ts";
import type { WindowPolicy } from "../../domain/window_policy.ts";
import type { Records } from "../../store/records.ts";
import type { Period } from "../ledger.ts";
import type { Noise } from "../shapes/statistics.ts";
import { NoiseCounter, type NoiseOrder } from "./noise_counter.ts";
import { type WindowCurve, windowCurve } from "./window_curve.ts";

/** A group's outcomes with its own window and with another one. */
export interface WhatIf {
  /** The outcomes in the log. */
  readonly heard: Counts;
  /** The outcomes of the same alerts, replayed with the group's window and with the other one. */
  readonly now: Counts;
  readonly then: Counts;
}

/** The options of {@linkcode survey}. */
export interface SurveyOptions {
  /** The most fingerprints that are named. */
  readonly limit: number;
  /** The figure that they are sorted by. Default: the number of alerts. */
  readonly by?: NoiseOrder | undefined;
  /** The time limit, in milliseconds. */
  readonly budget: number;
  readonly staleAfter: number;
  /** The group whose windows are replayed. */
  readonly group?: WindowPolicy | undefined;
  /** The window that is tested instead of the group's, in milliseconds. */
  readonly window?: number | undefined;
  /** The windows of the curve, in milliseconds, and its time limit. */
  readonly curve?: { readonly windows: readonly number[]; readonly budget: number } | undefined;
}

/** The result of {@linkcode survey}. */
export interface Survey {
  readonly alerts: number;
  /** Set if the time limit was reached: the log was read back to this time. */
  readonly lookedBackTo?: number;
  /** The most frequent first. */
  readonly noisiest: readonly Noise[];
  readonly whatIf?: WhatIf;
  readonly curve?: WindowCurve;
}

/** The most alerts that are replayed. */
const MAX_ALERTS = 300_000;

/** Reads a period of the log, the newest first, and counts its alerts. @throws StoreError */
export async function survey(
  records: Pick<Records, "backwards">,
  period: Period,
  { limit, by, budget, staleAfter, group, window, curve }: SurveyOptions,
): Promise<Survey> {
  const end = performance.now() + budget;
  const noise = new NoiseCounter();
  const replayed: ReplayedAlert[] = [];
  let alerts = 0;
  let lookedBackTo: number | undefined;
  for await (const { back, logged } of records.backwards(period)) {
    for (const alert of logged) {
      alerts++;
      noise.add(alert);
      const one = group && replayedFor(group.group, alert);
      if (one) replayed.push(one);
    }
    if (performance.now() > end || alerts >= MAX_ALERTS) {
      lookedBackTo = decodeTime(back);
      break;
    }
  }
  replayed.reverse();
  return defined({
    alerts,
    lookedBackTo,
    noisiest: noise.noisiest(limit, by),
    whatIf: group && !curve ? whatIf(replayed, group, { window, staleAfter }) : undefined,
    curve: group && curve && await windowCurve(replayed, group, { ...curve, end: period.to, staleAfter }),
  });
}

function whatIf(
  alerts: readonly ReplayedAlert[],
  group: WindowPolicy,
  { window = group.window, staleAfter }: { window?: number | undefined; staleAfter: number },
): WhatIf {
  const counted = { told: 0, folded: 0, suppressed: 0 };
  for (const { outcome } of alerts) counted[outcome]++;
  return {
    heard: counted,
    now: replay(alerts, group, { staleAfter }),
    then: replay(alerts, { ...group, window }, { staleAfter }),
  };
}
