/**
 * The schema of a channel's config as a JSON Schema, from which its form, its documentation and its secrets are read.
 *
 * @module
 */
import { z } from "zod";

/** A node of a JSON Schema, with our own marks for credentials and for texts of several lines. */
export type SchemaNode = z.core.JSONSchema.JSONSchema & { secret?: boolean; multiline?: boolean };

const cached = new WeakMap<z.ZodType, SchemaNode>();

/** The input of a zod schema as a JSON Schema; cached. A type that JSON lacks becomes `{}`: anything. */
export function inputSchema(schema: z.ZodType): SchemaNode {
  const made = cached.get(schema) ??
    z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode;
  cached.set(schema, made);
  return made;
}

/** The alternatives by node, which is a part of one schema: thousands of configs use the same few. */
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
