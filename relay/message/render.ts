import type { Labels } from "../domain/alert.ts";
import type { LabelledLink, Message, MessageAlert } from "../channel.ts";
import { COMMONMARK } from "../channel/markup.ts";
import { limitsOrDefault } from "../channel/options.ts";
import type { Group } from "../domain/group.ts";
import { authoredMessage } from "./authored.ts";
import {
  type Body,
  type BodyFormat,
  bodyFormat,
  type BodyFormatOptions,
  type MarkupFormat,
} from "./body_format.ts";
import { cutMarkup } from "./chat_markup.ts";
import { SHORTER } from "./groups.ts";
import { type Entry, type EntryOptions, messageAlert } from "./entry.ts";
import { largestFit } from "./fit.ts";
import { translator } from "./locale.ts";
import { mailOf } from "./mail.ts";
import { escapeMarkdown } from "./markdown.ts";
import { onCall } from "../domain/oncall.ts";
import { worst } from "../domain/severity.ts";
import {
  byImportance,
  type Detail,
  type MessageContext,
  type MessageData,
  messageData,
} from "./template_data.ts";
import { templateError, type Templates } from "./templates.ts";
import { languageOf } from "./words.ts";
import { cut, oneLine, utf8Bytes } from "../base/text.ts";

/** The options of {@linkcode render}. */
export interface RenderOptions extends EntryOptions, BodyFormatOptions {
  /** The links of a message about one subject are buttons. */
  readonly hasButtons?: boolean | undefined;
  /** The vendor whose markup the channel sends unchanged. */
  readonly markup?: string | undefined;
  readonly templates: Templates;
  /** The idempotency key of a message about these deliveries. */
  readonly messageId: (ids: readonly string[]) => string;
  /** The vendor refused the message as it was: make a short one of the first entry, without markup, labels and links. */
  readonly plain?: boolean | undefined;
}

/** A message, and how many of the entries, from the front, it covers. */
export interface Rendered {
  readonly message: Message;
  readonly count: number;
  /** Why a template failed: the message was then written without it. */
  readonly problem?: string;
  /** What the body was printed of, in a vendor's own markup: for a preview, by {@linkcode printMarkup}. */
  readonly commonmark?: string | undefined;
  /** For a digest: how many incidents it names, of how many. */
  readonly digest?: { readonly shown: number; readonly incidents: number };
}

/** A body for the vendor that refused the real one. */
const PLAIN_BYTES = 1_000;

/**
 * Writes the message for entries of one destination and one payload: as many of them, from the front, as the limits
 * allow. For a single alert that is too long, the data is cut, never the markup made from it.
 */
export function render(entries: readonly Entry[], options: RenderOptions): Rendered {
  const [first] = entries;
  if (first === undefined) throw new RangeError("Cannot render a message: there are no entries");
  if (options.plain === true) return renderPlain(first, options);

  const { alerts } = limitsOrDefault(options.limits);
  const format = bodyFormat(options);
  const { fillOf } = format;
  const messageAlerts: MessageAlert[] = [];
  const attempt = (count: number, detail: Detail): MessageDraft => {
    while (messageAlerts.length < count) {
      messageAlerts.push(messageAlert(entries[messageAlerts.length]!, { ...options, syntax: format.syntax }));
    }
    return draft(messageAlerts.slice(0, count), { ...options, format, detail });
  };

  const most = Math.min(entries.length, Math.max(1, alerts));
  let all = attempt(most, "full");
  // One message that names every object helps more than several with all details.
  for (const detail of most > 1 ? SHORTER : []) {
    if (fillOf(all.body) <= 1) break;
    all = attempt(most, detail);
  }
  const fill = fillOf(all.body);
  if (fill <= 1) return rendered(all, entries.slice(0, most), options);

  const names = largestFit(most, {
    make: (count) => attempt(count, "names"),
    fillOf: draftFill(format),
    fill,
  });
  if (names !== undefined && names.count > 1) {
    return rendered(names.made, entries.slice(0, names.count), options);
  }
  const one = attempt(1, "full");
  const fitting = fillOf(one.body) <= 1 ? one : shorten(one, { ...options, format });
  return rendered(fitting, entries.slice(0, 1), options);
}

