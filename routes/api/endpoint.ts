import type { MiddlewareHandler } from "hono";
import type { z } from "zod";
import { described, type Description } from "../http/described.ts";
import { parseInput, readInput } from "./input.ts";

/** The parsed input, for `c.req.valid("query")` and `c.req.valid("json")`. */
interface Valid<Q extends z.ZodType, B extends z.ZodType> {
  in: { query: z.input<Q>; json: z.input<B> };
  out: { query: z.output<Q>; json: z.output<B> };
}

/**
 * Middleware before a handler of `/api`: describes the address, and parses its query and its body with the schemas
 * that the document shows. An empty body counts as `{}`.
 *
 * @throws RequestError 422 with every invalid field, and those of `readBody` and `parseJson`
 */
export function endpoint<
  P extends string,
  Q extends z.ZodType = z.ZodNever,
  B extends z.ZodType = z.ZodNever,
>(
  description: Omit<Description, "query" | "body"> & { readonly query?: Q; readonly body?: B },
): MiddlewareHandler<object, P, Valid<Q, B>> {
  const { query, body } = description;
  return described(description, async (c, next) => {
    if (query) c.req.addValidatedData("query", parseInput(query, c.req.query()) as object);
    if (body) c.req.addValidatedData("json", await readInput(c, body) as object);
    await next();
  });
}
