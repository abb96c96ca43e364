import { z } from "zod";
import { didYouMean } from "../base/nearest.ts";
import { type Path, pathText } from "./path.ts";
import { alternatives, childNodes, inputSchema, type SchemaNode } from "../channel/config_schema.ts";
import { secretsOf } from "./secrets_of.ts";

/** An error of a setting, with its remedy. Never contains a secret value. */
export interface Complaint {
  /** The setting: `groups[1].destinations[0].config.token`, or the name of an environment variable. */
  readonly path: string;
  /** The continuation of a sentence that starts with the path: `is missing; a string is needed`. */
  readonly message: string;
}

/** A complaint as a line: `groups[1].owner: is missing; a string is needed`. */
export function complaintText({ path, message }: Complaint): string {
  return `${path}: ${message}`;
}

/** An option of zod: compiling an object's schema to a function takes longer than one read of it saves. */
export const ONCE = { jitless: true } as const;

/**
 * The issues that zod finds in a value, without unknown keys: {@linkcode unknownKeys} finds those and the nearest name.
 *
 * @param options `pathOf`: the path of a part of the value, if it is not below `path` · `isWanted`: whether a part is checked.
 */
export function issuesOf(
  schema: z.ZodType,
  value: unknown,
  path: Path,
  { pathOf = (inner) => [...path, ...inner], isWanted = () => true }: {
    pathOf?: (inner: Path) => Path;
    isWanted?: (inner: Path) => boolean;
  } = {},
): Complaint[] {
  const all = schema.safeParse(value, ONCE).error?.issues ?? [];
  const issues = all.filter((issue) => isWanted(issue.path as Path));
  if (issues.length === 0) return [];
  const secrets = secretsOf(schema, value);
  return issues.flatMap((issue) => spread(issue)).flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return [];
    const message = STOCK.test(issue.message) ? describe(issue, valueAt(value, issue.path)) : issue.message;
    return [{
      path: pathText(pathOf(issue.path)),
      message: shows(message, secrets) ? "is not right" : message,
    }];
  });
}

/**
 * Every key of a value that its schema lacks, with the nearest known name. Only the schemas of keys that the value
 * has are described: describing the schema of the whole file takes longer than reading most files.
 */
export function unknownKeys(schema: z.ZodType, value: unknown, path: Path): Complaint[] {
  if (typeof value !== "object" || value === null) return [];
  if (schema instanceof z.ZodOptional) return unknownKeys(schema.unwrap() as z.ZodType, value, path);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    const complaints: Complaint[] = [];
    for (let index = 0; index < value.length; index++) {
      collect(complaints, schema.element as z.ZodType, value[index], { path, key: index });
    }
    return complaints;
  }
  if (schema instanceof z.ZodRecord && !Array.isArray(value)) {
    const complaints: Complaint[] = [];
    for (const key of Object.keys(value)) {
      collect(complaints, schema.valueType as z.ZodType, Reflect.get(value, key), { path, key });
    }
    return complaints;
  }
  if (schema instanceof z.ZodObject && schema.def.catchall === undefined && !Array.isArray(value)) {
    const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
    const complaints: Complaint[] = [];
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(shape, key)) {
        collect(complaints, shape[key]!, Reflect.get(value, key), { path, key });
      } else complaints.push(unknownKey(key, new Set(Object.keys(shape)), [...path, key]));
    }
    return complaints;
  }
  const root = inputSchema(schema);
  return unknownUnder(root, [root], value, path);
}

/** Adds the unknown keys of a part. Most parts are plain values, which have none. */
function collect(
  complaints: Complaint[],
  schema: z.ZodType,
  part: unknown,
  { path, key }: { path: Path; key: PropertyKey },
): void {
  if (typeof part !== "object" || part === null) return;
  complaints.push(...unknownKeys(schema, part, [...path, key]));
}

function unknownUnder(
  root: SchemaNode,
  nodes: readonly SchemaNode[],
  value: unknown,
  path: Path,
): Complaint[] {
  if (typeof value !== "object" || value === null) return [];
  const all = alternatives(root, nodes);
  const names = Array.isArray(value) ? undefined : closedNames(all);
  return Object.entries(value).flatMap(([key, part]) => {
    const inner = [...path, Array.isArray(value) ? Number(key) : key];
    if (names === undefined || names.has(key)) return unknownUnder(root, childNodes(all, key), part, inner);
    return [unknownKey(key, names, inner)];
  });
}

