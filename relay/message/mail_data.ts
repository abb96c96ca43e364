import { labelOf } from "../domain/alert.ts";
import { type AlertData, statusWord } from "./alert_data.ts";
import { timesOf } from "./alike.ts";
import type { Translate } from "./locale.ts";
import type { AlertGroup, MessageData } from "./template_data.ts";
import { cut, oneLine } from "../base/text.ts";

/** The data of a mail's template, as `it`. */
export interface MailData extends MessageData {
  /** In the order of `groups`, as many as fit: a row per alert, or one for several alike. */
  readonly rows: readonly MailRow[];
}

/** An alert, or several alike, as a row of the mail's table. A text that does not apply is empty. */
export interface MailRow extends AlertData {
  /** `告警中` or `已恢复`; empty when the sender gave no status. */
  readonly statusWord: string;
  /** `严重 · 上次通知后又发生 12 次` */
  readonly level: string;
  /** The object; of several alike, the part that they share. */
  readonly where: string;
  readonly summary: string;
  /** The text without the content of the summary; may have several lines. */
  readonly details: string;
  /** `值：97.32` */
  readonly value: string;
  /** `×170` for several alike. */
  readonly times: string;
  /** For several alike, the text that distinguishes each from the others; equal texts once, with their count. */
  readonly objects: readonly string[];
}

/** The limits of a page, in Unicode characters: of one alert's details, its labels, and the addresses of its links. */
export interface MailRoom {
  readonly alerts: number;
  readonly details: number;
  readonly labels: number;
  readonly links: number;
}

const FREE: MailRoom = { alerts: Infinity, details: Infinity, labels: Infinity, links: Infinity };

/** At most this many alike alerts have a row each; more share one. */
const ROWS_OF_ALIKE = 3;

/** At most this many characters of a text about the whole message, such as the number of alerts that the sender left out. */
const NOTE_CHARS = 1_000;

/** A message as the rows of a table. `listed`: the part of `whole` that has rows. */
export function mailData(
  whole: MessageData,
  { listed = whole, room = FREE }: { listed?: MessageData; room?: MailRoom } = {},
): MailData {
  const options = { t: whole.t, room, shown: new Set<string>() };
  const short = (text: string): string => cut(text, { chars: NOTE_CHARS });
  return {
    ...whole,
    alerts: listed.alerts,
    groups: listed.groups,
    commonLabels: cut(listed.commonLabels, { chars: room.labels }),
    truncated: short(whole.truncated),
    instead: short(whole.instead),
    recurrence: short(whole.recurrence),
    rows: listed.groups.flatMap((group) => rowsOf(group, options)),
  };
}

interface RowOptions {
  readonly t: Translate;
  readonly room: MailRoom;
  /** The addresses in earlier rows: each is shown once. */
  readonly shown: Set<string>;
}

function rowsOf(group: AlertGroup, options: RowOptions): MailRow[] {
  const { items, count } = group;
  const { room } = options;
  const rows = items.map(({ alert }) => rowOf(alert, options));
  if (count <= ROWS_OF_ALIKE) {
    return rows.map((row, index) => ({
      ...row,
      links: linksOf(index === 0 ? group.links : ownLinks(items[index]!.alert, group), row, options),
    }));
  }
  const oldest = rows.reduce((a, b) => (b.startsAt ?? Infinity) < (a.startsAt ?? Infinity) ? b : a);
  const sameEnd = rows.every(({ end }) => end === oldest.end);
  return [{
    ...oldest,
    times: `×${count}`,
    where: group.shared,
    summary: rows.every(({ summary }) => summary === oldest.summary)
      ? oldest.summary
      : cut(oneLine(group.summary), { chars: 200 }),
    details: cut(group.description, { chars: room.details }),
    value: "",
    labelLine: cut(group.labels, { chars: room.labels }),
    links: linksOf(group.links, oldest, options),
    end: sameEnd ? oldest.end : "",
    lasted: sameEnd ? oldest.lasted : "",
    objects: objectsOf(group, options),
  }];
}

function rowOf(alert: AlertData, { t, room }: RowOptions): MailRow {
  const summary = cut(oneLine(labelOf(alert.annotations, "summary") ?? ""), { chars: 200 });
  return {
    ...alert,
    statusWord: statusWord(alert, t),
    level: [alert.level, alert.note].filter(Boolean).join(" · "),
    summary,
    details: cut(detailsOf(alert, summary), { chars: room.details }),
    value: alert.value && t("message.field", { name: t("message.value"), value: alert.value }),
    labelLine: alert.status === "resolved" ? "" : cut(alert.labelLine, { chars: room.labels }),
    links: [],
    times: "",
    objects: [],
  };
}

/** The alert's text and its description, without repetition. */
function detailsOf({ text, annotations }: AlertData, summary: string): string {
  const texts = [text, (labelOf(annotations, "description") ?? "").trim()];
  return [...new Set(texts)].filter((text) => text !== "" && oneLine(text) !== summary).join("\n");
}

/** `cart-5f8c`, `api-9d · reason=OOMKilled: 97 %`, `worker ×3` */
function objectsOf({ items }: AlertGroup, { t }: RowOptions): string[] {
  const texts = items.map(({ text, says }) =>
    text === "" || says === "" ? text || says : t("message.field", { name: text, value: says })
  ).filter((text) => text !== "");
  return [...timesOf(texts)].map(([text, times]) => times === 1 ? text : `${text} ×${times}`);
}

/**
 * The links of an alert in addition to those of its group: its page; without one, links of the kinds that the group
 * shows.
 */
function ownLinks({ links }: AlertData, group: AlertGroup): AlertData["links"] {
  const details = links.filter(({ kind }) => kind === "relay");
  return details.length > 0
    ? details
    : links.filter((link) => group.links.some(({ kind }) => kind === link.kind));
}

/** The links that no earlier row has, as many as fit; of a resolved alert only its page. */
function linksOf(
  links: AlertData["links"],
  { status, verbatim }: AlertData,
  { room, shown }: RowOptions,
): AlertData["links"] {
  let chars = 0;
  return links.filter(({ kind, title, url }) => {
    if (status === "resolved" && kind !== "relay" && !verbatim || shown.has(url)) return false;
    chars += title.length + url.length;
    if (chars > room.links) return false;
    shown.add(url);
    return true;
  });
}
