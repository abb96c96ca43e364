import { labelOf, type Labels } from "./alert.ts";
import { patternBudget } from "../base/pattern.ts";

/** The comparisons of a label's value. The regular expressions of `=~` and `!~` match the whole value. */
export const OPERATORS = ["=~", "!~", "!=", "="] as const;

/** One of the four comparisons. */
export type Operator = typeof OPERATORS[number];

/** The parts of a matcher. */
export interface Condition {
  readonly name: string;
  readonly operator: Operator;
  /** A text or a regular expression in RE2 syntax. */
  readonly value: string;
}

/** A condition on one label, in Alertmanager's sense. */
export interface Matcher extends Condition {
  /**
   * Whether a label with this value matches. A value that is too long for the expression matches neither `=~` nor `!~`: no
   * silence covers it and no rule routes it, so it falls back to the default group.
   */
  readonly accepts: (value: string) => boolean;
  /** The matching values, if it lists them all: `=`, and `=~` of alternatives. A missing label counts as empty. */
  readonly values?: ReadonlySet<string>;
}

/** A name or value without quotes: any characters that Alertmanager's grammar does not reserve. */
const BARE = /[^\s{}!=~,"'`]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/ys;
const OPERATOR = /=~|!~|!=|=/y;
const SPACE = /\s*/y;

/**
 * Read one matcher: `name=value`, `name!="a \"b\"\n"`, `"a name"=~"db-\d+"`. In quotes `\"`, `\\`, `\n` and `\t` are
 * escapes; any other backslash is literal, so that expressions need no doubling.
 *
 * @throws Error with the error and its character
 */
export function parseMatcher(text: string): Matcher {
  return matcherOf(readCondition(text));
}

/** The parts of one matcher, whose regular expression is neither checked nor compiled. @throws Error as {@linkcode parseMatcher} */
export function readCondition(text: string): Condition {
  const conditions = scanConditions(text);
  const [condition] = conditions;
  if (condition === undefined || conditions.length > 1) {
    throw new Error(`one matcher is needed, not ${conditions.length}`);
  }
  return condition;
}

/**
 * Read comma-separated matchers, with or without braces: `{a="b", c=~"d|e"}`.
 *
 * @throws Error with the error and its character
 */
export function parseMatchers(text: string): Matcher[] {
  return scanConditions(text).map(matcherOf);
}

function scanConditions(text: string): Condition[] {
  const scanner = new Scanner(text);
  const braced = scanner.take(/\{/y) !== undefined;
  const conditions: Condition[] = [];
  while (!(braced && scanner.sees("}"))) {
    conditions.push(scanCondition(scanner));
    if (scanner.take(/,/y) === undefined) break;
  }
  if (braced && scanner.take(/\}/y) === undefined) throw scanner.error('a "," or "}" is needed');
  if (!scanner.atEnd) {
    throw scanner.error('a "," or the end is needed; a value with spaces or signs goes in double quotes');
  }
  return conditions;
}

/** Whether the labels meet the condition. A missing label counts as empty, as in Alertmanager. */
export function matches(matcher: Matcher, labels: Labels): boolean {
  return matcher.accepts(labelOf(labels, matcher.name) ?? "");
}

/** Whether the labels meet all conditions. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matches(matcher, labels));
}

/** A matcher as text that {@linkcode parseMatcher} reads back. */
export function formatMatcher({ name, operator, value }: Condition): string {
  const bare = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
  return `${bare ? name : quote(name)}${operator}${quote(value)}`;
}

function scanCondition(scanner: Scanner): Condition {
  const name = scanner.take(QUOTED) ?? scanner.take(BARE);
  if (name === undefined) {
    throw scanner.error(scanner.sees('"') ? "a quote is not closed" : "a label name is needed");
  }
  if (name === "") throw scanner.error("a label name is needed before here, not an empty one");
  const operator = scanner.take(OPERATOR) as Operator | undefined;
  if (operator === undefined) throw scanner.error("an operator is needed: =, !=, =~ or !~");
  if (scanner.sees('"')) {
    const value = scanner.take(QUOTED);
    if (value === undefined) throw scanner.error("a quote is not closed");
    return { name, operator, value };
  }
  return { name, operator, value: scanner.take(BARE) ?? "" };
}

/** @throws Error when the expression is invalid, or exceeds the budget of {@linkcode within} */
function matcherOf({ name, operator, value }: Condition): Matcher {
  const budget = patternBudget();
  if (operator === "=" || operator === "!=") {
    budget.count();
    if (operator === "!=") return { name, operator, value, accepts: (text) => text !== value };
    return { name, operator, value, values: new Set([value]), accepts: (text) => text === value };
  }
  const pattern = budget.compile(value); // held as a whole: it is compiled once for all who use it
  const { values } = pattern;
  if (operator === "!~") return { name, operator, value, accepts: (text) => pattern.test(text) === false };
  return { name, operator, value, ...values && { values }, accepts: (text) => pattern.test(text) === true };
}

class Scanner {
  #at = 0;
  #text: string;

  constructor(text: string) {
    this.#text = text;
    this.#skipSpace();
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  sees(sign: string): boolean {
    return this.#text.startsWith(sign, this.#at);
  }

  /** Consume a match of the sticky `pattern`, or return `undefined`; skips the space after it. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    this.#skipSpace();
    return found[1] === undefined ? found[0] : unescaped(found[1]);
  }

  error(problem: string): Error {
    return new Error(`${problem} at character ${this.#at + 1}`);
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t" };

function unescaped(text: string): string {
  return text.replace(/\\[\\"nt]/g, (escape) => ESCAPES[escape]!);
}

function quote(text: string): string {
  return `"${
    text.replace(/["\\\n\t]/g, (sign) => ({ '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t" })[sign]!)
  }"`;
}
