import { cut, HTML, type Markup, type Member, type Message, utf8Bytes } from "../../relay/channel.ts";
import { buttonsOf } from "../_chat/buttons.ts";
import { type FollowUp, isLoud } from "../_chat/follow.ts";
import { mentionLine } from "../_chat/mentions.ts";

/** Telegram removes a link that it does not accept, so its address is shown. */
export const TELEGRAM_HTML: Markup = {
  ...HTML,
  link: (words, url) => isLinked(url) ? HTML.link!(words, url) : `${words} (${HTML.escape(url)})`,
};

/** The part of the config that determines a message's content. */
export interface MessageOptions {
  readonly chat: string;
  readonly topic?: number | undefined;
  readonly mention: boolean;
  /** If it is set, Telegram calls the relay back. */
  readonly webhook_secret?: string | undefined;
}

/** Without the earlier message if it is in another chat, because the config has changed. */
export function inThisChat(message: Message, chat: string): Message {
  const { earlier, ...others } = message;
  const isHere = earlier?.chat === chat || earlier?.username?.toLowerCase() === chat.toLowerCase();
  return isHere ? message : others;
}

/** The parameters of `sendMessage`, or of `editMessageText` for an edit. */
export function bodyOf(options: MessageOptions, message: Message, follow: FollowUp): Record<string, unknown> {
  const { chat, topic, webhook_secret } = options;
  const content = {
    chat_id: /^@/.test(chat) ? chat : Number(chat),
    ...textOf(options, message),
    link_preview_options: { is_disabled: true },
    ...keyboardOf(message, { callsBack: webhook_secret !== undefined }),
  };
  if (follow.how === "edit") return { ...content, message_id: Number(follow.earlier.message) };
  return {
    ...content,
    ...topic === undefined ? {} : { message_thread_id: topic },
    ...follow.how === "reply"
      ? {
        reply_parameters: { message_id: Number(follow.earlier.message), allow_sending_without_reply: true },
      }
      : {},
    disable_notification: !isLoud(message),
  };
}

function textOf({ mention }: MessageOptions, message: Message): Record<string, unknown> {
  const calls = mention && !message.plain ? mentionLine(message, mentionOf) : "";
  return { text: calls === "" ? message.body : `${message.body}\n${calls}`, parse_mode: "HTML" };
}

/** A name works with an `@`; an id needs a link, which shows the member's name. */
function mentionOf({ id, name = id, telegram }: Member): string | undefined {
  if (telegram === undefined) return undefined;
  if (!/^\d+$/.test(telegram)) return HTML.escape(`@${telegram.replace(/^@/, "")}`);
  return `<a href="tg://user?id=${telegram}">${HTML.escape(cut(name, { chars: 60 }))}</a>`;
}

/** https://core.telegram.org/bots/api#inlinekeyboardbutton */
const DATA_BYTES = 64;

/**
 * Only actions are buttons: the links are in the text, where the reader sees the addresses that Telegram does not link. With
 * callbacks, all actions have a button, in a row of their own.
 */
function keyboardOf(message: Message, { callsBack }: { callsBack: boolean }): Record<string, unknown> {
  const bare = { ...message, buttons: [] };
  const called = callsBack
    ? buttonsOf(bare, { most: 4 }).filter(({ code }) => code !== undefined && utf8Bytes(code) <= DATA_BYTES)
    : [];
  const linked = buttonsOf(bare, { most: 2 }).filter(({ code, url }) =>
    isLinked(url) && (called.length === 0 || code === undefined)
  );
  const rows = [
    called.map(({ title, code }) => ({ text: title, callback_data: code })),
    linked.map(({ title, url }) => ({ text: title, url })),
  ].filter((row) => row.length > 0);
  return rows.length === 0 ? {} : { reply_markup: { inline_keyboard: rows } };
}

/** A host needs a dot: https://github.com/tdlib/td/blob/master/td/telegram/LinkManager.cpp, `check_link_impl` */
function isLinked(url: string): boolean {
  return /^mailto:/i.test(url) || URL.parse(url)?.hostname.includes(".") === true;
}
