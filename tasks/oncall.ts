/**
 * `deno task oncall`: shows the person on call, and replaces them.
 *
 * @module
 */
import { formatTime } from "../relay/base/time.ts";
import type { OnCallView, OverrideView } from "../relay/query/shapes/oncall.ts";
import { refusalOf, type RelayAnswer, relayAt } from "./_relay.ts";
import { complain, print, runTask, say, UsageError } from "./_task.ts";

const HELP = `deno task oncall [<owner/level>]
deno task oncall put <owner/level> <member> --for 8h [--from TIME] [--comment TEXT]
deno task oncall end <override id>

Tells who is on call now and next in one group or in all with a calendar, the times within two weeks at which nobody is,
and the overrides. put puts a member on call for some time, instead of the scheduled ones; end ends that. Exit code:
0 = done · 1 = the relay refuses · 2 = the relay cannot be asked.

  --for      how long, such as 30m, 8h or 2d
  --from     when it begins, such as 2026-12-24T09:00:00+08:00; default now
  --comment  why; others see it
  --json     what the relay answered
  --to       the relay; default http://localhost:$PORT, or 8000

Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder.`;

await runTask({
  name: "deno task oncall",
  action: "tell who is on call",
  help: HELP,
  options: {
    for: { type: "string" },
    from: { type: "string" },
    comment: { type: "string" },
    json: { type: "boolean" },
    to: { type: "string" },
  },
  words: 3,
  failed: 2,
  run: async ({ values, positionals: [word, group, member] }) => {
    const relay = await relayAt(values.to);
    const { json = false } = values;
    if (word === "end") {
      if (group === undefined) throw new UsageError("the id of an override is needed");
      const answer = await relay.ask("DELETE", `api/oncall/overrides/${encodeURIComponent(group)}`);
      return told(answer, () => "ended", { json });
    }
    if (word !== "put") {
      if (group !== undefined) throw new UsageError(`there is no command "${word}": use put or end`);
      const search = word === undefined ? "" : `?group=${encodeURIComponent(word)}`;
      const answer = await relay.ask("GET", `api/oncall${search}`);
      return told(answer, ({ groups }) => calendars(groups as OnCallView[]), { json });
    }
    if (group === undefined || member === undefined) throw new UsageError("a group and a member are needed");
    if (values.for === undefined) throw new UsageError("--for is needed, such as --for 8h");
    const { from, comment } = values;
    const answer = await relay.ask("POST", "api/oncall/overrides", {
      group,
      members: [member],
      duration: values.for,
      ...from === undefined ? {} : { from },
      ...comment === undefined ? {} : { comment },
    });
    return told(answer, ({ override }) => `${(override as OverrideView).id} was created`, { json });
  },
});

/** Print an answer. @returns the exit code */
function told(
  answer: RelayAnswer,
  // deno-lint-ignore no-explicit-any -- the caller knows the shape of its answer
  inWords: (json: any) => string,
  { json }: { json: boolean },
): number {
  if (answer.status >= 400) {
    complain(refusalOf(answer));
    return 1;
  }
  if (json) print(JSON.stringify(answer.json ?? null, null, 2));
  else say(inWords(answer.json));
  return 0;
}

function calendars(groups: readonly OnCallView[]): string {
  if (groups.length === 0) return "No group has a calendar, so all members of a group are notified";
  return groups.map((group) => linesOf(group).join("\n")).join("\n\n");
}

function linesOf({ group, timezone, now, next, gaps, overrides }: OnCallView): string[] {
  const at = (ms: number): string => formatTime(ms, { timezone }).slice(0, 16);
  const until = now.until === undefined ? "" : `, until ${at(now.until)}`;
  return [
    `${group} (${timezone})`,
    `  now   ${whoIn(now)}${until}`,
    ...next ? [`  next  ${whoIn(next)}, from ${at(next.from)}`] : [],
    ...gaps.map(({ from, until }) => `  gap   ${at(from)} to ${at(until)}: everybody is notified`),
    ...overrides.map(({ id, from, until, members, left }) =>
      [
        `  override  ${at(from)} to ${at(until)}: ${namesOf(members)}`,
        ...left.length === 0 ? [] : [`left the group: ${left.join(", ")}`],
        id === undefined ? "of the configuration" : id,
      ].join("; ")
    ),
  ];
}

function whoIn({ members, because }: Pick<OnCallView["now"], "members" | "because">): string {
  if (because === "nobody") return "nobody; everybody is notified";
  return because === "everyone" ? "everybody" : namesOf(members);
}

function namesOf(members: OnCallView["now"]["members"]): string {
  return members.map(({ id, name }) => name === undefined ? id : `${name} (${id})`).join(", ");
}
