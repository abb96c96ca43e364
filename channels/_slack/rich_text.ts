/**
 * Slack's rich text. Its mrkdwn cannot escape `*` and `_`, so a value could become markup; in rich text a value is
 * data: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 *
 * @module
 */
import { type Line, linesOf, type Run } from "../_chat/rich_text.ts";

/** A part of a line. */
export type RichTextElement =
  | { readonly type: "text"; readonly text: string; readonly style?: RichTextStyle }
  | { readonly type: "link"; readonly url: string; readonly text: string; readonly style?: RichTextStyle }
  | { readonly type: "user"; readonly user_id: string }
  | { readonly type: "broadcast"; readonly range: "here" | "channel" };

type RichTextStyle = Omit<Run, "text" | "url">;

interface Section {
  readonly type: "rich_text_section" | "rich_text_quote";
  readonly elements: readonly RichTextElement[];
}

/** A part of a rich text. */
export type RichTextPart = Section | {
  readonly type: "rich_text_list";
  readonly style: "bullet";
  readonly elements: readonly Section[];
};

/** The text that Slack shows in a notification, where only three characters are special. */
export function plainText(text: string): string {
  return text.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]!);
}

/** Reads a body that was printed through `RICH_TEXT`; an empty one has no parts. */
export function richTextOf(body: string): RichTextPart[] {
  return groupsOf(linesOf(body)).flatMap(([kind, lines]): RichTextPart[] => {
    const rows = lines.map(({ runs }) => runs.map(elementOf));
    if (kind === "bullet") {
      const elements = rows.map((elements): Section => ({ type: "rich_text_section", elements }));
      return [{ type: "rich_text_list", style: "bullet", elements }];
    }
    const elements = joinedTexts(
      rows.flatMap((row, at) => at === 0 ? row : [{ type: "text", text: "\n" } as const, ...row]),
    );
    const isBlank = elements.every((element) => "text" in element && element.text.trim() === "");
    return isBlank ? [] : [{ type: kind === "quote" ? "rich_text_quote" : "rich_text_section", elements }];
  });
}

/** Merges unstyled texts that follow each other; otherwise a text of many lines would have thousands of elements. */
function joinedTexts(elements: readonly RichTextElement[]): RichTextElement[] {
  const joined: RichTextElement[] = [];
  for (const element of elements) {
    const last = joined.at(-1);
    if (isBareText(last) && isBareText(element)) {
      joined[joined.length - 1] = { type: "text", text: last.text + element.text };
    } else {
      joined.push(element);
    }
  }
  return joined;
}

function isBareText(
  element: RichTextElement | undefined,
): element is Extract<RichTextElement, { type: "text" }> {
  return element?.type === "text" && element.style === undefined;
}

/** Lines of one kind that follow each other. */
function groupsOf(lines: readonly Line[]): [Line["kind"], Line[]][] {
  const groups: [Line["kind"], Line[]][] = [];
  for (const line of lines) {
    const last = groups.at(-1);
    if (last?.[0] === line.kind) last[1].push(line);
    else groups.push([line.kind, [line]]);
  }
  return groups;
}

function elementOf({ text, url, ...style }: Run): RichTextElement {
  const shown = Object.keys(style).length === 0 ? {} : { style };
  return url === undefined ? { type: "text", text, ...shown } : { type: "link", url, text, ...shown };
}
