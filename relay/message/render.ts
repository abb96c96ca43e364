import type { Message, MessageAlert } from "../channel.ts";
import { COMMONMARK } from "../channel/markup.ts";
import { limitsOrDefault } from "../channel/options.ts";
import type { Group } from "../domain/group.ts";
import { onCall } from "../domain/oncall.ts";
import { worst } from "../domain/severity.ts";
import { defined } from "../base/defined.ts";
import { cut, oneLine } from "../base/text.ts";
import { authoredMessage } from "./authored.ts";
import { bodyFormat, type MarkupFormat } from "./body_format.ts";
import { contextOf, draft, draftFill, type MessageDraft } from "./draft.ts";
import { type Entry, messageAlert } from "./entry.ts";
import { largestFit } from "./fit.ts";
import { SHORTER } from "./groups.ts";
import { messageHandling, REMARK_CHARS } from "./handling_words.ts";
import { mailOf } from "./mail.ts";
import { plainDraft } from "./plain.ts";
import type { Rendered, RenderOptions } from "./render_options.ts";
import { shorten } from "./shorten.ts";
import type { Detail } from "./template_data.ts";
import { languageOf } from "./words.ts";

/**
 * Writes the message for entries of one destination and one payload: as many of them, from the front, as the limits
 * allow. If a single alert is too long, its data is truncated, never the generated markup.
 */
export function render(entries: readonly Entry[], options: RenderOptions): Rendered {
  const [first] = entries;
  if (first === undefined) throw new RangeError("Cannot render a message: there are no entries");
  if (options.plain === true) return rendered(plainDraft(first, options), [first], options);

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
  // One message with every object's name helps more than several with all details.
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
  const { by, remark, handling, timeline } = entries.find(({ alertId }) => alertId === first.id) ?? {};
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
    ...defined({
      by,
      remark: remark && cut(oneLine(remark), { chars: REMARK_CHARS }),
      handling: entries.length === 1 ? handling && messageHandling(handling) : undefined,
      timeline: entries.length === 1 ? timeline : undefined,
    }),
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

/** `firing` while any of the alerts fires; then the worst of the firing ones. */
export function urgencyOf(alerts: readonly MessageAlert[]): Pick<Message, "status" | "severity"> {
  const firing = alerts.filter(({ status }) => status === "firing");
  return {
    status: firing.length > 0 ? "firing" : "resolved",
    severity: worst((firing.length > 0 ? firing : alerts).map(({ severity }) => severity)),
  };
}

/** The members whom a message notifies: those on call. */
export function recipientsOf({ group, now }: Pick<RenderOptions, "group" | "now">): Group["members"] {
  return onCall(group, now);
}
