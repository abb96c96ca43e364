import { labelOf } from "../domain/alert.ts";
import type { MessageAlert } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import type { Severity } from "../domain/severity.ts";
import { cut, mentions, oneLine } from "../base/text.ts";
import { objectOf } from "./alike.ts";
import { type LabelRules, type Pair, visibleLabels } from "./labels.ts";
import type { Translate } from "./locale.ts";
import type { MarkdownSyntax } from "./markdown.ts";
import { saidBy } from "./said.ts";
import { formatDuration, formatTime, roughDuration, shortTime } from "../base/time.ts";
import { valueOf } from "./value.ts";
import { MINUTE } from "../base/duration.ts";

/** One alert for a template. A text that does not apply is empty, so `if (alert.end)` tests for it. */
export interface AlertData extends MessageAlert {
  /** 🔴, 🟠, 🟡 or 🔵 by severity; ✅ when resolved or closed; 👀 when acknowledged. */
  readonly mark: string;
  /** Its object: `prod/checkout-7d9f8b6c5-x2x4z`, `db-1:9100 /data`. */
  readonly where: string;
  /** The object alone, at most nine characters of it: `checkout`. */
  readonly place: string;
  /** The text that distinguishes it from alike alerts of the message: `cart-5f · reason=OOMKilled`; its `where` when there are none. */
  readonly differs: string;
  /** The label `instance` or `host`. */
  readonly instance: string;
  /** Title and where. */
  readonly name: string;
  /** `告警中 · 严重 · 上次通知后又发生 12 次` */
  readonly state: string;
  /** `严重`; with the sender's own word if the relay does not recognise it. */
  readonly level: string;
  /** `上次通知后又发生 12 次`; when a person sent it again, {@linkcode MessageAlert.resent}. */
  readonly note: string;
  /** The text as markdown: print it with `<%~ %>`, which does not escape it. */
  readonly markdown: string;
  /** The text on one line, at most 200 characters; empty when the title contains it. */
  readonly brief: string;
  /** The text with its numbers rounded; empty when the title contains it. May have several lines. */
  readonly summary: string;
  /** The annotation `description`, if it adds information. May have several lines. */
  readonly description: string;
  /** The value that made it fire, rounded: `97.32`; empty if a text contains it. */
  readonly value: string;
  /** The start time: in the group's zone, or in the sender's own form. */
  readonly start: string;
  /** The start time, short: `10:43`; with the date if it is a day or more ago. */
  readonly since: string;
  /** The end time. */
  readonly end: string;
  /** The time since its start: `8 分钟`; empty in its first minute and when resolved. */
  readonly age: string;
  /** The duration of its firing: `8 分 55 秒`; empty while it fires. */
  readonly lasted: string;
  /** `已 8 分钟`, `持续 8 分 55 秒` */
  readonly duration: string;
  /** The labels that are shown nowhere else: `job=node, team=ops`. */
  readonly labelLine: string;
}

const MARKS: Readonly<Record<Severity, string>> = { critical: "🔴", error: "🟠", warning: "🟡", info: "🔵" };

/** The most labels, and characters of them, that are shown for the only alert of a message, and for one of several. */
export const LABEL_ROOM = { one: { labels: 20, chars: 200 }, several: { labels: 6, chars: 60 } } as const;

/** The labels with a machine's name: a template's `instance` is the first one that the alert has. */
const INSTANCE_LABELS: readonly string[] = ["instance", "host"];

/** The options of {@linkcode alertData}. */
export interface AlertDataOptions {
  readonly group: Group;
  readonly t: Translate;
  readonly rules: LabelRules;
  readonly syntax: MarkdownSyntax;
  /** Epoch milliseconds; without it no age is shown. */
  readonly now?: number | undefined;
  /** The labels that are shown once for all alerts of the message. */
  readonly common: readonly Pair[];
  readonly differs: string;
  readonly isOnly: boolean;
}

/** Converts an alert to the data that templates get. */
export function alertData(
  alert: MessageAlert,
  { group, t, rules, syntax, now, common, differs, isOnly }: AlertDataOptions,
): AlertData {
  const { status, startsAt, endsAt } = alert;
  const isFiring = status === "firing";
  const object = objectOf(alert, rules);
  const title = titleOf(alert, t);
  const note = noteOf(alert, group, t);
  const level = isChat(alert, object.text) ? "" : severityWord(alert, t);
  const said = saidBy(alert);
  const value = alert.verbatim || !isFiring ? "" : valueOf(alert);
  const isWritten = startsAt === null || alert.verbatim === true && writtenTime(alert) !== "";
  const age = isFiring && startsAt !== null && now !== undefined && now - startsAt >= MINUTE
    ? roughDuration(now - startsAt, group.locale)
    : "";
  const lasted = !isFiring && startsAt !== null && endsAt !== null
    ? formatDuration(endsAt - startsAt, group.locale)
    : "";
  const labels = ownLabels(alert, rules).filter(([name]) => !common.some(([shared]) => shared === name));
  return {
    ...alert,
    title,
    instance: instanceOf(alert),
    object,
    where: object.text,
    place: object.place,
    differs,
    mark: markOf(alert, object.text),
    name: mentions(title, object.text) ? title : `${title} ${object.text}`,
    state: [statusWord(alert, t), level, note].filter(Boolean).join(" · "),
    level,
    note,
    markdown: alert.markdown ?? syntax.escape(alert.text),
    brief: briefOf(alert),
    ...said,
    value: mentions(`${said.summary}\n${said.description}`, value) ? "" : value,
    start: isWritten ? writtenTime(alert) : formatTime(startsAt, group),
    since: isWritten
      ? writtenTime(alert)
      : shortTime(startsAt, { now: now ?? Infinity, timezone: group.timezone }),
    end: !isFiring && endsAt !== null ? formatTime(endsAt, group) : "",
    age,
    lasted,
    duration: age ? t("message.age", { duration: age }) : lasted && t("message.after", { duration: lasted }),
    labelLine: alert.verbatim ? "" : labelLine(labels, isOnly ? LABEL_ROOM.one : LABEL_ROOM.several),
  };
}

