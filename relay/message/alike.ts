/**
 * Groups alerts of one message that differ only in their object: one line can describe all of them.
 *
 * @module
 */
import { labelOf } from "../domain/alert.ts";
import type { MessageAlert } from "../channel.ts";
import { isEvent } from "../domain/outcome.ts";
import { SEVERITIES, type Severity } from "../domain/severity.ts";
import { cut, oneLine } from "../base/text.ts";
import { differingLabels, type LabelRules, visibleLabels } from "./labels.ts";
import { textOfParts, type Where, whereOf, type WherePart } from "../domain/where.ts";

/** The change of a group of alike alerts: they began, became worse, ended, or go on. */
export type AlikeKind = "new" | "risen" | "resolved" | "still";

/** Alerts of one kind, severity and name; in the edit of a digest, acknowledged ones form groups of their own. */
export interface Alike {
  readonly kind: AlikeKind;
  readonly severity: Severity;
  /** The alerts in their given order. */
  readonly alerts: readonly MessageAlert[];
  /** The parts of `where` that all share, the outermost first, a detail last; empty for a single alert. */
  readonly shared: readonly WherePart[];
  /** For each alert, the text that distinguishes it from the others: `cart-5f · reason=OOMKilled`; may be empty. */
  readonly differs: readonly string[];
  /** The labels that are shown next to the objects, because their values differ. */
  readonly facts: readonly string[];
}

const KINDS: readonly AlikeKind[] = ["new", "risen", "resolved", "still"];

/** With more alike alerts or groups than this, a message shows less of each. */
export const MAX_DETAILED = 6;

/** The most labels next to an object, and the most characters of a value. */
const FACTS = 2;
const VALUE_CHARS = 60;

/** The most labels that are added if nothing else distinguishes two alerts. */
const LAST_RESORTS = 3;

/** The change of an alert. */
export function kindOf({ status, still, reason }: MessageAlert): AlikeKind {
  if (status === "resolved") return "resolved";
  if (still) return "still";
  return reason === "changed" ? "risen" : "new";
}

/** The object of an alert; derived from its labels if the alert has none, as in the tests of channels. */
export function objectOf(alert: MessageAlert, rules: LabelRules): Where {
  return alert.object ?? whereOf(alert.labels, rules.where);
}

/**
 * The alerts, grouped by likeness: first groups that began or became worse, the worst first; then resolved ones, then
 * ongoing ones. Within a group the alerts keep their order.
 */
export function groupAlike(alerts: readonly MessageAlert[], rules: LabelRules): Alike[] {
  const groups = new Map<string, MessageAlert[]>();
  for (const alert of alerts) {
    // Texts of people are never grouped: each word counts.
    const own = alert.authored ? `\n${alert.id}\n${alert.text}` : "";
    const handled = alert.status === "firing" && isEvent(alert.reason) ? alert.reason : "";
    const key = `${kindOf(alert)}\n${handled}\n${alert.severity}\n${alert.title}${own}`;
    const existing = groups.get(key);
    if (existing === undefined) groups.set(key, [alert]);
    else existing.push(alert);
  }
  return [...groups.values()].map((alerts) => alikeOf(alerts, rules))
    .toSorted(byUrgency);
}

function byUrgency(a: Alike, b: Alike): number {
  const rankOf = (kind: AlikeKind): number => Math.max(KINDS.indexOf("risen"), KINDS.indexOf(kind));
  return rankOf(a.kind) - rankOf(b.kind) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
}

function alikeOf(alerts: readonly MessageAlert[], rules: LabelRules): Alike {
  const [first] = alerts as readonly [MessageAlert];
  const head = { kind: kindOf(first), severity: first.severity, alerts };
  if (alerts.length === 1) {
    return { ...head, shared: [], differs: [objectOf(first, rules).text], facts: [] };
  }
  const objects = alerts.map((alert) => objectOf(alert, rules).parts);
  const start = commonStart(objects);
  const end = commonDetail(objects.map((parts) => parts.slice(start.length)));
  const shared = [...start, ...end];
  const rests = objects.map((parts) => textOfParts(parts.slice(start.length, parts.length - end.length)));
  if (alerts.length > MAX_DETAILED && new Set(rests).size === rests.length) {
    return { ...head, shared, differs: rests, facts: [] };
  }

  const inWhere = new Set(objects.flatMap((parts) => parts.map(({ name }) => name)));
  const differing = differingLabels(alerts.map(({ labels }) => labels)).filter((name) => !inWhere.has(name));
  const visible = new Set(
    alerts.flatMap(({ labels }) => visibleLabels(labels, rules, [...inWhere]).map(([name]) => name)),
  );
  const shown = differing.filter((name) => visible.has(name));
  const facts = alerts.length > MAX_DETAILED || head.kind === "resolved" ? [] : shown.slice(0, FACTS);
  const rest = [...shown.slice(facts.length), ...differing.filter((name) => !visible.has(name))];
  const texts = alerts.map((alert, index) =>
    [rests[index]!, ...facts.flatMap((name) => pairOf(alert, name))].filter(Boolean).join(" · ")
  );
  return { ...head, shared, differs: distinguished(texts, { alerts, by: rest }), facts };
}

/** Adds to equal texts as few labels as make them differ. */
function distinguished(
  texts: readonly string[],
  { alerts, by }: { alerts: readonly MessageAlert[]; by: readonly string[] },
): readonly string[] {
  let result = texts;
  let different = new Set(texts).size;
  let added = 0;
  for (const name of by) {
    if (different === texts.length || added === LAST_RESORTS) break;
    const isTwice = timesOf(result);
    const longer = result.map((text, index) =>
      isTwice.get(text) === 1 ? text : [text, ...pairOf(alerts[index]!, name)].filter(Boolean).join(" · ")
    );
    const now = new Set(longer).size;
    if (now === different) continue;
    [result, different] = [longer, now];
    added++;
  }
  return result;
}

function pairOf({ labels }: MessageAlert, name: string): string[] {
  const value = labelOf(labels, name);
  return value
    ? [`${oneLine(cut(name, { chars: VALUE_CHARS }))}=${oneLine(cut(value, { chars: VALUE_CHARS }))}`]
    : [];
}

/** Counts each text, in order of first appearance. */
export function timesOf(texts: readonly string[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1);
  return times;
}

/** The leading parts that all objects share. */
export function commonStart(all: readonly (readonly WherePart[])[]): readonly WherePart[] {
  const [first = [], ...others] = all;
  const end = first.findIndex(({ name, value }, index) =>
    others.some((parts) => parts[index]?.name !== name || parts[index]?.value !== value)
  );
  return end === -1 ? first : first.slice(0, end);
}

/** The last part, if all objects share it, such as one mount point on several hosts. */
function commonDetail(all: readonly (readonly WherePart[])[]): readonly WherePart[] {
  const [first] = all.map((parts) => parts.at(-1));
  if (!first?.detail) return [];
  return all.every((parts) => parts.at(-1)?.detail && parts.at(-1)!.value === first.value) ? [first] : [];
}
