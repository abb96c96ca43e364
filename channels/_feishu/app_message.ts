/**
 * The content that an app posts: a card that can be edited, or plain text.
 *
 * @module
 */
import type { CardColour, Message } from "../../relay/channel.ts";
import { buttonsOf } from "../_chat/buttons.ts";
import { eventOf } from "../_enterprise/cards.ts";
import type { Content } from "./app.ts";
import { cardJson } from "./card.ts";
import { cardOf } from "./markdown.ts";

/** Our choice: buttons of one card, and the length of an address. */
const BUTTONS = 5;
const URL_CHARS = 1_000;

/** Our choice: people whom one card mentions. */
const MENTIONS = 50;

/** The config of mentions. */
export interface ContentOptions {
  readonly mentions: "none" | "members" | "all";
}

/** What to post. */
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
    }, { isShared: true }),
  };
}

/** Green when the incident is over, grey when it is acknowledged. */
function colourOf(message: Message): CardColour {
  const event = eventOf(message);
  if (event === "closed") return "green";
  return event === "acknowledged" ? "none" : cardOf(message).colour;
}

/** Whether the message may mention and ring people: only that of a firing alert may. */
export function callsPeople(message: Message): boolean {
  return message.status === "firing" && eventOf(message) === undefined;
}

function mentionsOf({ mentions }: ContentOptions, message: Message): string {
  if (mentions === "none" || !callsPeople(message)) return "";
  if (mentions === "all") return "\n\n<at id=all></at>";
  const marks = message.recipients.flatMap(({ feishu, email }) => {
    if (feishu && /^[\w-]+$/.test(feishu)) return [`<at id=${feishu}></at>`];
    return email && /^[\w.+-]+@[\w.-]+$/.test(email) ? [`<at email=${email}></at>`] : [];
  });
  return marks.length === 0 ? "" : `\n\n${marks.slice(0, MENTIONS).join(" ")}`;
}
