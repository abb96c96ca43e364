/**
 * `deno task channel`: for authors of channel plugins.
 *
 * @module
 */
import { type Options, runTask, type Task, UsageError } from "./_task.ts";

const HELP = `deno task channel COMMAND

  new      write a plugin that works, with its test
  check    grade plugins, and say how to fix what is found
  try      send one message, and show request, sizes, answer and verdict
  fake     run a strict vendor for a plugin on this machine
  preview  write a page with its form and its messages, in both languages
  list     the channels that a relay would find, and the files that it would not load

deno task channel COMMAND --help says more of each.`;

/** Each loads what it needs, and nothing else. */
const COMMANDS: Readonly<Record<string, () => Promise<unknown>>> = {
  new: () => import("./channel/new.ts"),
  check: () => import("./channel/check.ts"),
  try: () => import("./channel/try.ts"),
  fake: () => import("./channel/fake.ts"),
  preview: () => import("./channel/preview.ts"),
  list: () => import("./channel/list.ts"),
};

const [name = "", ...args] = Deno.args;
const command = Object.hasOwn(COMMANDS, name)
  ? (await COMMANDS[name]!() as { default: Task<Options> }).default
  : undefined;
if (command) await runTask(command, args);
else {
  await runTask({
    name: "deno task channel",
    action: "run the command",
    help: HELP,
    options: {},
    words: Infinity,
    run: () => {
      const known = Object.keys(COMMANDS).join(", ");
      throw new UsageError(
        name === "" ? `none is named: ${known}` : `"${name}" is none: there is ${known}`,
      );
    },
  });
}
