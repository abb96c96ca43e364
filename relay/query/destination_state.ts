import { defined } from "../base/defined.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { adviceOf } from "../channel/advice.ts";
import type { Advice } from "../channel/remedy.ts";
import type { Destination } from "../domain/group.ts";
import type { Proof } from "../domain/proof.ts";
import { holdOf, type LaneState, sicknessOf } from "../store/lane_record.ts";
import type { StoreReader } from "../store/reader.ts";

/** The state of a destination. */
export interface DestinationState {
  /** `proven`: its vendor has accepted a message · `unproven`: it has not, and has refused none · `broken`: its channel cannot be loaded, or fails on its config. */
  readonly state: "proven" | "unproven" | "throttled" | "failing" | "config" | "broken";
  /** The vendor's words, or the channel's error. */
  readonly because?: string;
  /** The cause and the remedy. */
  readonly advice?: Advice;
  /** The time of the next retry. */
  readonly until?: number;
  readonly proof?: Proof;
}

/** The state of each destination, in their order. @throws StoreError */
export async function destinationStates(
  destinations: readonly Destination[],
  { store, channels, now }: {
    store: Pick<StoreReader, "outbox" | "proofs">;
    channels: Pick<ChannelRegistry, "get" | "broken">;
    now: number;
  },
): Promise<DestinationState[]> {
  const lanes = await store.outbox.states();
  return await Promise.all(destinations.map(async ({ id, channel: name, lane, configHash, broken }) => {
    const channel = channels.get(name);
    const proof = await store.proofs.of(id);
    const state: DestinationState = channel && broken === undefined
      ? stateOf(lanes.get(lane), { configHash, now, proven: proof !== undefined })
      : { state: "broken", because: broken ?? channels.broken.get(name) ?? "" };
    const advice = state.because === undefined ? undefined : adviceOf(channel, state.because);
    return defined({ ...state, proof, advice });
  }));
}

function stateOf(
  lane: LaneState = { failures: 0 },
  { configHash, now, proven }: { configHash: string; now: number; proven: boolean },
): DestinationState {
  const hold = holdOf(lane, configHash, now);
  if (hold) return { state: hold.kind, because: hold.because, until: hold.until };
  const sick = sicknessOf(lane, configHash);
  if (sick) return { state: "failing", because: sick.because };
  // Some failures in a row; the lane pauses after more of them, or its pause has just ended.
  if (lane.failures > 0) return { state: "failing", ...defined({ because: lane.pause?.because }) };
  return { state: proven ? "proven" : "unproven" };
}
