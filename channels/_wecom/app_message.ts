/**
 * The content of an app's message, in each of its forms.
 *
 * @module
 */
import { cut, type Message, utf8Bytes } from "../../relay/channel.ts";
import { keyOf } from "../_enterprise/conversation.ts";
import { cardOf } from "./template_card.ts";

/** The part of the config that decides the look of a message. */
export interface ContentOptions {
  readonly form: "markdown" | "text" | "textcard" | "card";
}

/** In bytes of UTF-8: https://developer.work.weixin.qq.com/document/path/90236 */
export const BYTES = { text: 2_048, markdown: 2_048, textcard: 512 };
const CARD_TITLE_BYTES = 128;
const CARD_URL_BYTES = 2_048;

/** Our choice: the bytes of these limits that are reserved for the mark below. */
export const MARK_BYTES = 48;

/**
 * A mark that differs between messages, but not between the attempts at one. WeCom drops a repeat of the same request: a repeated
 * attempt should be dropped, but not the same alert when it fires again.
 */
export function markOf({ id }: Message): string {
  return `#${keyOf(id).slice(0, 8)}`;
}

/** The content, within WeCom's limits and never empty: WeCom refuses empty content. */
export function contentOf(
  { form }: ContentOptions,
  message: Message,
  mark: string,
): Record<string, unknown> {
  const body = message.body.trim() === "" ? message.title.trim() || message.severity : message.body;
  const [link] = message.links;
  if (form === "card") return cardContent(message, mark);
  if (message.plain || form === "text") return textOf(body, mark);
  if (form === "markdown") {
    const end = mark && `\n<font color="comment">${mark}</font>`;
    return { msgtype: "markdown", markdown: { content: fitted(body, end, BYTES.markdown) } };
  }
  if (link === undefined || utf8Bytes(link.url) > CARD_URL_BYTES) return textOf(body, mark);
  const { title } = message;
  const details = body.startsWith(title) ? body.slice(title.length).replace(/^ · /, "").trim() : "";
  const description = (details || body).replaceAll("<", "＜"); // a card's text may have tags
  const end = mark && `\n${mark}`;
  return {
    msgtype: "textcard",
    textcard: {
      title: cut(title.trim() || message.severity, { bytes: CARD_TITLE_BYTES }),
      description: fitted(description, end, BYTES.textcard),
      url: link.url,
    },
  };
}

/** A card, or text if the card would have no buttons. */
function cardContent(message: Message, mark: string): Record<string, unknown> {
  const card = cardOf(message);
  if (card !== undefined) return { msgtype: "template_card", template_card: card };
  const { plain, title, body } = message;
  return textOf(plain ? body : [title, body].filter((text) => text.trim() !== "").join("\n"), mark);
}

function textOf(body: string, mark: string): Record<string, unknown> {
  return { msgtype: "text", text: { content: fitted(body, mark && `\n${mark}`, BYTES.text) } };
}

function fitted(body: string, end: string, bytes: number): string {
  return cut(body, { bytes: bytes - utf8Bytes(end) }) + end;
}
