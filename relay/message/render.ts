import type { Labels } from "../domain/alert.ts";
import type { Form, LabelledLink, Limits, MarkdownFlavour, Message, MessageAlert } from "../channel.ts";
import { limitsOrDefault } from "../channel/options.ts";
import type { Group } from "../domain/group.ts";
import { authoredMessage } from "./authored.ts";
import { cutMarkup } from "./chat_markup.ts";
import { SHORTER } from "./groups.ts";
import { type Entry, type EntryOptions, messageAlert } from "./entry.ts";
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
import { cut, fitsJson, jsonBytes, oneLine, printable, utf8Bytes } from "../base/text.ts";

/** The options of {@linkcode render}. */
export interface RenderOptions extends EntryOptions {
  readonly form: Form;
  readonly limits: Limits;
  /** The vendor's markdown, if it differs from the common one. */
  readonly flavour?: MarkdownFlavour | undefined;
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

  const { bodyBytes, alerts } = limitsOrDefault(options.limits);
  const messageAlerts: MessageAlert[] = [];
  const attempt = (count: number, detail: Detail): MessageDraft => {
    while (messageAlerts.length < count) {
      messageAlerts.push(messageAlert(entries[messageAlerts.length]!, options));
    }
    return draft(messageAlerts.slice(0, count), options, detail);
  };

  const most = Math.min(entries.length, Math.max(1, alerts));
  let all = attempt(most, "full");
  // One message that names every object helps more than several with all details.
  for (const detail of most > 1 ? SHORTER : []) {
    if (fitsJson(all.body, bodyBytes)) break;
    all = attempt(most, detail);
  }
  if (fitsJson(all.body, bodyBytes)) return rendered(all, entries.slice(0, most), options);

  let fitting: MessageDraft | undefined;
  let fits = 0;
  let tooMany = most;
  let next = Math.max(1, Math.min(most - 1, Math.floor(most * bodyBytes / jsonBytes(all.body))));
  while (tooMany - fits > 1) {
    const candidate = attempt(next, "names");
    const bytes = jsonBytes(candidate.body);
    if (bytes <= bodyBytes) [fits, fitting] = [next, candidate];
    else tooMany = next;
    // The next guess assumes alerts of equal size; if it gives no new bound, bisect.
    const guess = Math.floor(next * bodyBytes / bytes);
    next = guess > fits && guess < tooMany ? guess : (fits + tooMany) >> 1;
  }
  if (fits <= 1) fitting = attempt(1, "full");
  if (fitting === undefined || !fitsJson(fitting.body, bodyBytes)) {
    fitting = shorten(attempt(1, "full"), options, bodyBytes);
  }
  return rendered(fitting, entries.slice(0, fits || 1), options);
}

/** The texts of a message whose size is not checked yet. */
interface MessageDraft {
  /** In the order of importance. */
  readonly alerts: readonly MessageAlert[];
  readonly links: readonly LabelledLink[];
  readonly title: string;
  readonly subject: string;
  readonly name: string;
  readonly body: string;
  readonly buttons?: readonly LabelledLink[] | undefined;
  readonly problem?: string | undefined;
}

