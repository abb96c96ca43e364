import type { Step } from "../channel.ts";
import type { Destination } from "../group.ts";
import type { LaneRecord } from "../store/lane_record.ts";
import { CLOCK_SKEW } from "../store/outbox.ts";

/**
 * Why a destination gets nothing just now, as its lane has it: its vendor fails, or refused its config. A throttle is none:
 * what waits for it goes.
 *
 * @returns `undefined` when it may get something.
 */
export function obstacleOf(
  record: LaneRecord | undefined,
  { configHash }: Pick<Destination, "configHash">,
  now: number,
): { readonly because: string; readonly step?: Step } | undefined {
  const pause = record?.pause;
  if (!pause || pause.kind === "throttled" || pause.until <= now || pause.at > now + CLOCK_SKEW) {
    return undefined;
  }
  if (pause.kind === "config" && pause.configHash !== configHash) return undefined; // somebody has mended it
  const { because, step } = pause;
  return step === undefined ? { because } : { because, step };
}
