/**
 * Packs of summaries: two hundred alerts in one value of the database. The format lets a search skip most packs without
 * parsing them.
 *
 * A pack is text: a head line, the words of its alerts (a line each; alerts with the same words share one), an empty
 * line, and the rows.
 *
 * @module
 */
import type { Status } from "../domain/alert.ts";
import { SEVERITIES } from "../domain/severity.ts";
import { utf8Bytes } from "../base/text.ts";
import {
  foldCase,
  hasTerms,
  isListed,
  type LogFilter,
  OVERALL_OUTCOMES,
  type OverallOutcome,
  partsOf,
  type Summary,
  type Words,
} from "../domain/summary.ts";

const STATUSES: readonly Status[] = ["firing", "resolved"];

/** A value of the database has at most 64 KiB. */
const PACK_BYTES = 60_000;

/** The most alerts in a pack. */
export const PACKED = 200;

/** The head of a pack. The numbers in the rows are indexes of its lists. */
interface PackHead {
  /** The id of its newest alert. */
  readonly last: string;
  readonly count: number;
  readonly statuses: readonly number[];
  readonly severities: readonly number[];
  readonly heard: readonly number[];
  readonly groups: readonly string[];
  readonly dialects: readonly string[];
}

/** A summary, as numbers if possible. `incident`: 0 = its own id, -1 = none. */
type PackRow = [
  id: string,
  at: number,
  fingerprint: string,
  incident: string | 0 | -1,
  status: number,
  severity: number,
  startsAt: number | null,
  endsAt: number | null,
  groups: number[],
  heard: number,
  words: number,
];

/** Words, without the dialect's name. */
type PackLine = [dialect: number, title: string, text: string, labels: Words["labels"]];

/** A pack that is being built. */
export class PackBuilder {
  readonly #rows: PackRow[] = [];
  readonly #words = new Map<string, number>();
  readonly #groups = new IndexedValues<string>();
  readonly #dialects = new IndexedValues<string>();
  #bytes = 300;

  /** The id of its oldest alert. */
  get first(): string {
    return this.#rows[0]![0];
  }

  /** The id of its newest alert. */
  get last(): string {
    return this.#rows.at(-1)![0];
  }

