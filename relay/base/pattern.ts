/**
 * Regular expressions from outside, and the limits on their cost. RE2 matches in linear time, but a short expression can
 * compile to a large program: `(?:x*){1000}`, eighty times, has 160,000 instructions in 960 characters. The size of the
 * program is therefore estimated from the text before it is compiled.
 *
 * @module
 */
import { RE2Set } from "re2js";
import { alternativesIn, requiredIn } from "./pattern_literals.ts";

/** The maximum length of an expression, in characters: people cannot read longer ones. */
const PATTERN_CHARS = 1_000;

/** At most this many instructions of one expression: 5 ms and 1 MB of memory (re2js 2.10: about 2 µs and 400 bytes each). */
const PATTERN_INSTRUCTIONS = 2_000;

/** At most this many instructions of all matchers of one request. */
export const REQUEST_INSTRUCTIONS = 10_000;

/** At most this many instructions of the rules that one request tries before they are saved. */
export const TRIAL_INSTRUCTIONS = 20_000;

/** At most this many instructions × characters of one match: about 10 ms if every character leads to a new state. */
const MATCH_STEPS = 1_000_000;

/** Bytes that one program may use for cached states; re2js' own default is 8 MiB. */
const STATE_BYTES = 64 * 1_024;

/** A Unicode class (`\pL`) has hundreds of ranges: the cost of each use in the program, and of parsing it once. */
const CLASS_INSTRUCTIONS = 20;
const CLASS_PARSING = 200;

/** With `(?i)`, parsing a range folds each of its characters: this many take as long as one instruction. */
const FOLDED_CHARS = 50;

/** A compiled regular expression. */
export interface Pattern {
  /** The estimated cost in instructions. */
  readonly cost: number;
  /** Whether it matches the whole value; `undefined` if the value is too long for an expression of this cost. */
  readonly test: (value: string) => boolean | undefined;
  /** The matching values, if it lists them all. */
  readonly values?: ReadonlySet<string>;
}

/** The matchers of one budget cost too much. */
export class BudgetError extends Error {
  override readonly name = "BudgetError";
}

/**
 * Limits the cost of matchers that are parsed together. Equal expressions are compiled and counted once. A
 * matcher without an expression counts as one instruction: it needs memory as well.
 */
export class PatternBudget {
  readonly #limit: number;
  readonly #compiled = new Map<string, Pattern>();
  #spent = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The cost so far, in instructions. */
  get spent(): number {
    return this.#spent;
  }

  /** Counts one matcher without an expression. @throws BudgetError */
  count(): void {
    this.#spend(1);
  }

  /** @throws BudgetError · Error with the error of the expression */
  compile(pattern: string): Pattern {
    const cached = this.#compiled.get(pattern);
    if (cached) return cached;
    const known = inUse.get(pattern)?.deref();
    const cost = known?.cost ?? requireSmall(pattern);
    this.#spend(cost);
    const compiled = known ?? compile(pattern, cost);
    this.#compiled.set(pattern, compiled);
    return compiled;
  }

  #spend(cost: number): void {
    if (this.#spent + cost > this.#limit) {
      throw new BudgetError(
        `costs too much together with those before it: all matchers may have ${this.#limit} instructions`,
      );
    }
    this.#spent += cost;
  }
}

/** The expressions in use: a change of one rule does not compile thousands again. */
const inUse = new Map<string, WeakRef<Pattern>>();
const unused = new FinalizationRegistry<string>((pattern) => {
  if (!inUse.get(pattern)?.deref()) inUse.delete(pattern);
});

let current: PatternBudget | undefined;

/** Runs `work`; all matchers that it parses share a budget. It must be synchronous. */
export function within<T>(budget: PatternBudget, work: () => T): T {
  const before = current;
  current = budget;
  try {
    return work();
  } finally {
    current = before;
  }
}

/** The budget of {@linkcode within}; outside of it, only each single expression is limited. */
export function patternBudget(): PatternBudget {
  return current ?? new PatternBudget(Infinity);
}

function requireSmall(pattern: string): number {
  if (pattern.length > PATTERN_CHARS) {
    throw new Error(`the regular expression has ${pattern.length} characters; ${PATTERN_CHARS} are allowed`);
  }
  const cost = patternCost(pattern);
  if (cost <= PATTERN_INSTRUCTIONS) return cost;
  throw new Error(
    `the regular expression compiles to about ${cost} instructions; ${PATTERN_INSTRUCTIONS} are allowed: ` +
      "repeat less, as in x{1,20}",
  );
}

function compile(text: string, cost: number): Pattern {
  const pattern = patternOf(text, cost);
  inUse.set(text, new WeakRef(pattern));
  unused.register(pattern, text);
  return pattern;
}

