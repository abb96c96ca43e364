/**
 * The summary of an alert in a list of the log, and the search for it.
 *
 * @module
 */
import type { Alert, Labels, Status } from "./alert.ts";
import { isNotified } from "./outcome.ts";
import { isWhole, type LoggedAlert } from "./record.ts";
import type { Severity } from "./severity.ts";

/** The searchable words of an alert. */
export interface Words {
  readonly dialect: string;
  readonly title: string;
  readonly text: string;
  readonly labels: Labels;
}

/**
 * The outcome of an alert over all of its groups: at least one group was notified (`told`) · it was a duplicate for every group
 * (`folded`) · or no group was notified, for another reason (`suppressed`).
 */
export type OverallOutcome = "told" | "folded" | "suppressed";

/** All overall outcomes. */
export const OVERALL_OUTCOMES: readonly OverallOutcome[] = ["told", "folded", "suppressed"];

/** A logged alert as a list shows it. */
export interface Summary {
  readonly id: string;
  readonly at: number;
  readonly fingerprint: string;
  readonly incident: string | null;
  readonly status: Status;
  readonly severity: Severity;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly groups: readonly string[];
  readonly heard: OverallOutcome;
  /** For a duplicate, the words of its incident's first alert, which the log stores in full. */
  readonly words: Words;
}

/** The filter of a list of alerts. Missing fields do not filter. */
export interface LogFilter {
  readonly status?: Status | undefined;
  readonly severities?: readonly Severity[] | undefined;
  readonly group?: string | undefined;
  readonly dialect?: string | undefined;
  readonly fingerprint?: string | undefined;
  /** Its start, in epoch milliseconds, `to` excluded; without a start, the time of receipt. */
  readonly started?: { readonly from?: number | undefined; readonly to?: number | undefined } | undefined;
  /** Only the first alerts of incidents. */
  readonly opening?: boolean | undefined;
  /** Only alerts of which a group was notified. */
  readonly told?: boolean | undefined;
  /** Terms that must all occur in it, as {@linkcode termsOf} returns them. */
  readonly terms?: readonly string[] | undefined;
}

/** Which part of the log to read. */
export interface LogPart {
  /** Only alerts older than this id. */
  readonly before?: string | undefined;
  /** Only alerts newer than this id. */
  readonly after?: string | undefined;
  /** The time at which they were stored, in epoch milliseconds; `to` excluded. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The words of an alert. */
export function wordsOf({ dialect, title, text, labels }: Alert): Words {
  return { dialect, title, text, labels };
}

/** The summary of a logged alert. `words`: of a duplicate those of its incident. */
export function summaryOf(logged: LoggedAlert, words: Words): Summary {
  const { id, at, fingerprint, incident, alert, routing } = logged;
  return {
    id,
    at,
    fingerprint,
    incident,
    status: alert.status,
    severity: alert.severity,
    startsAt: alert.startsAt,
    endsAt: isWhole(alert) ? alert.endsAt : null,
    groups: routing.map(({ group }) => group),
    heard: !isWhole(alert)
      ? "folded"
      : routing.some(({ outcome }) => isNotified(outcome))
      ? "told"
      : "suppressed",
    words,
  };
}

/** Text for comparison without case. A final sigma counts as any other sigma. */
export function foldCase(text: string): string {
  return text.toLowerCase().replaceAll("ς", "σ");
}

/** Terms of one search, at most. */
const TERMS = 10;

/** The terms of a search, separated by spaces. */
export function termsOf(query: string): string[] {
  return [...new Set(foldCase(query.toWellFormed()).split(/\s+/).filter((term) => term !== ""))].slice(
    0,
    TERMS,
  );
}

/** The parts of a term: an object is shown as `prod/checkout`, and each part is the value of a label. */
export function partsOf(term: string): string[] {
  return term.split("/").filter((part) => part !== "");
}

/** Whether each term occurs in the title, the text, or a label as `name=value`, or is label values joined by slashes. */
export function hasTerms({ title, text, labels }: Words, terms: readonly string[]): boolean {
  if (terms.length === 0) return true;
  const lines = [title, text, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)];
  const hay = foldCase(lines.join("\n"));
  return terms.every((term) => hay.includes(term) || isObjectIn(labels, term));
}

/** Whether a term is a part of label values joined by slashes. */
function isObjectIn(labels: Labels, term: string): boolean {
  const parts = term.split("/");
  if (parts.length < 2 || parts.includes("")) return false;
  const last = parts.length - 1;
  const values = Object.values(labels).map(foldCase);
  return parts.every((part, index) =>
    values.some((value) =>
      index === 0 ? value.endsWith(part) : index === last ? value.startsWith(part) : value === part
    )
  );
}

/** Whether an alert passes the filter. */
export function isListed(summary: Summary, filter: LogFilter): boolean {
  const { status, severities, group, dialect, fingerprint, opening, told, started, terms = [] } = filter;
  const began = summary.startsAt ?? summary.at;
  return (status === undefined || summary.status === status) &&
    (severities === undefined || severities.includes(summary.severity)) &&
    (group === undefined || summary.groups.includes(group)) &&
    (dialect === undefined || summary.words.dialect === dialect) &&
    (fingerprint === undefined || summary.fingerprint === fingerprint) &&
    (opening !== true || summary.incident === summary.id) &&
    (started?.from === undefined || began >= started.from) &&
    (started?.to === undefined || began < started.to) &&
    (told !== true || summary.heard === "told") &&
    hasTerms(summary.words, terms);
}
