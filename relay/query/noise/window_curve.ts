import { type Counts, Replay, type ReplayedAlert } from "../../domain/replay.ts";
import type { WindowPolicy } from "../../domain/window_policy.ts";

/** What one window would have done. */
export interface CurvePoint {
  /** In milliseconds; 0 = off. */
  readonly window: number;
  readonly counts: Counts;
  /** The longest time for which the group did not know that an alert had come again, in milliseconds. */
  readonly longestWait: number;
}

/** What each of several windows would have done with the same alerts. */
export interface WindowCurve {
  /** By window, the shortest first. */
  readonly points: readonly CurvePoint[];
  /** How many alerts were decided again, and when the first of them came. */
  readonly alerts: number;
  readonly from: number;
  /** Whether there were more alerts than the time limit allowed. */
  readonly isPartial: boolean;
}

/** Alerts that are decided before the event loop gets its turn: some milliseconds. */
const SLICE = 1_000;

/** Alerts of the first try, which measures how long the rest takes. */
const TRIAL = 200;

/**
 * Decides the newest alerts again, with each window, as many as the time limit allows. All windows get the same alerts, so
 * that they can be compared.
 *
 * @param alerts All of them were routed to the group; the oldest first.
 * @param options `windows`: in milliseconds · `end`: of the period · `budget`: in milliseconds
 */
export async function windowCurve(
  alerts: readonly ReplayedAlert[],
  group: WindowPolicy,
  { windows, end, staleAfter, budget }: {
    windows: readonly number[];
    end: number;
    staleAfter: number;
    budget: number;
  },
): Promise<WindowCurve> {
  const began = performance.now();
  const all = [...new Set(windows)].sort((a, b) => a - b);
  const trial = alerts.slice(-TRIAL);
  const runAll = (some: readonly ReplayedAlert[]): Promise<CurvePoint[]> =>
    inTurn(all, (window) => decided(some, { ...group, window }, { end, staleAfter }));
  const first = await runAll(trial);
  const took = Math.max(0.1, performance.now() - began);
  const affordable = Math.floor(trial.length * (budget - took) / took);
  const chosen = affordable > trial.length ? alerts.slice(-affordable) : trial;
  const points = chosen.length > trial.length ? await runAll(chosen) : first;
  return {
    points,
    alerts: chosen.length,
    from: chosen[0]?.at ?? end,
    isPartial: chosen.length < alerts.length,
  };
}

async function decided(
  alerts: readonly ReplayedAlert[],
  group: WindowPolicy,
  { end, staleAfter }: { end: number; staleAfter: number },
): Promise<CurvePoint> {
  const replay = new Replay(group, { staleAfter });
  for (const [index, alert] of alerts.entries()) {
    replay.add(alert);
    if (index % SLICE === SLICE - 1) await new Promise((resolve) => setTimeout(resolve));
  }
  return { window: group.window, counts: replay.counts, longestWait: replay.longestWait(end) };
}

async function inTurn<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const one of all) results.push(await work(one));
  return results;
}