/** The word for an alert's status; empty when its sender gave none. */
export function statusWord({ status, statusAssumed }: MessageAlert, t: Translate): string {
  return statusAssumed ? "" : t(`status.${status}`);
}

/** Whether a person wrote it for a chat: its severity then means nothing. Alarms of OCP name an object, chat messages do not. */
export function isChat({ authored }: MessageAlert, where: string): boolean {
  return authored === true && where === "";
}

function markOf(alert: MessageAlert, where: string): string {
  const { status, severity, statusAssumed, reason } = alert;
  if (reason === "acknowledged") return "👀";
  if (reason === "closed") return "✅";
  if (reason === "escalation" || reason === "escalated") return "⏫";
  if (statusAssumed && isChat(alert, where)) return "💬";
  return status === "resolved" ? "✅" : MARKS[severity];
}

function briefOf({ title, text, authored }: MessageAlert): string {
  const brief = cut(oneLine(cut(text, { chars: 1000 })), { chars: 200 });
  return authored && brief === title ? "" : brief;
}

/** The title of an alert, or the words for one without a title. */
export function titleOf({ title }: MessageAlert, t: Translate): string {
  return cut(title, { chars: 200 }) || t("message.untitled");
}

function instanceOf({ labels }: MessageAlert): string {
  for (const name of INSTANCE_LABELS) {
    const value = labelOf(labels, name);
    if (value) return cut(oneLine(value), { chars: 100 });
  }
  return "";
}

function severityWord({ severity, severityText }: MessageAlert, t: Translate): string {
  const word = t(`severity.${severity}`);
  const original = severityText === undefined ? "" : cut(oneLine(severityText), { chars: 40 });
  return original === "" ? word : t("severity.original", { severity: word, original });
}

function noteOf(
  { reason, folded, still, stopped, event, handled, resent, statusAssumed }: MessageAlert,
  { flap, locale }: Group,
  t: Translate,
): string {
  if (resent) return resent; // the reason describes the first attempt
  const duration = flap && formatDuration(flap.per, locale);
  switch (reason) {
    case "changed":
      return t("reason.changed");
    case "repeat":
      return [
        still ? t("reason.still") : "",
        folded > 0 ? t("reason.repeat", { count: folded }) : "",
        still || folded > 0 || statusAssumed ? "" : t("reason.again"),
      ].filter(Boolean).join(" · ");
    case "reminder":
      return stopped === undefined ? t("reason.reminder") : t("reason.lastReminder", { time: stopped });
    // The rule may have been removed since: its numbers are then unknown.
    case "flapping":
      return flap && duration ? t("reason.flapping", { count: flap.count, duration }) : "";
    case "acknowledged":
    case "unacknowledged":
    case "escalated":
    case "closed":
      return event ?? "";
    case "escalation":
      return t("reason.escalation");
    case "expired":
      return event ?? t("reason.expired");
    case "reopened":
      return event ?? t("reason.reopened");
    case "resolved":
      return handled ?? "";
    case "settled":
      return duration ? t("reason.settled", { duration }) : "";
    default:
      return "";
  }
}

/** alarm_v2 sends its time as text without a fixed format; it is shown as given. */
function writtenTime({ annotations, labels }: MessageAlert): string {
  return cut(oneLine(labelOf(annotations, "alert_time") ?? labelOf(labels, "alert_time") ?? ""), {
    chars: 60,
  });
}

/** The labels that the rest of the message does not show. */
export function ownLabels(alert: MessageAlert, rules: LabelRules): Pair[] {
  const { parts } = objectOf(alert, rules);
  const names = parts.map(({ name }) => name);
  const shown = new Set([alert.title, alert.text, ...parts.map(({ value }) => value)]);
  return visibleLabels(alert.labels, rules, names).filter(([name, value]) =>
    !names.includes(name) && !shown.has(value)
  );
}

/** The labels that all of several alerts have in common, with the same value. */
export function commonLabels([first, ...others]: readonly MessageAlert[], rules: LabelRules): Pair[] {
  return ownLabels(first!, rules).filter(([name, value]) =>
    others.every(({ labels }) => labelOf(labels, name) === value)
  );
}

/** Labels on one line: `job=node, team=ops … +3`. */
export function labelLine(
  labels: readonly Pair[],
  room: { readonly labels: number; readonly chars: number },
): string {
  const words = labels.slice(0, room.labels).map(([name, value]) => {
    return `${oneLine(cut(name, { chars: 60 }))}=${oneLine(cut(value, { chars: room.chars }))}`;
  });
  const more = labels.length - words.length;
  return more > 0 ? `${words.join(", ")} … +${more}` : words.join(", ");
}
