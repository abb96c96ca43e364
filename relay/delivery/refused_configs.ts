/**
 * Configs that a vendor refuses. A refusal belongs to its config, not to the lane: two groups may share a robot, and one of
 * them may have mistyped the secret.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import type { Verdict } from "../channel.ts";
import type { Queued } from "../domain/record.ts";
import type { VendorRefusal, VendorRefusals } from "../store/lane_record.ts";
import { HOUR, MINUTE } from "../base/duration.ts";

/**
 * The intervals between probes of a refused config. A mistaken refusal ends soon; a wrong password is tried at most
 * eight times in the first day, because some vendors lock a login after a few wrong ones in a short time.
 */
const PROBES = [5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR];

/** Refusals that a lane stores, at most, so that they fit its record: any sender can cause one with a target in an address. */
const MAX_REFUSALS = 20;

/** The refusals of a lane after a verdict on a config. */
export function refusalsAfter(
  refused: VendorRefusals,
  verdict: Verdict,
  { entry, configHash, now }: { entry: Queued; configHash: string; now: number },
): VendorRefusals {
  const before = refused[configHash];
  if (verdict.kind === "refused" && verdict.what === "config") {
    const { because, step } = verdict;
    const times = (before?.times ?? 0) + 1;
    const until = now + (PROBES[times - 1] ?? PROBES.at(-1)!);
    const { destination } = entry;
    const refusal = defined({
      destination,
      since: before?.since ?? now,
      at: now,
      times,
      until,
      because,
      step,
    });
    return newest({ ...refused, [configHash]: refusal });
  }
  // None of these proves that the config works: some vendors throttle before they check it.
  if (!before || ["retry", "throttled", "skipped"].includes(verdict.kind)) return refused;
  const { [configHash]: _, ...others } = refused;
  return others;
}

function newest(refused: VendorRefusals): VendorRefusals {
  const all = Object.entries(refused);
  if (all.length <= MAX_REFUSALS) return refused;
  return Object.fromEntries(all.toSorted(([, a], [, b]) => b.at - a.at).slice(0, MAX_REFUSALS));
}

/**
 * The refusals in force, by the hash of the config.
 *
 * @param options `provenAt`: the time at which a destination's vendor last accepted a message, even outside the queue
 * · `skew`: the largest difference between clocks; a refusal from further in the future means that a clock was set
 * back, so it is probed at once
 */
export function inForce(
  refused: VendorRefusals,
  { now, skew, provenAt }: { now: number; skew: number; provenAt: ReadonlyMap<string, number> },
): ReadonlyMap<string, VendorRefusal> {
  return new Map(
    Object.entries(refused)
      .filter(([, { destination, at }]) => at >= (provenAt.get(destination) ?? -Infinity))
      .map(([hash, refusal]) => [hash, refusal.at > now + skew ? { ...refusal, until: now } : refusal]),
  );
}
