import type { Context } from "hono";
import { z } from "zod";
import { isInstant, readInstant } from "../../relay/base/instant.ts";
import { PatternBudget, REQUEST_INSTRUCTIONS, within } from "../../relay/base/pattern.ts";
import { formatMatcher, parseMatcher } from "../../relay/domain/matcher.ts";
import { SILENCE_LIMITS as MOST } from "../../relay/domain/silence.ts";
import { RequestError } from "../http/errors.ts";
import { wrongType } from "../http/wrong_type.ts";
import { readJson, required, unreadable } from "./body.ts";
import { routerError } from "./errors.ts";

const time = z.string().meta({ examples: ["2026-11-30T08:00:00Z"] });

/** A silence as a client sends it; a missing `isEqual` is true. The fields are checked in this order. */
export const postableSilence = z.object({
  comment: z.string(),
  createdBy: z.string(),
  endsAt: time,
  id: z.string().optional(),
  matchers: z.array(z.object({
    isEqual: z.boolean().optional(),
    isRegex: z.boolean(),
    name: z.string(),
    value: z.string(),
  })).min(1),
  startsAt: time,
});

type PostableSilence = z.output<typeof postableSilence>;

/** A silence that a client wants. Times are epoch milliseconds. */
export interface WantedSilence {
  /** The silence to change. */
  readonly id: string | undefined;
  readonly matchers: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly author: string;
  readonly comment: string;
}

/** The silence in a request's body. @throws RequestError 400, 415, 422, in Alertmanager's words */
export async function readSilence(c: Context, now: number): Promise<WantedSilence> {
  const { value } = await readJson(c.req.raw, "silence");
  const parsed = postableSilence.safeParse(withoutNulls(value), { error: wrongType });
  if (!parsed.success) throw wordsOf(parsed.error.issues[0]!);
  const { id, createdBy, comment, ...rest } = parsed.data;
  const { from, until } = periodOf(rest, now);
  if (comment.length > MOST.comment) throw tooLong("comment", MOST.comment);
  if (createdBy.length > MOST.author) throw tooLong("createdBy", MOST.author);
  return { id: id || undefined, matchers: matchersOf(rest), from, until, author: createdBy, comment };
}

/** A field that is null counts as missing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(entries.map(([name, one]) => [name, withoutNulls(one)]));
}

/** The first fault, with the codes of go-openapi: 602 for a missing field, 612 for too few items. */
function wordsOf(issue: z.core.$ZodIssue): RequestError {
  const path = issue.path.join(".");
  if (issue.code === "too_small") {
    return routerError(422, `${path} in body should have at least 1 items`, { code: 612 });
  }
  if (issue.code === "invalid_type" && issue.message.endsWith("not nothing")) return required(path);
  return unreadable("silence", `${path || "the body"}: ${issue.message}`);
}

function tooLong(field: string, most: number): RequestError {
  return new RequestError(400, `silence invalid: ${field} is too long: at most ${most} characters`);
}

/** @throws RequestError 400 */
function periodOf(
  { startsAt, endsAt }: Pick<PostableSilence, "startsAt" | "endsAt">,
  now: number,
): { from: number; until: number } {
  const [from, until] = [startsAt, endsAt].map((text) => readInstant(text, { timezone: "UTC" }));
  if (from === undefined) throw unreadable("silence", `startsAt: ${startsAt.slice(0, 100)} is not a time`);
  if (until === undefined) throw unreadable("silence", `endsAt: ${endsAt.slice(0, 100)} is not a time`);
  if (from >= until) {
    throw new RequestError(400, "Failed to create silence: start time must be before end time");
  }
  if (until < now) throw new RequestError(400, "Failed to create silence: end time can't be in the past");
  return { from: isInstant(from) ? from : now, until }; // Go's zero time, of the year 1, is now
}

/** The matchers as the relay writes them. @throws RequestError 400 */
function matchersOf({ matchers }: Pick<PostableSilence, "matchers">): string[] {
  if (matchers.length > MOST.matchers) {
    throw new RequestError(400, `silence invalid: too many matchers: at most ${MOST.matchers}`);
  }
  const texts = matchers.map(({ name, value, isRegex, isEqual = true }) => {
    const operator = isEqual ? isRegex ? "=~" : "=" : isRegex ? "!~" : "!=";
    return formatMatcher({ name, operator, value });
  });
  const parsed = within(new PatternBudget(REQUEST_INSTRUCTIONS), () =>
    texts.map((text, index) => {
      try {
        if (text.length > MOST.matcher) throw new Error(`it is too long: at most ${MOST.matcher} characters`);
        return parseMatcher(text);
      } catch (error) {
        throw new RequestError(
          400,
          `silence invalid: invalid label matcher ${index}: ${(error as Error).message}`,
        );
      }
    }));
  if (parsed.every(({ accepts }) => accepts(""))) {
    throw new RequestError(400, "silence invalid: at least one matcher must not match the empty string");
  }
  return texts;
}
