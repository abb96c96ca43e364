/**
 * `deno task incident`: looks at incidents, and acts on them.
 *
 * @module
 */
import { type Options, runTask, type Task, UsageError } from "./_task.ts";

const HELP = `deno task incident COMMAND

  list     incidents: the open ones, or those that a filter finds
  show     one incident, with its timeline
  ack      acknowledge: nobody is notified again unless it gets worse
  unack    withdraw the acknowledgement
  take     acknowledge, and have it
  assign   acknowledge for somebody else, who has it then
  note     add a note
  snooze   notify nobody until a time
  close    say that it is over, and tell everybody who was notified
  reopen   say that a closed one is not over

deno task incident COMMAND --help says more of each.`;

type AnyTask = Task<Options>;

/** Each loads what it needs, and nothing else. */
const COMMANDS: Readonly<Record<string, () => Promise<AnyTask>>> = {
  list: async () => (await import("./incident/list.ts")).default as AnyTask,
  show: async () => (await import("./incident/show.ts")).default as AnyTask,
  ...Object.fromEntries(
    (["ack", "unack", "take", "assign", "note", "snooze", "close", "reopen"] as const).map((name) => [
      name,
      async () => (await import("./incident/act.ts")).actTask(name) as AnyTask,
    ]),
  ),
};

const [name = "", ...args] = Deno.args;
if (Object.hasOwn(COMMANDS, name)) await runTask(await COMMANDS[name]!(), args);
else {
  await runTask({
    name: "deno task incident",
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
