import { z } from "zod";
import type { Path } from "./path.ts";

/** A node of a JSON Schema, with our own marks: for credentials, and for texts of several lines. */
export type SchemaNode = z.core.JSONSchema.JSONSchema & { secret?: boolean; multiline?: boolean };

const cached = new WeakMap<z.ZodType, SchemaNode>();

/** The input of a zod schema as a JSON Schema; cached. A type that JSON lacks becomes `{}`: anything. */
export function inputSchema(schema: z.ZodType): SchemaNode {
  const made = cached.get(schema) ??
    z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode;
  cached.set(schema, made);
  return made;
}

/** The secret values of a config: every string under a node that the schema marks `secret`. */
export function secretsOf(schema: z.ZodType, config: unknown): string[] {
  const found = new Set<string>();
  mapSecrets(schema, config, (secret) => {
    found.add(secret);
    return secret;
  });
  return [...found];
}

/** Every non-empty string inside a value. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** Replaces each secret of a config; without a schema, each string. */
export function mapSecrets(
  schema: z.ZodType | undefined,
  config: unknown,
  replace: (secret: string, path: Path) => string,
): unknown {
  if (schema === undefined) return mapStrings(config, [], replace);
  const root = inputSchema(schema);
  const walk = (nodes: readonly SchemaNode[], value: unknown, path: Path): unknown => {
    const all = alternatives(root, nodes);
    if (isMarked(all, value)) return mapStrings(value, path, replace);
    return mapParts(value, path, (part, inner) => walk(childNodes(all, String(inner.at(-1))), part, inner));
  };
  return walk([root], config, []);
}

function mapStrings(value: unknown, path: Path, replace: (secret: string, path: Path) => string): unknown {
  if (typeof value === "string") return value === "" ? value : replace(value, path);
  return mapParts(value, path, (part, inner) => mapStrings(part, inner, replace));
}

function mapParts(value: unknown, path: Path, map: (part: unknown, path: Path) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part, index) => map(part, [...path, index]));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part, [...path, key])]));
}

/** In a union, a `secret` mark of the string branch does not apply to an object. */
function isMarked(nodes: readonly SchemaNode[], value: unknown): boolean {
  return nodes.some(({ secret, type }) =>
    secret === true && (type !== "string" || typeof value === "string")
  );
}

/** By node, which is a part of one schema: thousands of configs are read by the same few. */
const found = new WeakMap<SchemaNode, readonly SchemaNode[]>();

/** The nodes and all their alternatives: references, unions and intersections. */
export function alternatives(root: SchemaNode, nodes: readonly SchemaNode[]): readonly SchemaNode[] {
  const [first] = nodes;
  if (nodes.length === 1) return alternativesOf(root, first!);
  return nodes.flatMap((node) => alternativesOf(root, node));
}

function alternativesOf(root: SchemaNode, node: SchemaNode): readonly SchemaNode[] {
  const known = found.get(node);
  if (known) return known;
  const parts = [...node.anyOf ?? [], ...node.oneOf ?? [], ...node.allOf ?? []] as SchemaNode[];
  const target = node.$ref === undefined ? undefined : pointed(root, node.$ref);
  const all = [node, ...alternatives(root, target === undefined ? parts : [...parts, target])];
  found.set(node, all);
  return all;
}

/** The nodes that describe `key` of an object or a list. `nodes`: the result of {@linkcode alternatives}. */
export function childNodes(nodes: readonly SchemaNode[], key: string): SchemaNode[] {
  return nodes.flatMap((node) => {
    if (node.properties !== undefined && Object.hasOwn(node.properties, key)) return [node.properties[key]];
    return [node.additionalProperties, node.prefixItems?.[Number(key)] ?? node.items].flat();
  }).filter((node): node is SchemaNode => typeof node === "object");
}

/** Resolves `#/$defs/x`. */
function pointed(root: SchemaNode, ref: string): SchemaNode | undefined {
  let node: unknown = root;
  for (const key of ref.split("/").slice(1)) {
    node = (node as Record<string, unknown> | undefined)?.[key.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return node as SchemaNode | undefined;
}
