/**
 * Writes a card of Feishu's: https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/card-structure
 *
 * @module
 */
import type { Card } from "../../relay/channel.ts";

/** What a card shows. */
export interface CardContent extends Card {
  readonly title: string;
  /** In the markdown of cards. */
  readonly body: string;
}

/** The card as JSON. `isShared`: it can be edited, and everybody sees the change. */
export function cardJson(
  { title, body, colour, buttons }: CardContent,
  { isShared = false }: { isShared?: boolean } = {},
): Record<string, unknown> {
  const actions = buttons.map(({ title, url }, index) => ({
    tag: "button",
    text: { tag: "plain_text", content: title },
    type: index === 0 ? "primary" : "default",
    url,
  }));
  return {
    config: { wide_screen_mode: true, ...isShared ? { update_multi: true } : {} },
    header: {
      title: { tag: "plain_text", content: title },
      template: colour === "none" ? "grey" : colour,
    },
    elements: [
      { tag: "markdown", content: body },
      ...actions.length === 0 ? [] : [{ tag: "action", actions }],
    ],
  };
}
