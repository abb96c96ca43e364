import { foldCase, hasTerms, partsOf, termsOf } from "../../domain/summary.ts";
import type { Matcher } from "../../domain/matcher.ts";
import { SEVERITIES } from "../../domain/severity.ts";
import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import { titleKey, type WantedIncidents } from "./wanted.ts";

/** The properties of which a filter names one value. The bit of each in {@linkcode Selection} is its index here. */
export const DIMENSIONS = ["severity", "acknowledged", "group", "dialect", "holder", "title"] as const;

/** A property of which a filter names one value. */
export type Dimension = typeof DIMENSIONS[number];

/** The bit of all other conditions, such as labels and texts. */
const OTHER = 1 << DIMENSIONS.length;

/** The unmet conditions of a row, as bits; 0 if it matches. The table must not change between two calls. */
export type Selection = (row: OpenRow) => number;

/** The bit of a dimension. */
export function bitOf(dimension: Dimension): number {
  return 1 << DIMENSIONS.indexOf(dimension);
}

/** Whether a filter has conditions that need the labels. */
export function needsLabels({ matchers = [], text = "" }: WantedIncidents): boolean {
  return matchers.length > 0 || text.trim() !== "";
}

/** Compile a filter for the rows of a table. A row whose labels are not read yet counts as without labels. */
export function selectionOf(wanted: WantedIncidents, table: OpenTable): Selection {
  const { severity, group, known, acknowledged, holder, dialect, title, matchers = [], text = "" } = wanted;
  const checks: { bit: number; passes: (row: OpenRow) => boolean }[] = [];
  const add = (bit: number, passes: (row: OpenRow) => boolean): void => void checks.push({ bit, passes });
  if (severity !== undefined) {
    const index = SEVERITIES.indexOf(severity);
    add(bitOf("severity"), (row) => row.severity === index);
  }
  if (acknowledged !== undefined) add(bitOf("acknowledged"), (row) => row.acknowledged === acknowledged);
  if (group !== undefined) {
    const hasGroup = memo(table.groupSets.bound, (set) => table.groupsOf(set).includes(group) ? 1 : 0);
    add(bitOf("group"), (row) => hasGroup(row.groups) === 1);
  }
  for (
    const [bit, value, texts, field] of [
      [bitOf("dialect"), dialect, table.dialects, "dialect"],
      [bitOf("holder"), holder, table.holders, "holder"],
    ] as const
  ) {
    if (value === undefined) continue;
    const number = texts.numberOf(value);
    add(bit, (row) => number !== undefined && row[field] === number);
  }
  if (title !== undefined) {
    const key = titleKey(title);
    const hasTitle = memo(table.titles.bound, (one) => titleKey(table.titles.textOf(one)) === key ? 1 : 0);
    add(bitOf("title"), (row) => hasTitle(row.title) === 1);
  }
  if (known !== undefined) add(OTHER, (row) => row.known === known);
  for (const matcher of cheapestFirst(matchers)) add(OTHER, matcherCheck(matcher, table));
  if (termsOf(text).length > 0) add(OTHER, textCheck(text, table));
  return (row) => {
    let failed = 0;
    for (const { bit, passes } of checks) if ((failed & bit) === 0 && !passes(row)) failed |= bit;
    return failed;
  };
}

/** Whether a matcher matches one label only. */
export function isOfOneLabel({ operator, value }: Matcher): boolean {
  return operator === "=" && value !== "";
}

/** Whether a row matches all of some matchers. The table must not change between two calls. */
export function matchersCheck(matchers: readonly Matcher[], table: OpenTable): (row: OpenRow) => boolean {
  const checks = cheapestFirst(matchers).map((matcher) => matcherCheck(matcher, table));
  return (row) => checks.every((passes) => passes(row));
}

/** Equality is the cheapest condition and the most frequent one. */
function cheapestFirst(matchers: readonly Matcher[]): Matcher[] {
  const rank = ({ operator }: Matcher): number => operator === "=" ? 0 : 1;
  return matchers.toSorted((a, b) => rank(a) - rank(b));
}

function matcherCheck(matcher: Matcher, table: OpenTable): (row: OpenRow) => boolean {
  const { name, accepts } = matcher;
  if (isOfOneLabel(matcher)) {
    const pair = table.pairOf(name, matcher.value);
    return ({ labels }) => pair !== undefined && labels !== undefined && labels.includes(pair);
  }
  const number = table.labelNames.numberOf(name);
  const accepted = memo(table.pairBound, (pair) => accepts(table.valueOf(pair)) ? 1 : 0);
  let acceptsNone: boolean | undefined;
  return ({ labels = [] }) => {
    for (const pair of labels) if (table.nameOf(pair) === number) return accepted(pair) === 1;
    return acceptsNone ??= accepts("");
  };
}

/** A check whether a row has all terms of a search, as in `hasTerms`, or a fingerprint that begins with its text. */
function textCheck(text: string, table: OpenTable): (row: OpenRow) => boolean {
  const terms = termsOf(text);
  const needle = text.trim().toLowerCase();
  const parts = terms.map((term) => term.includes("/") ? partsOf(term) : []);
  const all = (1 << terms.length) - 1;
  const termsIn = (text: string): number => {
    const folded = foldCase(text);
    return terms.reduce((bits, term, index) => folded.includes(term) ? bits | 1 << index : bits, 0);
  };
  const inTitle = memo(table.titles.bound, (title) => termsIn(table.titles.textOf(title)));
  const inName = memo(table.labelNames.bound, (name) => termsIn(table.labelNames.textOf(name)));
  const hasSign = terms.some((term) => term.includes("="));
  const inPair = memo(table.pairBound, (pair) => {
    const name = table.nameOf(pair);
    if (!hasSign) return inName(name) | termsIn(table.valueOf(pair));
    return termsIn(`${table.labelNames.textOf(name)}=${table.valueOf(pair)}`);
  });
  /** Whether a value has the first part of one of the terms with a slash. */
  const mayBeObject = memo(table.pairBound, (pair) => {
    const folded = foldCase(table.valueOf(pair));
    return parts.some(([first]) => first !== undefined && folded.includes(first)) ? 1 : 0;
  });
  const hasObjects = parts.some(({ length }) => length > 1);
  return (row) => {
    let found = inTitle(row.title);
    if (row.memo !== undefined) found |= termsIn(row.memo);
    for (const pair of row.labels ?? []) found |= inPair(pair);
    if (found === all) return true;
    if (needle.length >= 6 && row.fingerprint.startsWith(needle)) return true;
    if (!hasObjects || !row.labels?.some((pair) => mayBeObject(pair) === 1)) return false;
    const title = table.titles.textOf(row.title);
    return hasTerms({ dialect: "", title, text: row.memo ?? "", labels: table.labelsOf(row) }, terms);
  };
}

/** A function of numbers below a bound that caches its results, which are numbers from 0. */
function memo(bound: number, compute: (number: number) => number): (number: number) => number {
  const results = new Int16Array(bound).fill(-1);
  return (number) => {
    const known = results[number]!;
    return known >= 0 ? known : results[number] = compute(number);
  };
}
