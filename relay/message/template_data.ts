import type { LabelledLink, MessageAlert } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import type { Locale } from "../base/locale.ts";
import { type AlertData, alertData, commonLabels, LABEL_ROOM, labelLine, statusWord } from "./alert_data.ts";
import { groupAlike, MAX_DETAILED } from "./alike.ts";
import { type AlertGroup, alertGroup, type Detail } from "./groups.ts";
import { subjectOf, titleOf } from "./headline.ts";
import { DEFAULT_LABEL_RULES, type LabelRules } from "./labels.ts";
import { type Translate, translator } from "./locale.ts";
import { LOOK_ALIKES, type MarkdownSyntax } from "./markdown.ts";
import { isWorse } from "../domain/severity.ts";
import { mentions } from "../base/text.ts";
import { formatDuration, formatTime } from "../base/time.ts";
import { textOfParts } from "../domain/where.ts";

export type { AlertData } from "./alert_data.ts";
export type { AlertGroup, AlertItem, Detail } from "./groups.ts";

/** The data of a message's template, as `it`. Everything in it is printable, and nothing is escaped. */
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
  /** `owner/level` of the group that is notified. */
  readonly group: string;
  /** The built-in title: `🔴checkout KubePodCrashLooping`. */
  readonly title: string;
  /** The subject of a mail: `[严重] KubePodCrashLooping · prod/checkout-7d9f8b6c5-x2x4z`. */
  readonly subject: string;
  /** The part of `where` that all alerts share: `prod`; the whole of it for one alert; may be empty. */
  readonly where: string;
  /** `告警中`; for several alerts `告警中 3 · 已恢复 1`; empty for one whose sender gave no status. */
  readonly summary: string;
  /** The alert's name; for several the title of the worst: `HighCPU 等`. */
  readonly name: string;
  /** At least one; firing first, the worst first. */
  readonly alerts: readonly AlertData[];
  /** The same alerts in groups of alike ones: those that began or became worse, the worst first; that ended; that go on. */
  readonly groups: readonly AlertGroup[];
  /** The part of `where` that the alerts of the only group share, unless the title has it; mostly empty. */
  readonly lead: string;
  /** Alerts that go on, in a message that also has news: `🟡KubeHpaMaxedOut ×12 prod · 🔴MysqlDown db-1:3306`; mostly empty. */
  readonly ongoing: string;
  /** `另有 12 个未列出`; mostly empty. */
  readonly unlisted: string;
  /** The list of all alerts. */
  readonly moreLink: LabelledLink | undefined;
  /**
   * `发送方另有 2 条告警未发出`, the part of the sender's request that was not carried out, and `同组另有 3 条仍在告警`; mostly
   * empty.
   */
  readonly truncated: string;
  /** The reason why it goes to this destination instead of another; mostly empty. */
  readonly instead: string;
  /** The recent frequency of the only alert of the message: `30 天内第 9 次，通常约 25 分钟恢复`; mostly empty. */
  readonly recurrence: string;
  /** The labels that several alerts share: `job=node, team=ops`; may be empty. */
  readonly commonLabels: string;
}

/** The context of a message's data, in addition to its alerts and its group. */
export interface MessageContext {
  /** Epoch milliseconds. Without it no age is shown. */
  readonly now?: number | undefined;
  /** The rules for reading labels. Default: the built-in lists. */
  readonly labelRules?: LabelRules | undefined;
  /** The syntax for values in markdown. Default: with look-alikes. */
  readonly syntax?: MarkdownSyntax | undefined;
  /** Whether the form has room only for a few hundred words. */
  readonly isShort?: boolean | undefined;
  /** The amount of detail of each group. Default: everything. */
  readonly detail?: Detail | undefined;
  /** The address of the list of the group's incidents, for a message that leaves details out. */
  readonly list?: string | undefined;
  /** The number of still firing incidents of its message group outside the message. */
  readonly others?: number | undefined;
}

type Importance = Pick<MessageAlert, "status" | "severity">;

