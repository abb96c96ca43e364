import type { Context } from "hono";
import { PatternBudget, REQUEST_INSTRUCTIONS, within } from "../../relay/base/pattern.ts";
import { type Matcher, parseMatcher } from "../../relay/domain/matcher.ts";
import { RequestError } from "../http/errors.ts";

/** The texts that go-openapi reads as true; any other text is false. */
const TRUE = /^(?:true|1|yes|ok|y|on|selected|checked|t|enabled)$/i;

/** A switch of the query. Default: on. */
export function isOn(c: Context, name: string): boolean {
  const text = c.req.query(name) ?? "";
  return text === "" || TRUE.test(text);
}

/** The matchers of the query's parameter `filter`, which may occur several times. @throws RequestError 400 */
export function filterOf(c: Context): Matcher[] {
  return within(
    new PatternBudget(REQUEST_INSTRUCTIONS),
    () =>
      (c.req.queries("filter") ?? []).map((text) => {
        try {
          return parseMatcher(text);
        } catch (error) {
          throw new RequestError(
            400,
            `bad matcher format: ${text.slice(0, 200)}: ${(error as Error).message}`,
          );
        }
      }),
  );
}

/** Tells whether the query's parameter `receiver`, a regular expression, matches a whole name. @throws RequestError 400 */
export function receiverFilterOf(c: Context): ((name: string) => boolean) | undefined {
  const text = c.req.query("receiver") ?? "";
  if (text === "") return undefined;
  try {
    const pattern = new PatternBudget(REQUEST_INSTRUCTIONS).compile(text);
    return (name) => pattern.test(name) === true;
  } catch (error) {
    throw new RequestError(400, `failed to parse receiver param: ${(error as Error).message}`);
  }
}