function draft(
  unsorted: readonly MessageAlert[],
  options: RenderOptions,
  detail: Detail = "full",
): MessageDraft {
  const { group, form, templates, flavour } = options;
  const alerts = unsorted.toSorted(byImportance);
  const context = { ...contextOf(options), detail };
  const all = messageData(alerts, group, context);
  const buttons = form === "markdown" && flavour?.buttons ? buttonsOf(all) : undefined;
  const data = buttons ? messageData(alerts.map((alert) => ({ ...alert, links: [] })), group, context) : all;
  const problems: string[] = [];
  const written = (name: "title" | "text" | "markdown", fallback: (data: MessageData) => string): string => {
    try {
      const text = templates[name](data);
      if (text !== "") return printable(text);
      problems.push(`Template "message/${name}" printed nothing`);
    } catch (error) {
      problems.push(`Template "message/${name}" failed: ${templateError(error)}`);
    }
    return fallback(data);
  };
  const title = written("title", ({ title }) => title);
  const common = written(form === "html" ? "text" : form, (data) => builtInBody(data, form));
  const body = form === "markdown" ? flavour?.write?.(common, { title: oneLine(title) }) || common : common;
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

/** A form with a smaller limit has no room for long addresses. */
const SHORT_BYTES = 5_000;

/** What the data of a message depends on. */
export function contextOf({ now, labelRules, limits, publicUrl, group }: RenderOptions): MessageContext {
  return {
    now,
    labelRules,
    isShort: (limits.bodyBytes ?? Infinity) < SHORT_BYTES,
    list: publicUrl && `${publicUrl}/incidents?${new URLSearchParams({ group: group.id })}`,
  };
}

/** Without the instance: the sender's group may hold other alerts tomorrow. */
function nameOf({ alerts, t }: MessageData): string {
  const { title } = alerts[0]!;
  return alerts.every((alert) => alert.title === title) ? title : t("message.others", { title });
}

/** The built-in text of a message, without a template. */
function builtInBody({ title, summary, alerts, groups }: MessageData, form: Form): string {
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
  const text = alerts.length === 1 && alert.verbatim
    ? lines(alert.text, alert.note, ...linesOfLinks(alert))
    : [...isOne ? [] : [dotted(title, summary)], ...blocks].join("\n\n");
  return form === "markdown" ? escapeMarkdown(text).replace(/\n+/g, "\n\n") : text;
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

/** An alert keeps at least this many bytes of its text: other parts are removed first. */
const LEAST_TEXT = 300;

/** A draft of the one alert that fits. */
function shorten({ alerts }: MessageDraft, options: RenderOptions, bodyBytes: number): MessageDraft {
  const [alert] = alerts as readonly [MessageAlert];
  const write = (alert: MessageAlert): MessageDraft => draft([alert], options);
  const bytesOf = ({ body }: MessageDraft): number => jsonBytes(body);

  let bare: MessageDraft | undefined;
  for (const sacrifice of SACRIFICES) {
    const rest = sacrifice(alert);
    bare = write({ ...rest, text: "", ...rest.markdown === undefined ? {} : { markdown: "" } });
    const allowed = bodyBytes - bytesOf(bare);
    if (allowed < Math.min(LEAST_TEXT, jsonBytes(alert.markdown ?? alert.text))) continue;
    // Markup may make a text longer than it is (`*` has one byte and `＊` three): then the room shrinks in proportion.
    for (let room = allowed; room > 0;) {
      const short = { bytes: room, measure: jsonBytes };
      const markdown = alert.markdown === undefined ? {} : { markdown: cutMarkup(alert.markdown, short) };
      const candidate = write({ ...rest, text: cut(alert.text, short), ...markdown });
      const used = bytesOf(candidate) - bytesOf(bare);
      if (used <= allowed) return candidate;
      room = Math.min(room - 1, Math.floor(room * allowed / used));
    }
  }
  if (bare !== undefined && bytesOf(bare) <= bodyBytes) return bare;

  const body = cut(builtInBody(messageData(alerts, options.group, contextOf(options)), options.form), {
    bytes: bodyBytes,
    measure: jsonBytes,
  });
  const problem = `Template "message/${options.form}" needs more than ${bodyBytes} bytes for one short alert`;
  return { ...(bare ?? write(alert)), body, problem };
}

function renderPlain(entry: Entry, options: RenderOptions): Rendered {
  const { group, form, limits } = options;
  const t = translator(group.locale);
  const alert = messageAlert(entry, options);
  // Vendors often refuse a message because of an address; people still find it in the alert's record.
  const withoutLinks = (text: string): string =>
    text.replace(/\bhttps?:\/\/[\x21-\x7e]+/gi, t("message.linkRemoved"));
  const bytes = Math.min(PLAIN_BYTES, limitsOrDefault(limits).bodyBytes);
  const plain = (textBytes: number): MessageDraft => {
    const text = cut(withoutLinks(alert.text), { bytes: textBytes, measure: jsonBytes });
    const title = cut(withoutLinks(alert.title), { chars: 80 });
    const { labels, object: _, ...bare } = bareOf(alert);
    const where = Object.entries(labels).map(([name, value]) => [name, withoutLinks(value)]);
    const alerts = [{ ...bare, title, text, labels: Object.fromEntries(where) }];
    const data = messageData(alerts, group, contextOf(options));
    const body = builtInBody(data, "text");
    // A channel that sends its plain messages as markdown shows no markup either.
    const words = { alerts, title: data.title, subject: data.subject, name: nameOf(data) };
    return { ...words, links: alerts[0]!.links, body: form === "markdown" ? escapeMarkdown(body) : body };
  };
  let room = bytes;
  let result = plain(room);
  for (; room > 1 && jsonBytes(result.body) > bytes; room >>= 1) result = plain(room);
  return rendered({ ...result, body: cut(result.body, { bytes, measure: jsonBytes }) }, [entry], options);
}

function rendered(
  { alerts, title, subject, name, links, body, buttons, problem: textProblem }: MessageDraft,
  entries: readonly Entry[],
  options: RenderOptions,
): Rendered {
  const [first] = alerts as [MessageAlert];
  const authored = options.plain
    ? undefined
    : authoredMessage(entries.map(({ alert }) => alert), alerts, options);
  const page = options.form === "html" && options.plain !== true
    ? mailOf(alerts, { ...options, context: contextOf(options) })
    : {};
  const problem = [textProblem, page.problem].filter((text) => text !== undefined).join("; ");
  const room = { chars: limitsOrDefault(options.limits).titleChars };
  const urgency = urgencyOf(alerts);
  const message: Message = {
    id: options.messageId(entries.map(({ id }) => id)),
    group: options.group.id,
    reason: first.reason,
    ...urgency,
    title: cut(oneLine(title), room),
    subject: cut(oneLine(subject), room),
    name: cut(oneLine(name), room),
    thread: entries[0]!.alert.origin?.groupKey ?? first.fingerprint,
    body,
    ...page.html === undefined ? {} : { html: page.html },
    ...authored === undefined ? {} : { authored },
    alerts,
    recipients: recipientsOf(options),
    links: (options.plain ? first.links : links).map(({ title, url }) => ({ title, url })),
    ...buttons === undefined ? {} : { buttons },
    ...languageOf(urgency, options.group),
    plain: options.plain === true,
  };
  return problem === "" ? { message, count: entries.length } : { message, count: entries.length, problem };
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
