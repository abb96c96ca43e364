import { defined } from "../../../relay/base/defined.ts";
import type { z } from "zod";
import { inputSchema, type SchemaNode } from "../../../relay/config/mod.ts";

/** The common properties of fields. */
interface Common {
  /** The key inside its object; empty for the whole form's value and for the items of a list. */
  readonly key: string;
  /** The title for people, in English. */
  readonly title: string;
  readonly help: string;
  readonly required: boolean;
  /** The value that applies when it is empty. */
  readonly standard?: unknown;
}

/** The kind of input for one value of a configuration. */
export type FormField =
  & Common
  & (
    /** `number`: a text that is a number becomes one. */
    | { readonly kind: "text"; readonly number: boolean; readonly multiline: boolean }
    | { readonly kind: "choice"; readonly options: readonly string[] }
    | { readonly kind: "switch" }
    /** One entry per line; `single`: one entry alone is no list; `nested`: several entries in a line are a list; `number`: see above. */
    | {
      readonly kind: "lines";
      readonly single: boolean;
      readonly nested: boolean;
      readonly number: boolean;
    }
    /** Any number of choices. */
    | { readonly kind: "checks"; readonly options: readonly string[] }
    /** Write-only. */
    | { readonly kind: "secret"; readonly many: Many; readonly json: boolean; readonly multiline: boolean }
    | { readonly kind: "group"; readonly fields: readonly FormField[] }
    /** A list of items with fields; `single`: one item may be without a list. */
    | { readonly kind: "rows"; readonly single: boolean; readonly item: FormField }
    /** A mapping from free keys to values. */
    | { readonly kind: "pairs"; readonly item: FormField }
    /** Any other value, as JSON. */
    | { readonly kind: "json" }
  );

/** The allowed number of a field's secrets: one, always a list, or either. */
type Many = "one" | "list" | "either";

/** One field of a kind. */
export type FieldOf<K extends FormField["kind"]> = Extract<FormField, { kind: K }>;

/** A form from a schema: a field for every property, so that no channel needs a page of its own. */
export function fieldOf(schema: z.ZodType): FormField {
  return nodeField(inputSchema(schema), { key: "", required: true, secret: false });
}

function nodeField(
  node: SchemaNode,
  { key, required, secret }: { key: string; required: boolean; secret: boolean },
): FormField {
  const common: Common = {
    key,
    title: node.title ?? key,
    help: node.description ?? "",
    required: required && node.default === undefined,
    ...defined({ standard: node.default }),
  };
  const isSecret = secret || node.secret === true;
  const shape = shapeOf(node, isSecret);
  if (shape.kind === "text" && isSecret) {
    return { ...common, kind: "secret", many: "one", json: false, multiline: shape.multiline };
  }
  if (shape.kind === "lines" && isSecret) {
    return {
      ...common,
      kind: "secret",
      many: shape.single ? "either" : "list",
      json: false,
      multiline: false,
    };
  }
  if (shape.kind === "json" && (isSecret || hasSecret(node))) {
    return { ...common, kind: "secret", many: "one", json: true, multiline: true };
  }
  return { ...common, ...shape } as FormField;
}

type FieldShape<F = FormField> = F extends FormField ? Omit<F, keyof Common> : never;

function shapeOf(node: SchemaNode, secret: boolean): FieldShape {
  const union = (node.anyOf ?? []) as SchemaNode[];
  if (node.$ref !== undefined || node.oneOf !== undefined || node.allOf !== undefined) {
    return { kind: "json" };
  }
  if (union.length > 0 && !isWords(node)) return unionShape(union, secret);
  if (node.enum !== undefined || node.const !== undefined) {
    const options = node.enum ?? [node.const];
    return options.every((option) => typeof option === "string")
      ? { kind: "choice", options: options as string[] }
      : { kind: "json" };
  }
  if (isWords(node)) return { kind: "text", number: false, multiline: node.multiline === true };
  switch (node.type) {
    case "boolean":
      return { kind: "switch" };
    case "integer":
    case "number":
      return { kind: "text", number: true, multiline: false };
    case "array":
      return listShape(node.items as SchemaNode | undefined, secret);
    case "object":
      return objectShape(node, secret);
    default:
      return { kind: "json" };
  }
}

/** A choice whose entries may also be numbers, or a single entry instead of a list. */
function unionShape(union: readonly SchemaNode[], secret: boolean): FieldShape {
  const options = union.flatMap(({ enum: options }) => options ?? []);
  const isChoice = options.length > 0 && options.every((option) => typeof option === "string") &&
    union.every((node) => node.enum !== undefined || scalarsIn(node)?.every((type) => type !== "string"));
  if (isChoice) return { kind: "choice", options: options as string[] };
  const lists = union.filter(({ type }) => type === "array");
  const others = union.filter(({ type }) => type !== "array");
  const isOneOrMore = lists.length === 1 && others.length > 0 && others.every(isWords) &&
    isWords(lists[0]!.items as SchemaNode);
  if (isOneOrMore) return { kind: "lines", single: true, nested: false, number: false };
  const isItemOrList = lists.length === 1 && others.length === 1 &&
    JSON.stringify(lists[0]!.items) === JSON.stringify(others[0]);
  const rows = isItemOrList ? listShape(others[0], secret) : undefined;
  return rows?.kind === "rows" ? { ...rows, single: true } : { kind: "json" };
}

function listShape(items: SchemaNode | undefined, secret: boolean): FieldShape {
  if (typeof items !== "object" || items === null) return { kind: "json" };
  const item = nodeField(items, { key: "", required: true, secret });
  if (item.kind === "choice") return { kind: "checks", options: item.options };
  if (isWords(items)) return { kind: "lines", single: false, nested: false, number: false };
  if (item.kind === "text" && item.number) {
    return { kind: "lines", single: false, nested: false, number: true };
  }
  if (item.kind === "lines" && item.single) {
    return { kind: "lines", single: false, nested: true, number: false };
  }
  return item.kind === "group" ? { kind: "rows", single: false, item } : { kind: "json" };
}

function objectShape(
  { properties, required = [], additionalProperties }: SchemaNode,
  secret: boolean,
): FieldShape {
  if (properties !== undefined) {
    if (typeof additionalProperties === "object") return { kind: "json" };
    const fields = Object.entries(properties).map(([key, node]) =>
      nodeField(node as SchemaNode, { key, required: required.includes(key), secret })
    );
    return { kind: "group", fields };
  }
  if (typeof additionalProperties !== "object") return { kind: "json" };
  const item = nodeField(additionalProperties as SchemaNode, { key: "", required: true, secret });
  const isFlat = item.kind === "text" || item.kind === "choice" ||
    item.kind === "secret" && item.many === "one" ||
    item.kind === "group";
  return isFlat ? { kind: "pairs", item } : { kind: "json" };
}

/** A text, or a number in place of a text. */
function isWords(node: SchemaNode): boolean {
  const types = scalarsIn(node);
  return types !== undefined && types.includes("string");
}

/** The types of a node that is a text, a number, or either of them; `undefined` for any other. */
function scalarsIn({ type, anyOf, enum: options, const: only }: SchemaNode): string[] | undefined {
  if (options !== undefined || only !== undefined) return undefined;
  if (anyOf !== undefined) {
    const parts = (anyOf as SchemaNode[]).map(scalarsIn);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  }
  const types = [type].flat().filter((type) => type !== undefined);
  const isScalar = types.length > 0 && types.every((type) => ["string", "number", "integer"].includes(type));
  return isScalar ? types : undefined;
}

function hasSecret(node: unknown): boolean {
  return JSON.stringify(node).includes('"secret":true');
}
