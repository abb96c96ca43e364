/**
 * The variables of a template of text messages or calls, which a vendor has approved: the relay may only fill them in.
 *
 * @module
 */
import { cut, type Message, type MessageAlert, z } from "../../relay/channel.ts";

/** The fields of a message that a variable may contain. */
const FIELDS: Readonly<Record<string, (message: Message) => string>> = {
  title: ({ title }) => title,
  name: (message) => worstOf(message)?.title ?? message.name,
  severity: ({ words }) => words.severity,
  status: ({ words }) => words.status,
  object: (message) => worstOf(message)?.object?.text ?? "",
  text: (message) => worstOf(message)?.text ?? "",
  began: (message) => worstOf(message)?.words.began ?? "",
  group: ({ group }) => group,
  count: (message) => String(countOf(message)),
};

const FIELD = /\{(\w*)\}/g;

/** The fields as a variable names them: `{title}, {name}, …`. */
export const FIELD_NAMES: string = Object.keys(FIELDS).map((name) => `{${name}}`).join(", ");

/** The schema of one variable: a text with fields, such as `{severity} {name}`. */
export const pattern: z.ZodString = z.string().min(1).refine(
  (text) => [...text.matchAll(FIELD)].every(([, name]) => Object.hasOwn(FIELDS, name!)),
  `may only have the fields ${FIELD_NAMES}`,
);

/** Fields of the worst alert: if there are several alerts, the others are counted after the value. */
const ABOUT_ONE = /\{(?:name|object|text|began)\}/;

/** The values of variables: without characters that carriers refuse, and within this many characters each. */
export function valuesOf(
  patterns: readonly string[],
  message: Message,
  { chars }: { chars: number },
): string[] {
  const clean = message.plain ? plainest : printable;
  const others = countOf(message) - 1;
  return patterns.map((pattern) => {
    const filled = pattern.replaceAll(FIELD, (_, name: string) => FIELDS[name]!(message));
    const more = others > 0 && ABOUT_ONE.test(pattern) ? ` +${others}` : "";
    const value = cut(clean(filled), { chars: chars - more.length }) + more;
    return value.trim() || "-"; // an empty value is refused
  });
}

/** The values of named variables as a JSON object, for Aliyun; `undefined` if there are none. */
export function namedValuesOf(
  patterns: Readonly<Record<string, string>>,
  message: Message,
  limit: { chars: number },
): string | undefined {
  const names = Object.keys(patterns);
  if (names.length === 0) return undefined;
  const values = valuesOf(Object.values(patterns), message, limit);
  return JSON.stringify(Object.fromEntries(names.map((name, index) => [name, values[index]])));
}

/** The alert that gives the message its status and its severity. */
function worstOf({ alerts, status, severity }: Message): MessageAlert | undefined {
  return alerts.find((alert) => alert.status === status && alert.severity === severity) ?? alerts[0];
}

/** The number of alerts in the message. */
function countOf({ digest, alerts }: Message): number {
  return digest?.alerts ?? alerts.length;
}

/** One line, without pictures, and without the brackets that mark a signature. */
function printable(text: string): string {
  return text.toWellFormed()
    .replace(/[\p{Extended_Pictographic}\p{Emoji_Modifier}\u200d\ufe0f\ufffd]/gu, "")
    .replaceAll("【", "[").replaceAll("】", "]")
    .replace(/[\p{C}\s]+/gu, " ").trim();
}

/** For the last attempt: letters and digits only. */
function plainest(text: string): string {
  return printable(text).replace(/[^\p{L}\p{N}%-]+/gu, " ").trim();
}
