import { cut } from "../base/text.ts";
import { bodyFormat } from "./body_format.ts";
import { builtInBody, contextOf, cutToFit, draftFill, type MessageDraft, nameOf } from "./draft.ts";
import { type Entry, messageAlert } from "./entry.ts";
import { largestFit } from "./fit.ts";
import { translator } from "./locale.ts";
import { escapeMarkdown } from "./markdown.ts";
import type { RenderOptions } from "./render_options.ts";
import { bareOf } from "./shorten.ts";
import { messageData } from "./template_data.ts";

/** The limit of a plain body, in bytes. */
const PLAIN_BYTES = 1_000;

/** The short plain draft of an entry, after the vendor refused the original message. */
export function plainDraft(entry: Entry, options: RenderOptions): MessageDraft {
  const { group } = options;
  const written = bodyFormat(plainly(options, PLAIN_BYTES));
  // Keeps the line breaks: most channels send a plain message as text.
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
  if (longest !== undefined) return longest;
  const none = plain(0);
  const data = messageData(none.alerts, group, contextOf(options));
  return { ...none, body: cutToFit(builtInBody(data), { title: none.title, format }) };
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
