/**
 * A strict Telegram on loopback: the real Bot API accepts every message that this one accepts. For tests, and for
 * trying a destination without a vendor.
 *
 * Its sentences are those of https://github.com/tdlib/telegram-bot-api
 *
 * @module
 */
import { z } from "zod";
import { Budgets } from "./_budget.ts";
import { COMMON_FAULTS, type CommonFault, type Fault, saying, type VendorReply } from "./_faults.ts";
import type { Arrived } from "./_loopback.ts";
import { parseTelegramHtml, type TelegramEntity, type TelegramText } from "./_telegram_html.ts";
import {
  type Decided,
  jsonOf,
  type Seen,
  serveVendor,
  type VendorOptions,
  type VendorServer,
} from "./_vendor_server.ts";

export type { TelegramEntity };

/** A chat of which the bot is a member. */
export interface TelegramChat {
  readonly id: number;
  /** Its public name, with the `@`. */
  readonly name?: string;
  /** The ids of its topics. */
  readonly topics?: readonly number[];
  /** The group has become this supergroup. */
  readonly migratedTo?: number;
}

/** A message that the members of a chat see. An edit changes it. */
export interface TelegramPosted extends TelegramText {
  readonly id: number;
  readonly chat: number;
  readonly at: number;
  readonly topic?: number;
  /** The message that it replies to. */
  readonly replyTo?: number;
  readonly buttons: readonly {
    readonly text: string;
    readonly url?: string | undefined;
    readonly callback_data?: string | undefined;
  }[];
  /** Whether it notified nobody. */
  readonly isSilent: boolean;
  /** The number of edits. */
  readonly edits: number;
}

/**
 * The failures of Telegram, or of the connection to it: those of every vendor, `throttle` for 35 seconds, or with the
 * bot `kicked`.
 */
export type TelegramFault = keyof typeof FAULTS | CommonFault;

/** The options of {@linkcode startTelegram}. */
export interface TelegramOptions extends VendorOptions<Seen<TelegramAnswer, TelegramPosted, TelegramFault>> {
  /** The bot's token. */
  readonly token: string;
  readonly chats: readonly TelegramChat[];
  /** The bot's webhook, if `setWebhook` was called. */
  readonly webhook?: TelegramWebhook;
}

/** A bot's webhook. */
export interface TelegramWebhook {
  /** Makes the call to its address. */
  readonly call: (request: { headers: Record<string, string>; body: string }) => Promise<Response>;
  readonly secretToken: string;
}

/** A member of a chat. */
export interface TelegramUser {
  readonly id: number;
  readonly first_name: string;
  readonly username?: string;
}

/** Telegram's answer. */
export type TelegramAnswer = { readonly ok: boolean } & Readonly<Record<string, unknown>>;

/** A running simulator. */
export interface Telegram
  extends VendorServer<Seen<TelegramAnswer, TelegramPosted, TelegramFault>, TelegramFault> {
  /** The messages of all chats as their members see them now, in order. */
  readonly messages: readonly TelegramPosted[];
  /** A member deletes a message. */
  remove(id: number): void;
  /** A member presses the button with this text in the last message. @returns the toast that they see */
  press(text: string, user: TelegramUser): Promise<{ readonly text: string; readonly isAlert: boolean }>;
}

/** A webhook may answer with a call: https://core.telegram.org/bots/api#making-requests-when-getting-updates */
const toast = z.strictObject({
  method: z.literal("answerCallbackQuery"),
  callback_query_id: z.string(),
  text: z.string().max(200),
  show_alert: z.boolean(),
});

const TEXT_CHARS = 4_096;

const button = z.strictObject({
  text: z.string().min(1),
  url: z.string().optional(),
  // https://core.telegram.org/bots/api#inlinekeyboardbutton
  callback_data: z.string().min(1).refine((data) => new TextEncoder().encode(data).length <= 64).optional(),
}).refine(({ url, callback_data }) => (url === undefined) !== (callback_data === undefined));
const shared = {
  chat_id: z.union([z.number().int(), z.string().startsWith("@")]),
  text: z.string(),
  parse_mode: z.literal("HTML").optional(),
  link_preview_options: z.strictObject({ is_disabled: z.boolean() }).optional(),
  reply_markup: z.strictObject({ inline_keyboard: z.array(z.array(button).min(1).max(8)).min(1) }).optional(),
};
const sendMessage = z.strictObject({
  ...shared,
  message_thread_id: z.number().int().positive().optional(),
  reply_parameters: z.strictObject({
    message_id: z.number().int(),
    allow_sending_without_reply: z.boolean().optional(),
  }).optional(),
  disable_notification: z.boolean().optional(),
});
const editMessageText = z.strictObject({ ...shared, message_id: z.number().int() });

