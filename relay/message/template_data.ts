import { labelOf } from "../alert.ts";
import type { LabelledLink, MessageAlert } from "../channel.ts";
import type { Group, Locale } from "../group.ts";
import { type Translate, translator } from "./locale.ts";
import { escapeMarkdown, markdownLink } from "./markdown.ts";
import { isWorse, type Severity } from "../severity.ts";
import { cut, oneLine } from "../text.ts";
import { formatDuration, formatTime } from "./time.ts";

/** What a template of a message gets as `it`. Everything in it is printable, and nothing is escaped. */
export interface MessageData {
  readonly locale: Locale;
  /** The text of a name in `locales/`. */
  readonly t: Translate;
  /** A time in the group's zone: `2026-11-20 10:43:00`. */
  readonly time: (ms: number) => string;
  /** `1 小时 5 分` */
  readonly duration: (ms: number) => string;
  /** A link in markdown. It is markup, so print it with `<%~ %>`. */
  readonly link: (link: LabelledLink) => string;
  /** `owner/level` of the group that is told. */
  readonly group: string;
  /** `告警中`; for several alerts `告警中 3 · 已恢复 1`; empty for one whose sender gave no status. */
  readonly summary: string;
  /** What the message is about: the alert's name; for several the worst one's title: `HighCPU 等`. */
  readonly name: string;
  /** At least one; firing first, the worst first. */
  readonly alerts: readonly AlertData[];
  /** `发送方另有 2 条告警未发出`, and what of the sender's request was not carried out; mostly empty. */
  readonly truncated: string;
  /** Why it comes here and not to another destination; mostly empty. */
  readonly instead: string;
  /** The labels that all alerts of several have in common: `job=node, team=ops`; may be empty. */
  readonly commonLabels: string;
}

/** One alert for a template. A text that does not apply is empty, so `if (alert.end)` asks whether there is one. */
export interface AlertData extends MessageAlert {
  /** 🔴, 🟠, 🟡 or 🔵 by severity; ✅ when resolved. */
  readonly mark: string;
  /** The label `instance` or `host`. */
  readonly instance: string;
  /** Title and instance. */
  readonly name: string;
  /** `告警中 · 严重 · 上次通知后又发生 12 次` */
  readonly state: string;
  /** `上次通知后又发生 12 次`; when a person sent it again, {@linkcode MessageAlert.resent}. */
  readonly note: string;
  /** The text as markdown: print it with `<%~ %>`, which does not escape it. */
  readonly markdown: string;
  /** The text on one line, at most 200 characters; empty when the title says the same. */
  readonly brief: string;
  /** When it began: in the group's zone, or as the sender wrote it. */
  readonly start: string;
  /** When it was over. */
  readonly end: string;
  /** How long it was there. */
  readonly lasted: string;
  /** The labels that nothing else shows: `job=node, team=ops`. */
  readonly labelLine: string;
}

const MARKS: Readonly<Record<Severity, string>> = { critical: "🔴", error: "🟠", warning: "🟡", info: "🔵" };

/** How much of the labels is shown: for the only alert of a message, and for one of several. */
const LABEL_ROOM = { one: { labels: 20, chars: 200 }, several: { labels: 6, chars: 60 } } as const;

/** The labels that say where the trouble is: the first that is there is shown beside the title. */
export const INSTANCE_LABELS: readonly string[] = ["instance", "host"];

/** Firing before resolved, the worst first; otherwise as they came. */
export function byImportance(a: MessageAlert, b: MessageAlert): number {
  if (a.status !== b.status) return a.status === "firing" ? -1 : 1;
  if (a.severity === b.severity) return 0;
  return isWorse(a.severity, b.severity) ? -1 : 1;
}

/** What the templates get for a message. `told`: at least one, in the order of {@linkcode byImportance}. */
export function messageData(told: readonly MessageAlert[], group: Group): MessageData {
  const t = translator(group.locale);
  const time = (ms: number): string => formatTime(ms, group);
  const duration = (ms: number): string => formatDuration(ms, group.locale);
  const [first] = told as readonly [MessageAlert];
  const title = titleOf(first, t);
  const room = told.length === 1 ? LABEL_ROOM.one : LABEL_ROOM.several;
  const common = told.length === 1 ? [] : commonLabels(told);
  const alerts = told.map((alert): AlertData => {
    const instance = instanceOf(alert);
    const title = titleOf(alert, t);
    const { startsAt, endsAt } = alert;
    const note = noteOf(alert, group, t);
    const labels = ownLabels(alert).filter(([name]) => !common.some(([shared]) => shared === name));
    return {
      ...alert,
      title,
      instance,
      mark: markOf(alert),
      name: title.includes(instance) ? title : `${title} ${instance}`,
      state: [statusWord(alert, t), alert.authored ? "" : severityWord(alert, t), note].filter(Boolean)
        .join(" · "),
      note,
      markdown: alert.markdown ?? escapeMarkdown(alert.text).replace(/\n+/g, "\n\n"),
      brief: briefOf(alert),
      start: startsAt === null || alert.verbatim && writtenTime(alert) !== ""
        ? writtenTime(alert)
        : time(startsAt),
      end: alert.status === "resolved" && endsAt !== null ? time(endsAt) : "",
      lasted: alert.status === "resolved" && startsAt !== null && endsAt !== null
        ? duration(endsAt - startsAt)
        : "",
      labelLine: alert.verbatim ? "" : labelLine(labels, room),
    };
  });
  const sameTitle = alerts.every((alert) => alert.title === title);
  return {
    locale: group.locale,
    t,
    time,
    duration,
    link: ({ title, url }) => markdownLink(title, url),
    group: group.id,
    summary: summaryOf(alerts, t),
    name: alerts.length === 1 ? alerts[0]!.name : sameTitle ? title : t("message.others", { title }),
    alerts,
    truncated: truncatedOf(told, t),
    instead: told.find(({ instead }) => instead)?.instead ?? "",
    commonLabels: labelLine(common, LABEL_ROOM.one),
  };
}

