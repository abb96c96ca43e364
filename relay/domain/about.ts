import type { Alert } from "./alert.ts";
import { whereOf, type WhereRules } from "./where.ts";

/** Characters on a line of a list, at most. */
const CHARS = 120;

/** Text that distinguishes an alert from others of the same title: its object, or else the start of its text. */
export function aboutOf(
  { title, labels, text }: Pick<Alert, "title" | "labels" | "text">,
  rules: WhereRules,
): string {
  const line = text.split("\n", 1)[0]!;
  const words = whereOf(labels, rules).text || (line === title ? "" : line);
  return words.slice(0, CHARS).toWellFormed();
}
