/**
 * The body of a request to a DingTalk robot, in each of its message types.
 * Source: https://open.dingtalk.com/document/orgapp/robot-message-type
 *
 * @module
 */
import type { AuthoredMessage, MarkdownFlavour, Member, Message, MessageAlert } from "../../relay/channel.ts";

/** The part of a robot's config that decides the look of a message. */
export interface RobotMessageOptions {
  readonly form: "markdown" | "text" | "link" | "actionCard" | "feedCard";
  readonly mentions: "none" | "members" | "all";
  readonly keyword?: string | undefined;
}

/** The body of the request, less its `msgUuid`. */
export type RobotContent = { readonly msgtype: string } & Readonly<Record<string, unknown>>;

/** DingTalk refuses over 20,000 bytes (460101, seen in the field); we stop at 18,000, `msgUuid` included. */
const CONTENT_BYTES = 17_800;

/** People mentioned in one message: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
export const MENTIONS = 50;

/** Our choice: mentions and links leave this much room for the text. */
const MENTIONS_BYTES = 7_000;
const LINKS_BYTES = 5_000;

/** Our choice: the title of a link, and a line of a feed card. */
const TITLE_CHARS = 100;
const LINE_CHARS = 200;

/** DingTalk draws no tables, no code, and headings too large for a chat: the page above. */
export const DINGTALK_MARKDOWN: MarkdownFlavour = {
  draws: ["heading", "bold", "italic", "link", "image", "quote", "list"],
};

/** Each form, with the nearest form for content that it cannot hold. */
const FORMS: Readonly<
  Record<RobotMessageOptions["form"], (shape: RobotMessageOptions, message: Message) => RobotContent>
> = {
  text: textOf,
  markdown: markdownOf,
  link: (shape, message) => linkOf(shape, message) ?? textOf(shape, message),
  actionCard: (shape, message) => actionCardOf(shape, message) ?? markdownOf(shape, message),
  feedCard: (shape, message) => feedCardOf(shape, message) ?? textOf(shape, message),
};

/**
 * The content to post: the sender's own DingTalk message unchanged; plain text after the vendor refused the message.
 */
export function contentOf(shape: RobotMessageOptions, message: Message): RobotContent {
  const { authored, plain } = message;
  const asWritten = authored && !plain ? AUTHORED[authored.form]?.(shape, message, authored) : undefined;
  return asWritten ?? FORMS[plain ? "text" : shape.form](shape, message);
}

/** The sender's message in its original type; `undefined` if that type cannot hold it any more. */
const AUTHORED: Readonly<
  Partial<
    Record<
      AuthoredMessage["form"],
      (shape: RobotMessageOptions, message: Message, authored: AuthoredMessage) => RobotContent | undefined
    >
  >
> = {
  text: (shape, message, authored) =>
    fitted(authored.text, (text) => ({
      msgtype: "text",
      text: { content: withNotes(authored, withKeyword(shape, text, "\n")) },
      ...callsOf(shape, message, authored),
    })),
  markdown: (shape, message, authored) =>
    fitted(authored.text, (text) => ({
      msgtype: "markdown",
      markdown: {
        title: titleOf({ ...message, title: authored.title }),
        text: withNotes(authored, withKeyword(shape, text, "\n\n")),
      },
      ...callsOf(shape, message, authored),
    })),
  link: (shape, message, authored) => {
    const [link] = within(LINKS_BYTES, authored.links, bytesOf);
    const title = withKeyword(shape, titleOf({ ...message, title: authored.title }), " ");
    return link && fitted(authored.text, (text) => ({
      msgtype: "link",
      link: {
        title,
        text: withNotes(authored, text),
        messageUrl: link.url,
        picUrl: authored.picture ?? "",
      },
    }));
  },
  actionCard: (shape, message, authored) => {
    const [link, ...others] = within(LINKS_BYTES, authored.links, bytesOf);
    const more = moreThan(1 + others.length, authored.links);
    if (link === undefined) return AUTHORED.markdown!(shape, message, authored);
    const title = withKeyword(shape, titleOf({ ...message, title: authored.title }), " ");
    const orientation = { btnOrientation: authored.sideBySide ? "1" : "0" };
    const buttons = others.length === 0
      ? { singleTitle: link.title, singleURL: link.url }
      : { btns: [link, ...others].map(({ title, url }) => ({ title, actionURL: url })) };
    return fitted(authored.text, (text) => ({
      msgtype: "actionCard",
      actionCard: { title, text: withNotes(authored, text) + more, ...orientation, ...buttons },
      ...callsOf(shape, message, authored),
    }));
  },
  feedCard: (shape, _message, { links }) => {
    const lines = links.map(({ title, url, picture }, index) => ({
      title: index === 0 ? withKeyword(shape, title, " ") : title,
      messageURL: url,
      picURL: picture,
    }));
    const content = { msgtype: "feedCard", feedCard: { links: lines } };
    return bytesOf(content) <= CONTENT_BYTES ? content : undefined;
  },
};

