import type { Alert } from "./alert.ts";
import { whereOf, type WhereRules } from "./where.ts";

/** As much as a line of a list has room for. */
const CHARS = 120;

/** Which one an alert is, of those with the same title: its object, or else how its text begins. */
export function aboutOf(
  { title, labels, text }: Pick<Alert, "title" | "labels" | "text">,
  rules: WhereRules,
): string {
  const line = text.split("\n", 1)[0]!;
  const words = whereOf(labels, rules).text || (line === title ? "" : line);
  return words.slice(0, CHARS).toWellFormed();
}