  /** Add an alert, newer than all before it. @returns whether it fits. */
  add({ words: { dialect, title, text, labels }, ...summary }: Summary): boolean {
    if (this.#rows.length >= PACKED) return false;
    const { id, at, fingerprint, incident, status, severity, startsAt, endsAt, groups, heard } = summary;
    const line: PackLine = [this.#dialects.of(dialect), title, text, labels];
    const written = JSON.stringify(line);
    const existing = this.#words.get(written);
    const row: PackRow = [
      id,
      at,
      fingerprint,
      incident === id ? 0 : incident ?? -1,
      STATUSES.indexOf(status),
      SEVERITIES.indexOf(severity),
      startsAt,
      endsAt,
      groups.map((group) => this.#groups.of(group)),
      OVERALL_OUTCOMES.indexOf(heard),
      existing ?? this.#words.size,
    ];
    const bytes = JSON.stringify(row).length + 1 + (existing === undefined ? utf8Bytes(written) + 1 : 0) +
      groups.reduce((sum, group) => sum + utf8Bytes(group) + 3, 0);
    // A single alert always fits: the log page that contains all of this is one value, too.
    if (this.#rows.length > 0 && this.#bytes + bytes > PACK_BYTES) return false;
    this.#bytes += bytes;
    if (existing === undefined) this.#words.set(written, this.#words.size);
    this.#rows.push(row);
    return true;
  }

  /** The pack's text. */
  finish(): string {
    const column = (index: number): number[] => [...new Set(this.#rows.map((row) => row[index] as number))];
    const head: PackHead = {
      last: this.last,
      count: this.#rows.length,
      statuses: column(4),
      severities: column(5),
      heard: column(9),
      groups: this.#groups.values,
      dialects: this.#dialects.values,
    };
    return `${JSON.stringify(head)}\n${[...this.#words.keys()].join("\n")}\n\n${JSON.stringify(this.#rows)}`;
  }
}

/** A list of distinct values, each with its index. */
class IndexedValues<T> {
  readonly #indexes = new Map<T, number>();

  get values(): T[] {
    return [...this.#indexes.keys()];
  }

  of(value: T): number {
    const index = this.#indexes.get(value) ?? this.#indexes.size;
    this.#indexes.set(value, index);
    return index;
  }
}

/** The id of a pack's newest alert. */
export function lastOf(pack: string): string {
  return headOf(pack).last;
}

/** The alerts of a pack that a filter lists, the oldest first. */
export function listedIn(pack: string, filter: LogFilter): Summary[] {
  const head = headOf(pack);
  if (!mayHold(head, filter)) return [];
  // A fingerprint is hex: the rows contain it unescaped.
  if (filter.fingerprint !== undefined && !pack.includes(JSON.stringify(filter.fingerprint))) return [];
  const start = pack.indexOf("\n") + 1;
  const end = pack.indexOf("\n\n", start);
  const lines = pack.slice(start, end).split("\n");
  const wanted = wordsWith(filter.terms ?? [], { head, lines, text: pack.slice(start, end) });
  if (wanted.size === 0) return [];
  const rows = JSON.parse(pack.slice(end + 2)) as PackRow[];
  const rest = { ...filter, terms: undefined };
  const listed: Summary[] = [];
  for (const row of rows) {
    if (filter.opening === true && row[3] !== 0) continue;
    const words = wanted.get(row[10]);
    if (!words) continue;
    const summary = summaryIn(row, words(), head);
    if (isListed(summary, rest)) listed.push(summary);
  }
  return listed;
}

function headOf(pack: string): PackHead {
  return JSON.parse(pack.slice(0, pack.indexOf("\n"))) as PackHead;
}

/** Whether an alert of the pack may match, according to its head. */
function mayHold(head: PackHead, { status, severities, group, dialect, told }: LogFilter): boolean {
  return (status === undefined || head.statuses.includes(STATUSES.indexOf(status))) &&
    (severities === undefined ||
      severities.some((severity) => head.severities.includes(SEVERITIES.indexOf(severity)))) &&
    (group === undefined || head.groups.includes(group)) &&
    (dialect === undefined || head.dialects.includes(dialect)) &&
    (told !== true || head.heard.includes(OVERALL_OUTCOMES.indexOf("told")));
}

/** The words that contain all terms, by their line. Searched as text first: a pack that lacks a term is not parsed. */
function wordsWith(
  terms: readonly string[],
  { head, lines, text }: { head: PackHead; lines: readonly string[]; text: string },
): Map<number, () => Words> {
  const found = new Map<number, () => Words>();
  const parse = (line: number): Words => {
    const [dialect, title, text, labels] = JSON.parse(lines[line]!) as PackLine;
    return { dialect: head.dialects[dialect]!, title, text, labels };
  };
  const needles = terms.flatMap(asWritten);
  const folded = needles.length === 0 ? "" : foldCase(text);
  if (!needles.every((needle) => folded.includes(needle))) return found;
  const foldedLines = needles.length === 0 ? [] : folded.split("\n");
  for (let line = 0; line < lines.length; line++) {
    if (!needles.every((needle) => foldedLines[line]!.includes(needle))) continue;
    let words: Words | undefined;
    const get = (): Words => words ??= parse(line);
    if (terms.length === 0 || hasTerms(get(), terms)) found.set(line, get);
  }
  return found;
}

/** The JSON spelling of a term; for `name=value` and for an object, of its parts, because labels are stored separately. */
function asWritten(term: string): string[] {
  return partsOf(term).flatMap((part) => part.split("=")).filter((part) => part !== "")
    .map((part) => JSON.stringify(part).slice(1, -1));
}

function summaryIn(row: PackRow, words: Words, { groups }: PackHead): Summary {
  const [id, at, fingerprint, incident, status, severity, startsAt, endsAt, indexes, heard] = row;
  return {
    id,
    at,
    fingerprint,
    incident: incident === 0 ? id : incident === -1 ? null : incident,
    status: STATUSES[status]!,
    severity: SEVERITIES[severity]!,
    startsAt,
    endsAt,
    groups: indexes.map((index) => groups[index]!),
    heard: OVERALL_OUTCOMES[heard] as OverallOutcome,
    words,
  };
}
