import { labelOf, type Labels } from "../domain/alert.ts";
import { cut, printable } from "../base/text.ts";
import { rounded } from "./value.ts";

/** The texts of an alert, without repetition. */
export interface AlertTexts {
  /** The summary, which may have several lines; empty when the title contains it. */
  readonly summary: string;
  /** The description, unless the summary contains it; mostly empty. */
  readonly description: string;
}

/** At most this many characters of a description are shown. */
const DESCRIPTION_CHARS = 600;

/** The alert's text, and its description if that adds information. */
export function saidBy(
  { title, text, annotations }: { title: string; text: string; annotations: Labels },
): AlertTexts {
  const summary = rounded(text.trim());
  const description = rounded(
    cut(printable(labelOf(annotations, "description") ?? "").trim(), { chars: DESCRIPTION_CHARS }),
  );
  const [name, short, long] = [title, summary, description].map(essence) as [string, string, string];
  if (long === "" || short.includes(long)) {
    return { summary: short === name ? "" : summary, description: "" };
  }
  // A description that contains the summary replaces it.
  if (short === "" || short === name || long.includes(short)) {
    return { summary: description, description: "" };
  }
  return { summary, description };
}

/** The letters and digits of a text: equivalent texts share them. */
function essence(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}
