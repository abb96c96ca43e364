/**
 * Regular expressions from the configuration that find a part of a text. RE2 searches in linear time; the expression is small, and
 * of a long text only the beginning is searched.
 *
 * @module
 */
import { RE2JS } from "re2js";
import { patternCost } from "./pattern.ts";
import { requiredIn } from "./pattern_literals.ts";

const PATTERN_CHARS = 500;

/** At most this many instructions of one expression, so that a text of 1,000 characters is searched whole. */
const INSTRUCTIONS = 200;

/** At most this many instructions × characters of one search: about 30 ms (re2js 2.10: up to 140 ns each, with groups). */
const SEARCH_STEPS = 200_000;

/** A compiled expression. */
export interface Extraction {
  /** The first part of a text that it matches: the matches of its groups, joined by spaces, or else the whole match. */
  readonly find: (text: string) => string | undefined;
  /** The text without the match. */
  readonly remove: (text: string) => string;
}

/** @throws Error with the fault of the expression */
export function compileExtraction(pattern: string): Extraction {
  if (pattern.length > PATTERN_CHARS) {
    throw new Error(`the regular expression has ${pattern.length} characters; ${PATTERN_CHARS} are allowed`);
  }
  const cost = patternCost(pattern);
  if (cost > INSTRUCTIONS) {
    throw new Error(
      `the regular expression compiles to about ${cost} instructions; ${INSTRUCTIONS} are allowed: ` +
        "repeat less, as in x{1,20}",
    );
  }
  const expression = compiled(pattern);
  if (expression.matches("")) {
    throw new Error("the regular expression matches an empty text, so it finds nothing");
  }
  const required = requiredIn(pattern);
  const searched = (text: string): string => text.slice(0, Math.floor(SEARCH_STEPS / cost));
  return {
    find: (text) => {
      const part = searched(text);
      if (!part.includes(required)) return undefined;
      const matcher = expression.matcher(part);
      if (!matcher.find()) return undefined;
      const groups = Array.from({ length: matcher.groupCount() }, (_, index) => matcher.group(index + 1));
      const found = groups.map((group) => group?.trim()).filter(Boolean).join(" ");
      return found || matcher.group()?.trim() || undefined;
    },
    remove: (text) => text.length > SEARCH_STEPS / cost ? text : expression.matcher(text).replaceAll(""),
  };
}

function compiled(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace("error parsing regexp: ", "") : String(error);
    throw new Error(`the regular expression is not in RE2's syntax: ${why}`);
  }
}
