/**
 * The meaning of Telegram's answers. The sentences are those of the reference server:
 * https://github.com/tdlib/telegram-bot-api/blob/01a3679c0bbf9bbba03d1d3e20f621fa4becddcc/telegram-bot-api/Client.cpp
 *
 * @module
 */
import {
  type ChannelResponse,
  delivered,
  type Receipt,
  refused,
  retry,
  throttled,
  type Verdict,
} from "../../relay/channel.ts";
import { fieldsOf } from "../_answers/json.ts";

/** Words of a refusal that applies to every message: a person must fix the chat or the bot. */
const CHAT_PROBLEMS =
  /chat not found|thread not found|TOPIC_(CLOSED|DELETED)|not enough rights|have no rights|CHAT_WRITE_FORBIDDEN|chat_id is|upgraded to a supergroup/i;

/** The earlier message cannot be edited, because a person deleted it or it is not the bot's. */
const EARLIER_GONE = /message to edit not found|message can't be edited|MESSAGE_ID_INVALID/i;

/** The verdict on an answer; `undefined` when it is not Telegram's own, so that the HTTP status must decide. */
export function verdictOn(
  { status, json }: ChannelResponse,
  { earlier }: { earlier?: Receipt | undefined },
): Verdict | undefined {
  const { ok, result, error_code, description, parameters } = fieldsOf(json);
  if (ok === true && status < 300) return delivered("ok", { receipt: receiptIn(result, earlier) });
  if (ok !== false) return status < 300 ? retry(`HTTP ${status} without Telegram's answer`) : undefined;
  const code = Number(error_code ?? status);
  const words = `${code} ${description ?? ""}`.trim();
  const { retry_after, migrate_to_chat_id } = fieldsOf(parameters);
  if (code === 429) return throttled(words, { waitMs: (Number(retry_after) || 30) * 1_000 });
  if (code === 400 && /message is not modified/i.test(words)) return delivered(words);
  if (code === 400 && EARLIER_GONE.test(words)) return retry(words, { waitMs: 1_000, forget: true });
  if (migrate_to_chat_id !== undefined) return refused("config", `${words}: ${migrate_to_chat_id}`);
  if (code === 401 || code === 403 || code === 404) return refused("config", words);
  if (code === 400) return refused(CHAT_PROBLEMS.test(words) ? "config" : "payload", words);
  return code >= 500 ? retry(words) : undefined;
}

/**
 * The receipt of the thread's first message, by the chat's number and its public name: a later message is an answer
 * to it.
 */
function receiptIn(result: unknown, earlier: Receipt | undefined): Receipt | undefined {
  const { message_id, chat, reply_to_message } = fieldsOf(result);
  const { id, username } = fieldsOf(chat);
  if (message_id === undefined || id === undefined) return undefined;
  const answered = fieldsOf(reply_to_message).message_id;
  if (earlier !== undefined && String(answered) === earlier.message) return earlier;
  return {
    message: String(message_id),
    chat: String(id),
    ...typeof username === "string" ? { username: `@${username}` } : {},
  };
}
