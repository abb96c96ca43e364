import type { Enrichment, EnrichmentRow } from "../domain/enrichment.ts";
import { rowKey } from "../domain/enrichment.ts";
import { didYouMean } from "../base/nearest.ts";
import { type Complaint, issuesOf, ONCE } from "./complaint.ts";
import { enrichRowSchema } from "./enrich_schema.ts";
import { type Path, pathText } from "./path.ts";
import type { FileValues } from "./sections.ts";
import type { TableFiles } from "./table_file.ts";

/** Rows of all tables together, at most: 50 MB of memory. */
const MAX_ROWS = 50_000;

/** Complaints about the rows of one file, at most: a wrong column makes every row wrong. */
const MAX_COMPLAINTS = 20;

/** The dialect has already read these labels, so a row that sets them would have no effect. */
const RESERVED: ReadonlySet<string> = new Set(["alertname", "severity"]);

type Table = NonNullable<FileValues["enrich"]>[number];
type Complain = (path: Path, message: string) => void;

/** The tables of `enrich`. `files`: the files that the relay's own configuration names, read together with it. */
export function enrichmentOf(
  section: FileValues["enrich"] = [],
  { files, complain }: { files: TableFiles; complain: Complain },
): readonly Enrichment[] {
  let rows = 0;
  return section.map((table, index) => {
    const here = (path: Path, message: string): void => complain([index, ...path], message);
    const found = rowsOf(table, { files, complain: here });
    rows += found.length;
    if (rows > MAX_ROWS && rows - found.length <= MAX_ROWS) {
      here([], `has too many rows: all tables together may have ${MAX_ROWS}`);
    }
    const { match, override = false } = table;
    return { match, override, rows: tableOf(table, found, here) };
  });
}

/** A row, and its place in the file. */
interface PlacedRow {
  readonly row: Readonly<Record<string, string>>;
  readonly path: Path;
  /** The line of its file. */
  readonly line?: number | undefined;
}

function rowsOf(
  { rows, file }: Table,
  { files, complain }: { files: TableFiles; complain: Complain },
): readonly PlacedRow[] {
  if (rows && file !== undefined) complain([], "has rows and a file: use one of them");
  else if (!rows && file === undefined) complain([], "has no rows: write rows, or name a file");
  if (rows || file === undefined) return (rows ?? []).map((row, index) => ({ row, path: ["rows", index] }));
  const read = files.get(file);
  if (!read) {
    complain(["file"], "can only be read for the relay's own configuration file: write the rows here");
    return [];
  }
  if ("problem" in read) {
    complain(["file"], read.problem);
    return [];
  }
  return read.rows.flatMap((raw, index): PlacedRow[] => {
    const line = read.lines?.[index];
    const result = enrichRowSchema.safeParse(raw, ONCE);
    if (result.success) return [{ row: result.data, path: ["file"], line }];
    const [issue] = issuesOf(enrichRowSchema, raw, []);
    complain(["file"], `${placeOf(line, index)}: ${issueText(issue)}`);
    return [];
  }).slice(0, MAX_ROWS + 1);
}

function tableOf(
  { match, annotations = [], file }: Table,
  placed: readonly PlacedRow[],
  complain: Complain,
): ReadonlyMap<string, EnrichmentRow> {
  const rows = new Map<string, EnrichmentRow>();
  const places = new Map<string, string>();
  const columns = new Set<string>();
  let complaints = 0;
  for (const [index, { row, path, line }] of placed.entries()) {
    const place = file === undefined ? pathText(path) : placeOf(line, index);
    const wrong = (message: string): void => {
      if (complaints++ < MAX_COMPLAINTS) {
        complain(path, file === undefined ? message : `${place}: ${message}`);
      }
    };
    for (const name of Object.keys(row)) columns.add(name);
    const missing = match.find((name) => !Object.hasOwn(row, name));
    if (missing !== undefined) {
      wrong(
        `has no "${missing}"; each row needs the labels of match${didYouMean(missing, Object.keys(row))}`,
      );
      continue;
    }
    const reserved = Object.keys(row).find((name) => RESERVED.has(name) && !match.includes(name));
    if (reserved !== undefined) {
      wrong(`cannot set "${reserved}": the sender's value has already been read`);
      continue;
    }
    const key = rowKey(match.map((name) => row[name]!));
    const first = places.get(key);
    if (first !== undefined) {
      wrong(`is a duplicate: ${first} has the same ${match.join(" and ")}`);
      continue;
    }
    places.set(key, place);
    rows.set(key, partsOf(row, { match, annotations }));
  }
  for (const [index, name] of annotations.entries()) {
    if (placed.length === 0 || columns.has(name)) continue;
    complain(["annotations", index], `no row has "${name}"${didYouMean(name, columns)}`);
  }
  return rows;
}

function partsOf(
  row: Readonly<Record<string, string>>,
  { match, annotations }: { match: readonly string[]; annotations: readonly string[] },
): EnrichmentRow {
  const added = Object.entries(row).filter(([name]) => !match.includes(name));
  return {
    labels: Object.fromEntries(added.filter(([name]) => !annotations.includes(name))),
    annotations: Object.fromEntries(added.filter(([name]) => annotations.includes(name))),
  };
}

function placeOf(line: number | undefined, index: number): string {
  return line === undefined ? `row ${index + 1}` : `line ${line}`;
}

function issueText(issue: Complaint | undefined): string {
  return issue ? `${issue.path} ${issue.message}`.trim() : "is invalid";
}
