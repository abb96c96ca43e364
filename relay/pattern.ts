/**
 * Regular expressions from outside, and what they may cost. RE2 takes time linear in the value, but a short text can
 * repeat itself into a large program: `(?:x*){1000}`, eighty times, has 160,000 instructions in 960 characters. So the
 * size of the program is estimated from the text, before anything is compiled.
 *
 * @module
 */
import { RE2Set } from "re2js";

/** The longest expression that we take, in characters: people cannot read longer ones. */
const PATTERN_CHARS = 1_000;

/** Instructions that one expression may compile to: 5 ms and 1 MB of memory (re2js 2.10: about 2 µs and 400 bytes each). */
const PATTERN_INSTRUCTIONS = 2_000;

/** What the matchers of one request may cost together. */
export const REQUEST_INSTRUCTIONS = 10_000;

/** And those of rules that are tried before they are saved. */
export const TRIAL_INSTRUCTIONS = 20_000;

/** Instructions × characters of one match, at most: about 10 ms where every character takes another state. */
const MATCH_STEPS = 1_000_000;

/** What a program may remember of the values that it has seen, in bytes; re2js' own default is 8 MiB for each. */
const MEMORY = 64 * 1_024;

/** A class of Unicode (`\pL`) has hundreds of ranges: what each place of it in the program counts as, and reading it once. */
const CLASS_INSTRUCTIONS = 20;
const CLASS_READING = 200;

/** With `(?i)`, each character of a range is folded by itself when it is read: so many take as long as an instruction. */
const FOLDED_CHARS = 50;

/** A regular expression, ready to be asked. */
export interface Pattern {
  /** What it takes of a budget. */
  readonly cost: number;
  /** Whether it matches the whole value; `undefined`: the value is too long to be compared with it. */
  readonly test: (value: string) => boolean | undefined;
}

/** The matchers that are read together cost too much. */
export class BudgetError extends Error {
  override readonly name = "BudgetError";
}

/**
 * What the matchers that are read together may cost. The same expression counts and is compiled once.
 *
 * What costs nothing to compile counts as one, because it takes memory and time as well.
 */
export class PatternBudget {
  readonly #limit: number;
  readonly #compiled = new Map<string, Pattern>();
  #spent = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What was spent of it. */
  get spent(): number {
    return this.#spent;
  }

  /** Count one matcher without an expression. @throws BudgetError */
  count(): void {
    this.#spend(1);
  }

  /** The expression, compiled. @throws BudgetError · Error in words that say what is wrong with it */
  compile(pattern: string): Pattern {
    const known = this.#compiled.get(pattern);
    if (known) return known;
    const cost = requireSmall(pattern);
    this.#spend(cost);
    const compiled = compile(pattern, cost);
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

/** The budget that {@linkcode within} gave; expressions outside of one are only limited each by itself. */
let current = new PatternBudget(Infinity);
let isGiven = false;

/** Do some work whose matchers share a budget. It must not wait for anything meanwhile. */
export function within<T>(budget: PatternBudget, work: () => T): T {
  const [before, wasGiven] = [current, isGiven];
  [current, isGiven] = [budget, true];
  try {
    return work();
  } finally {
    [current, isGiven] = [before, wasGiven];
  }
}

/** The budget of the work that is under way. */
export function patternBudget(): PatternBudget {
  // Without one, nothing is remembered from one matcher to the next.
  return isGiven ? current : new PatternBudget(Infinity);
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

function compile(pattern: string, cost: number): Pattern {
  const program = new RE2Set(RE2Set.ANCHOR_BOTH, 0, MEMORY);
  try {
    program.add(pattern);
    program.compile();
  } catch (error) {
    const why = error instanceof Error ? error.message.replace("error parsing regexp: ", "") : String(error);
    throw new Error(`the regular expression is not in RE2's syntax: ${why}`);
  }
  const longest = MATCH_STEPS / cost;
  return {
    cost,
    test: (value) => value.length > longest ? undefined : program.match(value).length > 0,
  };
}

const REPETITION = /\{(\d+)(?:(,)(\d*))?\}/y;
const GROUP_START = /\?(?:P?<[^>]*>|[A-Za-z-]*:?)/y;
const ESCAPE = /\\(?:Q([^]*?)(?:\\E|$)|[pP](?:\{[^}]*\}|.)|x\{[^}]*\}|x[\dA-Fa-f]{2}|[0-7]{1,3}|[^])/yu;

/** How many instructions an expression compiles to: about, and never less. One that is no expression has any number. */
export function patternCost(pattern: string): number {
  const folds = /\(\?[A-Za-z]*i/.test(pattern);
  /** The sums of the groups around this one. */
  const outer: number[] = [];
  let sum = 2;
  /** What is paid once, however often it is repeated. */
  let reading = 0;
  /** What the last part costs, which a repetition would repeat. */
  let last = 0;
  const add = (cost: number): void => {
    last = cost;
    sum += cost;
  };
  let at = 0;
  const takes = (sticky: RegExp): RegExpExecArray | undefined => {
    sticky.lastIndex = at;
    const found = sticky.exec(pattern) ?? undefined;
    if (found) at = sticky.lastIndex;
    return found;
  };
  while (at < pattern.length) {
    const char = pattern[at]!;
    if (char === "\\") {
      const [escape, quoted] = takes(ESCAPE) ?? [];
      if (escape === undefined) break; // it ends with a backslash: no expression
      if (quoted !== undefined) { for (const _ of quoted) add(1); }
      else if (/^\\[pP]/.test(escape)) {
        add(CLASS_INSTRUCTIONS);
        reading += CLASS_READING;
      } else add(1);
    } else if (char === "[") {
      const found = classCost(pattern, at, folds);
      at = found.end;
      add(found.cost);
      reading += found.reading;
    } else if (char === "{") {
      const [, least, comma, most] = takes(REPETITION) ?? [];
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
        takes(GROUP_START);
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
      } else if (!/[\udc00-\udfff]/.test(char)) add(1); // the second half of a character belongs to the first
    }
  }
  return outer.reduce((all, part) => all + part, sum + reading);
}

const CLASS_START = /\[\^?\]?/y;
const CLASS_ITEM = /\[:\^?\w+:\]|\\(?:[pP](?:\{[^}]*\}|.)|x\{([\dA-Fa-f]*)\}|x([\dA-Fa-f]{2})|[^])|[^]/yu;

/** What a class such as `[^a-z\pL]` costs, and where it ends. */
function classCost(
  pattern: string,
  from: number,
  folds: boolean,
): { end: number; cost: number; reading: number } {
  CLASS_START.lastIndex = from;
  CLASS_START.exec(pattern);
  let at = CLASS_START.lastIndex;
  let cost = 1;
  let reading = 0;
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
      reading += CLASS_READING;
    }
    if (item === "-" && low !== undefined && !isRange) {
      isRange = true;
      continue;
    }
    const hex = wide ?? narrow;
    const point = hex === undefined ? item.codePointAt(item.startsWith("\\") ? 1 : 0)! : parseInt(hex, 16);
    if (isRange && folds) reading += Math.ceil(Math.max(0, point - low!) / FOLDED_CHARS);
    low = isRange ? undefined : point;
    isRange = false;
  }
  return { end: at, cost, reading };
}
