import { labelOf, type Link, type Status } from "../domain/alert.ts";
import type { LabelledLink } from "../channel.ts";
import type { Severity } from "../domain/severity.ts";
import { cut, oneLine } from "../base/text.ts";
import { type AlertData, commonLabels, LABEL_ROOM, labelLine } from "./alert_data.ts";
import { type Alike, type AlikeKind, MAX_DETAILED, timesOf } from "./alike.ts";
import type { LabelRules } from "./labels.ts";
import type { Translate } from "./locale.ts";
import { silenceBy } from "./shown_links.ts";
import { textOfParts } from "../domain/where.ts";

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
  /** The number of alerts; of a digest, of incidents. */
  readonly count: number;
  /** `KubePodCrashLooping ×3 · prod`: name, count, and the common parts. */
  readonly head: string;
  /** `严重 · 已 8 分钟（10:43 起）`, `已恢复 · 持续 8 分 55 秒`: of the oldest alert; of resolved ones, of the longest. */
  readonly state: string;
  /** The part of `where` that all share: `prod`; empty for a single alert. */
  readonly shared: string;
  /** The listed alerts, each with the text that distinguishes it from the others. */
  readonly items: readonly AlertItem[];
  /** Whether to show the items as a list instead of one run of text: they are few and have details. */
  readonly isList: boolean;
  /** The items as one text: `checkout-7d9f8b6c5-x2x4z、cart-5f8c … +160`. */
  readonly run: string;
  /** The number of unlisted items. */
  readonly more: number;
  /** The summary that all share, or an example of many. */
  readonly summary: string;
  /** The description that all share. */
  readonly description: string;
  /** The value of a single alert. */
  readonly value: string;
  /** `上次通知后又发生 12 次`, if it applies to all. */
  readonly note: string;
  /** The start of the oldest: `10:43`. */
  readonly since: string;
  /** The duration of its firing, so far or in total: `已 8 分钟`. */
  readonly duration: string;
  /** The labels that all have and that are shown nowhere else: `container=app, reason=CrashLoopBackOff`. */
  readonly labels: string;
  /** Details first; the links of the first alert. */
  readonly links: readonly (Link & LabelledLink)[];
}

/** One of alike alerts. */
export interface AlertItem {
  /** `cart-5f8c · reason=OOMKilled`; may be empty. */
  readonly text: string;
  /** Details of this alert alone, on one line: its summary, its value, and whether it is a repeat. */
  readonly says: string;
  readonly alert: AlertData;
}

/** The options of {@linkcode alertGroup}. */
export interface GroupOptions {
  readonly t: Translate;
  readonly rules: LabelRules;
  /** The labels that are shown once for all groups. */
  readonly common: readonly string[];
  /** Whether the message is about one alert. */
  readonly isOnly: boolean;
  /** Whether the form has room only for a few hundred words. */
  readonly isShort: boolean;
  /** The amount of detail. */
  readonly detail: Detail;
  /** Whether there are so many groups that each shows only its summary. */
  readonly isOfMany: boolean;
}

/**
 * A group's amount of detail: `full`: everything · `brief`: no labels, no description, and of the links the details
 * only · `terse`: no links either · `names`: the names and the objects alone.
 */
export type Detail = "full" | "brief" | "terse" | "names";

/** The details from more to less, for a message about several alerts that does not fit. */
export const SHORTER: readonly Detail[] = ["brief", "terse", "names"];

/** At most this many characters of a text are shown for one of several alerts. */
const SHORT: Readonly<Record<Detail, number>> = { full: 200, brief: 80, terse: 80, names: 0 };