/** A refusal: the status of the answer is its code. */
function no(error_code: number, description: string, parameters?: object): TelegramAnswer {
  return { ok: false, error_code, description, ...parameters ? { parameters } : {} };
}

const bad = (words: string, parameters?: object): TelegramAnswer =>
  no(400, `Bad Request: ${words}`, parameters);
const THROTTLED = no(429, "Too Many Requests: retry after 35", { retry_after: 35 });
const NOT_MODIFIED =
  "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";

const FAULTS = {
  ...COMMON_FAULTS,
  throttle: saying(THROTTLED, { status: 429 }),
  kicked: saying(no(403, "Forbidden: bot was kicked from the supergroup chat"), { status: 403 }),
} satisfies Record<string, Fault>;

/** Start the simulator. */
export async function startTelegram(
  { token, chats, webhook, ...options }: TelegramOptions,
): Promise<Telegram> {
  const account = new Account(chats);
  const server = await serveVendor<TelegramAnswer, TelegramPosted, TelegramFault>({
    faults: FAULTS,
    decide: (request, now) => account.decide(request, { token, now }),
  }, options);
  let presses = 0;
  return {
    ...server,
    messages: account.messages,
    remove: (id) => account.remove(id),
    async press(text, user): Promise<{ text: string; isAlert: boolean }> {
      const message = account.messages.at(-1)!;
      const data = message.buttons.find((button) => button.text === text)?.callback_data;
      if (!webhook || data === undefined) {
        throw new Error(`Cannot press "${text}": no such button, or no webhook`);
      }
      const id = `48${++presses}`;
      const { id: message_id, chat } = message;
      const query = {
        id,
        from: { is_bot: false, ...user },
        message: { message_id, chat: { id: chat } },
        data,
      };
      const response = await webhook.call({
        headers: {
          "content-type": "application/json",
          "x-telegram-bot-api-secret-token": webhook.secretToken,
        },
        body: JSON.stringify({ update_id: 10_000 + presses, callback_query: query }),
      });
      if (response.status !== 200) throw new Error(`The webhook answers ${response.status}`);
      const { callback_query_id, text: words, show_alert } = toast.parse(await response.json());
      if (callback_query_id !== id) throw new Error("The webhook answers another query");
      return { text: words, isAlert: show_alert };
    },
  };
}

/** The bot and its messages. */
class Account {
  readonly messages: TelegramPosted[] = [];
  readonly #chats: readonly TelegramChat[];
  readonly #budgets = new Budgets([{ messages: 20, per: 60_000 }]);
  #lastId = 0;

  constructor(chats: readonly TelegramChat[]) {
    this.#chats = chats;
  }

