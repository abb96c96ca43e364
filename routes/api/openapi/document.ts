/**
 * The OpenAPI document: made from the handlers' descriptions and the schemas that they parse with. It is loaded on the
 * first request for it.
 *
 * @module
 */
import { defined } from "../../../relay/base/defined.ts";
import type { RouterRoute } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import { VERSION } from "../../../relay/base/version.ts";
import { type Description, descriptionsOf, type Method } from "../../http/described.ts";
import { roleFor } from "../guard.ts";
import { type JsonSchema, SchemaBook } from "./json_schema.ts";
import { sampleOf } from "./sample.ts";
import { REFUSALS, SECURITY, SECURITY_SCHEMES } from "./security.ts";
import * as shapes from "./shapes/mod.ts";

/** A document of OpenAPI 3.1. */
export interface OpenApi {
  readonly openapi: "3.1.1";
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<"schemas" | "responses" | "securitySchemes", Record<string, object>>>;
}

/** The operation of one method of one address. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** The required role; tokens have one by their scope. */
  readonly "x-role"?: string;
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Reply>>;
}

/** A parameter in the path, in the query, or in a header. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

/** A body and its content types. */
export interface Media {
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

/** An answer. */
export interface Reply {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, Media>>;
}

/** A sort key of an operation: addresses of `/api` first, then the doors. */
interface Described {
  readonly path: string;
  readonly method: Method;
  readonly description: Description;
}

/** The document of all described handlers, without the server's address. */
export function documentOf(routes: readonly RouterRoute[]): Omit<OpenApi, "servers"> {
  const book = new SchemaBook();
  const all = describedIn(routes);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const one of all) (paths[one.path] ??= {})[one.method.toLowerCase()] = operationOf(one, book);
  const error = book.add(shapes.refusal, "output");
  const responses = Object.fromEntries(
    Object.entries(REFUSALS).map(([status, description]) => [
      `Refused${status}`,
      { description, content: { "application/json": { schema: error } } },
    ]),
  );
  return {
    openapi: "3.1.1",
    info: {
      title: "Fenghuo",
      version: VERSION,
      description:
        "Everything that the console can do. Times are epoch milliseconds unless they say otherwise; " +
        "answers may get more fields.",
      license: { name: "MIT", identifier: "MIT" },
    },
    tags: [...new Set(all.map(({ path }) => chapterOf(path)))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(book.named).toSorted(([a], [b]) => a < b ? -1 : 1)),
      responses,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

/** All described handlers, by address. */
function describedIn(routes: readonly RouterRoute[]): Described[] {
  const seen = new Map<string, Described>();
  for (const { handler, method: mounted, path: pattern } of routes) {
    for (const [method, description] of Object.entries(descriptionsOf(findTargetHandler(handler), mounted))) {
      const path = pattern.replace(/:(\w+)/g, "{$1}").replace(/\*$/, "{item}");
      seen.set(`${path} ${method}`, { path, method: method as Method, description });
    }
  }
  const isApi = ({ path }: Described): boolean => path.startsWith("/api/") && !path.startsWith("/api/v2/");
  return [...seen.values()].toSorted((a, b) =>
    Number(isApi(b)) - Number(isApi(a)) || (chapterOf(a.path) < chapterOf(b.path) ? -1 : 1) *
      Number(chapterOf(a.path) !== chapterOf(b.path))
  );
}

/** `/api/alerts/{id}` → alerts; for a door, the product whose API it implements. */
function chapterOf(path: string): string {
  const [first = "", second, third] = path.split("/").slice(1);
  if (first !== "api") return "doors";
  if (second === "v2") return third === "alarm" ? "OCP" : "Alertmanager";
  return second!.replace(/\..*$/, "");
}

function operationOf({ path, method, description }: Described, book: SchemaBook): Operation {
  const { summary, details, body, status = 200, type = "application/json", answer } = description;
  const isApi = description.security === undefined;
  const parameters = parametersOf(path, description, book);
  const good: Reply = answer === undefined
    ? { description: status === 204 ? "Done" : "Good" }
    : { description: "Good", content: { [type]: mediaOf(book.add(answer(shapes), "output"), book) } };
  return {
    operationId: idOf(method, path),
    summary,
    ...defined({ description: details }),
    tags: [chapterOf(path)],
    ...isApi ? { "x-role": roleFor(method, path) } : {},
    security: SECURITY[description.security ?? "api"],
    ...parameters.length === 0 ? {} : { parameters },
    ...body === undefined ? {} : { requestBody: bodyOf(description, book) },
    responses: { [status]: good, ...refusalsOf(description) },
  };
}

/** `get_api_alerts_id` */
function idOf(method: Method, path: string): string {
  return `${method.toLowerCase()}${path.replace(/\{(\w+)\}/g, "$1").replace(/\W+/g, "_")}`.replace(/_$/, "");
}

function parametersOf(
  path: string,
  { params = {}, query, headers = {} }: Description,
  book: SchemaBook,
): Parameter[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]): Parameter => {
    const description = params[name === "item" ? "*" : name!];
    return {
      name: name!,
      in: "path",
      required: true,
      ...defined({ description }),
      schema: { type: "string" },
    };
  });
  const { properties = {}, required = [] } = query === undefined ? {} : book.add(query, "input");
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]): Parameter => ({
    name,
    in: "query",
    required: required.includes(name),
    ...defined({ description }),
    schema,
  }));
  const inHeaders = Object.entries(headers).map(([name, description]): Parameter => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  }));
  return [...inPath, ...inQuery, ...inHeaders];
}

function bodyOf(
  { body, example, bodyTypes = ["application/json"] }: Description,
  book: SchemaBook,
): NonNullable<Operation["requestBody"]> {
  const taken = typeof body === "function" ? body() : body!;
  const schema = book.add(taken, "input");
  const media = { ...mediaOf(schema, book), ...defined({ example }) };
  return {
    required: !taken.safeParse({}).success,
    content: Object.fromEntries(bodyTypes.map((type) => [type, media])),
  };
}

function mediaOf(schema: JsonSchema, book: SchemaBook): Media {
  return { schema, example: sampleOf(schema, book) };
}

/** The refusals of an operation, by status: those common to its kind, and its own. */
function refusalsOf({ security = "api", query, body, refusals = {} }: Description): Record<string, Reply> {
  const common = security === "api"
    ? [401, 403, 429, 503, ...body ? [400, 413, 415] : [], ...query || body ? [422] : []]
    : security === "intake"
    ? [400, 401, 403, 413, 415, 422, 503]
    : [];
  const replies: Record<string, Reply> = {};
  for (const status of common) replies[status] = { $ref: `#/components/responses/Refused${status}` };
  for (const [status, description] of Object.entries(refusals)) {
    replies[status] = security === "api"
      ? { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Refusal" } } } }
      : { description };
  }
  return replies;
}