/** Orders firing before resolved, the worst first; otherwise by arrival. */
export function byImportance(a: Importance, b: Importance): number {
  if (a.status !== b.status) return a.status === "firing" ? -1 : 1;
  if (a.severity === b.severity) return 0;
  return isWorse(a.severity, b.severity) ? -1 : 1;
}

/** Makes the templates' data for a message. `messageAlerts`: at least one, in the order of {@linkcode byImportance}. */
export function messageData(
  messageAlerts: readonly MessageAlert[],
  group: Group,
  context: MessageContext = {},
): MessageData {
  const { now, labelRules: rules = DEFAULT_LABEL_RULES, syntax = LOOK_ALIKES } = context;
  const { isShort = false, detail = "full", list, others = 0 } = context;
  const t = translator(group.locale);
  const isOnly = messageAlerts.length === 1;
  const common = isOnly ? [] : commonLabels(messageAlerts, rules);
  const alike = groupAlike(messageAlerts, rules);
  const dataOf = new Map<MessageAlert, AlertData>();
  for (const { alerts, differs } of alike) {
    for (const [index, alert] of alerts.entries()) {
      const options = { group, t, rules, syntax, now, common, isOnly, differs: differs[index]! };
      dataOf.set(alert, alertData(alert, options));
    }
  }
  const alerts = messageAlerts.map((alert) => dataOf.get(alert)!);
  const isOneGroup = alike.length === 1;
  const groups = alike.map((one) =>
    alertGroup(one, one.alerts.map((alert) => dataOf.get(alert)!), {
      t,
      rules,
      common: isOneGroup ? [] : common.map(([name]) => name),
      isOnly,
      isShort,
      detail,
      isOfMany: alike.length > MAX_DETAILED,
    })
  );
  const first = alerts[0]!;
  const sameTitle = alerts.every(({ title }) => title === first.title);
  const headline = { groups, alike, t, locale: group.locale };
  const title = titleOf(headline);
  const shared = isOneGroup ? textOfParts(alike[0]!.shared) : "";
  return {
    locale: group.locale,
    t,
    time: (ms) => formatTime(ms, group),
    duration: (ms) => formatDuration(ms, group.locale),
    link: ({ title, url }) => syntax.link(title, url),
    group: group.id,
    title,
    subject: subjectOf(headline),
    where: isOnly ? first.where : shared,
    lead: mentions(title, shared) ? "" : shared,
    summary: summaryOf(alerts, t),
    name: isOnly ? first.name : sameTitle ? first.title : t("message.others", { title: first.title }),
    alerts,
    groups,
    ongoing: ongoingOf(groups),
    unlisted: "",
    moreLink: list === undefined || detail === "full" ? undefined : { title: t("digest.list"), url: list },
    truncated: truncatedOf(messageAlerts, { others, t }),
    instead: messageAlerts.find(({ instead }) => instead)?.instead ?? "",
    recurrence: isOnly ? messageAlerts[0]!.recurrence ?? "" : "",
    commonLabels: detail === "full" ? labelLine(common, LABEL_ROOM.one) : "",
  };
}

/** The ongoing alerts, on one line: their group was notified of them before. */
function ongoingOf(groups: readonly AlertGroup[]): string {
  const ongoing = groups.filter(({ kind }) => kind === "still");
  if (ongoing.length === 0 || ongoing.length === groups.length) return "";
  return ongoing.map(({ mark, name, count, shared, items }) => {
    const words = count === 1 ? [name, items[0]!.text] : [`${name} ×${count}`, shared];
    return mark + words.filter(Boolean).join(" ");
  }).join(" · ");
}

function truncatedOf(
  messageAlerts: readonly MessageAlert[],
  { others, t }: { others: number; t: Translate },
): string {
  const count = Math.max(...messageAlerts.map(({ truncated = 0 }) => truncated));
  const notices = new Set(messageAlerts.flatMap(({ notice = [] }) => notice));
  return [
    ...count > 0 ? [t("message.truncated", { count })] : [],
    ...notices,
    ...others > 0 ? [t("message.groupOthers", { count: others })] : [],
  ].join("\n");
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
