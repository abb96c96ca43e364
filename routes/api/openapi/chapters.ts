/**
 * The OpenAPI document in the form of a page: by chapter, with every schema as lines.
 *
 * @module
 */
import { defined } from "../../../relay/base/defined.ts";
import type { Media, OpenApi, Operation, Parameter, Reply } from "./document.ts";
import type { JsonSchema } from "./json_schema.ts";

/** A chapter: one resource and its operations. */
export interface Chapter {
  readonly name: string;
  readonly operations: readonly ShownOperation[];
}

/** A method of an address. */
export interface ShownOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** The pieces of the text: the parts in backquotes are code. */
  readonly details: readonly Piece[];
  readonly role: string | undefined;
  /** The names of the ways to authenticate. */
  readonly schemes: readonly string[];
  readonly parameters: readonly (ShapeField & { readonly place: Parameter["in"] })[];
  readonly body: ShownMedia | undefined;
  readonly status: string;
  readonly answer: ShownMedia | undefined;
  readonly refusals: readonly { readonly status: string; readonly words: readonly Piece[] }[];
  /** An example command. */
  readonly curl: string;
}

/** A body or an answer. */
export interface ShownMedia {
  readonly types: readonly string[];
  /** The type of the whole, such as a named shape. */
  readonly type: readonly Piece[];
  readonly fields: readonly ShapeField[];
  readonly example: string | undefined;
}

/** One line of a schema. */
export interface ShapeField {
  /** `alerts[].labels` */
  readonly name: string;
  readonly type: readonly Piece[];
  readonly required: boolean;
  readonly words: readonly Piece[];
}

/** A piece of text, which may be code, or the name of a shape. */
export interface Piece {
  readonly text: string;
  readonly code?: true;
  readonly shape?: true;
}

/** A shape that several answers share. */
export interface NamedShape {
  readonly name: string;
  readonly type: readonly Piece[];
  readonly fields: readonly ShapeField[];
}

/** The document's chapters, in its order. */
export function chaptersOf({ paths, components, servers: [server] }: OpenApi): Chapter[] {
  const chapters = new Map<string, ShownOperation[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const name = operation.tags[0]!;
      const shown = shownOf(operation, { method: method.toUpperCase(), path, url: server!.url, components });
      chapters.set(name, [...chapters.get(name) ?? [], shown]);
    }
  }
  return [...chapters].map(([name, operations]) => ({ name, operations }));
}

/** The shapes that the chapters refer to. */
export function shapesOf({ components: { schemas } }: Pick<OpenApi, "components">): NamedShape[] {
  return Object.entries(schemas).map(([name, schema]) => ({
    name,
    type: typeOf(schema as JsonSchema),
    fields: fieldsOf(schema as JsonSchema),
  }));
}

function shownOf(
  operation: Operation,
  { method, path, url, components }: Pick<OpenApi, "components"> & Record<"method" | "path" | "url", string>,
): ShownOperation {
  const [status, good] = Object.entries(operation.responses).find(([status]) => status < "3")!;
  return {
    id: operation.operationId,
    method,
    path,
    summary: operation.summary,
    details: wordsOf(operation.description),
    role: operation["x-role"],
    schemes: operation.security.flatMap((one) => Object.keys(one)),
    parameters: (operation.parameters ?? []).map(({ name, in: place, required, description, schema }) => ({
      place,
      ...fieldOf(name, { ...schema, ...defined({ description }) }, required),
    })),
    body: mediaOf(operation.requestBody?.content),
    status,
    answer: mediaOf(good.content),
    refusals: Object.entries(operation.responses).filter(([status]) => status >= "3")
      .map(([status, reply]) => ({ status, words: wordsOf(followed(reply, components).description) })),
    curl: curlOf(operation, { method, path, url }),
  };
}

function followed({ $ref, ...reply }: Reply, { responses }: OpenApi["components"]): Reply {
  return $ref === undefined ? reply : responses[$ref.split("/").at(-1)!] as Reply;
}

function mediaOf(content: Readonly<Record<string, Media>> | undefined): ShownMedia | undefined {
  const [first] = Object.values(content ?? {});
  if (first === undefined) return undefined;
  const { schema, example } = first;
  return {
    types: Object.keys(content!),
    type: typeOf(schema),
    fields: fieldsOf(schema),
    example: typeof example === "string" || example === undefined
      ? undefined
      : JSON.stringify(example, null, 2),
  };
}

