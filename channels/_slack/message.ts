import type { Message } from "../../relay/channel.ts";
import { buttonsOf } from "../_chat/buttons.ts";
import { hexOf } from "../_chat/colour.ts";
import { isLoud } from "../_chat/follow.ts";
import type { Mention } from "../_chat/mentions.ts";
import { textOf } from "../_chat/rich_text.ts";
import { plainText, type RichTextElement, richTextOf } from "./rich_text.ts";

/**
 * The most characters of a message's blocks together; over about 13,200, Slack refuses:
 * https://github.com/slackapi/bolt-js/issues/2509
 */
export const VISIBLE_CHARS = 9_000;

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
const BUTTON_CHARS = 75;
const ADDRESS_CHARS = 3_000;

/**
 * The content of a message: the title with the mentions, and below it the body beside a line in the colour of the
 * severity. A mention in the coloured part would notify nobody. `callsBack`: Slack calls the relay back, so that
 * actions need no page.
 */
export function contentOf(
  message: Message,
  { mention, callsBack = false }: { mention: Mention; callsBack?: boolean },
): Record<string, unknown> {
  if (message.plain) {
    return { text: plainText(textOf(message.body)), mrkdwn: false, blocks: [], attachments: [] };
  }
  const calls = mentionsIn(message, mention);
  const head: RichTextElement[] = [{ type: "text", text: message.title, style: { bold: true } }];
  const body = richTextOf(message.body);
  const buttons = buttonsOf(message, { most: callsBack ? 8 : 5 }).filter(({ url }) =>
    url.length <= ADDRESS_CHARS
  );
  const elements = buttons.map(({ title, url, code }, at) => ({
    type: "button",
    action_id: `link-${at}`, // Slack demands that it is unique
    text: { type: "plain_text", text: Array.from(title).slice(0, BUTTON_CHARS).join(""), emoji: false },
    ...callsBack && code !== undefined ? { value: code } : { url },
  }));
  const blocks = [
    ...body.length === 0 ? [] : [{ type: "rich_text", elements: body }],
    ...elements.length === 0 ? [] : [{ type: "actions", elements }],
  ];
  return {
    text: plainText(message.title),
    blocks: [{
      type: "rich_text",
      elements: [{ type: "rich_text_section", elements: [...head, ...calls] }],
    }],
    attachments: blocks.length === 0
      ? []
      : [{ color: hexOf(message), fallback: plainText(message.title), blocks }],
  };
}

/** A quiet message mentions nobody. */
function mentionsIn(message: Message, mention: Mention): RichTextElement[] {
  if (mention === "none" || !isLoud(message)) return [];
  const called: RichTextElement[] = mention === "members"
    ? message.recipients.flatMap(({ slack }) => slack === undefined ? [] : [{ type: "user", user_id: slack }])
    : [{ type: "broadcast", range: mention === "all" ? "channel" : mention }];
  const most = called.slice(0, 50);
  const more = called.length - most.length;
  return [
    ...most.flatMap((element): RichTextElement[] => [{ type: "text", text: " " }, element]),
    ...more > 0 ? [{ type: "text", text: ` +${more}` } as const] : [],
  ];
}
