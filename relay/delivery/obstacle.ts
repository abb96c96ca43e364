import type { Step } from "../channel.ts";
import type { Destination } from "../domain/group.ts";
import { holdOf, type LaneRecord } from "../store/lane_record.ts";
import { CLOCK_SKEW } from "../store/outbox.ts";

/**
 * Why a destination receives nothing now, according to its lane's record: its vendor fails, or refuses its config. A throttle
 * is no obstacle: the vendor accepts what waits for its end.
 *
 * @returns `undefined` when there is no obstacle
 */
export function obstacleOf(
  record: LaneRecord | undefined,
  { configHash }: Pick<Destination, "configHash">,
  now: number,
): { readonly because: string; readonly step?: Step } | undefined {
  const hold = record && holdOf(record, configHash, now);
  // A refused config whose next try is due may be tried with this very message.
  if (!hold || hold.kind === "throttled" || hold.until <= now || hold.at > now + CLOCK_SKEW) return undefined;
  const { because, step } = hold;
  return step === undefined ? { because } : { because, step };
}