/** The texts of a message whose size is not checked yet. */
interface MessageDraft {
  /** In the order of importance. */
  readonly alerts: readonly MessageAlert[];
  readonly links: readonly LabelledLink[];
  readonly title: string;
  readonly subject: string;
  readonly name: string;
  readonly body: Body;
  readonly buttons?: readonly LabelledLink[] | undefined;
  readonly problem?: string | undefined;
}

/** The options of a draft. */
interface DraftOptions extends RenderOptions {
  readonly format: BodyFormat;
  readonly detail?: Detail | undefined;
}

function draftFill({ fillOf }: BodyFormat): (draft: MessageDraft) => number {
  return ({ body }) => fillOf(body);
}

function draft(unsorted: readonly MessageAlert[], options: DraftOptions): MessageDraft {
  const { group, templates, format, hasButtons = false } = options;
  const alerts = unsorted.toSorted(byImportance);
  const context = contextOf(options);
  const all = messageData(alerts, group, context);
  const buttons = hasButtons ? buttonsOf(all) : undefined;
  const data = buttons ? messageData(alerts.map((alert) => ({ ...alert, links: [] })), group, context) : all;
  const problems: string[] = [];
  const written = (
    name: "title" | BodyFormat["kind"],
    path: string,
    fallback: (data: MessageData) => string,
  ): string => {
    try {
      const text = templates[name](data);
      if (text !== "") return text;
      problems.push(`Template "message/${path}" printed nothing`);
    } catch (error) {
      problems.push(`Template "message/${path}" failed: ${templateError(error)}`);
    }
    return fallback(data);
  };
  const title = oneLine(written("title", "title", ({ title }) => title));
  const { kind, path, escape, finish } = format;
  const body = finish(written(kind, path, (data) => escape(builtInBody(data))), title);
  const problem = problems.length > 0 ? problems.join("; ") : undefined;
  const { links } = all.groups[0]!;
  const subject = subjectOf(data, title, templates);
  return { alerts, title, subject, name: nameOf(data), links, body, buttons, problem };
}

/** Our limits: the number of buttons, and bytes of their addresses. */
const BUTTONS = 6;
const BUTTONS_BYTES = 3_000;

/** The links of the only group of a message, if buttons can hold them. */
function buttonsOf({ groups: [group, ...others] }: MessageData): readonly LabelledLink[] | undefined {
  const links = group!.links.map(({ title, url }) => ({ title, url }));
  const { verbatim, authored } = group!.items[0]!.alert;
  const areShown = others.length === 0 && links.length > 0 && (!verbatim || authored);
  const fit = links.length <= BUTTONS && utf8Bytes(links.map(({ url }) => url).join()) <= BUTTONS_BYTES;
  return areShown && fit ? links : undefined;
}

/** The subject of a mail: an operator's own title template also writes it. */
export function subjectOf({ subject }: MessageData, title: string, { overrides }: Templates): string {
  return overrides.has("message/title") ? title : subject;
}

/** What the data of a message depends on. */
export function contextOf(
  { now, labelRules, format, detail, publicUrl, group }: RenderOptions & Partial<DraftOptions>,
): MessageContext {
  return {
    now,
    labelRules,
    syntax: format?.syntax,
    isShort: format?.isShort,
    detail,
    list: publicUrl && `${publicUrl}/incidents?${new URLSearchParams({ group: group.id })}`,
  };
}

/** Without the instance: the sender's group may hold other alerts tomorrow. */
function nameOf({ alerts, t }: MessageData): string {
  const { title } = alerts[0]!;
  return alerts.every((alert) => alert.title === title) ? title : t("message.others", { title });
}

/** The built-in text of a message, without a template. */
function builtInBody({ title, summary, alerts, groups }: MessageData): string {
  const [alert] = alerts as readonly [MessageData["alerts"][number]];
  const isOne = groups.length === 1;
  const lines = (...texts: readonly string[]): string => texts.filter(Boolean).join("\n");
  const dotted = (...texts: readonly string[]): string => texts.filter(Boolean).join(" · ");
  const blocks = groups.map(({ mark, head, state, items, isList, run, summary }) =>
    lines(
      dotted(...isOne ? [title, state] : [mark + head, state]),
      ...isList ? items.map(({ text, says }) => dotted(text, says)) : [run],
      summary,
    )
  );
  return alerts.length === 1 && alert.verbatim
    ? lines(alert.text, alert.note, ...linesOfLinks(alert))
    : [...isOne ? [] : [dotted(title, summary)], ...blocks].join("\n\n");
}

