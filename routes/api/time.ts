import { type Here, parseTime } from "../../relay/base/period.ts";
import { RequestError } from "../http/errors.ts";

/** A time of a query or a body, in epoch milliseconds; `undefined` when it is missing. @throws RequestError 422 */
export function readTime(name: string, text: string | undefined, here: Here): number | undefined {
  if (text === undefined || text === "") return undefined;
  const time = parseTime(text, here);
  if (time !== undefined) return time;
  throw new RequestError(
    422,
    `${name}: "${
      text.slice(0, 40)
    }" must be a time such as 2026-01-31T08:00:00Z, or how long ago, such as 24h`,
  );
}
