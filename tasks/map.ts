/**
 * `deno task map`: tries how a door of the configuration maps a payload to alerts.
 *
 * @module
 */
import { complaintText, readDoors } from "../relay/config/mod.ts";
import { didYouMean } from "../relay/base/nearest.ts";
import { formatTime } from "../relay/base/time.ts";
import type { Alert, IncomingAlert } from "../relay/domain/alert.ts";
import { parseBody } from "../routes/dialects/any_json.ts";
import { doorAlerts } from "../routes/dialects/door_alerts.ts";
import { complain, print, runTask, UsageError } from "./_task.ts";

const HELP = `deno task map NAME [PAYLOAD-FILE] [--in FILE] [--type CONTENT-TYPE] [--json]

Shows the alerts that the door NAME makes of a payload, field by field. The payload is a file or the standard input. The
door is one of "doors" in --in FILE; without it that is FENGHUO_CONFIG, or ./fenghuo.yaml. No relay is asked and nothing
is sent.

  deno task map zabbix examples/doors/payloads/zabbix.json --in examples/doors/zabbix.yaml

  --type    the content type of the payload; default application/json, or a form if it looks like one
  --json    the alerts as JSON

Exit code: 0 = every alert can be read · 1 = one cannot, or the door is wrong`;

await runTask({
  name: "deno task map",
  action: "map the payload",
  help: HELP,
  options: { in: { type: "string" }, type: { type: "string" }, json: { type: "boolean" } },
  words: 2,
  run: async ({ values, positionals: [name, file] }) => {
    if (name === undefined) throw new UsageError("the name of a door is missing");
    const path = values.in ?? Deno.env.get("FENGHUO_CONFIG") ?? "fenghuo.yaml";
    const yaml = await Deno.readTextFile(path);
    const payload = file === undefined
      ? new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer())
      : await Deno.readFile(file);
    return await map(payload, { name, yaml, path, type: values.type, json: values.json ?? false });
  },
});

/** The input of a mapping, and its door. */
interface MapTask {
  readonly name: string;
  readonly yaml: string;
  readonly path: string;
  readonly type: string | undefined;
  readonly json: boolean;
}

/** @returns the exit code */
async function map(body: Uint8Array, { name, yaml, path, type, json }: MapTask): Promise<number> {
  const timezone = Deno.env.get("FENGHUO_TZ") ?? "Asia/Shanghai";
  const { doors, complaints } = await readDoors(yaml, { name: path, env: Deno.env.toObject(), timezone });
  if (complaints.length > 0) {
    for (const complaint of complaints) complain(complaintText(complaint));
    return 1;
  }
  const door = doors.get(name);
  if (door === undefined) {
    throw new UsageError(`${path} has no door "${name}"${didYouMean(name, doors.keys())}`);
  }
  const looksLikeForm = /^[\w.%-]+=/.test(new TextDecoder().decode(body.subarray(0, 200)));
  const contentType = type ?? (looksLikeForm ? "application/x-www-form-urlencoded" : "application/json");
  const payload = await parseBody(body, contentType);
  const mapped = await doorAlerts(payload, door, {
    ignoreLabels: new Set(),
    severities: new Map(),
    timezone,
  });
  if (json) print(JSON.stringify(mapped, null, 2));
  else {
    for (const [index, incoming] of mapped.alerts.entries()) print(linesOf(incoming, index, timezone));
    if (mapped.ignored > 0) print(`${mapped.ignored} ignored, as the words of status say`);
  }
  for (const { index, field, reason } of mapped.wrong) {
    complain(`alert ${index} cannot be read: ${field}: ${reason}`);
  }
  return mapped.wrong.length > 0 ? 1 : 0;
}

function linesOf({ alert, identity }: IncomingAlert, index: number, timezone: string): string {
  const time = (ms: number | null): string => ms === null ? "–" : formatTime(ms, { timezone });
  const pairs = (labels: Alert["labels"]): string =>
    Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(" ") || "–";
  return [
    `alert ${index}`,
    `  status    ${alert.status}${alert.statusAssumed ? " (assumed)" : ""}`,
    `  severity  ${alert.severity}${alert.severityText ? ` (unknown word: ${alert.severityText})` : ""}`,
    `  title     ${alert.title}`,
    `  text      ${alert.text.replaceAll("\n", "\n            ") || "–"}`,
    `  labels    ${pairs(alert.labels)}`,
    ...Object.keys(alert.annotations).length > 0 ? [`  notes     ${pairs(alert.annotations)}`] : [],
    `  key       ${pairs(identity)}`,
    `  starts    ${time(alert.startsAt)}`,
    ...alert.status === "resolved" ? [`  ends      ${time(alert.endsAt)}`] : [],
    ...alert.links.map(({ kind, url }) => `  ${kind.padEnd(9)} ${url}`),
  ].join("\n");
}
