import { type Options, runTask, type Task, UsageError } from "./_task.ts";

/** A task whose first word names a command. */
export interface CommandTask {
  /** Such as `deno task channel`. */
  readonly name: string;
  readonly help: string;
  /** Each command loads only its own modules. */
  readonly commands: Readonly<Record<string, () => Promise<Task<Options>>>>;
}

/** Run the command that the first word of the command line names; without one, print the help or the missing word. */
export async function runCommand({ name, help, commands }: CommandTask): Promise<void> {
  const [word = "", ...args] = Deno.args;
  if (Object.hasOwn(commands, word)) return await runTask(await commands[word]!(), args);
  await runTask({
    name,
    action: "run the command",
    help,
    options: {},
    words: Infinity,
    run: () => {
      const known = Object.keys(commands).join(", ");
      throw new UsageError(
        word === ""
          ? `a command is missing: one of ${known}`
          : `there is no command "${word}": use one of ${known}`,
      );
    },
  });
}
