import type { z } from "zod";

/** The description of an address, next to its handler; the OpenAPI document is made from it. */
export interface Description {
  /** One line. */
  readonly summary: string;
  /** More details; field names in backquotes. */
  readonly details?: string;
  /** Of a door: its name, and the line to paste into the sender's configuration. The README lists them. */
  readonly door?: { readonly name: string; readonly paste: string };
  /** The authentication of the caller. Default for an address below `/api`: the guard's answer. */
  readonly security?: Security;
  /** Descriptions of path parameters whose names are not enough; `*` is the rest of the path. */
  readonly params?: Readonly<Record<string, string>>;
  /** The schema of the query. */
  readonly query?: z.ZodType;
  /** The schema of the body, or a function that makes it when the document is read. */
  readonly body?: z.ZodType | (() => z.ZodType);
  /** The body's content types, if not only JSON. */
  readonly bodyTypes?: readonly string[];
  /** An example of the body. Default: made from the schema. */
  readonly example?: unknown;
  /** The headers that the handler reads. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The status of a successful answer. Default: 200. */
  readonly status?: 200 | 201 | 202 | 204;
  /** The content type of a successful answer that is not JSON. */
  readonly type?: string;
  /** The schema of a successful answer; made when the document is read. */
  readonly answer?: AnswerSchema;
  /** Status → the reason for a refusal, in addition to those common to all addresses of the same kind. */
  readonly refusals?: Readonly<Record<number, string>>;
}

/** Makes the schema of an answer. */
export type AnswerSchema = (shapes: Shapes) => z.ZodType;

/** The shapes of the relay's records, which are loaded when they are needed. */
export type Shapes = typeof import("../api/openapi/shapes/mod.ts");

/** The ways to authenticate. `robot`: a robot's token in the address · `signed`: a signature in the body. */
export type Security = "api" | "metrics" | "intake" | "ocp" | "robot" | "signed" | "none";

/** The methods in the document. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const descriptions = new WeakMap<object, Description | Partial<Record<Method, Description>>>();

/** A handler with its description, or with one per method. Costs a request nothing. */
export function described<H extends object>(
  description: Description | Partial<Record<Method, Description>>,
  handler: H,
): H {
  descriptions.set(handler, description);
  return handler;
}

/** The descriptions of a handler that is mounted for this method or for `ALL`. */
export function descriptionsOf(handler: object, method: string): Partial<Record<Method, Description>> {
  const described = descriptions.get(handler);
  if (described === undefined) return {};
  return isOne(described) ? { [method]: described } : described;
}

function isOne(described: Description | Partial<Record<Method, Description>>): described is Description {
  return "summary" in described;
}
