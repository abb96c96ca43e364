/**
 * The expression of a mapping for one value: a text, a path into the payload (`$.host`), or a text with paths in it
 * (`{$.host}: {$.trigger}`), which has no value if one of its paths has no match.
 *
 * @module
 */
import { compilePath, type JsonPath } from "./json_path.ts";

/** An expression. Each of its paths is evaluated on the value, and if it finds nothing, on the value `around` it. */
export interface Expression {
  /** The expressions of which it is made; the first that finds something counts. */
  readonly options: readonly ExpressionOption[];
  /** The selected values; for a text, the text. */
  readonly all: (value: unknown, around?: unknown) => unknown[];
  /** The first selected value as text; `undefined` if nothing is selected, or only `null` or an empty text. */
  readonly text: (value: unknown, around?: unknown) => string | undefined;
}

/** One expression in its written form. */
export interface ExpressionOption extends Pick<Expression, "all" | "text"> {
  readonly source: string;
}

/** Compiles an expression; of several, the first that finds something counts. @throws SyntaxError when a path is wrong */
export function compileExpression(source: string | readonly string[]): Expression {
  const expressions = [source].flat().map(compileOne);
  if (typeof source === "string") return { ...expressions[0]!, options: expressions };
  return {
    options: expressions,
    all: (...values) => expressions.map(({ all }) => all(...values)).find((found) => found.length > 0) ?? [],
    text: (...values) => {
      for (const { text } of expressions) {
        const found = text(...values);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function compileOne(source: string): ExpressionOption {
  return { source, ...evaluatorOf(source) };
}

/** The functions of an expression. */
type Evaluator = Pick<Expression, "all" | "text">;

function evaluatorOf(source: string): Evaluator {
  if (source.startsWith("$")) return pathExpression(compilePath(source));
  const parts = partsOf(source).map((part) => typeof part === "string" ? part : pathExpression(part));
  const text: Expression["text"] = (...values) => {
    const found = parts.map((part) => typeof part === "string" ? part : part.text(...values));
    return found.includes(undefined) ? undefined : found.join("") || undefined;
  };
  return { text, all: (...values) => [text(...values)].filter((one) => one !== undefined) };
}

function pathExpression(path: JsonPath): Evaluator {
  return {
    all: (value, around) => {
      const own = path(value);
      return own.length > 0 || around === undefined ? own : path(around);
    },
    text: (value, around) =>
      firstText(path(value)) ?? (around === undefined ? undefined : firstText(path(around))),
  };
}

/** A scalar as text, and an object or an array as JSON; `undefined` for `null` or an empty text. */
export function textOfJson(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.trim() === "" ? undefined : text;
}

function firstText(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const text = textOfJson(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Splits a text into its texts and the paths in braces; `{{` and `}}` mean braces. @throws SyntaxError */
function partsOf(source: string): (string | JsonPath)[] {
  const parts: (string | JsonPath)[] = [];
  let text = "";
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!;
    if ((char === "{" || char === "}") && source[at + 1] === char) {
      text += char;
      at++;
    } else if (char === "{" && source[at + 1] === "$") {
      const end = endOfPath(source, at + 1);
      if (end === undefined) throw new SyntaxError(`"{" at character ${at} is not closed by "}"`);
      parts.push(text, compilePath(source.slice(at + 1, end)));
      text = "";
      at = end;
    } else {
      text += char;
    }
  }
  return [...parts, text].filter((part) => part !== "");
}

/** The index of the brace that ends a path; braces inside a quoted name do not end it. */
function endOfPath(source: string, from: number): number | undefined {
  let quote: string | undefined;
  for (let at = from; at < source.length; at++) {
    const char = source[at]!;
    if (quote !== undefined) {
      if (char === "\\") at++;
      else if (char === quote) quote = undefined;
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "}") return at;
  }
  return undefined;
}
