import type { z } from "zod";

/**
 * The words for a value of another type or none of the allowed ones, for the senders of alerts: `a string is needed, not
 * an array`. An error map of zod, whose own words stay for other faults.
 */
export function wrongType(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") {
    return `${article(issue.expected)} is needed, not ${kindOf(issue.input)}`;
  }
  if (issue.code === "invalid_value") return `${oneOf(issue.values)} is needed`;
  return undefined;
}

/** `an array`, `nothing`. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : article(typeof value);
}

function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => JSON.stringify(value));
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
