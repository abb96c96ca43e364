import { refusalOf, relayAt } from "../_relay.ts";
import { complain, print, type Task, UsageError } from "../_task.ts";
import { at, duration, handling, headline, type ShownIncident } from "./_words.ts";

const HELP = `deno task incident show ID

Shows one incident. Exit code: 0 = found · 1 = there is no such incident · 2 = the relay cannot be asked.

  --json    what the relay answered
  --to      the relay; default http://localhost:$PORT, or 8000

Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder.`;

const options = { json: { type: "boolean" }, to: { type: "string" } } as const;

const task: Task<typeof options> = {
  name: "deno task incident show",
  action: "show the incident",
  help: HELP,
  options,
  words: 1,
  failed: 2,
  run: async ({ values: { json, to }, positionals: [id] }) => {
    if (id === undefined) throw new UsageError("one incident's id is needed");
    const relay = await relayAt(to);
    const answer = await relay.ask("GET", `api/incidents/${encodeURIComponent(id)}`);
    if (answer.status === 404) {
      complain(refusalOf(answer));
      return 1;
    }
    if (answer.status !== 200) throw new Error(refusalOf(answer));
    print(json ? JSON.stringify(answer.json, null, 2) : linesOf(answer.json.incident).join("\n"));
    return 0;
  },
};

export default task;

function linesOf(incident: ShownIncident): string[] {
  const { id, severity, count, openedAt, lastAt, memo, windows, told = Object.keys(windows) } = incident;
  return [
    headline(incident),
    `${id}: ${severity}, ${duration(incident, Date.now())}, ${count === 1 ? "1 alert" : `${count} alerts`}`,
    `First alert ${at(openedAt)}${lastAt === openedAt ? "" : `, newest ${at(lastAt)}`}`,
    ...[handling(incident)].filter(Boolean).map((words) => words.charAt(0).toUpperCase() + words.slice(1)),
    told.length === 0 ? "Nobody was notified" : `Notified: ${told.join(", ")}`,
    ...memo === undefined ? [] : [`Note: ${memo}`],
  ];
}
