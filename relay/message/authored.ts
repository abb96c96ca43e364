/**
 * A message that its sender wrote for a vendor's robot: sent unchanged to that vendor, and converted for any other.
 *
 * @module
 */
import type { Alert, Authored } from "../domain/alert.ts";
import type { AuthoredLink, AuthoredMessage, MessageAlert } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import { oneLine, printable } from "../base/text.ts";
import { isWebAddress } from "../base/web_address.ts";
import { commonMarkdown, plainFromMarkdown } from "./chat_markup.ts";
import { translator } from "./locale.ts";
import { withoutMentionTags } from "./mention_tags.ts";
import { LOOK_ALIKES, type MarkdownSyntax } from "./markdown.ts";
import { messageData } from "./template_data.ts";

/** An alert's text: plain and, if its sender wrote markup, as markdown that every vendor renders. */
export function wordsOf(
  alert: Alert,
  group: Group,
  syntax: MarkdownSyntax = LOOK_ALIKES,
): Pick<MessageAlert, "text" | "markdown" | "authored"> {
  if (alert.authored === undefined) return { text: printable(alert.text).trim() };
  const text = withNames(alert.authored, group)(printable(alert.text)).trim();
  const title = oneLine(alert.title);
  const calls = callsIn(alert, group);
  const join = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");
  switch (alert.authored.form) {
    case "text":
      return { authored: true, text: join(text, calls) };
    case "link": // its text is plain, and its title is part of the content
      return {
        authored: true,
        text: join(title, text),
        markdown: join(`**${syntax.escape(title)}**`, syntax.escape(text)),
      };
    case "feedCard":
      return { authored: true, text: title };
    default:
      return {
        authored: true,
        text: join(plainFromMarkdown(text), calls),
        markdown: join(syntax.apart(commonMarkdown(text, syntax)), syntax.escape(calls)),
      };
  }
}

/** Replaces the mentions in the text of a vendor that writes them as tags. */
function withNames({ markup }: Authored, { members, locale }: Group): (text: string) => string {
  if (markup === "dingtalk") return (text) => text;
  return (text) =>
    withoutMentionTags(
      text,
      (handle) =>
        /^@?all$/.test(handle)
          ? translator(locale)("message.everybody")
          : members.find((member) => member[markup] === handle || member.email === handle)?.name,
    );
}

/** The people whom the sender mentions outside the text, as `@name`; members by their names. */
function callsIn({ text, authored }: Alert, { members, locale }: Group): string {
  if (authored?.mentions === undefined) return "";
  const { markup, mentions: { mobiles, users, all } } = authored;
  const names = [
    ...mobiles.map((mobile) => [mobile, members.find((member) => member.mobile === mobile)] as const),
    ...users.map((user) => [user, members.find((member) => member[markup] === user)] as const),
  ].filter(([handle]) => !text.includes(`@${handle}`)).map(([handle, member]) => member?.name ?? handle);
  const everybody = all ? [translator(locale)("message.everybody")] : [];
  return oneLine([...everybody, ...names].map((name) => `@${name}`).join(" "));
}

/** The options of {@linkcode authoredMessage}. */
export interface AuthoredOptions {
  readonly group: Group;
  readonly rewrite: (url: string) => string | undefined;
  /** The vendor whose markup the channel sends unchanged. */
  readonly markup?: string | undefined;
}

/**
 * The message as its sender wrote it; `undefined` when it cannot be sent unchanged, because it was written for
 * another vendor, or the relay has to add information. `messageAlerts`: the same alerts, in the same order.
 */
export function authoredMessage(
  alerts: readonly Alert[],
  messageAlerts: readonly MessageAlert[],
  { group, rewrite, markup }: AuthoredOptions,
): AuthoredMessage | undefined {
  const [first] = alerts;
  const authored = first?.authored;
  if (!first || !authored || authored.markup !== markup) return undefined;
  const data = messageData(messageAlerts, group);
  const notes = [...data.alerts.map(({ note }) => note), data.recurrence, data.truncated, data.instead]
    .filter(Boolean);
  const links = alerts.map((alert) => linksOf(alert, { group, rewrite }));
  if (authored.form === "feedCard") {
    const isWhole = notes.length === 0 && links.every(({ length }) => length === 1) &&
      alerts.every((alert) => alert.authored?.form === "feedCard" && alert.authored.markup === markup);
    if (!isWhole) return undefined;
  } else if (alerts.length > 1 || first.verbatim !== true) return undefined;
  else if (authored.form === "native" && authored.content === undefined) return undefined; // it was too long
  return {
    form: authored.form,
    // For an alarm of OCP, the phone shows the event and its place; a person's text is unchanged.
    title: data.where === "" ? oneLine(first.title) : data.title,
    text: printable(first.text),
    links: links.flat(),
    notes: notes.join("\n"),
    ...authored.content === undefined ? {} : { content: withRewritten(authored.content, rewrite) },
    ...authored.picture === undefined ? {} : { picture: authored.picture },
    ...authored.sideBySide ? { sideBySide: true } : {},
    ...authored.mentions === undefined ? {} : { mentions: authored.mentions },
  };
}

/** A vendor's own message, with its addresses rewritten by the operator's rules. */
function withRewritten(content: string, rewrite: AuthoredOptions["rewrite"]): string {
  return JSON.stringify(JSON.parse(content, (_, value) => {
    if (typeof value !== "string" || /\s/.test(value) || !isWebAddress(value)) return value;
    const shown = rewrite(value);
    return shown === undefined || shown === URL.parse(value)?.href ? value : shown;
  }));
}

/** URLs that run code or read the reader's files. */
const SCRIPT = /^\s*(?:javascript|data|vbscript|file|blob):/i;

/** The sender's links, unchanged unless the operator's rules rewrite them. */
function linksOf(
  { title: alertTitle, links, authored }: Alert,
  { group, rewrite }: Pick<AuthoredOptions, "group" | "rewrite">,
): AuthoredLink[] {
  const t = translator(group.locale);
  return links.filter(({ url }) => !SCRIPT.test(url)).map(({ kind, url, title }) => {
    const shown = rewrite(url);
    const isRewritten = shown !== undefined && shown !== URL.parse(url)?.href;
    const words = authored?.form === "feedCard" ? oneLine(alertTitle) : title;
    return {
      title: words || t(`link.${kind}`),
      url: isRewritten ? shown : url,
      picture: authored?.picture ?? "",
    };
  });
}
