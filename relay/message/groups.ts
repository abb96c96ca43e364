import type { LabelledLink } from "../channel.ts";
import type { Link, Status } from "../alert.ts";
import type { Severity } from "../severity.ts";
import { cut, oneLine } from "../text.ts";
import type { AlertData } from "./alert_data.ts";
import { type Alike, type AlikeKind, FEW, timesOf } from "./alike.ts";
import type { LabelRules } from "./labels.ts";
import { commonLabels, LABEL_ROOM, labelLine } from "./alert_data.ts";
import type { Translate } from "./locale.ts";
import { textOfParts } from "./where.ts";

/** Alike alerts of a message, for a template. A text that does not apply is empty. */
export interface AlertGroup {
  /** New, then `risen` (became worse), `resolved`, `still` (goes on): groups come in this order. */
  readonly kind: AlikeKind;
  /** The name that all have. */
  readonly name: string;
  readonly mark: string;
  readonly severity: Severity;
  /** `严重` */
  readonly level: string;
  readonly status: Status;
  /** How many alerts; of a digest, how many incidents. */
  readonly count: number;
  /** `KubePodCrashLooping ×3 · prod`: name, count, and what they have in common. */
  readonly head: string;
  /** `严重 · 已 8 分钟（10:43 起）`, `已恢复 · 持续 8 分 55 秒`: of the oldest. */
  readonly state: string;
  /** What all have in common of their where: `prod`; of a single alert nothing. */
  readonly shared: string;
  /** Those that are listed, each with what tells it from the others. */
  readonly items: readonly AlertItem[];
  /** Whether the items stand better in a list than in a run: they are few, and have something to say. */
  readonly isList: boolean;
  /** The items as one text: `checkout-7d9f8b6c5-x2x4z、cart-5f8c … +160`. */
  readonly run: string;
  /** How many are not listed. */
  readonly more: number;
  /** What all say, or the first of many. */
  readonly summary: string;
  /** What else all say. */
  readonly description: string;
  /** The value of a single alert. */
  readonly value: string;
  /** `上次通知后又发生 12 次`, where it is true of all. */
  readonly note: string;
  /** When the oldest began: `10:43`. */
  readonly since: string;
  /** How long it has been there, or was: `已 8 分钟`. */
  readonly duration: string;
  /** The labels that all have and that nothing else shows: `container=app, reason=CrashLoopBackOff`. */
  readonly labels: string;
  /** Details first; those of the first alert. */
  readonly links: readonly (Link & LabelledLink)[];
}

/** One of alike alerts. */
export interface AlertItem {
  /** `cart-5f8c · reason=OOMKilled`; may be empty. */
  readonly text: string;
  /** What only this one says: its summary, its value, that it is a repeat; on one line. */
  readonly says: string;
  readonly alert: AlertData;
}

/** What {@linkcode alertGroup} works with. */
export interface GroupOptions {
  readonly t: Translate;
  readonly rules: LabelRules;
  /** The labels that are shown once for all groups. */
  readonly common: readonly string[];
  /** Links of several groups: no long addresses of the source where the details lead there. */
  readonly isOnly: boolean;
  /** The form has room for a few hundred words only. */
  readonly isShort: boolean;
  /** Items that are listed at most. */
  readonly most: number;
}

/** Alike alerts as templates get them. `alerts`: the data of `alike.alerts`, in their order. */
export function alertGroup(alike: Alike, alerts: readonly AlertData[], options: GroupOptions): AlertGroup {
  const { t, rules, common, most } = options;
  const { kind, severity } = alike;
  const [first] = alerts as readonly [AlertData];
  const count = alerts.length;
  const summaries = new Set(alerts.map(({ summary }) => summary));
  const summary = summaries.size === 1 ? first.summary : masked(alerts);
  const isFew = count <= FEW;
  const note = new Set(alerts.map(({ note }) => note)).size === 1 ? first.note : "";
  const items = alerts.slice(0, most).map((alert): AlertItem => ({
    text: alert.differs,
    says: isFew && count > 1 && kind !== "resolved"
      ? [
        summary === undefined ? cut(oneLine(alert.summary), { chars: 200 }) : "",
        alert.value,
        note === alert.note ? "" : alert.note,
      ].filter(Boolean).join(" · ")
      : "",
    alert,
  }));
  const more = count - items.length;
  const shared = textOfParts(alike.shared);
  const oldest = alerts.reduce((a, b) => (b.startsAt ?? Infinity) < (a.startsAt ?? Infinity) ? b : a);
  const isOver = kind === "resolved";
  const own = isOver || first.verbatim
    ? []
    : commonLabels(alerts, rules).filter(([name]) => !common.includes(name));
  return {
    kind,
    name: first.title,
    mark: first.mark,
    severity,
    level: first.level,
    status: first.status,
    count,
    head: [count === 1 ? first.title : `${first.title} ×${count}`, shared].filter(Boolean).join(" · "),
    state: stateOf(oldest, { kind, note, t }),
    shared,
    items,
    isList: count > 1 && isFew && (alike.hasFacts || items.some(({ says }) => says !== "")),
    run: runOf(items, more, t),
    more,
    summary: isOver ? "" : summary ?? (isFew ? "" : t("message.example", { text: first.brief })),
    description: !isOver && sameIn(alerts, "description") ? first.description : "",
    value: count === 1 ? first.value : "",
    note,
    since: oldest.since,
    duration: oldest.duration,
    labels: labelLine(own, options.isOnly ? LABEL_ROOM.one : LABEL_ROOM.several),
    links: linksOf(first, options),
  };
}

function sameIn(alerts: readonly AlertData[], field: "description"): boolean {
  return alerts.every((alert) => alert[field] === alerts[0]![field]);
}

/** `严重 · 级别上升 · 已 8 分钟（10:43 起）` */
function stateOf(
  oldest: AlertData,
  { kind, note, t }: { kind: AlikeKind; note: string; t: Translate },
): string {
  const { duration, since, level, statusAssumed, resent } = oldest;
  if (kind === "resolved") {
    return [statusAssumed ? "" : t("status.resolved"), resent ? note : "", duration].filter(Boolean).join(
      " · ",
    );
  }
  const time = duration === ""
    ? since && t("message.since", { time: since })
    : t("message.ageSince", { duration, since });
  return [level, note, time].filter(Boolean).join(" · ");
}

/** `checkout、cart … +160`; equal texts once. */
function runOf(items: readonly AlertItem[], more: number, t: Translate): string {
  const texts = [...timesOf(items.map(({ text }) => text).filter(Boolean))]
    .map(([text, times]) => times === 1 ? text : `${text} ×${times}`);
  const run = texts.join(t("message.comma"));
  return more > 0 && run !== "" ? `${run} … +${more}` : run;
}

/** The summary that all have but for the names of their objects, with `…` for these; `undefined` when they differ. */
function masked(alerts: readonly AlertData[]): string | undefined {
  let common: string | undefined;
  for (const { summary, object } of alerts) {
    let text = summary;
    for (const { value } of object?.parts ?? []) if (value.length > 2) text = text.replaceAll(value, "…");
    common ??= text;
    if (text !== common) return undefined;
  }
  return common;
}

/** Kinds of links in the order in which people need them. */
const ORDER = ["relay", "runbook", "silence", "dashboard", "panel", "image", "source"];

function linksOf({ links }: AlertData, { isOnly, isShort }: GroupOptions): AlertGroup["links"] {
  const hasDetails = links.some(({ kind }) => kind === "relay");
  return links.filter(({ kind }) => kind !== "source" || !hasDetails || isOnly && !isShort)
    .toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
