import { z } from "zod";

/** A node of a JSON Schema (2020-12), with the keywords used here. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** Makes JSON Schemas from zod schemas, and collects the named ones. */
export class SchemaBook {
  readonly named: Record<string, JsonSchema> = {};

  /** `io`: the schema of the parsed input, or of the answer. */
  add(schema: z.ZodType, io: "input" | "output"): JsonSchema {
    const { $schema: _, $defs = {}, ...node } = tidied(
      z.toJSONSchema(schema, { io, unrepresentable: "any" }),
      io,
    ) as JsonSchema & { $defs?: Record<string, JsonSchema> };
    Object.assign(this.named, $defs);
    return node;
  }

  /** The node that a reference leads to. */
  resolve(node: JsonSchema): JsonSchema {
    const name = node.$ref?.slice("#/components/schemas/".length);
    return name === undefined ? node : this.resolve(this.named[name]!);
  }
}

/**
 * Adapts a schema to the document: references lead to its components, answers may get more fields, and only
 * meaningful bounds remain.
 */
function tidied(schema: object, io: "input" | "output"): unknown {
  return JSON.parse(JSON.stringify(schema), (_key, node) => {
    if (typeof node !== "object" || node === null || Array.isArray(node)) return node;
    if (typeof node.$ref === "string") node.$ref = node.$ref.replace("#/$defs/", "#/components/schemas/");
    if (io === "output" && node.additionalProperties === false) delete node.additionalProperties;
    if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
    if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
    if (node.secret === true) {
      delete node.secret;
      node.writeOnly = true;
    }
    return node;
  });
}