  decide(
    request: Arrived,
    { token, now }: { token: string; now: number },
  ): Decided<TelegramAnswer, TelegramPosted> | undefined {
    const [, used, method] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url.pathname) ?? [];
    if (used === undefined || request.method !== "POST") return undefined;
    const posted = this.#answer(request, {
      isKnown: decodeURIComponent(used) === token,
      method: method!,
      now,
    });
    const came = "ok" in posted ? posted : { ok: true, result: shownOf(posted, this.#chats) };
    const reply: VendorReply = {
      status: came.ok ? 200 : Number("error_code" in came && came.error_code),
      json: came,
    };
    return { came, reply, posted: "ok" in posted ? undefined : posted };
  }

  remove(id: number): void {
    this.messages.splice(this.messages.findIndex((message) => message.id === id), 1);
  }

  #answer(
    { headers, body }: Arrived,
    { isKnown, method, now }: { isKnown: boolean; method: string; now: number },
  ): TelegramAnswer | TelegramPosted {
    if (!isKnown) return no(401, "Unauthorized");
    if (!/^application\/json\b/.test(headers.get("content-type") ?? "")) return bad("message text is empty");
    if (method !== "sendMessage" && method !== "editMessageText") return no(404, "Not Found");
    const isEdit = method === "editMessageText";
    const { data, error } = (isEdit ? editMessageText : sendMessage).safeParse(jsonOf(body));
    if (error) return bad(`${error.issues[0]?.path.join(".")}: ${error.issues[0]?.message}`);
    const chat = this.#chats.find(({ id, name }) => id === data.chat_id || name === data.chat_id);
    if (chat === undefined) return bad("chat not found");
    const { migratedTo } = chat;
    if (migratedTo !== undefined) {
      return bad("group chat was upgraded to a supergroup chat", { migrate_to_chat_id: migratedTo });
    }
    if (this.#budgets.refuse(String(chat.id), now)) return THROTTLED;
    const shown = data.parse_mode === undefined
      ? { text: data.text, entities: [] }
      : parseTelegramHtml(data.text);
    if (typeof shown === "string") return bad(`can't parse entities: ${shown}`);
    const text = shown.text.trim();
    if (text === "") return bad("message text is empty");
    if (text.length > TEXT_CHARS) return bad("message is too long");
    const buttons = data.reply_markup?.inline_keyboard.flat() ?? [];
    if (!buttons.every(({ url }) => url === undefined || isButtonAddress(url))) {
      return bad("BUTTON_URL_INVALID");
    }
    const content = { text, entities: shown.entities.filter(isShown), buttons };
    return "message_id" in data
      ? this.#edit(data.message_id, { chat: chat.id, ...content })
      : this.#send(data, { chat, content, now });
  }

  #edit(
    id: number,
    { chat, ...content }: Pick<TelegramPosted, "chat" | "text" | "entities" | "buttons">,
  ): TelegramAnswer | TelegramPosted {
    const at = this.messages.findIndex((message) => message.id === id && message.chat === chat);
    const before = this.messages[at];
    if (before === undefined) return bad("message to edit not found");
    const { text, entities, buttons } = before;
    if (JSON.stringify({ text, entities, buttons }) === JSON.stringify(content)) return bad(NOT_MODIFIED);
    return this.messages[at] = { ...before, ...content, edits: before.edits + 1 };
  }

  #send(
    { message_thread_id: topic, reply_parameters: reply, disable_notification: isSilent = false }: z.output<
      typeof sendMessage
    >,
    { chat, content, now }: {
      chat: TelegramChat;
      content: Pick<TelegramPosted, "text" | "entities" | "buttons">;
      now: number;
    },
  ): TelegramAnswer | TelegramPosted {
    if (topic !== undefined && !chat.topics?.includes(topic)) return bad("message thread not found");
    const answered = this.messages.find(({ id, chat: of }) => id === reply?.message_id && of === chat.id);
    if (reply !== undefined && answered === undefined && !reply.allow_sending_without_reply) {
      return bad("message to be replied not found");
    }
    const posted: TelegramPosted = {
      id: ++this.#lastId,
      chat: chat.id,
      at: now,
      ...topic === undefined ? {} : { topic },
      ...answered === undefined ? {} : { replyTo: answered.id },
      ...content,
      isSilent,
      edits: 0,
    };
    this.messages.push(posted);
    return posted;
  }
}

/** The message as Telegram's answer has it. */
function shownOf({ id, chat, text, at, replyTo }: TelegramPosted, chats: readonly TelegramChat[]): object {
  const name = chats.find(({ id }) => id === chat)?.name;
  return {
    message_id: id,
    date: Math.floor(at / 1_000),
    chat: { id: chat, type: "supergroup", ...name === undefined ? {} : { username: name.slice(1) } },
    text,
    ...replyTo === undefined ? {} : { reply_to_message: { message_id: replyTo } },
  };
}

/** A link whose host has no dot is dropped: its reader sees only the text. */
function isShown({ url }: TelegramEntity): boolean {
  return url === undefined || url.startsWith("tg://user?id=") || isButtonAddress(url) ||
    url.startsWith("mailto:");
}

function isButtonAddress(url: string): boolean {
  const { protocol, hostname = "" } = URL.parse(url) ?? {};
  return (protocol === "http:" || protocol === "https:") && hostname.includes(".");
}
