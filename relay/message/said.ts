import { labelOf, type Labels } from "../domain/alert.ts";
import { cut, printable } from "../base/text.ts";
import { rounded } from "./value.ts";

/** What an alert says of the trouble, nothing twice. */
export interface Said {
  /** What is wrong; may have several lines; empty when the title says it. */
  readonly summary: string;
  /** What else its sender says; mostly empty. */
  readonly description: string;
}

/** As much of a description is shown. */
const DESCRIPTION_CHARS = 600;

/** The alert's text, and its description where that says something else. */
export function saidBy(
  { title, text, annotations }: { title: string; text: string; annotations: Labels },
): Said {
  const summary = rounded(text.trim());
  const description = rounded(
    cut(printable(labelOf(annotations, "description") ?? "").trim(), { chars: DESCRIPTION_CHARS }),
  );
  const [name, short, long] = [title, summary, description].map(essence) as [string, string, string];
  if (long === "" || short.includes(long)) {
    return { summary: short === name ? "" : summary, description: "" };
  }
  // One that repeats the summary and goes on says it all.
  if (short === "" || short === name || long.includes(short)) {
    return { summary: description, description: "" };
  }
  return { summary, description };
}

/** What two texts have in common that say the same: their letters and digits. */
function essence(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}
