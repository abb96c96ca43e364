/**
 * Tables in files next to the configuration: CSV with a header, or YAML with a list of rows.
 *
 * @module
 */
import { decodeFile, readYaml, type Tree } from "./file.ts";
import { isTree } from "./raw.ts";

/** The rows of a file, or the reason why it cannot be used. */
export type TableFile =
  /** `lines`: the line of each row, if available. */
  | { readonly rows: readonly Tree[]; readonly lines?: readonly number[] }
  | { readonly problem: string };

/** The files of a configuration, by the names that it uses. */
export type TableFiles = ReadonlyMap<string, TableFile>;

/** Reads a file next to the configuration. */
export type ReadBeside = (name: string) => Promise<Uint8Array>;

/** The limit of a file's size. */
const MAX_BYTES = 5_000_000;

/** A name below the configuration's own folder. */
const NAME = /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\:]+\.(?:csv|ya?ml)$/i;

/** The names of table files in the text of a configuration: its process needs the permission to read them. */
export function tableFilesIn(yaml: string): string[] {
  const found = [...yaml.matchAll(/\bfile:\s*(["']?)([^"'\s,}#][^"'\n,}#]*?)\1\s*(?:[,}#]|$)/gm)];
  return [...new Set(found.map(([, , name]) => name!))].filter((name) => NAME.test(name));
}

/** Read the files that the section `enrich` of a configuration names. */
export async function readTableFiles({ enrich }: Tree, read: ReadBeside | undefined): Promise<TableFiles> {
  const tables = Array.isArray(enrich) ? enrich : [];
  const names = new Set(
    tables.flatMap((table) => isTree(table) && typeof table.file === "string" ? [table.file] : []),
  );
  return new Map(
    await Promise.all(
      [...names].map(async (name): Promise<[string, TableFile]> => [name, await readTableFile(name, read)]),
    ),
  );
}

async function readTableFile(name: string, read: ReadBeside | undefined): Promise<TableFile> {
  if (!NAME.test(name)) return { problem: "must be a .csv or .yaml file in the folder of the configuration" };
  if (!read) return { problem: "cannot be read here: write the rows into the configuration" };
  try {
    const bytes = await read(name);
    if (bytes.length > MAX_BYTES) {
      return { problem: `"${name}" is too large: ${bytes.length} bytes, at most ${MAX_BYTES} are allowed` };
    }
    const text = decodeFile(bytes, name);
    return /\.csv$/i.test(name) ? await readCsv(text) : await readRows(text, name);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : String(error);
    return { problem: `cannot read "${name}": ${why}` };
  }
}

async function readRows(text: string, name: string): Promise<TableFile> {
  const read = await readYaml(`rows:\n${text.replace(/^(?:\uFEFF|---\s*\n)/, "")}`, name);
  if ("complaint" in read) {
    // The parser also counted the line `rows:`.
    const message = read.complaint.message.replace(
      /at line (\d+)/,
      (_, line) => `at line ${Number(line) - 1}`,
    );
    return { problem: `"${name}" ${message}` };
  }
  const { rows = [] } = read.tree;
  const isList = Array.isArray(rows) && rows.every(isTree) && Object.keys(read.tree).length === 1;
  return isList ? { rows } : { problem: `"${name}" must be a list of mappings` };
}

/** The parser's error codes in words. https://csv.js.org/parse/errors/ */
const WRONG: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: "has a different number of fields than the header",
  CSV_QUOTE_NOT_CLOSED: "a quote is not closed",
  CSV_INVALID_CLOSING_QUOTE: "a quote is followed by other text: write a quote inside a field twice",
  INVALID_OPENING_QUOTE: "a quote is inside a field: put the whole field in quotes",
};

/** Loaded only here: most relays have no such file. */
async function readCsv(text: string): Promise<TableFile> {
  const { CsvError, parse } = await import("csv-parse/sync");
  try {
    const records = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      record_delimiter: ["\r\n", "\n", "\r"],
      info: true,
    }) as unknown as readonly { readonly info: { readonly lines: number }; readonly record: string[] }[];
    const [header, ...rest] = records;
    const names = header?.record ?? [];
    if (names.length === 0) return { problem: "has no header: its first line names the columns" };
    if (names.includes("")) return { problem: "line 1: a column has no name" };
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined) return { problem: `line 1: there are two columns "${twice}"` };
    return {
      // An empty field adds nothing.
      rows: rest.map(({ record }) =>
        Object.fromEntries(
          record.map((value, index) => [names[index]!, value]).filter(([, value]) => value !== ""),
        )
      ),
      lines: rest.map(({ info }) => info.lines),
    };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { code, lines } = error as { code: string; lines?: number };
    return { problem: `line ${lines ?? "?"}: ${WRONG[code] ?? "is no valid CSV"}` };
  }
}
