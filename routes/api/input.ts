import type { Context } from "hono";
import { z } from "zod";
import { issuesOf, unknownKeys } from "../../relay/config/complaint.ts";
import { parseDuration } from "../../relay/base/duration.ts";
import { DURATION_HELP } from "../../relay/config/fields.ts";
import { isInstant } from "../../relay/base/instant.ts";
import { PatternBudget, REQUEST_INSTRUCTIONS, within } from "../../relay/base/pattern.ts";
import { parseJson, readBody } from "../http/body.ts";
import { RequestError } from "../http/errors.ts";

/** Records in one answer by default. */
const LIMIT = 100;

/** The requested part of a list. */
export const page = z.looseObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(LIMIT).meta({ description: "At most this many" }),
  before: z.string().max(100).optional().meta({
    description: "The last id of the previous page: older records follow",
  }),
});

/** A time of a query, which `readTime` reads. */
export const pointInTime = z.string().optional().meta({
  description: "ISO 8601, or how long ago",
  examples: ["24h"],
});

/** A time: ISO 8601 with a zone, or epoch milliseconds. */
export const moment = z.union([z.string(), z.number()]).meta({
  description: "ISO 8601 with a zone, or epoch milliseconds",
  examples: ["2026-11-20T22:00:00+08:00"],
}).transform((time, context) => {
  const isText = z.iso.datetime({ offset: true }).safeParse(time).success;
  const ms = isText ? Date.parse(String(time)) : typeof time === "number" ? time : NaN;
  if (isInstant(ms)) return ms;
  context.addIssue(
    'must be a time such as "2026-11-20T22:00:00+08:00", or epoch milliseconds, from 1970 to 9999',
  );
  return 0;
});

/** A duration such as `2h`, in milliseconds. */
export const duration = z.string().meta({ description: "How long", examples: ["2h"] }).transform(
  (text, context) => {
    const ms = parseDuration(text) ?? 0;
    if (ms === 0) context.addIssue(DURATION_HELP);
    return ms;
  },
);

/**
 * A request's body as JSON of this shape; an empty body counts as `{}`.
 *
 * @throws RequestError 422 with the field, and those of `readBody` and `parseJson`
 */
export async function readInput<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  const { text } = await readBody(c.req.raw);
  return parseInput(schema, text.trim() === "" ? {} : parseJson(text));
}

/** Parse a caller's input with a schema. @throws RequestError 422 with every invalid field */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const { parsed, complaints } = within(new PatternBudget(REQUEST_INSTRUCTIONS), () => {
    const parsed = schema.safeParse(input);
    return {
      parsed,
      complaints: [
        ...parsed.success ? [] : issuesOf(schema, input, []),
        ...unknownKeys(schema, input, []),
      ],
    };
  });
  if (parsed.success && complaints.length === 0) return parsed.data;
  const words = complaints.map(({ path, message }) => `${path || "The body"}: ${message}`);
  throw new RequestError(422, words.join("; "));
}
