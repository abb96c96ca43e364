import { type ChannelResponse, type Receipt, refused, throttled, type Verdict } from "../../relay/channel.ts";
import { confirmed } from "../_answers/confirmed.ts";
import { fieldsOf } from "../_answers/json.ts";

/** The receipt names the first event of the thread, because an edit cannot be edited. */
export function verdictOn(
  response: ChannelResponse,
  { earlier }: { earlier?: Receipt | undefined },
): Verdict | undefined {
  const { event_id, errcode, error, retry_after_ms } = fieldsOf(response.json);
  const receipt = earlier ?? (typeof event_id === "string" ? { event: event_id } : undefined);
  const yes = confirmed(response, typeof event_id === "string", { receipt });
  if (yes !== undefined || typeof errcode !== "string") return yes;
  const words = `${errcode} ${error ?? ""}`.trim();
  if (errcode === "M_LIMIT_EXCEEDED") {
    const waitMs = typeof retry_after_ms === "number" ? retry_after_ms : undefined;
    return waitMs === undefined ? undefined : throttled(words, { waitMs });
  }
  if (
    /^M_(UNKNOWN_TOKEN|MISSING_TOKEN|FORBIDDEN|USER_DEACTIVATED|USER_LOCKED|NOT_FOUND|INVALID_PARAM|GUEST_ACCESS_FORBIDDEN)$/
      .test(errcode)
  ) {
    return refused("config", words);
  }
  return response.status < 500 ? refused("payload", words) : undefined;
}
