import type { z } from "zod";

/** What an address is for, written beside its handler; the OpenAPI document is made of nothing else. */
export interface Description {
  /** One line: what it does. */
  readonly summary: string;
  /** What more there is to know; names of fields in backquotes. */
  readonly details?: string;
  /** Who may ask; of an address below `/api` the guard knows. */
  readonly security?: Security;
  /** Parts of the address, where their names do not say it all; `*` is the rest of it. */
  readonly params?: Readonly<Record<string, string>>;
  /** What the query is parsed with. */
  readonly query?: z.ZodType;
  /** What the body is parsed with, or what makes that: only when somebody reads the document. */
  readonly body?: z.ZodType | (() => z.ZodType);
  /** What the body may be, when that is not JSON alone. */
  readonly bodyTypes?: readonly string[];
  /** A body that is taken as it stands; without it one is made of what its schema says. */
  readonly example?: unknown;
  /** Headers that it reads. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a good answer; 200 unless it says otherwise. */
  readonly status?: 200 | 201 | 204;
  /** Of a good answer that is no JSON. */
  readonly type?: string;
  /** The shape of a good answer; made only when somebody reads the document. */
  readonly answer?: AnswerSchema;
  /** By status: why it is refused, beside what all addresses of its kind refuse. */
  readonly refusals?: Readonly<Record<number, string>>;
}

/** Makes the schema of an answer. */
export type AnswerSchema = (shapes: Shapes) => z.ZodType;

/** The shapes of the relay's records, which are loaded when they are needed. */
export type Shapes = typeof import("../api/openapi/shapes/mod.ts");

/** Ways to say who asks. `robot`: a robot's token in the address · `signed`: a signature in the body. */
export type Security = "api" | "intake" | "ocp" | "robot" | "signed" | "none";

/** The methods that the document tells of. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const descriptions = new WeakMap<object, Description | Partial<Record<Method, Description>>>();

/** A handler with its description, or with one for each method that it takes. Nothing of it runs when a request comes. */
export function described<H extends object>(
  description: Description | Partial<Record<Method, Description>>,
  handler: H,
): H {
  descriptions.set(handler, description);
  return handler;
}

/** What was said of a handler, mounted for this method or for `ALL`. */
export function descriptionsOf(handler: object, method: string): Partial<Record<Method, Description>> {
  const said = descriptions.get(handler);
  if (said === undefined) return {};
  return isOne(said) ? { [method]: said } : said;
}

function isOne(said: Description | Partial<Record<Method, Description>>): said is Description {
  return "summary" in said;
}