/** Every field below a schema, a line each; named shapes are not entered. */
function fieldsOf(schema: JsonSchema, prefix = ""): ShapeField[] {
  const { properties = {}, required = [], items, anyOf, oneOf } = schema;
  const own = Object.entries(properties).flatMap(([name, field]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    return [fieldOf(path, field, required.includes(name)), ...fieldsOf(field, path)];
  });
  const more = [...anyOf ?? [], ...oneOf ?? []].flatMap((part) => fieldsOf(part, prefix));
  return [...own, ...items ? fieldsOf(items, `${prefix}[]`) : [], ...unique(more)];
}

/** Alternatives may have fields of the same name and type. */
function unique(fields: readonly ShapeField[]): ShapeField[] {
  return [...new Map(fields.map((field) => [JSON.stringify([field.name, field.type]), field])).values()];
}

function fieldOf(name: string, schema: JsonSchema, required: boolean): ShapeField {
  const { description, title, default: usual, examples, minimum, maximum, maxLength } = schema;
  const bound = (sign: string, value: unknown): string[] => value === undefined ? [] : [`${sign} ${value}`];
  const notes = [
    ...usual === undefined ? [] : [`= ${JSON.stringify(usual)}`],
    ...bound("≥", minimum),
    ...bound("≤", maximum ?? maxLength),
    ...examples?.length ? [JSON.stringify(examples[0])] : [],
  ];
  return {
    name,
    type: typeOf(schema),
    required,
    words: [
      ...wordsOf(description ?? title),
      ...notes.flatMap((text): Piece[] => [{ text: " " }, { text, code: true }]),
    ],
  };
}

/** `string | null`, `Incident[]`, `{ [name]: integer }`, `"open" | "closed"`. */
function typeOf(schema: JsonSchema): Piece[] {
  const { $ref, const: only, enum: values, anyOf, oneOf, items, type, additionalProperties, title } = schema;
  if ($ref !== undefined) return [{ text: $ref.split("/").at(-1)!, shape: true }];
  if ("const" in schema) return [{ text: JSON.stringify(only) }];
  if (values) return [{ text: values.map((value) => JSON.stringify(value)).join(" | ") }];
  const options = anyOf ?? oneOf;
  if (options) {
    return options.flatMap((one, index) => [...index > 0 ? [{ text: " | " }] : [], ...typeOf(one)]);
  }
  if (items) return [...typeOf(items), { text: "[]" }];
  if (type === "object" && typeof additionalProperties === "object" && !schema.properties) {
    return [{ text: "{ [name]: " }, ...typeOf(additionalProperties), { text: " }" }];
  }
  const words = Array.isArray(type) ? type.join(" | ") : type ?? "any";
  return [{ text: type === "object" && title !== undefined ? title as string : words as string }];
}

/** Splits a text with code in backquotes into pieces. */
function wordsOf(text = ""): Piece[] {
  return text.split("`").map((text, index): Piece => index % 2 === 1 ? { text, code: true } : { text })
    .filter(({ text }) => text !== "");
}

function curlOf(
  { requestBody, security, parameters = [] }: Operation,
  { method, path, url }: Record<"method" | "path" | "url", string>,
): string {
  const [scheme] = security.flatMap((one) => Object.keys(one));
  const needed = parameters.filter(({ in: place, required }) => place === "query" && required);
  const query = [
    ...needed.map(({ name }) => `${name}=…`),
    ...scheme === "robotToken" ? ["access_token=$TOKEN"] : [],
  ].join("&");
  const address = `${url}${path}${query && `?${query}`}`;
  const who = scheme === "ocpBasic"
    ? [`-u "$USER:$PASSWORD"`]
    : scheme === undefined || scheme === "robotToken"
    ? []
    : [`-H "Authorization: Bearer $TOKEN"`];
  const [media] = Object.values(requestBody?.content ?? {});
  const body = media?.example === undefined ? [] : [`-d ${quoted(JSON.stringify(media.example))}`];
  return [
    `curl ${method === "GET" ? "" : `-X ${method} `}${/[&${]/.test(address) ? `"${address}"` : address}`,
    ...who,
    ...body,
  ].join(" \\\n  ");
}

/** Quotes a text for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
