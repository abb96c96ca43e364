import type { Alert, AuthoredForm } from "../domain/alert.ts";
import { plainFromMarkdown } from "./chat_markup.ts";
import { withoutMentionTags } from "./mention_tags.ts";

/** An alert's text without the markup in which its sender wrote it. */
export function plainText({ text, authored }: Pick<Alert, "text" | "authored">): string {
  return authored === undefined ? text : withoutMarkup(text, authored.form);
}

/** A text of this form without markup. Mentions are `@name`. */
export function withoutMarkup(text: string, form: AuthoredForm): string {
  const hasMarkup = form !== "text" && form !== "link";
  return withoutMentionTags(hasMarkup ? plainFromMarkdown(text) : text, () => undefined);
}
