import type { JsonSchema, SchemaBook } from "./json_schema.ts";

/** The depth of a sample: optional fields below it are omitted. */
const DEPTH = 6;

/**
 * A sample value of a schema: the fields' own examples, otherwise the simplest valid value. Optional fields are
 * included if they have an example.
 */
export function sampleOf(schema: JsonSchema, book: SchemaBook, depth = 0): unknown {
  const node = book.resolve(schema);
  if (node.examples?.length) return node.examples[0];
  if ("const" in node) return node.const;
  if ("default" in node) return node.default;
  if (node.enum) return node.enum[0];
  const [first] = node.anyOf ?? node.oneOf ?? [];
  if (first) return sampleOf(first, book, depth);
  if (node.allOf) return Object.assign({}, ...node.allOf.map((part) => sampleOf(part, book, depth)));
  const type = Array.isArray(node.type) ? node.type[0] : node.type;
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(node.properties ?? {})
          .filter(([name, field]) => node.required?.includes(name) || isShown(field, book, depth))
          .map(([name, field]) => [name, sampleOf(field, book, depth + 1)]),
      );
    case "array":
      return depth < DEPTH || node.minItems ? [sampleOf(node.items ?? {}, book, depth + 1)] : [];
    case "string":
      return "…";
    case "integer":
    case "number":
      return (node.minimum as number | undefined) ?? 0;
    case "boolean":
      return true;
    default:
      return null;
  }
}

function isShown(field: JsonSchema, book: SchemaBook, depth: number): boolean {
  return depth < DEPTH && book.resolve(field).examples !== undefined;
}
