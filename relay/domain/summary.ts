/**
 * What a list of the log shows of an alert, and how it is found there.
 *
 * @module
 */
import type { Alert, Labels, Status } from "./alert.ts";
import { isWhole, type LoggedAlert } from "./record.ts";
import type { Severity } from "./severity.ts";

/** The words of an alert: what is searched. */
export interface Words {
  readonly dialect: string;
  readonly title: string;
  readonly text: string;
  readonly labels: Labels;
}

/**
 * What its groups heard of an alert: at least one was `told` · every one `folded` it · or nobody was told, for some
 * reason (`suppressed`).
 */
export type Heard = "told" | "folded" | "suppressed";

/** All of them. */
export const HEARD: readonly Heard[] = ["told", "folded", "suppressed"];

/** An alert of the log, without what only its own page shows. */
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
  readonly heard: Heard;
  /** Of a folded one those of its incident's first alert, which the log kept whole. */
  readonly words: Words;
}

/** What an alert must be like to be listed. What is not given does not matter. */
export interface LogFilter {
  readonly status?: Status | undefined;
  readonly severities?: readonly Severity[] | undefined;
  readonly group?: string | undefined;
  readonly dialect?: string | undefined;
  readonly fingerprint?: string | undefined;
  /** It began then, in epoch milliseconds, `to` not included; where it does not say, when it was received counts. */
  readonly started?: { readonly from?: number | undefined; readonly to?: number | undefined } | undefined;
  /** It began its incident. */
  readonly opening?: boolean | undefined;
  /** A group was told of it. */
  readonly told?: boolean | undefined;
  /** Each of them occurs somewhere in it, as {@linkcode termsOf} yields them. */
  readonly terms?: readonly string[] | undefined;
}

/** Which part of the log is looked at. */
export interface LogPart {
  /** Only alerts older than this id. */
  readonly before?: string | undefined;
  /** Only alerts newer than this id. */
  readonly after?: string | undefined;
  /** Stored from this time on, and before that one: epoch milliseconds. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The words of an alert. */
export function wordsOf({ dialect, title, text, labels }: Alert): Words {
  return { dialect, title, text, labels };
}

/** An alert as a list shows it. `words`: of a folded one those of its incident. */
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
      : routing.some(({ outcome }) => outcome.kind === "told")
      ? "told"
      : "suppressed",
    words,
  };
}

/** Text for comparing, whatever the case. A final sigma depends on its neighbours, so it counts as any other. */
export function fold(text: string): string {
  return text.toLowerCase().replaceAll("ς", "σ");
}

/** Terms of one search at most. */
const TERMS = 10;

/** The terms of a search: what spaces divide. */
export function termsOf(query: string): string[] {
  return [...new Set(fold(query.toWellFormed()).split(/\s+/).filter((term) => term !== ""))].slice(0, TERMS);
}

/** The parts of a term: an object is shown as `prod/checkout`, and each part is the value of a label. */
export function partsOf(term: string): string[] {
  return term.split("/").filter((part) => part !== "");
}

/** Whether each term occurs in the title, the text, or a label as `name=value`, or is label values joined by slashes. */
export function hasTerms({ title, text, labels }: Words, terms: readonly string[]): boolean {
  if (terms.length === 0) return true;
  const lines = [title, text, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)];
  const hay = fold(lines.join("\n"));
  return terms.every((term) => hay.includes(term) || isObjectIn(labels, term));
}

/** Whether a term is a part of label values joined by slashes. */
function isObjectIn(labels: Labels, term: string): boolean {
  const parts = term.split("/");
  if (parts.length < 2 || parts.includes("")) return false;
  const last = parts.length - 1;
  const values = Object.values(labels).map(fold);
  return parts.every((part, index) =>
    values.some((value) =>
      index === 0 ? value.endsWith(part) : index === last ? value.startsWith(part) : value === part
    )
  );
}

/** Whether an alert is to be listed. */
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
