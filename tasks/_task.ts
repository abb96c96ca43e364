import { parseArgs, type ParseArgsConfig } from "node:util";
import { printable } from "../relay/base/text.ts";

/** The options of a task, as `node:util` parses them. */
export type Options = NonNullable<ParseArgsConfig["options"]>;

/** A wrong command line. The message names the error and the correct form. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A parsed command line. */
export type CommandLine<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true }>
>;

/** Parse a command line: no unknown options, and at most `words` words besides them. @throws UsageError */
export function readOptions<const O extends Options>(
  args: readonly string[],
  { options, words = 0 }: { options: O; words?: number },
): CommandLine<O> {
  const parsed = parse(args, options);
  const { positionals } = parsed;
  if (positionals.length > words) {
    const most = words === 0 ? "no word beside its options" : words === 1 ? "one" : `at most ${words}`;
    throw new UsageError(`"${positionals[words]}" is one word too many: it takes ${most}`);
  }
  return parsed;
}

function parse<const O extends Options>(
  args: readonly string[],
  options: O,
): CommandLine<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // The sentences after the first are hints about words that begin with a dash.
    const [sentence = ""] = (error as Error).message.split(/\. |\n/);
    throw new UsageError(sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, ""));
  }
}

/** The values of a repeated option such as `--label`, each a `name=value`. @throws UsageError */
export function pairsOf(option: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1) {
      throw new UsageError(`--${option} is "${text}": it must be a name and a value: name=value`);
    }
    return [text.slice(0, equals), text.slice(equals + 1)];
  }));
}

/** The number in an option: whole, unless `fraction`. @throws UsageError */
export function numberOf(
  option: string,
  text: string,
  { from = 0, to, fraction = false }: { from?: number; to: number; fraction?: boolean },
): number {
  const number = Number(text);
  const fits = number >= from && number <= to && (fraction || Number.isInteger(number));
  if (text.trim() !== "" && fits) return number;
  throw new UsageError(`--${option} is "${text}": it must be a number from ${from} to ${to}`);
}

/** Print sentences for people; text from senders and others cannot control the terminal. */
export function say(text: string): void {
  print(printable(text));
}

/** Print the output of a task unchanged. */
export function print(text: string): void {
  // deno-lint-ignore no-console -- to print is what a task is for
  console.log(text);
}

/** Print an error. */
export function complain(text: string): void {
  // deno-lint-ignore no-console -- to print is what a task is for
  console.error(printable(text));
}

/** A task of deno.json. */
export interface Task<O extends Options> {
  /** Such as `deno task backup`. */
  readonly name: string;
  /** Completes "Cannot …: <reason>". */
  readonly action: string;
  readonly help: string;
  /** All options except `--help`. */
  readonly options: O;
  /** The most words besides its options; default 0. */
  readonly words?: number;
  /** The exit code of a failure; default 1. */
  readonly failed?: number;
  /** The exit code of a wrong command line; default 2. */
  readonly misused?: number;
  /** @returns the exit code */
  run(line: CommandLine<O>): Promise<number>;
}

/** Run a task: print its help or the reason for its failure, and set the exit code. */
export async function runTask<const O extends Options>(
  task: Task<O>,
  args: readonly string[] = Deno.args,
): Promise<void> {
  const { name, action, help, options, words = 0, failed = 1, misused = 2 } = task;
  try {
    if (args.includes("--help") || args.includes("-h")) {
      print(help);
      return;
    }
    Deno.exitCode = await task.run(readOptions(args, { options, words }));
  } catch (error) {
    complain(`Cannot ${action}: ${error instanceof Error ? error.message : error}`);
    if (error instanceof UsageError) complain(`See ${name} --help`);
    Deno.exitCode = error instanceof UsageError ? misused : failed;
  }
}

/** Resolves when the task receives a signal to stop. */
export function stopSignal(): Promise<void> {
  const signals = ["SIGINT", "SIGTERM"] as const;
  return new Promise((resolve) => {
    const stop = (): void => {
      for (const signal of signals) Deno.removeSignalListener(signal, stop);
      resolve();
    };
    for (const signal of signals) Deno.addSignalListener(signal, stop);
  });
}
