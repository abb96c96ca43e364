import type { Message } from "../../relay/channel.ts";
import { buttonsOf } from "../_chat/buttons.ts";
import { isLoud } from "../_chat/follow.ts";
import { type Line, linesOf, type Run } from "../_chat/rich_text.ts";

/** The colours of an adaptive card's text: https://adaptivecards.io/explorer/TextRun.html */
const COLOURS = { critical: "Attention", error: "Attention", warning: "Warning", info: "Accent" } as const;

type Element = Readonly<Record<string, unknown>>;

function cardOf(body: readonly Element[], entities: readonly Element[] = []): Element {
  return {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    msteams: { width: "Full", ...entities.length === 0 ? {} : { entities } },
    body,
  };
}

/** The card of a message: runs of text, because a text block is markdown that cannot be escaped. Only a text block can mention people. */
export function adaptiveCard(message: Message, { mention }: { readonly mention: boolean }): Element {
  if (message.plain) return cardOf(linesOf(message.body).map(elementOf));
  const colour = message.status === "resolved" ? "Good" : COLOURS[message.severity];
  const called = mention && isLoud(message) ? calledBy(message) : [];
  const buttons = buttonsOf(message, { most: 6 });
  const head = paragraphOf([{ text: message.title, bold: true }], { size: "Medium", color: colour });
  return {
    ...cardOf([
      head,
      ...linesOf(message.body).map(elementOf),
      ...called.length === 0
        ? []
        : [{ type: "TextBlock", wrap: true, text: called.map(({ text }) => text).join(" ") }],
    ], called),
    ...buttons.length === 0
      ? {}
      : { actions: buttons.map(({ title, url }) => ({ type: "Action.OpenUrl", title, url })) },
  };
}

/** At most 50 people are mentioned. Characters that would end a mention are left out of the name. */
function calledBy({ recipients }: Message): { type: string; text: string; mentioned: Element }[] {
  return recipients.filter(({ teams }) => teams !== undefined).slice(0, 50).map(
    ({ id, name = id, teams }) => {
      const shown = name.replace(/[<>&*_[\]#]/g, " ").trim() || "member";
      return { type: "mention", text: `<at>${shown}</at>`, mentioned: { id: teams, name: shown } };
    },
  );
}

/** A line of its own for each, because not every client of Teams breaks a line within a text. */
function elementOf({ kind, runs }: Line): Element {
  const own = runs.length === 0 ? [{ text: " " }] : runs;
  const marked = kind === "bullet"
    ? [{ text: "• " }, ...own]
    : kind === "quote"
    ? [{ text: "│ " }, ...own]
    : own;
  return { ...paragraphOf(marked), spacing: "None" };
}

function paragraphOf(runs: readonly Run[], look: Element = {}): Element {
  return {
    type: "RichTextBlock",
    inlines: runs.map(({ text, bold, italic, code, url }) => ({
      type: "TextRun",
      text,
      ...look,
      ...bold ? { weight: "Bolder" } : {},
      ...italic ? { italic: true } : {},
      ...code ? { fontType: "Monospace" } : {},
      ...url === undefined ? {} : { selectAction: { type: "Action.OpenUrl", url } },
    })),
  };
}
