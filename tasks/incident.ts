/**
 * `deno task incident`: shows incidents, and changes them.
 *
 * @module
 */
import { runCommand } from "./_commands.ts";
import type { Options, Task } from "./_task.ts";

const HELP = `deno task incident COMMAND

  list     incidents: the open ones, or those that a filter finds
  show     one incident, with its timeline
  ack      acknowledge: nobody is notified again unless it gets worse
  unack    withdraw the acknowledgement
  take     acknowledge, and become the holder
  assign   acknowledge, and make somebody else the holder
  note     add a note
  snooze   notify nobody until a time
  close    say that it is over, and tell everybody who was notified
  reopen   say that a closed one is not over

deno task incident COMMAND --help says more of each.`;

type AnyTask = Task<Options>;

await runCommand({
  name: "deno task incident",
  help: HELP,
  commands: {
    list: async () => (await import("./incident/list.ts")).default as AnyTask,
    show: async () => (await import("./incident/show.ts")).default as AnyTask,
    ...Object.fromEntries(
      (["ack", "unack", "take", "assign", "note", "snooze", "close", "reopen"] as const).map((name) => [
        name,
        async () => (await import("./incident/act.ts")).actTask(name) as AnyTask,
      ]),
    ),
  },
});
