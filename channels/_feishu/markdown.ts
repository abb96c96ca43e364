/**
 * Writes the markdown that a Feishu card draws: https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/using-markdown-tags
 *
 * @module
 */
import type { Card, CardColour, MarkdownFlavour, Message, Severity } from "../../relay/channel.ts";

/**
 * The markdown element of a card; the card's head contains the title. Assumed: clients before version 7 show the
 * source of lists and code.
 */
export const FEISHU_MARKDOWN: MarkdownFlavour = {
  draws: ["bold", "italic", "strike", "link", "list", "rule", "code", "fence", "colour"],
  breaks: true,
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