function linesOfLinks({ authored, links }: MessageAlert): string[] {
  return authored ? links.map(({ title, url }) => `${title}: ${url}`) : [];
}

/** The parts that may be removed from an alert to make room for its text, the least important first. */
const SACRIFICES: readonly ((alert: MessageAlert) => MessageAlert)[] = [
  (alert) => alert,
  (alert) => ({ ...alert, labels: cutLabels(alert.labels, { labels: 10, chars: 60 }) }),
  (alert) => ({
    ...alert,
    labels: whereOnly(alert),
    annotations: {},
    links: alert.links.slice(0, 1),
  }),
  (alert) => ({ ...bareOf(alert), title: cut(alert.title, { chars: 80 }) }),
];

/** An alert keeps at least this many characters of its text: other parts are removed first. */
const LEAST_TEXT = 200;

/** A draft of the one alert that fits. */
function shorten({ alerts }: MessageDraft, options: DraftOptions): MessageDraft {
  const [alert] = alerts as readonly [MessageAlert];
  const { format } = options;
  const fillOf = draftFill(format);
  const most = Math.max(alert.text.length, alert.markdown?.length ?? 0);
  const writer = (rest: MessageAlert) => (chars: number): MessageDraft =>
    draft([withText(rest, alert, chars)], options);
  for (const sacrifice of SACRIFICES) {
    const make = writer(sacrifice(alert));
    const whole = make(most);
    const fill = fillOf(whole);
    if (fill <= 1) return whole;
    if (fillOf(make(Math.min(LEAST_TEXT, most))) > 1) continue;
    const longest = largestFit(most, { make, fillOf, fill, tolerance: 0.02 });
    if (longest !== undefined) return longest.made;
  }
  const make = writer(SACRIFICES.at(-1)!(alert));
  const bare = make(0);
  if (fillOf(bare) <= 1) return largestFit(Math.min(LEAST_TEXT, most), { make, fillOf })?.made ?? bare;

  const text = builtInBody(messageData(alerts, options.group, contextOf(options)));
  const problem = `Template "message/${format.path}" does not fit into the limits, even with one short alert`;
  return { ...bare, body: cutToFit(text, { title: bare.title, format }), problem };
}

/** An alert with the start of another's text. */
function withText(rest: MessageAlert, { text, markdown }: MessageAlert, chars: number): MessageAlert {
  const short = { chars };
  return {
    ...rest,
    text: cut(text, short),
    ...markdown === undefined ? {} : { markdown: cutMarkup(markdown, short) },
  };
}

/** A body of as much of a plain text as fits. */
export function cutToFit(text: string, { title, format }: { title: string; format: BodyFormat }): Body {
  const make = (chars: number): Body => format.finish(format.escape(cut(text, { chars })), title);
  const whole = make(text.length);
  const fill = format.fillOf(whole);
  if (fill <= 1) return whole;
  return largestFit(text.length, { make, fillOf: format.fillOf, fill })?.made ?? { text: "" };
}

function renderPlain(entry: Entry, options: RenderOptions): Rendered {
  const { group } = options;
  const written = bodyFormat(plainly(options, PLAIN_BYTES));
  // Lines stay lines: most channels send a plain message as text.
  const format = written.kind === "markdown" ? { ...written, escape: escapeMarkdown } : written;
  const t = translator(group.locale);
  const alert = messageAlert(entry, options);
  // Vendors often refuse a message because of an address; people still find it in the alert's record.
  const withoutLinks = (text: string): string =>
    text.replace(/\bhttps?:\/\/[\x21-\x7e]+/gi, t("message.linkRemoved"));
  const { labels, object: _, ...bare } = bareOf(alert);
  const where = Object.entries(labels).map(([name, value]) => [name, withoutLinks(value)]);
  const plain = (chars: number): MessageDraft => {
    const text = cut(withoutLinks(alert.text), { chars });
    const title = cut(withoutLinks(alert.title), { chars: 80 });
    const alerts = [{ ...bare, title, text, labels: Object.fromEntries(where) }];
    const data = messageData(alerts, group, contextOf(options));
    // A channel that sends its plain messages as markdown shows no markup either.
    const body = format.finish(format.escape(builtInBody(data)), data.title);
    const words = { alerts, title: data.title, subject: data.subject, name: nameOf(data) };
    return { ...words, links: alerts[0]!.links, body };
  };
  const most = Math.min(PLAIN_BYTES, alert.text.length);
  const whole = plain(most);
  const fill = format.fillOf(whole.body);
  const longest = fill <= 1
    ? whole
    : largestFit(most, { make: plain, fillOf: draftFill(format), fill })?.made;
  if (longest !== undefined) return rendered(longest, [entry], options);
  const none = plain(0);
  const data = messageData(none.alerts, group, contextOf(options));
  return rendered(
    { ...none, body: cutToFit(builtInBody(data), { title: none.title, format }) },
    [entry],
    options,
  );
}

