/**
 * Writes a card of Feishu's: https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/card-structure
 *
 * @module
 */
import type { Card } from "../../relay/channel.ts";
import type { Button } from "../_chat/buttons.ts";

/** The content of a card. */
export interface CardContent extends Omit<Card, "buttons"> {
  readonly title: string;
  /** In the markdown of cards. */
  readonly body: string;
  readonly buttons: readonly Button[];
}

/**
 * The card as JSON. `isShared`: it can be edited, and everybody sees the change. `callsBack`: Feishu calls the relay when a button
 * with a code is pressed.
 */
export function cardJson(
  { title, body, colour, buttons }: CardContent,
  { isShared = false, callsBack = false }: { isShared?: boolean; callsBack?: boolean } = {},
): Record<string, unknown> {
  const actions = buttons.map(({ title, url, code }, index) => ({
    tag: "button",
    text: { tag: "plain_text", content: title },
    type: index === 0 ? "primary" : "default",
    ...callsBack && code !== undefined ? { value: { code } } : { url },
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
