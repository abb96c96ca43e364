/**
 * The messages that Slack accepts: https://docs.slack.dev/reference/block-kit/blocks
 *
 * @module
 */
import { z } from "zod";

const style = z.strictObject({
  bold: z.boolean().optional(),
  italic: z.boolean().optional(),
  strike: z.boolean().optional(),
  code: z.boolean().optional(),
}).optional();

const element = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string().min(1), style }),
  z.strictObject({ type: z.literal("link"), url: z.string().min(1), text: z.string().optional(), style }),
  z.strictObject({ type: z.literal("user"), user_id: z.string().regex(/^[UW][A-Z0-9]+$/) }),
  z.strictObject({ type: z.literal("broadcast"), range: z.enum(["here", "channel", "everyone"]) }),
]);
const section = z.strictObject({ type: z.literal("rich_text_section"), elements: z.array(element).min(1) });

const button = z.strictObject({
  type: z.literal("button"),
  action_id: z.string().min(1).max(255),
  text: z.strictObject({
    type: z.literal("plain_text"),
    text: z.string().min(1).max(75),
    emoji: z.boolean().optional(),
  }),
  url: z.url({ protocol: /^https?$/ }).max(3_000).optional(),
  value: z.string().min(1).max(2_000).optional(),
}).refine(({ url, value }) => (url === undefined) !== (value === undefined));

const block = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("rich_text"),
    elements: z.array(z.discriminatedUnion("type", [
      section,
      z.strictObject({ type: z.literal("rich_text_quote"), elements: z.array(element).min(1) }),
      z.strictObject({
        type: z.literal("rich_text_list"),
        style: z.enum(["bullet", "ordered"]),
        elements: z.array(section).min(1),
      }),
    ])).min(1),
  }),
  z.strictObject({
    type: z.literal("actions"),
    elements: z.array(button).min(1).max(25).refine(
      (buttons) => new Set(buttons.map(({ action_id }) => action_id)).size === buttons.length,
    ),
  }),
]);

/** The content of a message, for every call that posts one. */
export const content = {
  text: z.string().min(1).max(40_000),
  mrkdwn: z.boolean().optional(),
  blocks: z.array(block).max(50).optional(),
  attachments: z.array(z.strictObject({
    color: z.string().regex(/^#[0-9a-f]{6}$/i).optional(),
    fallback: z.string().optional(),
    blocks: z.array(block).min(1).max(50),
  })).max(20).optional(),
};

/** The content of a message. */
export type SlackContent = z.output<z.ZodObject<typeof content>>;

/** The visible parts of a message, for the members of a channel. */
export interface SlackShown {
  /** The text above the coloured line; without blocks, the text itself. */
  readonly head: string;
  /** The text next to the coloured line. */
  readonly body: string;
  readonly colour: string | undefined;
  readonly buttons: readonly {
    readonly title: string;
    readonly url?: string;
    /** The data that the app gets when the button is pressed. */
    readonly value?: string;
  }[];
  readonly links: readonly string[];
  /** Ids of members, and `here` or `channel`. A mention next to the coloured line notifies nobody. */
  readonly rings: readonly string[];
}

/** The most characters of all blocks of a message. */
const BLOCK_CHARS = 13_200;

/** The visible parts of a content, or Slack's error. */
export function shownOf({ text, blocks = [], attachments = [] }: SlackContent): SlackShown | string {
  const below = attachments.flatMap(({ blocks }) => blocks);
  if ([...blocks, ...below].length === 0 && text.trim() === "") return "no_text";
  if (JSON.stringify([blocks, below]).length > 10 * BLOCK_CHARS) return "msg_blocks_too_long";
  const [head, body] = [textOf(blocks), textOf(below)];
  if (head.length + body.length > BLOCK_CHARS) return "msg_blocks_too_long";
  const elements = blocks.flatMap(elementsOf);
  return {
    head: blocks.length === 0 ? plain(text) : head,
    body,
    colour: attachments[0]?.color,
    buttons: [...blocks, ...below].flatMap((block) =>
      block.type === "actions"
        ? block.elements.map(({ text, url, value }) => ({
          title: text.text,
          ...url === undefined ? { value: value! } : { url },
        }))
        : []
    ),
    links: [...elements, ...below.flatMap(elementsOf)].flatMap((element) =>
      element.type === "link" ? [element.url] : []
    ),
    rings: elements.flatMap((element) =>
      element.type === "user" ? [element.user_id] : element.type === "broadcast" ? [element.range] : []
    ),
  };
}

/** A text as Slack shows it with markup disabled. */
function plain(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

type Element = z.output<typeof element>;
type Block = z.output<typeof block>;

function elementsOf(block: Block): Element[] {
  if (block.type !== "rich_text") return [];
  return block.elements.flatMap((part) =>
    part.type === "rich_text_list" ? part.elements.flatMap(({ elements }) => elements) : part.elements
  );
}

function textOf(blocks: readonly Block[]): string {
  const lines = blocks.flatMap((block) =>
    block.type === "rich_text"
      ? block.elements.map((part) => {
        if (part.type === "rich_text_section") return wordsOf(part.elements);
        if (part.type === "rich_text_quote") return wordsOf(part.elements).replace(/^/gm, "| ");
        return part.elements.map(({ elements }) => `• ${wordsOf(elements)}`).join("\n");
      })
      : []
  );
  return lines.join("\n");
}

function wordsOf(elements: readonly Element[]): string {
  return elements.map((element) => {
    switch (element.type) {
      case "text":
        return element.text;
      case "link":
        return element.text ?? element.url;
      case "user":
        return `@${element.user_id}`;
      case "broadcast":
        return `@${element.range}`;
    }
  }).join("");
}
