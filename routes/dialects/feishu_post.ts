import { itemsOf, membersOf, textOf } from "./loose_json.ts";

/** The content of a rich text. */
export interface PostWords {
  readonly title: string;
  /** In markdown, with mentions as Feishu's tags. Includes the title. */
  readonly text: string;
}

/**
 * The content of a Feishu rich text, in its first language.
 *
 * Source: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 */
export function postWords(post: Readonly<Record<string, unknown>>): PostWords {
  const language = post.content === undefined ? membersOf(Object.values(post)[0]) : post;
  const title = textOf(language.title);
  const lines = itemsOf(language.content).map((line) =>
    itemsOf(line).map((node) => nodeOf(membersOf(node))).join("")
  );
  return { title, text: [title && `**${title}**`, lines.join("\n")].filter(Boolean).join("\n\n") };
}

function nodeOf(node: Readonly<Record<string, unknown>>): string {
  switch (node.tag) {
    case "a":
      return `[${rawText(node.text) || textOf(node.href)}](${textOf(node.href)})`;
    case "at":
      return `<at user_id="${textOf(node.user_id).replaceAll('"', "")}">${rawText(node.user_name)}</at>`;
    case "hr":
      return "";
    case "code_block":
      return `\n\`\`\`\n${rawText(node.text)}\n\`\`\`\n`;
    default:
      return rawText(node.text);
  }
}

/** A text with the spaces around it, which separate it from the next node. */
function rawText(value: unknown): string {
  return typeof value === "string" ? value : textOf(value);
}