function patternOf(pattern: string, cost: number): Pattern {
  const longest = MATCH_STEPS / cost;
  const values = alternativesIn(pattern);
  if (values) {
    return {
      cost,
      values,
      test: (value) => value.length > longest ? undefined : values.has(value),
    };
  }
  const program = new RE2Set(RE2Set.ANCHOR_BOTH, 0, STATE_BYTES);
  try {
    program.add(pattern);
    program.compile();
  } catch (error) {
    const why = error instanceof Error ? error.message.replace("error parsing regexp: ", "") : String(error);
    throw new Error(`the regular expression is not in RE2's syntax: ${why}`);
  }
  const required = requiredIn(pattern);
  return {
    cost,
    test: (value) =>
      value.length > longest ? undefined : value.includes(required) && program.match(value).length > 0,
  };
}

const REPETITION = /\{(\d+)(?:(,)(\d*))?\}/y;
const GROUP_START = /\?(?:P?<[^>]*>|[A-Za-z-]*:?)/y;
const ESCAPE = /\\(?:Q([^]*?)(?:\\E|$)|[pP](?:\{[^}]*\}|.)|x\{[^}]*\}|x[\dA-Fa-f]{2}|[0-7]{1,3}|[^])/yu;

/** An upper estimate of an expression's compiled instructions; arbitrary if it is invalid. */
export function patternCost(pattern: string): number {
  const folds = /\(\?[A-Za-z]*i/.test(pattern);
  /** The sums of the enclosing groups. */
  const outer: number[] = [];
  let sum = 2;
  /** The cost of parsing, which a repetition does not multiply. */
  let parsing = 0;
  /** The cost of the last part, which a repetition multiplies. */
  let last = 0;
  const add = (cost: number): void => {
    last = cost;
    sum += cost;
  };
  let at = 0;
  const match = (sticky: RegExp): RegExpExecArray | undefined => {
    sticky.lastIndex = at;
    const found = sticky.exec(pattern) ?? undefined;
    if (found) at = sticky.lastIndex;
    return found;
  };
  while (at < pattern.length) {
    const char = pattern[at]!;
    if (char === "\\") {
      const [escape, quoted] = match(ESCAPE) ?? [];
      if (escape === undefined) break; // it ends with a backslash, so it is invalid
      if (quoted !== undefined) { for (const _ of quoted) add(1); }
      else if (/^\\[pP]/.test(escape)) {
        add(CLASS_INSTRUCTIONS);
        parsing += CLASS_PARSING;
      } else add(1);
    } else if (char === "[") {
      const found = classCost(pattern, at, folds);
      at = found.end;
      add(found.cost);
      parsing += found.parsing;
    } else if (char === "{") {
      const [, least, comma, most] = match(REPETITION) ?? [];
      if (least === undefined) {
        at++;
        add(1);
        continue;
      }
      const times = Math.max(1, Number(least), Number(most || 0));
      const repeated = (last + (comma ? 2 : 0)) * times + 2;
      sum += repeated - last;
      last = repeated;
    } else {
      at++;
      if (char === "(") {
        outer.push(sum);
        match(GROUP_START);
        sum = 0;
        last = 0;
      } else if (char === ")") {
        const inner = sum + 2;
        sum = outer.pop() ?? 0;
        add(inner);
      } else if (char === "*" || char === "+" || char === "?") {
        sum += 2;
        last += 2;
      } else if (char === "|") {
        sum += 2;
        last = 0;
      } else if (!/[\udc00-\udfff]/.test(char)) add(1); // not the second half of a surrogate pair
    }
  }
  return outer.reduce((all, part) => all + part, sum + parsing);
}

const CLASS_START = /\[\^?\]?/y;
const CLASS_ITEM = /\[:\^?\w+:\]|\\(?:[pP](?:\{[^}]*\}|.)|x\{([\dA-Fa-f]*)\}|x([\dA-Fa-f]{2})|[^])|[^]/yu;

/** The cost of a class such as `[^a-z\pL]`, and the position of its end. */
function classCost(
  pattern: string,
  from: number,
  folds: boolean,
): { end: number; cost: number; parsing: number } {
  CLASS_START.lastIndex = from;
  CLASS_START.exec(pattern);
  let at = CLASS_START.lastIndex;
  let cost = 1;
  let parsing = 0;
  let low: number | undefined;
  let isRange = false;
  while (at < pattern.length) {
    CLASS_ITEM.lastIndex = at;
    const found = CLASS_ITEM.exec(pattern);
    if (!found) break;
    const [item, wide, narrow] = found;
    at = CLASS_ITEM.lastIndex;
    if (item === "]") break;
    if (/^\\[pP]/.test(item)) {
      cost += CLASS_INSTRUCTIONS;
      parsing += CLASS_PARSING;
    }
    if (item === "-" && low !== undefined && !isRange) {
      isRange = true;
      continue;
    }
    const hex = wide ?? narrow;
    const point = hex === undefined ? item.codePointAt(item.startsWith("\\") ? 1 : 0)! : parseInt(hex, 16);
    if (isRange && folds) parsing += Math.ceil(Math.max(0, point - low!) / FOLDED_CHARS);
    low = isRange ? undefined : point;
    isRange = false;
  }
  return { end: at, cost, parsing };
}
