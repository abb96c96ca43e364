import type { Message } from "../channel.ts";
import type { LaneWork } from "./lane_work.ts";
import { type Attempt, mayStart } from "./attempt.ts";
import { type Judged, prepareCall } from "./vendor_call.ts";

/** Send a message if its lease and its slot still allow it. @returns `undefined` when it was not sent or was cut off */
export async function send(
  message: Message,
  attempt: Attempt,
  { connections, cut, tools: { clock, send, stopping, store } }: LaneWork,
): Promise<Judged | undefined> {
  const { batch: { channel, destination }, reservation: { timeout } } = attempt;
  const call = await prepareCall(message, {
    channel,
    destination,
    send,
    caches: store.caches,
    connections,
    clock,
    timeout,
    signal: cut,
  });
  // No await between this check and the send: a delayed courier must not send after the lane's next holder.
  if (stopping.aborted || !mayStart(attempt, clock.now())) return undefined;
  const result = await call();
  return "stopped" in result ? undefined : result;
}
