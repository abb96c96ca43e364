import type { z } from "zod";
import { alternatives, childNodes, inputSchema, type SchemaNode } from "../channel/config_schema.ts";
import type { Path } from "./path.ts";

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
