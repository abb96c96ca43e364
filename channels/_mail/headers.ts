/**
 * The headers of a mail, both for SMTP and for providers over HTTP.
 *
 * @module
 */
import { cut, type Message } from "../../relay/channel.ts";
import { WORDS_CHARS } from "./people.ts";

/** The subject. It does not contain the status, so that mail readers show firing and resolved in one thread. */
export function subjectOf({ subject, name, severity }: Message, { chars = WORDS_CHARS } = {}): string {
  return cut(subject || name || severity, { chars });
}

/** The id that all mails of a thread refer to. A mail of this id was never sent; readers join them all the same. */
export function threadOf({ thread }: Message, domain: string): string {
  return `<thread-${idPart(thread)}@${domain}>`;
}

/** Headers for programs that read mail. `domain`: the sender's. */
export function headersOf(
  { group, status, severity }: Message,
  domain: string,
): Readonly<Record<string, string>> {
  const isUrgent = status === "firing" && severity === "critical";
  return {
    "Auto-Submitted": "auto-generated", // no "I am on holiday": https://www.rfc-editor.org/rfc/rfc3834
    "X-Auto-Response-Suppress": "All", // the same for Exchange
    "List-Id": listId(group, domain),
    "X-Fenghuo-Status": status, // for the filters of mail readers
    "X-Fenghuo-Severity": severity,
    ...isUrgent ? { "Importance": "high", "X-Priority": "1 (Highest)" } : {},
  };
}

/** The text without the characters that the id of a mail must not contain unquoted: mail readers do not accept quotes there. */
export function idPart(text: string): string {
  return text.replace(/[^\w.-]+/g, "_") || "_";
}

/** The group, for the filters of mail readers: https://www.rfc-editor.org/rfc/rfc2919 */
function listId(group: string, domain: string): string {
  const labels = group.split("/").map((part) =>
    part.toLowerCase().replace(/[^\w-]/gu, (letter) => `=${letter.codePointAt(0)!.toString(16)}`)
  );
  return `<${labels.join(".").slice(0, WORDS_CHARS)}.fenghuo.${domain}>`;
}
