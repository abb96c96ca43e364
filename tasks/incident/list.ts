import { refusalOf, relayAt } from "../_relay.ts";
import { numberOf, print, say, type Task } from "../_task.ts";
import { selectedFilter, SELECTION, SELECTION_HELP } from "./_selection.ts";
import { duration, handling, headline, type ShownIncident } from "./_words.ts";

const HELP = `deno task incident list [--state open|closed|all] [--filter 'team="ops"'] …

Lists incidents, the newest first: id, severity, duration, alerts, title and holder. Exit code: 0 = listed ·
2 = the relay cannot be asked.

  --state            open (the default), closed or all
${SELECTION_HELP}
  --limit            at most this many; default 50
  --json             what the relay answered
  --to               the relay; default http://localhost:$PORT, or 8000

Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder.`;

const options = {
  ...SELECTION,
  limit: { type: "string", default: "50" },
  json: { type: "boolean" },
  to: { type: "string" },
} as const;

const task: Task<typeof options> = {
  name: "deno task incident list",
  action: "list incidents",
  help: HELP,
  options,
  failed: 2,
  run: async ({ values: { limit, json, to, ...selection } }) => {
    const { matchers = [], ...filter } = selectedFilter(selection) ?? {};
    const query = new URLSearchParams(
      Object.entries({ ...filter, limit: numberOf("limit", limit, { from: 1, to: 1_000 }) })
        .map(([name, value]) => [name, String(value)]),
    );
    if (matchers.length > 0) query.set("matchers", matchers.join(","));
    const answer = await (await relayAt(to)).ask("GET", `api/incidents?${query}`);
    if (answer.status !== 200) throw new Error(refusalOf(answer));
    if (json) print(JSON.stringify(answer.json, null, 2));
    else say(linesOf(answer.json).join("\n"));
    return 0;
  },
};

export default task;

function linesOf(
  { incidents, next, lookedBackTo }: { incidents: ShownIncident[]; next?: string; lookedBackTo?: number },
): string[] {
  const now = Date.now();
  const lines = incidents.map((incident) =>
    [
      incident.id,
      incident.severity.padEnd(8),
      duration(incident, now).padEnd(20),
      `×${incident.count}`.padEnd(6),
      headline(incident),
      ...[handling(incident)].filter(Boolean).map((words) => `· ${words}`),
    ].join("  ")
  );
  if (lookedBackTo !== undefined) {
    lines.push(`The search took long and looked back to ${new Date(lookedBackTo).toISOString()}: narrow it.`);
  } else if (next !== undefined) lines.push("There are more: see --limit and --filter.");
  return lines.length === 0 ? ["There are none."] : lines;
}
