import type { z } from "zod";
import { didYouMean } from "../base/nearest.ts";
import { type Complaint, issuesOf, ONCE, unknownKeys } from "./complaint.ts";
import type { Tree } from "./file.ts";
import { type Path, pathText } from "./path.ts";
import { Remembered } from "./remembered.ts";
import { fileSchema, type FileValues, type SectionName } from "./sections.ts";

/** The parsed entries of lists without mistakes, by schema. */
const entries = new WeakMap<z.ZodType, Remembered<unknown>>();

/**
 * The most names that are searched for suggestions: with many mistakes in a large configuration it would take
 * minutes.
 */
const MAX_SEARCHED = 200_000;

/** Parses parts of a configuration with their schemas, and collects the complaints. */
export class TreeReader {
  readonly tree: Tree;
  readonly complaints: Complaint[] = [];
  #searched = 0;

  constructor(tree: Tree) {
    this.tree = tree;
  }

  /** A section that is parsed as a whole; `undefined` if it is missing or has a mistake. */
  section<K extends SectionName>(name: K): FileValues[K] | undefined {
    if (this.tree[name] === undefined) return undefined;
    const schema = fileSchema.shape[name] as unknown as z.ZodType<FileValues[K]>;
    return this.parse(schema, this.tree[name], [name]);
  }

  /** The entries of a list; empty if it is missing or not a list. */
  list(value: unknown, path: Path): readonly unknown[] {
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.complain(path, "must be a list");
    return [];
  }

  /**
   * Parses an entry of a list, and complains about keys that `known` does not have. An entry without mistakes is parsed
   * once, as long as it exists.
   */
  entry<S extends z.ZodType>(
    schema: S,
    raw: unknown,
    path: Path,
    known: z.ZodType = schema,
  ): z.output<S> | undefined {
    let parsed = entries.get(schema);
    if (!parsed) entries.set(schema, parsed = new Remembered());
    const before = parsed.get(raw);
    if (before !== undefined) return before as z.output<S>;
    const unknown = unknownKeys(known, raw, path);
    this.complaints.push(...unknown);
    const value = this.parse(schema, raw, path);
    return value === undefined || unknown.length > 0 ? value : parsed.set(raw, value) as z.output<S>;
  }

  /** Suggests a name for one that does not exist. */
  didYouMean(wanted: string, names: ReadonlySet<string>): string {
    this.#searched += names.size;
    return this.#searched > MAX_SEARCHED ? "" : didYouMean(wanted, names);
  }

  /** Parses a value; `undefined` if it has a mistake. */
  parse<S extends z.ZodType>(schema: S, value: unknown, path: Path): z.output<S> | undefined {
    const result = schema.safeParse(value, ONCE);
    if (result.success) return result.data;
    this.complaints.push(...issuesOf(schema, value, path));
    return undefined;
  }

  /** Adds a complaint. */
  complain(path: Path, message: string): void {
    this.complaints.push({ path: pathText(path), message });
  }
}
