import type { Path } from "../../../relay/config/mod.ts";
import { pathText } from "../../../relay/config/mod.ts";
import { canonicalJson } from "../../../relay/base/hash.ts";
import { isTooCostly } from "../../http/body.ts";
import { isTree, partOf } from "./merge.ts";
import type { FieldOf, FormField } from "./field.ts";
import type { KeptSecrets } from "./kept.ts";

/** The most rows that are read: more than any list of a configuration has. */
const MAX_ROWS = 1_000;

/** A submitted form. */
export interface Answers {
  readonly form: URLSearchParams;
  /** The secrets that it already had, by field name. */
  readonly kept: KeptSecrets;
}

/** The errors of the form itself, before the value is checked. */
export interface FormProblem {
  readonly path: string;
  readonly message: string;
}

/** The value of a submitted form, without empty fields. `base`: the value that the form showed at first. */
export function readValue(
  field: FormField,
  { form, kept }: Answers,
  { base, name = "value" }: { base: unknown; name?: string },
): { value: unknown; problems: readonly FormProblem[] } {
  const reader = new Reader({ form, kept });
  const value = reader.read(field, { name, base, path: [] });
  return { value, problems: reader.problems };
}

/** A field in the form: its name, the value that it showed at first, and its path. */
interface FieldPlace {
  readonly name: string;
  readonly base: unknown;
  readonly path: Path;
}

class Reader {
  readonly problems: FormProblem[] = [];
  readonly #answers: Answers;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  read(field: FormField, place: FieldPlace): unknown {
    const { form } = this.#answers;
    const { name, base } = place;
    switch (field.kind) {
      case "text":
        return textIn(this.#text(name), { base, number: field.number });
      case "choice":
        return textIn(this.#text(name), { base, number: false });
      case "switch": {
        const isOn = form.has(name);
        return base === undefined && isOn === (field.standard ?? false) ? undefined : isOn;
      }
      case "lines":
        return linesIn(this.#text(name), field, base);
      case "checks": {
        const chosen = form.getAll(name).filter(Boolean);
        return chosen.length === 0 && !isEmpty(base) ? undefined : chosen;
      }
      case "secret":
        return this.#secret(field, name);
      case "group":
        return this.#group(field, place);
      case "rows":
        return this.#rows(field, place);
      case "pairs":
        return this.#pairs(field, place);
      case "json":
        return jsonIn(this.#text(name));
    }
  }

  #secret({ many, json }: FieldOf<"secret">, name: string): unknown {
    const typed = this.#text(name);
    const kept = this.#answers.kept.get(name) ?? [];
    if (json) return typed === "" ? jsonIn(kept[0] ?? "") : jsonIn(typed);
    if (many === "one") return typed === "" ? kept[0] : typed;
    const all = [...typed === "" ? [] : [typed], ...kept];
    return many === "either" && all.length === 1 ? all[0] : all.length === 0 ? undefined : all;
  }

  #group({ fields, required }: FieldOf<"group">, { name, base, path }: FieldPlace): unknown {
    const entries = fields.map((field): [string, unknown] => [
      field.key,
      this.read(field, {
        name: `${name}.${field.key}`,
        base: partOf(base, field.key),
        path: [...path, field.key],
      }),
    ]).filter(([, value]) => value !== undefined);
    return entries.length === 0 && !required && !isEmpty(base) ? undefined : Object.fromEntries(entries);
  }

  #rows({ item, single }: FieldOf<"rows">, { name, base, path }: FieldPlace): unknown {
    const rows: unknown[] = [];
    const isSingle = single && isTree(base);
    for (let index = 0; index < this.#count(name); index++) {
      const before = isSingle ? (index === 0 ? base : undefined) : partOf(base, index);
      const place = { name: `${name}[${index}]`, base: before, path: [...path, rows.length] };
      const value = this.read(item, place);
      if (!isBlank(value)) rows.push(value);
    }
    if (single && rows.length === 1 && !Array.isArray(base)) return rows[0];
    return rows.length === 0 && !isEmpty(base) ? undefined : rows;
  }

  #pairs({ item }: FieldOf<"pairs">, { name, base, path }: FieldPlace): unknown {
    const pairs = new Map<string, unknown>();
    for (let index = 0; index < this.#count(name); index++) {
      const typed = this.#text(`${name}[${index}].key`);
      const key = Object.keys(isTree(base) ? base : {}).find((key) => asShown(key) === typed) ?? typed;
      const place = { name: `${name}[${index}].value`, base: partOf(base, key), path: [...path, key] };
      const value = this.read(item, place);
      if (key === "" && isBlank(value)) continue;
      if (pairs.has(key)) {
        this.problems.push({ path: pathText([...path, key]), message: "is there already" });
      }
      pairs.set(key, value ?? (item.kind === "group" ? {} : ""));
    }
    return pairs.size === 0 && !isEmpty(base) ? undefined : Object.fromEntries(pairs);
  }

  /** The number of submitted rows. */
  #count(name: string): number {
    const indices = [...this.#answers.form.keys()].flatMap((key) => {
      const index = key.replace(/^kept:/, "");
      return index.startsWith(`${name}[`) ? [Number.parseInt(index.slice(name.length + 1))] : [];
    });
    return Math.min(MAX_ROWS, Math.max(-1, ...indices.filter(Number.isSafeInteger)) + 1);
  }

  #text(name: string): string {
    return asShown(this.#answers.form.get(name) ?? "");
  }
}

/** Normalises a submitted text: one kind of line break, no characters that a page cannot contain. */
export function asShown(text: string): string {
  return text.replace(/\r\n?/g, "\n").replaceAll("\0", "\ufffd").toWellFormed();
}

/** The lines of a list, or JSON if lines are not enough. */
export function linesOf(value: unknown, field: FieldOf<"lines">): string {
  if (value === undefined) return "";
  const lines = [value].flat().map((line) => Array.isArray(line) ? line.join(", ") : String(line)).join("\n");
  const isSame = canonicalJson(linesIn(asShown(lines), field, value) ?? null) === canonicalJson(value);
  return isSame ? lines : JSON.stringify(value);
}

function textIn(text: string, { base, number }: { base: unknown; number: boolean }): unknown {
  if (typeof base === "string" && asShown(base) === text) return base;
  if (text === "") return undefined;
  if (typeof base === "number" && String(base) === text) return base;
  return number ? numberIn(text) : text;
}

/** A text that is not a number stays a text: the schema complains about it. */
function numberIn(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}

function linesIn(text: string, { single, nested, number }: FieldOf<"lines">, base: unknown): unknown {
  const json = text.startsWith("[") ? jsonIn(text) : undefined;
  if (Array.isArray(json)) return json;
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  if (lines.length === 0) return undefined;
  if (single && lines.length === 1 && !Array.isArray(base)) return lines[0];
  if (number) return lines.map(numberIn);
  return nested ? lines.map(turnIn) : lines;
}

function turnIn(line: string): string | string[] {
  const parts = line.split(",").map((part) => part.trim()).filter(Boolean);
  return parts.length === 1 ? parts[0]! : parts;
}

function jsonIn(text: string): unknown {
  if (text.trim() === "") return undefined;
  if (isTooCostly(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the schema reports the error
  }
}

/** An empty list or mapping, which differs from a missing one. */
function isEmpty(base: unknown): boolean {
  return typeof base === "object" && base !== null && Object.keys(base).length === 0;
}

function isBlank(value: unknown): boolean {
  return value === undefined || isEmpty(value);
}