/** The relay's additions follow the sender's own text. */
function withNotes({ notes }: AuthoredMessage, text: string): string {
  return notes === "" ? text : `${text}\n\n${notes}`;
}

/** The people in the sender's own mentions, in its spelling, and those of the robot's config. */
function callsOf(
  shape: RobotMessageOptions,
  message: Message,
  { mentions }: AuthoredMessage,
): { at?: unknown } {
  const { at: configured } = mentionsOf(shape, message).at as { at?: At };
  if (mentions === undefined && configured === undefined) return {};
  const both = (ours: readonly string[] = [], theirs: readonly string[] = []): string[] => [
    ...new Set([...theirs, ...ours]),
  ];
  const atMobiles = both(configured?.atMobiles, mentions?.mobiles).slice(0, MENTIONS);
  const atUserIds = both(configured?.atUserIds, mentions?.users).slice(0, MENTIONS - atMobiles.length);
  const isAtAll = (mentions?.all ?? false) || (configured?.isAtAll ?? false);
  return { at: { atMobiles, atUserIds, isAtAll } };
}

interface At {
  readonly atMobiles?: readonly string[];
  readonly atUserIds?: readonly string[];
  readonly isAtAll: boolean;
}

function textOf(shape: RobotMessageOptions, message: Message): RobotContent {
  const { marks, at } = mentionsOf(shape, message);
  return fitted(bodyOf(message), (text) => ({
    msgtype: "text",
    text: { content: withKeyword(shape, text, "\n") + (marks && `\n${marks}`) },
    ...at,
  }));
}

function markdownOf(shape: RobotMessageOptions, message: Message): RobotContent {
  const { marks, at } = mentionsOf(shape, message);
  return fitted(bodyOf(message), (text) => ({
    msgtype: "markdown",
    markdown: { title: titleOf(message), text: withKeyword(shape, text, "\n\n") + (marks && `\n\n${marks}`) },
    ...at,
  }));
}

/** One alert and its first link. A link cannot show a digest. */
function linkOf(
  shape: RobotMessageOptions,
  { alerts: [alert, ...others], digest }: Message,
): RobotContent | undefined {
  if (digest) return undefined;
  const [link] = within(LINKS_BYTES, alert?.links ?? [], bytesOf);
  if (alert === undefined || link === undefined || others.length > 0) return undefined;
  const title = withKeyword(shape, titleOf(alert), " ");
  // A card has room for the details; the sender's description contains them, if there is one.
  const { description } = alert.annotations;
  const details = statusOf(alert) + (description || alert.text || alert.title);
  return fitted([alert.resent, details].filter(Boolean).join(" · "), (text) => ({
    msgtype: "link",
    link: { title, text, messageUrl: link.url, picUrl: "" },
  }));
}

/** A markdown text whose links are buttons. */
function actionCardOf(shape: RobotMessageOptions, message: Message): RobotContent | undefined {
  const links = message.buttons ?? message.links;
  const [link, ...others] = within(LINKS_BYTES, links, bytesOf);
  if (link === undefined) return undefined;
  const more = moreThan(1 + others.length, links);
  const buttons = others.length === 0
    ? { singleTitle: link.title, singleURL: link.url }
    : { btnOrientation: "0", btns: [link, ...others].map(({ title, url }) => ({ title, actionURL: url })) };
  const title = withKeyword(shape, titleOf(message), " ");
  const { marks, at } = mentionsOf(shape, message);
  return fitted(bodyOf(message), (text) => ({
    msgtype: "actionCard",
    actionCard: { title, text: text + more + (marks && `\n\n${marks}`), ...buttons },
    ...at,
  }));
}

/** `… +3` for the buttons that do not fit on a card. */
function moreThan(shown: number, { length }: readonly unknown[]): string {
  return length > shown ? `\n\n… +${length - shown}` : "";
}

