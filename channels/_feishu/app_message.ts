/**
 * The content that an app posts: a card that can be edited, or plain text.
 *
 * @module
 */
import type { Message } from "../../relay/channel.ts";
import { buttonsOf } from "../_chat/buttons.ts";
import { colourOf } from "../_chat/colour.ts";
import { isLoud } from "../_chat/follow.ts";
import type { Content } from "./app.ts";
import { cardJson } from "./card.ts";

/** Our choice: buttons of one card, and the length of an address. */
const BUTTONS = 7;
const URL_CHARS = 1_000;

/** Our choice: people whom one card mentions. */
const MENTIONS = 50;

/** The part of the config that decides the look of a card. */
export interface ContentOptions {
  readonly mentions: "none" | "members" | "all";
  /** If it is set, Feishu calls the relay back. */
  readonly encryptKey?: string | undefined;
}

/** The content to post. */
export function contentOf(options: ContentOptions, message: Message): Content {
  const title = message.title.trim() || message.severity;
  const body = message.body.trim() === "" ? title : message.body;
  if (message.plain) return { type: "text", content: { text: body.replaceAll("<", "＜") } };
  return {
    type: "interactive",
    content: cardJson({
      title,
      colour: colourOf(message),
      body: body + mentionsOf(options, message),
      buttons: buttonsOf(message, { most: BUTTONS }).filter(({ url }) => url.length <= URL_CHARS),
    }, { isShared: true, callsBack: options.encryptKey !== undefined }),
  };
}

function mentionsOf({ mentions }: ContentOptions, message: Message): string {
  if (mentions === "none" || !isLoud(message)) return "";
  if (mentions === "all") return "\n\n<at id=all></at>";
  const marks = message.recipients.flatMap(({ feishu, email }) => {
    if (feishu && /^[\w-]+$/.test(feishu)) return [`<at id=${feishu}></at>`];
    return email && /^[\w.+-]+@[\w.-]+$/.test(email) ? [`<at email=${email}></at>`] : [];
  });
  return marks.length === 0 ? "" : `\n\n${marks.slice(0, MENTIONS).join(" ")}`;
}