/** The limits of a message whose original the vendor refused. */
export function plainly(options: RenderOptions, bytes: number): RenderOptions {
  const { limits, flavour: _, ...rest } = options;
  return {
    ...rest,
    isTitleApart: false,
    limits: { ...limits, bodyBytes: Math.min(bytes, limits.bodyBytes ?? bytes) },
  };
}

function rendered(
  { alerts, title, subject, name, links, body, buttons, problem: textProblem }: MessageDraft,
  entries: readonly Entry[],
  options: RenderOptions,
): Rendered {
  const [first] = alerts as [MessageAlert];
  const { markupFormat } = options;
  const authored = options.plain
    ? undefined
    : authoredMessage(entries.map(({ alert }) => alert), alerts, options);
  const page = options.form === "html" && options.plain !== true
    ? mailOf(alerts, { ...options, context: contextOf(options) })
    : {};
  const problem = [textProblem, page.problem].filter((text) => text !== undefined).join("; ");
  const room = { chars: limitsOrDefault(options.limits).titleChars };
  const urgency = urgencyOf(alerts);
  const by = entries.find(({ alertId }) => alertId === first.id)?.by;
  const message: Message = {
    id: options.messageId(entries.map(({ id }) => id)),
    group: options.group.id,
    reason: first.reason,
    ...urgency,
    title: cut(title, room),
    subject: cut(oneLine(subject), room),
    name: cut(oneLine(name), room),
    thread: entries[0]!.alert.origin?.groupKey ?? first.fingerprint,
    body: body.text,
    ...page.html === undefined ? {} : { html: page.html },
    ...authored === undefined ? {} : { authored },
    alerts: markupFormat ? alerts.map((alert) => withCommonMark(alert, markupFormat)) : alerts,
    recipients: recipientsOf(options),
    links: (options.plain ? first.links : links).map(({ title, url }) => ({ title, url })),
    ...buttons === undefined ? {} : { buttons },
    ...languageOf(urgency, options.group, first),
    ...by === undefined ? {} : { by },
    plain: options.plain === true,
  };
  const { commonmark } = body;
  return {
    message,
    count: entries.length,
    ...problem === "" ? {} : { problem },
    ...commonmark === undefined ? {} : { commonmark },
  };
}

/** Outside of templates, an alert's markdown has no stand-ins. */
function withCommonMark(alert: MessageAlert, { printer }: MarkupFormat): MessageAlert {
  const { markdown } = alert;
  return markdown === undefined ? alert : { ...alert, markdown: printer.printMarkup(markdown, COMMONMARK) };
}

/** `firing` while any of the alerts fires; then the worst of those that do. */
export function urgencyOf(alerts: readonly MessageAlert[]): Pick<Message, "status" | "severity"> {
  const firing = alerts.filter(({ status }) => status === "firing");
  return {
    status: firing.length > 0 ? "firing" : "resolved",
    severity: worst((firing.length > 0 ? firing : alerts).map(({ severity }) => severity)),
  };
}

/** The members whom a message calls: those on call. */
export function recipientsOf({ group, now }: Pick<RenderOptions, "group" | "now">): Group["members"] {
  return onCall(group, now);
}

function cutLabels(labels: Labels, { labels: count, chars }: { labels: number; chars: number }): Labels {
  return Object.fromEntries(
    Object.entries(labels).slice(0, count).map(([name, value]) => [name, cut(value, { chars })]),
  );
}

/** An alert reduced to its title, its text and the labels that identify its object. */
function bareOf(alert: MessageAlert): MessageAlert {
  return { ...alert, labels: whereOnly(alert), annotations: {}, links: [] };
}

function whereOnly({ labels, object }: MessageAlert): Labels {
  const names = new Set(object?.parts.map(({ name }) => name));
  const identifying = Object.entries(labels).filter(([name]) => names.has(name));
  return cutLabels(Object.fromEntries(identifying), { labels: identifying.length, chars: 100 });
}
