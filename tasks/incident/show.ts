import { refusalOf, relayAt } from "../_relay.ts";
import { complain, print, say, type Task, UsageError } from "../_task.ts";
import { at, duration, handling, headline, type ShownIncident } from "./_words.ts";

const HELP = `deno task incident show ID [--lang zh|en]

Shows one incident with its timeline, the oldest first. Exit code: 0 = found · 1 = there is no such incident · 2 = the relay cannot be asked.

  --lang    the language of the timeline; default en
  --json    what the relay answered
  --to      the relay; default http://localhost:$PORT, or 8000

Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder.`;

/** The most entries of the timeline. */
const ENTRIES = 200;

const options = {
  lang: { type: "string", default: "en" },
  json: { type: "boolean" },
  to: { type: "string" },
} as const;

const task: Task<typeof options> = {
  name: "deno task incident show",
  action: "show the incident",
  help: HELP,
  options,
  words: 1,
  failed: 2,
  run: async ({ values: { lang, json, to }, positionals: [id] }) => {
    if (id === undefined) throw new UsageError("one incident's id is needed");
    if (lang !== "zh" && lang !== "en") throw new UsageError(`--lang is "${lang}": it must be zh or en`);
    const relay = await relayAt(to);
    const address = `api/incidents/${encodeURIComponent(id)}`;
    const answer = await relay.ask("GET", address);
    if (answer.status === 404) {
      complain(refusalOf(answer));
      return 1;
    }
    if (answer.status !== 200) throw new Error(refusalOf(answer));
    const timeline = await relay.ask("GET", `${address}/timeline?limit=${ENTRIES}&lang=${lang}`);
    if (timeline.status !== 200) throw new Error(refusalOf(timeline));
    if (json) print(JSON.stringify({ ...answer.json, timeline: timeline.json.timeline }, null, 2));
    else say([...linesOf(answer.json.incident), "", ...timeline.json.sentences].join("\n"));
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
