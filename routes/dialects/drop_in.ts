/**
 * The common part of the addresses that replace another product's.
 *
 * @module
 */
import type { Context, ErrorHandler } from "hono";
import type { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { readBytes } from "../http/body.ts";
import { type AnsweredFailure, failureOf } from "../http/failure.ts";
import type { BodyReader } from "../http/reading.ts";
import type { RequestError } from "../http/errors.ts";
import { noteRefusal } from "../http/refused.ts";
import { wrongType } from "../http/wrong_type.ts";
import { parseBody } from "./any_json.ts";

/** The first fault of some fields. */
export interface WrongField {
  /** Its path, or `body`. */
  readonly field: string;
  readonly reason: string;
}

/**
 * The fields of a body, which is JSON or a form; an empty one has none. @throws RequestError, also the one that
 * `wrong` makes of a fault
 */
export async function readFields<S extends z.ZodType>(
  c: Context,
  schema: S,
  { wrong, within }: { wrong: (fault: WrongField) => RequestError; within?: BodyReader },
): Promise<{ fields: z.output<S>; bytes: number }> {
  const body = await readBytes(c.req.raw, { within });
  const value = body.byteLength === 0 ? {} : await parseBody(body, c.req.header("content-type") ?? "");
  const parsed = schema.safeParse(value, { error: wrongType });
  if (parsed.success) return { fields: parsed.data, bytes: body.byteLength };
  const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
  throw wrong({ field: path.join(".") || "body", reason: message });
}

/** Notes a refused request, and answers it in the product's own words. */
export function refuseWith(
  relay: Relay,
  { door, report, body }: {
    door: string;
    report: (words: string) => void;
    body: (failure: AnsweredFailure) => object;
  },
): ErrorHandler {
  return async (error, c) => {
    const failure = failureOf(error, c, report);
    const { status, message, headers = {} } = failure;
    await noteRefusal(c, relay, { door, status, reason: message });
    return c.json(body(failure), status, { ...headers });
  };
}
