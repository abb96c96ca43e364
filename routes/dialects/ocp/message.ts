/**
 * Parses an alarm's rendered message, if OCP sends nothing else: the lines of its default templates, in every
 * documented version and language.
 *
 * @module
 */

import { isInstant, readInstant } from "../../../relay/base/instant.ts";

/** The variables that the templates put on their own lines, by the text before them. */
const LINES: readonly (readonly [RegExp, string])[] = [
  [/^(?:名称|名稱|Name)$/i, "alarm_name"],
  [/^(?:级别|級別|Level)$/i, "alarm_level"],
  [/^(?:告警对象|警示對象|告警對象|Alert object|Target)$/i, "alarm_target"],
  [/^(?:概述|Summary)$/i, "alarm_summary"],
  [/^(?:生成时间|生成時間|Generation time|Generated at)$/i, "alarm_active_at"],
  [/^(?:详情|告警详情|詳情|警示詳情|Description|Details)$/i, "alarm_description"],
  [/^(?:恢复时间|恢復時間|Recovered at)$/i, "alarm_resolved_at"],
  [/^(?:告警数量|告警數量|Alerts)$/i, "alarm_count"],
  [/^(?:聚合分组|聚合分組|Aggregation group)$/i, "alarm_group_by"],
  [/^(?:OCP ?链接|OCP ?鏈接|OCP link|OCP URL)$/i, "alarm_url"],
];

const WORDS =
  "名称|名稱|级别|級別|告警对象|警示對象|告警對象|概述|生成时间|生成時間|详情|告警详情|詳情|警示詳情|" +
  "恢复时间|恢復時間|告警数量|告警數量|聚合分组|聚合分組|OCP ?链接|OCP ?鏈接|" +
  "Name|Level|Alert object|Target|Summary|Generation time|Generated at|Description|Details|Recovered at|Alerts|" +
  "Aggregation group|OCP link|OCP URL";

/** `- 级别：严重`; the recovery template has a space instead of the colon. */
const LINE = new RegExp(`^\\s*[-*]\\s*(${WORDS})(?:\\s*[：:]\\s*|\\s+)(.*)$`, "i");

/** `### OCP 告警通知 exporter进程数量不够` */
const HEADING = /^[\s#*]*OCP\s*(?:告警通知|alert notification)[\s:：-]*(.*)$/i;

/** The four possible beginnings of a recovery message. */
const RECOVERY =
  /^[\s#*]*(?:【\s*(?:OCP\s*)?(?:告警恢复通知|警示恢復通知)\s*】|\[\s*(?:OCP\s+)?Alarm Recover Notification\s*\])/i;

/** Whether OCP had no value for a variable: the text is empty, or the variable itself. */
export function isMissing(value: string): boolean {
  return value.trim() === "" || /^\s*\$\{[^{}]*\}\s*$/.test(value);
}

/** Whether a message is a recovery message. */
export function isRecoveryMessage(message: string): boolean {
  return RECOVERY.test(message);
}

/** The variables that a message shows on their own lines. A value ends at the next variable. */
export function variablesInMessage(message: string): Map<string, string> {
  const found = new Map<string, string>();
  let current: string | undefined;
  for (const line of message.split(/\r\n?|\n/)) {
    const [, word, value] = LINE.exec(line) ?? [];
    const name = word && LINES.find(([pattern]) => pattern.test(word))?.[1];
    const [, rest = ""] = found.size === 0 ? HEADING.exec(line) ?? [] : [];
    const heading = rest.replaceAll("*", "").trim();
    if (name && value !== undefined && !found.has(name)) {
      found.set(current = name, value);
    } else if (heading && !/^(?:单条告警|多条告警|Single Alert|Multiple Alerts)$/i.test(heading)) {
      found.set("alarm_name", heading);
    } else if (current !== undefined) {
      found.set(current, `${found.get(current)}\n${line}`);
    }
  }
  const trimmed = Array.from(found, ([name, value]): [string, string] => [name, value.trim()]);
  return new Map(trimmed.filter(([, value]) => !isMissing(value)));
}

/** Times and durations in a text, in every form that OCP writes. */
const TIMES =
  /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?|\bP(?:\d+D)?T(?:\d+H)?(?:\d+M)?(?:[\d.]+S)?|\b\d{10}(?:\d{3})?\b/g;

/** A text without the times and durations, which differ each time it is sent. */
export function withoutTimes(text: string): string {
  return text.replace(TIMES, "").replace(/\s+/g, " ").trim();
}

/** The zone of OCP's times that have none. */
const ZONE = { timezone: "Asia/Shanghai" };

/**
 * A time as OCP writes it, in epoch milliseconds: ISO 8601, or a number of seconds or milliseconds. `null` for anything
 * else.
 */
export function ocpTime(text: string | undefined): number | null {
  const word = text?.trim() ?? "";
  if (/^\d{10}$/.test(word)) return Number(word) * 1_000;
  const time = /^\d{1,16}$/.test(word) ? Number(word) : readInstant(word, ZONE);
  return time !== undefined && isInstant(time) ? time : null;
}

/** The start of a firing alarm: the sender's time, otherwise the time of receipt. */
export function startOf(
  began: number | null,
  now: number,
): { readonly startsAt: number; readonly startAssumed?: true } {
  return began === null ? { startsAt: now, startAssumed: true } : { startsAt: began };
}

/** A duration in milliseconds: seconds, or ISO 8601 such as `PT6M8.301194S`. */
export function ocpDuration(text: string | undefined): number | null {
  const word = text?.trim() ?? "";
  if (/^\d+(?:\.\d+)?$/.test(word)) return Math.round(Number(word) * 1_000);
  const [whole, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(word) ?? [];
  if (whole === undefined || whole.length < 3) return null;
  return Math.round(
    (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000,
  );
}
