import { type AuthoredMessage, cut, type Member, type Message, utf8Bytes } from "../../relay/channel.ts";
import { fieldsIn } from "../_answers/json.ts";

/** The part of the config that decides the content of a robot's message. */
interface RobotOptions {
  readonly form: "markdown" | "text";
  readonly mentions: "none" | "members" | "all";
}

/** In bytes of UTF-8: https://developer.work.weixin.qq.com/document/path/91770 */
const CONTENT_BYTES = { text: 2_048, markdown: 4_096 };

/** Our choice, because the page names no number: the most people mentioned in one message. */
export const MENTIONS = 50;

/** Our choice: bytes of a markdown message for mentions. */
const MENTIONS_BYTES = 1_000;

/** Our choice: bytes of a text for the count of people over the limit. */
const MORE_BYTES = 20;

/** The form of a message: only a text can mention everybody. */
export function formOf({ form, mentions }: RobotOptions): "markdown" | "text" {
  return mentions === "all" ? "text" : form;
}

function roomForCalls(config: RobotOptions): number {
  if (config.mentions !== "members") return 0;
  return callsInText(config) ? MENTIONS_BYTES : MORE_BYTES;
}

function callsInText(config: RobotOptions): boolean {
  return config.mentions === "members" && formOf(config) === "markdown";
}

/** The size limit of a body, in bytes of UTF-8. */
export function roomOf(config: RobotOptions): number {
  return CONTENT_BYTES[formOf(config)] - roomForCalls(config);
}

/** The content of a robot's message; the sender's own WeCom message unchanged. */
export function contentOf(config: RobotOptions, message: Message): unknown {
  const { authored, plain } = message;
  const asWritten = authored && !plain ? authoredOf(config, message, authored) : undefined;
  if (asWritten !== undefined) return asWritten;
  return plain || formOf(config) === "text" ? textOf(config, message) : markdownOf(config, message);
}

/** The sender's message in its original type; `undefined` if that type cannot hold the relay's additions. */
function authoredOf(config: RobotOptions, message: Message, authored: AuthoredMessage): unknown {
  const { form, text, notes, content } = authored;
  const end = notes === "" ? "" : `\n\n${notes}`;
  switch (form) {
    case "text": {
      const { more, ...lists } = listsOf(config, message, authored);
      return { msgtype: "text", text: { content: withEnd(text, end + more, CONTENT_BYTES.text), ...lists } };
    }
    case "markdown": {
      const calls = config.mentions === "members" ? callsOf(message.recipients) : "";
      return { msgtype: form, [form]: { content: withEnd(text, end + (calls && `\n\n${calls}`)) } };
    }
    case "markdown_v2": // mentions nobody
      return { msgtype: form, [form]: { content: withEnd(text, end) } };
    case "native":
      return content === undefined || notes !== "" ? undefined : fieldsIn(content);
    default:
      return undefined;
  }
}

function withEnd(text: string, end: string, bytes: number = CONTENT_BYTES.markdown): string {
  return cut(text, { bytes: bytes - utf8Bytes(end) }) + end;
}

function textOf(config: RobotOptions, message: Message): unknown {
  const { more, ...lists } = listsOf(config, message);
  return { msgtype: "text", text: { content: bodyOf(message) + more, ...lists } };
}

/** The people whom a text mentions: the sender's, and the config's. `more` counts those over the limit. */
function listsOf(
  { mentions }: RobotOptions,
  { recipients }: Message,
  { mentions: written }: Partial<AuthoredMessage> = {},
): { readonly more: string } & Readonly<Record<string, unknown>> {
  if (mentions === "all" || written?.all) return { more: "", mentioned_list: ["@all"] };
  const known = mentions === "members" ? recipients.filter(({ wecom, mobile }) => wecom || mobile) : [];
  const people = known.slice(0, MENTIONS);
  const others = people.filter(({ wecom }) => !wecom);
  return {
    more: moreOf(known.length - people.length, "\n@"),
    ...listOf("mentioned_list", [...written?.users ?? [], ...people.map(({ wecom }) => wecom)]),
    ...listOf("mentioned_mobile_list", [...written?.mobiles ?? [], ...others.map(({ mobile }) => mobile)]),
  };
}

function markdownOf(config: RobotOptions, message: Message): unknown {
  const calls = callsInText(config) ? callsOf(message.recipients) : "";
  const end = calls === "" ? "" : `\n\n${calls}`;
  return { msgtype: "markdown", markdown: { content: bodyOf(message) + end } };
}

/** As many mentions as fit. A user id has letters, digits and `_-@.`; other characters would be markup. */
function callsOf(people: readonly Member[]): string {
  const known = people.filter(({ wecom = "" }) => /^[\w.@-]+$/.test(wecom)).map(({ wecom }) => `<@${wecom}>`);
  let count = Math.min(known.length, MENTIONS);
  const calls = (): string => known.slice(0, count).join(" ") + moreOf(known.length - count, " ");
  while (utf8Bytes(calls()) > MENTIONS_BYTES - 2) count--;
  return calls();
}

/** The count of people over the limit: `… +7`. */
function moreOf(count: number, before: string): string {
  return count > 0 ? `${before}… +${count}` : "";
}

/** WeCom refuses an empty content. */
function bodyOf({ body, title, severity }: Message): string {
  return body.trim() === "" ? title.trim() || severity : body;
}

function listOf(name: string, values: readonly (string | undefined)[]): Record<string, unknown> {
  const known = new Set(values.filter((value) => value !== undefined && value !== ""));
  return known.size === 0 ? {} : { [name]: [...known] };
}