/** The complaint about an unknown key. */
export function unknownKey(key: string, names: ReadonlySet<string>, path: Path): Complaint {
  const hint = didYouMean(key, names) || (names.size === 0 ? "" : `; known are ${[...names].join(", ")}`);
  return { path: pathText(path), message: `is not a setting${hint}` };
}

/** The keys that an object may have, or `undefined` if it may have any. */
function closedNames(nodes: readonly SchemaNode[]): Set<string> | undefined {
  const objects = nodes.filter(({ type }) => type === "object");
  const open = objects.some(({ properties, additionalProperties }) =>
    properties === undefined || (additionalProperties !== undefined && additionalProperties !== false)
  );
  if (objects.length === 0 || open) return undefined;
  return new Set(objects.flatMap(({ properties }) => Object.keys(properties ?? {})));
}

/** For a union, the issues of the intended branch: the one whose type matches. For a bad key, the issues of the key. */
function spread(issue: z.core.$ZodIssue, path: Path = []): z.core.$ZodIssue[] {
  const here = { ...issue, path: [...path, ...issue.path] } as z.core.$ZodIssue;
  if (issue.code === "invalid_key") return issue.issues.map((inner) => ({ ...inner, path: here.path }));
  if (issue.code !== "invalid_union") return [here];
  const meant = issue.errors.filter((issues) =>
    issues.every(({ code, path }) => code !== "invalid_type" || path.length > 0)
  );
  return meant.length === 1 ? meant[0]!.flatMap((inner) => spread(inner, here.path)) : [here];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, key) => {
    return typeof part === "object" && part !== null && Object.hasOwn(part, key)
      ? Reflect.get(part, key)
      : undefined;
  }, value);
}

/** The start of zod's own messages; any other message was written by a schema's author. */
const STOCK = /^(?:Invalid|Too small|Too big|Unrecognized)\b/;

/** A shorter secret may occur in a message by chance. */
const SECRET_CHARS = 4;

/** Whether the message contains a secret value: the author of a channel may have put it there. */
function shows(message: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => secret.length >= SECRET_CHARS && message.includes(secret));
}

/** Rewrites a message of zod: the actual type, and the expected one; never the value. */

function describe(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return mismatch([issue.expected], value);
    case "invalid_union": {
      const expected = issue.errors.flat().flatMap((inner) =>
        inner.code === "invalid_type" ? [inner.expected] : []
      );
      return expected.length > 0 ? mismatch(expected, value) : "is not right";
    }
    case "invalid_value": {
      const values = issue.values.map(String);
      if (isNothing(value)) return `is missing; one of ${values.join(", ")} is needed`;
      const wanted = values.length === 1 ? values[0] : `one of ${values.join(", ")}`;
      return `must be ${wanted}${typeof value === "string" ? didYouMean(value, values) : ""}`;
    }
    case "too_small":
      if (issue.minimum === 1 && issue.origin !== "number") return "must not be empty";
      return `must ${amount(issue.origin, "at least", issue.minimum)}`;
    case "too_big":
      return `must ${amount(issue.origin, "at most", issue.maximum)}`;
    case "invalid_format":
      return issue.format === "url"
        ? 'must be a URL such as "https://example.com/"'
        : `is not right: ${issue.message}`;
    default:
      return issue.message === "Invalid input" ? "is not right" : `is not right: ${issue.message}`;
  }
}

function mismatch(expected: readonly string[], value: unknown): string {
  const wanted = [...new Set(expected)].map((type) => KINDS[type] ?? type).join(" or ");
  if (isNothing(value)) return `is ${value === null ? "empty" : "missing"}; ${wanted} is needed`;
  const quotes = expected.includes("string") && typeof value !== "object" ? "; write it in quotes" : "";
  return `must be ${wanted}, not ${kindOf(value)}${quotes}`;
}

/** A YAML key without a value is `null`. */
function isNothing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function kindOf(value: unknown): string {
  const type = Array.isArray(value) ? "array" : typeof value;
  return KINDS[type] ?? type;
}

function amount(origin: string, bound: string, limit: number | bigint): string {
  if (origin === "string") return `have ${bound} ${limit} characters`;
  return origin === "array" || origin === "set" ? `have ${bound} ${limit} entries` : `be ${bound} ${limit}`;
}