/** A line for each alert. All of them or none: otherwise an alert without a link, or beyond the size, would be lost. */
function feedCardOf(shape: RobotMessageOptions, { alerts, digest }: Message): RobotContent | undefined {
  if (digest) return undefined; // it speaks of more alerts than it has lines
  const links = alerts.flatMap((alert, index) => {
    const title = index === 0 ? withKeyword(shape, lineOf(alert), " ") : lineOf(alert);
    return alert.links.slice(0, 1).map(({ url }) => ({ title, messageURL: url, picURL: "" }));
  });
  const content = { msgtype: "feedCard", feedCard: { links } };
  const complete = links.length > 0 && links.length === alerts.length;
  return complete && bytesOf(content) <= CONTENT_BYTES ? content : undefined;
}

/** The `at` object, and the marks in the text without which no phone rings; `… +7` counts the people over the limit. */
function mentionsOf(
  { mentions }: RobotMessageOptions,
  { recipients }: Message,
): { marks: string; at: { at?: unknown } } {
  if (mentions === "all") return { marks: "", at: { at: { isAtAll: true } } };
  const known = mentions === "members" ? recipients.filter((member) => handleOf(member) !== "") : [];
  const twice = (member: Member): number => 2 * bytesOf(handleOf(member)) + 1; // in `at`, and in the text
  const people = within(MENTIONS_BYTES, known.slice(0, MENTIONS), twice);
  if (people.length === 0) return { marks: "", at: {} };
  const atUserIds = people.filter(({ dingtalk }) => dingtalk).map(handleOf);
  const atMobiles = people.filter(({ dingtalk }) => !dingtalk).map(handleOf);
  const more = known.length - people.length;
  const marks = people.map((member) => `@${handleOf(member)}`).join(" ") + (more > 0 ? ` … +${more}` : "");
  return { marks, at: { at: { atUserIds, atMobiles, isAtAll: false } } };
}

/** DingTalk's id of a person: the user id, or else the mobile number. */
function handleOf({ dingtalk, mobile }: Member): string {
  return dingtalk || mobile || "";
}

/** A robot with a keyword refuses a text without it. It comes first, so that it is never truncated. */
function withKeyword({ keyword = "" }: RobotMessageOptions, text: string, gap: string): string {
  return text.includes(keyword) ? text : keyword + gap + text;
}

/** DingTalk refuses an empty title, and an empty text. */
function titleOf({ title, severity }: Pick<Message, "title" | "severity">): string {
  return clipped(title.trim() || severity, TITLE_CHARS);
}

function bodyOf(message: Message): string {
  return message.body.trim() === "" ? titleOf(message) : message.body;
}

function lineOf(alert: MessageAlert): string {
  const { title, text, resent, object } = alert;
  const [firstLine = ""] = text.split("\n", 1);
  const where = object?.text ?? "";
  const isNamed = where !== "" && `${title}\n${firstLine}`.includes(where);
  const words = [resent, statusOf(alert) + title, isNamed ? "" : where, firstLine === title ? "" : firstLine];
  return clipped(words.filter(Boolean).join(" · "), LINE_CHARS);
}

/** `firing: `; empty if the sender gave no status. */
function statusOf({ status, statusAssumed }: MessageAlert): string {
  return statusAssumed ? "" : `${status}: `;
}

/** The content that `build` makes of the text, truncated to fit the limit. */
function fitted(text: string, build: (text: string) => RobotContent): RobotContent {
  const room = CONTENT_BYTES - bytesOf(build(""));
  if (bytesOf(text) <= room) return build(text);
  const kept = within(
    room - ELLIPSIS_BYTES,
    Array.from(text),
    (character) => bytesOf(character) - QUOTES_BYTES,
  );
  return build(`${kept.join("")}…`);
}

function clipped(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** The first items whose total weight is at most `most`. */
function within<T>(most: number, items: readonly T[], weigh: (item: T) => number): T[] {
  let weight = 0;
  const end = items.findIndex((item) => (weight += weigh(item)) > most);
  return items.slice(0, end === -1 ? items.length : end);
}

/** The size of a value as JSON, in bytes of UTF-8. */
function bytesOf(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}

const encoder = new TextEncoder();
const QUOTES_BYTES = 2;
const ELLIPSIS_BYTES = 3;
