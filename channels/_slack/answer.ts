/**
 * The meaning of Slack's answers. The Web API refuses in HTTP 200, with a word: the errors of
 * https://docs.slack.dev/reference/methods/chat.postMessage and https://docs.slack.dev/reference/methods/chat.update
 *
 * @module
 */
import {
  type ChannelResponse,
  delivered,
  refused,
  retry,
  retryAfter,
  throttled,
  type Verdict,
} from "../../relay/channel.ts";
import { fieldsOf } from "../_answers/json.ts";

/** Errors of the app or the channel, which a person must fix. */
const CONFIG = [
  "account_inactive",
  "access_denied",
  "channel_not_found",
  "ekm_access_denied",
  "enterprise_is_restricted",
  "invalid_auth",
  "is_archived",
  "missing_scope",
  "no_permission",
  "not_allowed_token_type",
  "not_authed",
  "not_in_channel",
  "org_login_required",
  "restricted_action",
  "team_access_not_granted",
  "token_expired",
  "token_revoked",
  "two_factor_setup_required",
];

/** The earlier message cannot be edited, or no reply can be added to it. */
const EARLIER_GONE = [
  "cant_update_message",
  "edit_window_closed",
  "message_not_found",
  "thread_not_found",
  "cannot_reply_to_message",
];

/** Slack fails, and may have posted the message. */
const TROUBLE = [
  "fatal_error",
  "internal_error",
  "request_timeout",
  "service_unavailable",
  "team_added_to_org",
];

/** Every error that a person can fix. */
export const CODES: readonly string[] = CONFIG;

/** The verdict on an answer of the Web API; `undefined` when the HTTP status must decide. */
export function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict | undefined {
  const { status, headers, json } = response;
  const { ok, error, needed, ts, channel, message } = fieldsOf(json);
  const isAnswer = status >= 200 && status < 300;
  if (isAnswer && ok === true) return delivered("ok", { receipt: receiptIn(channel, ts, message) });
  if (typeof error !== "string") {
    return isAnswer ? retry(`HTTP ${status} without Slack's answer`) : undefined;
  }
  const words = typeof needed === "string" ? `${error}: needs ${needed}` : error;
  if (/^rate_?limited$/.test(error) || status === 429) {
    return throttled(words, { waitMs: retryAfter(headers, { now }) ?? 30_000 });
  }
  if (EARLIER_GONE.includes(error)) return retry(words, { waitMs: 1_000, forget: true });
  if (CONFIG.includes(error)) return refused("config", words);
  if (TROUBLE.includes(error) || status >= 500) return retry(words, { handedOver: true });
  return refused("payload", words);
}

/** The first message of the thread: an edit and a reply both need it. */
function receiptIn(channel: unknown, ts: unknown, message: unknown): Record<string, string> | undefined {
  if (typeof channel !== "string" || typeof ts !== "string") return undefined;
  const { thread_ts } = fieldsOf(message);
  return { channel, ts: typeof thread_ts === "string" ? thread_ts : ts };
}
