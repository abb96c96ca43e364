import { textOfJson } from "../../base/expression.ts";
import { cut } from "../../base/text.ts";

/** The most labels of one alert that are read, and the most characters of each name and value. */
const MAX_LABELS = 100;
const NAME_CHARS = 100;
const VALUE_CHARS = 2_000;

/** The fields with the name and the value of a tag, in lists of objects: Sentry, SkyWalking and clouds send such lists. */
const NAMES = ["name", "key", "label", "tag"];
const VALUES = ["value", "val"];

/**
 * Reads labels from selected values: the scalar fields of an object, or the entries of a list. An entry is `name:value`,
 * `name=value`, a pair, or an object with a name and a value.
 */
export function labelsFrom(values: readonly unknown[]): [name: string, value: string][] {
  return values.flatMap((value) => Array.isArray(value) ? value.flatMap(entryOf) : fieldsOf(value))
    .flatMap(([name, value]): [string, string][] => {
      const text = textOfJson(value);
      return name.trim() === "" || text === undefined
        ? []
        : [[cut(name.trim(), { chars: NAME_CHARS }), cut(text, { chars: VALUE_CHARS })]];
    }).slice(0, MAX_LABELS);
}

/** The scalar fields. Nested objects are left out: they hold details, such as a stack trace. */
function fieldsOf(value: unknown): [string, unknown][] {
  if (typeof value === "string") return entryOf(value);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).filter(([, field]) => typeof field !== "object");
}

function entryOf(entry: unknown): [string, unknown][] {
  if (typeof entry === "string") {
    const [, name, value] = /^([^:=]+)[:=](.*)$/s.exec(entry) ?? [];
    return name === undefined ? [] : [[name, value]];
  }
  if (Array.isArray(entry)) return entry.length === 2 ? [[String(entry[0]), entry[1]]] : [];
  if (typeof entry !== "object" || entry === null) return [];
  const field = (names: readonly string[]): unknown =>
    names.filter((name) => Object.hasOwn(entry, name)).map((name) =>
      (entry as Record<string, unknown>)[name]
    )[0];
  const name = field(NAMES);
  return name === undefined ? fieldsOf(entry) : [[String(name), field(VALUES)]];
}
