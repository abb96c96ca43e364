import { type Counts, Replay, type ReplayedAlert } from "../../domain/replay.ts";
import type { WindowPolicy } from "../../domain/window_policy.ts";

/** The outcomes of the alerts with one window. */
export interface CurvePoint {
  /** In milliseconds; 0 = off. */
  readonly window: number;
  readonly counts: Counts;
  /** The longest time from a duplicate to the next notification, in milliseconds. */
  readonly longestWait: number;
}

/** The outcomes of the same alerts with each of several windows. */
export interface WindowCurve {
  /** By window, the shortest first. */
  readonly points: readonly CurvePoint[];
  /** The number of replayed alerts, and the time of the first of them. */
  readonly alerts: number;
  readonly from: number;
  /** Whether there were more alerts than the time limit allowed. */
  readonly isPartial: boolean;
}

/** Alerts that are replayed before the event loop gets its turn: a few milliseconds. */
const SLICE = 1_000;

/** Alerts of the first run, which measures the speed. */
const TRIAL = 200;

/**
 * Replays the newest alerts with each window, as many alerts as the time limit allows. All windows get the same alerts, so
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
    oneByOne(all, (window) => replayed(some, { ...group, window }, { end, staleAfter }));
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

async function replayed(
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

async function oneByOne<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const one of all) results.push(await work(one));
  return results;
}