function truncatedOf(told: readonly MessageAlert[], t: Translate): string {
  const count = Math.max(...told.map(({ truncated = 0 }) => truncated));
  const notices = new Set(told.flatMap(({ notice = [] }) => notice));
  return [...count > 0 ? [t("message.truncated", { count })] : [], ...notices].join("\n");
}

/** The word for an alert's status; empty when its sender gave none. */
export function statusWord({ status, statusAssumed }: MessageAlert, t: Translate): string {
  return statusAssumed ? "" : t(`status.${status}`);
}

/** An authored message has no severity of its own. */
function markOf({ status, severity, authored, statusAssumed }: MessageAlert): string {
  if (authored && statusAssumed) return "💬";
  return status === "resolved" ? "✅" : MARKS[severity];
}

function briefOf({ title, text, authored }: MessageAlert): string {
  const brief = cut(oneLine(cut(text, { chars: 1000 })), { chars: 200 });
  return authored && brief === title ? "" : brief;
}

function summaryOf(alerts: readonly AlertData[], t: Translate): string {
  const resent = alerts.filter(({ resent }) => resent).length;
  if (alerts.length === 1) {
    return [statusWord(alerts[0]!, t), resent > 0 ? t("message.resent") : ""].filter(Boolean).join(" · ");
  }
  if (alerts.every(({ statusAssumed }) => statusAssumed)) {
    return t("message.messages", { count: alerts.length });
  }
  const resolved = alerts.filter(({ status }) => status === "resolved").length;
  const counts = [
    ["status.firing", alerts.length - resolved],
    ["status.resolved", resolved],
    ["message.resent", resent],
  ] as const;
  return counts.filter(([, count]) => count > 0).map(([name, count]) => `${t(name)} ${count}`).join(" · ");
}

function titleOf({ title }: MessageAlert, t: Translate): string {
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
  { reason, folded, resent, statusAssumed }: MessageAlert,
  { flap, locale }: Group,
  t: Translate,
): string {
  if (resent) return resent; // the reason described the first try
  const duration = flap && formatDuration(flap.per, locale);
  switch (reason) {
    case "changed":
      return t("reason.changed");
    case "repeat":
      if (folded > 0) return t("reason.repeat", { count: folded });
      return statusAssumed ? "" : t("reason.still"); // the sender did not say that it still fires
    case "reminder":
      return t("reason.reminder");
    // Without its rule, which somebody has just taken away, there is nothing to say of it.
    case "flapping":
      return flap && duration ? t("reason.flapping", { count: flap.count, duration }) : "";
    case "settled":
      return duration ? t("reason.settled", { duration }) : "";
    default:
      return "";
  }
}

/** alarm_v2 sends its time as a text of no known form; it is shown as given. */
function writtenTime({ annotations, labels }: MessageAlert): string {
  return cut(oneLine(labelOf(annotations, "alert_time") ?? labelOf(labels, "alert_time") ?? ""), {
    chars: 60,
  });
}

type Pair = readonly [name: string, value: string];

/** The labels that the rest of the message does not show. */
function ownLabels(alert: MessageAlert): readonly Pair[] {
  const shown = new Set([alert.title, alert.text, instanceOf(alert), writtenTime(alert), ""]);
  return Object.entries(alert.labels).filter(([name, value]) => name !== "severity" && !shown.has(value));
}

function commonLabels([first, ...others]: readonly MessageAlert[]): readonly Pair[] {
  return ownLabels(first!).filter(([name, value]) =>
    others.every(({ labels }) => labelOf(labels, name) === value)
  );
}

function labelLine(
  labels: readonly Pair[],
  room: { readonly labels: number; readonly chars: number },
): string {
  const words = labels.slice(0, room.labels).map(([name, value]) => {
    return `${oneLine(cut(name, { chars: 60 }))}=${oneLine(cut(value, { chars: room.chars }))}`;
  });
  const more = labels.length - words.length;
  return more > 0 ? `${words.join(", ")} … +${more}` : words.join(", ");
}