/** Converts alike alerts to the data that templates get. `alerts`: the data of `alike.alerts`, in their order. */
export function alertGroup(alike: Alike, alerts: readonly AlertData[], options: GroupOptions): AlertGroup {
  const { t, rules, common, detail } = options;
  const { kind, severity } = alike;
  const [first] = alerts as readonly [AlertData];
  const count = alerts.length;
  const summaries = new Set(alerts.map(({ summary }) => summary));
  const summary = summaries.size === 1 ? first.summary : masked(alerts, alike, "summary");
  const short = (text: string): string =>
    options.isOnly ? text : cut(oneLine(text), { chars: SHORT[detail] });
  const isFew = count <= MAX_DETAILED;
  const tellsMore = isFew && count > 1 && masked(alerts, alike, "description") === undefined;
  const note = new Set(alerts.map(({ note }) => note)).size === 1 ? first.note : "";
  const items = alerts.map((alert): AlertItem => ({
    text: alert.differs,
    says: (isFew && count > 1 && kind !== "resolved" && detail !== "names"
      ? [
        summary === undefined ? short(alert.summary) : "",
        tellsMore && detail === "full" ? cut(oneLine(alert.description), { chars: 100 }) : "",
        alert.value,
        note === alert.note ? "" : alert.note,
      ].filter(Boolean).join(" · ")
      : "") || (note === "" && alert.resent || ""),
    alert,
  }));
  const shared = textOfParts(alike.shared);
  const isOver = kind === "resolved";
  const oldest = alerts.reduce((a, b) => (isOver ? isLonger(b, a) : isOlder(b, a)) ? b : a);
  const own = isOver || first.verbatim || detail !== "full"
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
    isList: count > 1 && (alike.facts.length > 0 || items.some(({ says }) => says !== "")),
    run: runOf(items, t),
    more: 0,
    summary: isOver || detail === "names"
      ? ""
      : short(summary ?? (isFew ? "" : t("message.example", { text: first.summary }))),
    description: !isOver && detail === "full" && !options.isOfMany &&
        alerts.every(({ description }) => description === first.description)
      ? short(first.description)
      : "",
    value: count === 1 ? first.value : "",
    note,
    since: oldest.since,
    duration: oldest.duration,
    labels: labelLine(own, options.isOnly ? LABEL_ROOM.one : LABEL_ROOM.several),
    links: linksOf(first, alike, options),
  };
}

function isOlder(a: AlertData, b: AlertData): boolean {
  return (a.startsAt ?? Infinity) < (b.startsAt ?? Infinity);
}

function isLonger(a: AlertData, b: AlertData): boolean {
  return lastedOf(a) > lastedOf(b);
}

function lastedOf({ startsAt, endsAt }: AlertData): number {
  return startsAt === null || endsAt === null ? -1 : endsAt - startsAt;
}

/** `严重 · 级别上升 · 已 8 分钟（10:43 起）` */
function stateOf(
  oldest: AlertData,
  { kind, note, t }: { kind: AlikeKind; note: string; t: Translate },
): string {
  const { duration, since, level, statusAssumed, reason } = oldest;
  if (kind === "resolved") {
    // A person closed it, and its sender has not resolved it: the note contains that.
    const word = statusAssumed || reason === "closed" ? "" : t("status.resolved");
    return [word, note, duration].filter(Boolean).join(" · ");
  }
  const time = duration === ""
    ? since && t("message.since", { time: since })
    : t("message.ageSince", { duration, since });
  // The title, or the line of ongoing alerts, already mentions that it goes on.
  const said = kind === "still" ? note.replace(t("reason.still"), "").replace(/^ · /, "") : note;
  return [level, said, time].filter(Boolean).join(" · ");
}

/** `checkout、cart`; equal texts once. */
function runOf(items: readonly AlertItem[], t: Translate): string {
  return [...timesOf(items.map(({ text }) => text).filter(Boolean))]
    .map(([text, times]) => times === 1 ? text : `${text} ×${times}`).join(t("message.comma"));
}

/** The group with at most `most` items, and the number of the others. */
export function withItems(group: AlertGroup, most: number, t: Translate): AlertGroup {
  if (group.count <= most) return group;
  const items = group.items.slice(0, most);
  const more = group.count - most;
  const run = runOf(items, t);
  return { ...group, items, more, run: run === "" ? "" : `${run} … +${more}` };
}

/** The text that all share, with `…` for the parts that differ between objects; `undefined` if they differ elsewhere. */
function masked(
  alerts: readonly AlertData[],
  { shared, facts }: Alike,
  field: "summary" | "description",
): string | undefined {
  const sharedValues = new Set(shared.map(({ value }) => value));
  let common: string | undefined;
  for (const alert of alerts) {
    let text = alert[field];
    const values = [
      ...alert.object?.parts.map(({ value }) => value) ?? [],
      ...facts.map((name) => labelOf(alert.labels, name) ?? ""),
    ];
    for (const value of values) {
      if (value.length > 2 && !sharedValues.has(value)) text = text.replaceAll(value, "…");
    }
    common ??= text;
    if (text !== common) return undefined;
  }
  return common;
}

/** Kinds of links in the order in which people need them. */
const ORDER = ["relay", "runbook", "silence", "dashboard", "panel", "image", "source"];

function linksOf(
  alert: AlertData,
  { shared, alerts }: Alike,
  { isOnly, isShort, detail }: GroupOptions,
): AlertGroup["links"] {
  const { links, verbatim, status } = alert;
  if (verbatim) return links; // in its sender's order
  if (detail === "terse" || detail === "names") return [];
  const details = links.filter(({ kind }) => kind === "relay");
  if (status === "resolved" || detail === "brief") return details;
  return links.filter(({ kind }) => kind !== "source" || details.length === 0 || isOnly && !isShort)
    .map((link) => alerts.length === 1 ? link : silenceBy(link, alert, shared.map(({ name }) => name)))
    .toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
