/**
 * Telegram's callback queries: https://core.telegram.org/bots/api#callbackquery, authenticated by the secret token of
 * https://core.telegram.org/bots/api#setwebhook
 *
 * @module
 */
import {
  type CallbackFixture,
  type CallbackReading,
  type CallbackRequest,
  cut,
  sameSecret,
} from "../../relay/channel.ts";
import { fieldsOf } from "../_answers/json.ts";

/** https://core.telegram.org/bots/api#answercallbackquery */
const TOAST_CHARS = 200;

const HEADER = "x-telegram-bot-api-secret-token";

/** Read an update. `secret`: the secret token that was given to `setWebhook`. */
export function readUpdate(secret: string, { headers, json }: CallbackRequest): CallbackReading {
  if (!sameSecret(headers.get(HEADER) ?? "", secret)) {
    return { refused: "the secret token is wrong: call setWebhook with the one in the destination's config" };
  }
  const { id, from, data } = fieldsOf(fieldsOf(json).callback_query);
  const user = fieldsOf(from);
  if (typeof id !== "string" || typeof data !== "string" || typeof user.id !== "number") {
    return { answer: {} };
  }
  const texts = (...values: unknown[]): string[] => values.filter((value) => typeof value === "string");
  return {
    actions: [{ code: data }],
    user: {
      ids: [String(user.id), ...texts(user.username)],
      name: texts(user.first_name, user.last_name).join(" "),
    },
    once: id,
    answer: ({ kind, text }) => ({
      json: {
        method: "answerCallbackQuery",
        callback_query_id: id,
        text: cut(text, { chars: TOAST_CHARS }),
        show_alert: kind !== "done",
      },
    }),
  };
}

/** The call as Telegram makes it when a button is pressed, for fixtures. */
export const PRESSED: CallbackFixture<{ readonly webhook_secret?: string | undefined }> = {
  about: "a button is pressed",
  request: ({ webhook_secret = "" }, { code, id }) => ({
    headers: { "content-type": "application/json", [HEADER]: webhook_secret },
    body: JSON.stringify({
      update_id: 1,
      callback_query: {
        id,
        from: { id: 123456789, is_bot: false, first_name: "Lei", last_name: "Li", username: "li_lei" },
        message: { message_id: 7, chat: { id: -1001234567890, type: "supergroup" } },
        chat_instance: "1",
        data: code,
      },
    }),
  }),
  reads: "code",
  user: "123456789",
  unsigned: true,
};
