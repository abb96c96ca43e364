/**
 * `deno task channel`: for authors of channel plugins.
 *
 * @module
 */
import { runCommand } from "./_commands.ts";
import type { Options, Task } from "./_task.ts";

const HELP = `deno task channel COMMAND

  new      write a plugin that works, with its test
  check    grade plugins, and say how to fix what is found
  try      send one message, and show request, sizes, answer and verdict
  fake     run a strict vendor for a plugin on this machine
  preview  write a page with its form and its messages, in both languages
  list     the channels that a relay would find, and the files that it would not load

deno task channel COMMAND --help says more of each.`;

await runCommand({
  name: "deno task channel",
  help: HELP,
  commands: {
    new: () => taskOf(import("./channel/new.ts")),
    check: () => taskOf(import("./channel/check.ts")),
    try: () => taskOf(import("./channel/try.ts")),
    fake: () => taskOf(import("./channel/fake.ts")),
    preview: () => taskOf(import("./channel/preview.ts")),
    list: () => taskOf(import("./channel/list.ts")),
  },
});

async function taskOf(module: Promise<{ default: unknown }>): Promise<Task<Options>> {
  return (await module).default as Task<Options>;
}
