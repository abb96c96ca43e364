/**
 * Writes the markdown that a Feishu card draws: https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/using-markdown-tags
 *
 * @module
 */
import type { Card, CardColour, MarkdownFlavour, Message, Severity } from "../../relay/channel.ts";

/**
 * The markdown element of a card, whose head has the title already. Assumed: clients before version 7 show lists and code
 * as they are written.
 */
export const FEISHU_MARKDOWN: MarkdownFlavour = {
  draws: ["bold", "italic", "strike", "link", "list", "rule", "code", "fence", "colour"],
  breaks: true,
  buttons: true,
  write: (markdown, { title }) => withoutTitle(markdown, title),
};

/** The colours of a card's head. */
const COLOURS: Readonly<Record<Severity, CardColour>> = {
  critical: "red",
  error: "orange",
  warning: "yellow",
  info: "blue",
};

/** The head and the buttons of a card. */
export function cardOf(
  { status, severity, buttons = [] }: Pick<Message, "status" | "severity" | "buttons">,
): Card {
  return { colour: status === "resolved" ? "green" : COLOURS[severity], buttons };
}

/** Without a bold first line that repeats the head; what follows on that line stays. */
function withoutTitle(markdown: string, title: string): string {
  const [, bold = "", rest = ""] = /^\*\*(.*?)\*\*(?: · )?([^]*)$/.exec(markdown) ?? [];
  const isTitle = bold !== "" && lettersOf(bold) === lettersOf(title);
  return isTitle ? rest.trimStart() || markdown : markdown;
}

/** Without signs: they may have been replaced where they would be markup. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, "");
}
