import type { MessageAlert } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import { printable, utf8Bytes } from "../base/text.ts";
import { mailData, type MailRoom } from "./mail_data.ts";
import { type MessageContext, type MessageData, messageData } from "./template_data.ts";
import { templateError, type Templates } from "./templates.ts";

/** Our choice, in bytes of UTF-8: Gmail cuts a mail after its first 102 KB. */
export const PAGE_BYTES = 90_000;

/** The amounts of detail of a page, the most first; the first two are for one alert. */
const ROOMS: readonly Omit<MailRoom, "alerts">[] = [
  { details: 60_000, labels: 6_000, links: 20_000 },
  { details: 10_000, labels: 3_000, links: 8_000 },
  { details: 300, labels: 600, links: 3_000 },
  { details: 100, labels: 200, links: 1_500 },
  { details: 0, labels: 100, links: 600 },
];
const FOR_SEVERAL = 2;

/** The options of {@linkcode mailOf}. */
export interface MailOptions {
  readonly group: Group;
  readonly templates: Pick<Templates, "mail">;
  readonly context: MessageContext;
  /** The console's address, without a trailing slash. */
  readonly publicUrl?: string | undefined;
}

/**
 * The message as a page of at most {@linkcode PAGE_BYTES}; without a page, a mail still has its text. Of many alerts
 * the details are truncated first, then the last ones are only counted.
 *
 * @param wordsFor Further data for the template, by the number of alerts that the page lists
 */
export function mailOf(
  alerts: readonly MessageAlert[],
  { group, templates, context, publicUrl }: MailOptions,
  wordsFor: (listed: number) => Partial<MessageData> = () => ({}),
): { html?: string; problem?: string } {
  const whole = messageData(alerts, group, context);
  const { t } = whole;
  const list = publicUrl && `${publicUrl}/incidents?${new URLSearchParams({ group: group.id })}`;
  const write = (room: MailRoom): string => {
    const rest = alerts.length - room.alerts;
    const unlisted = rest > 0 ? t("message.unlisted", { count: rest }) : "";
    const moreLink = list ? { title: t("digest.list"), url: list } : undefined;
    const listed = room.alerts < alerts.length
      ? messageData(alerts.slice(0, room.alerts), group, context)
      : whole;
    const { alerts: _alerts, groups: _groups, ...words } = wordsFor(room.alerts);
    const data = { ...mailData(whole, { listed, room }), unlisted, moreLink, ...words };
    return printable(templates.mail(data).trim());
  };
  try {
    const html = fit(alerts.length, write);
    if (html === undefined) {
      return { problem: `Template "mail/alerts" needs more than ${PAGE_BYTES} bytes for one short alert` };
    }
    return html === "" ? { problem: 'Template "mail/alerts" printed nothing' } : { html };
  } catch (error) {
    return { problem: `Template "mail/alerts" failed: ${templateError(error)}` };
  }
}

/** @returns `undefined` when not even one alert fits */
function fit(alerts: number, write: (room: MailRoom) => string): string | undefined {
  for (const room of ROOMS.slice(alerts > 1 ? FOR_SEVERAL : 0)) {
    const page = write({ ...room, alerts });
    if (utf8Bytes(page) <= PAGE_BYTES) return page;
  }
  let best: string | undefined;
  for (let [fits, tooMany] = [0, alerts]; tooMany - fits > 1;) {
    const middle = (fits + tooMany) >> 1;
    const page = write({ ...ROOMS.at(-1)!, alerts: middle });
    if (utf8Bytes(page) <= PAGE_BYTES) [fits, best] = [middle, page];
    else tooMany = middle;
  }
  return best;
}
