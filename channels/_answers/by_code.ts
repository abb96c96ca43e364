/**
 * The verdict on an answer, by the vendor's code in its body.
 *
 * @module
 */
import { type ChannelResponse, retry, type Verdict } from "../../relay/channel.ts";
import { type AnswerReading, no } from "./reading.ts";

/** A vendor's codes. */
export type Codes = Readonly<Record<string, AnswerReading>>;

/**
 * The verdict on an answer; `undefined` if the answer is not the vendor's own, so that the HTTP status must decide. A code that
 * is not listed refuses the message.
 */
export function verdictByCode(
  response: ChannelResponse,
  { code, words, codes }: { code: unknown; words: string; codes: Codes },
  { now }: { now: number },
): Verdict | undefined {
  const { status } = response;
  const ok = status >= 200 && status < 300;
  const isCode = typeof code === "number" || typeof code === "string" && code !== "";
  if (!isCode) return ok ? retry(`HTTP ${status} without a code`) : undefined;
  const reading = Object.hasOwn(codes, code as string) ? codes[code as string] : undefined;
  if (reading === undefined && !ok) return undefined;
  const verdict = (reading ?? no("payload"))(words, { response, now });
  return !ok && verdict.kind === "delivered" ? undefined : verdict;
}
