import { parseArgs, type ParseArgsConfig } from "node:util";

/** The options of a task, as `node:util` parses them. */
export type Options = NonNullable<ParseArgsConfig["options"]>;

/** A command line that makes no sense. The message says what is wrong and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a command line says. */
export type Given<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/**
 * What a command line says: nothing unknown, and at most `words` words beside the options.
 *
 * @throws UsageError
 */
export function readOptions<const O extends Options>(
  args: readonly string[],
  { options, words = 0 }: { options: O; words?: number },
): Given<O> {
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
): Given<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // What follows the first sentence are hints about words that begin with a dash.
    const [sentence = ""] = (error as Error).message.split(/\. |\n/);
    throw new UsageError(sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, ""));
  }
}

// deno-lint-ignore no-console -- to print is what a task is for
const out = { say: (text: string) => console.log(text), complain: (text: string) => console.error(text) };

/** What every task is made of. */
export interface Task<O extends Options> {
  /** Such as `deno task backup`. */
  readonly name: string;
  /** Completes "Cannot …: <reason>". */
  readonly action: string;
  readonly help: string;
  /** Beside `--help`. */
  readonly options: O;
  /** How many words it takes beside its options. Default 0. */
  readonly words?: number;
  /** The exit code of a failure. Default 1. */
  readonly failed?: number;
  /** The exit code of a command line that makes no sense. Default 2. */
  readonly senseless?: number;
  /** @returns the exit code */
  run(given: Given<O>): Promise<number>;
}

/** Run a task: its help, its refusals in words, its exit code. */
export async function runTask<const O extends Options>(task: Task<O>): Promise<void> {
  const { name, action, help, options, words = 0, failed = 1, senseless = 2 } = task;
  try {
    if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
      out.say(help);
      return;
    }
    Deno.exitCode = await task.run(readOptions(Deno.args, { options, words }));
  } catch (error) {
    out.complain(`Cannot ${action}: ${error instanceof Error ? error.message : error}`);
    if (error instanceof UsageError) out.complain(`See ${name} --help`);
    Deno.exitCode = error instanceof UsageError ? senseless : failed;
  }
}
