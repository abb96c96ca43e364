/**
 * `deno task map`: tests the mapping of a payload to alerts by a door, or of a message by a vendor's robot.
 *
 * @module
 */
import { complaintText, readDoors } from "../relay/config/mod.ts";
import { compileExtraction, type Extraction } from "../relay/base/extraction.ts";
import { didYouMean } from "../relay/base/nearest.ts";
import { formatTime } from "../relay/base/time.ts";
import type { Alert, IncomingAlert } from "../relay/domain/alert.ts";
import { parseBody } from "../routes/dialects/any_json.ts";
import type { Mapped } from "../relay/domain/mapping/map_payload.ts";
import { parseDingTalk } from "../routes/dialects/dingtalk_message.ts";
import { parseFeishu } from "../routes/dialects/feishu_message.ts";
import { withPatterns } from "../routes/dialects/robot_patterns.ts";
import { parseWeCom } from "../routes/dialects/wecom_message.ts";
import { parseJson } from "../routes/http/body.ts";
import { decodeText } from "../routes/http/charset.ts";
import { doorAlerts } from "../routes/dialects/door_alerts.ts";
import { complain, print, runTask, UsageError } from "./_task.ts";

const HELP = `deno task map NAME [PAYLOAD-FILE] [--in FILE] [--type CONTENT-TYPE] [--json]
deno task map dingtalk|wecom|feishu [PAYLOAD-FILE] [--key PATTERN] [--resolved PATTERN] [--json]

Shows the alerts that the door NAME makes of a payload, field by field. The payload is a file or the standard input. The
door is one of "doors" in --in FILE; without it that is FENGHUO_CONFIG, or ./fenghuo.yaml. No relay is asked and nothing
is sent.

  deno task map zabbix examples/doors/payloads/zabbix.json --in examples/doors/zabbix.yaml

With the name of a vendor the payload is a message to its robot, and the patterns are those of a group: robot_key_pattern and
robot_resolved_pattern.

  deno task map wecom message.json --key 'host=(\\S+)' --resolved '已恢复|RESOLVED'

  --type    the content type of the payload; default application/json, or a form if it looks like one
  --json    the alerts as JSON

Exit code: 0 = every alert can be read · 1 = one cannot, or the door is wrong`;

/** The parsers of messages to robots, by vendor: a door cannot have these names. */
const ROBOTS = { dingtalk: parseDingTalk, wecom: parseWeCom, feishu: parseFeishu };

const ZONE = Deno.env.get("FENGHUO_TZ") ?? "Asia/Shanghai";

function isRobot(name: string): name is keyof typeof ROBOTS {
  return Object.hasOwn(ROBOTS, name);
}

await runTask({
  name: "deno task map",
  action: "map the payload",
  help: HELP,
  options: {
    in: { type: "string" },
    type: { type: "string" },
    key: { type: "string" },
    resolved: { type: "string" },
    json: { type: "boolean" },
  },
  words: 2,
  run: async ({ values, positionals: [name, file] }) => {
    if (name === undefined) throw new UsageError("the name of a door is missing");
    const payload = file === undefined
      ? new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer())
      : await Deno.readFile(file);
    if (isRobot(name)) return mapMessage(payload, { name, ...values });
    const path = values.in ?? Deno.env.get("FENGHUO_CONFIG") ?? "fenghuo.yaml";
    const yaml = await Deno.readTextFile(path);
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
  const { doors, complaints } = await readDoors(yaml, {
    name: path,
    env: Deno.env.toObject(),
    timezone: ZONE,
  });
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
  const options = { ignoreLabels: new Set<string>(), severities: new Map(), timezone: ZONE };
  return show(await doorAlerts(payload, door, options), { json, timezone: ZONE });
}

/** A message to a vendor's robot. @returns the exit code */
function mapMessage(
  body: Uint8Array,
  { name, key, resolved, json = false }: {
    name: keyof typeof ROBOTS;
    key?: string | undefined;
    resolved?: string | undefined;
    json?: boolean | undefined;
  },
): number {
  const parsed = ROBOTS[name](parseJson(decodeText(body, "")), { authenticated: true, locale: "en" });
  if (!("alerts" in parsed)) {
    complain(
      "unknownType" in parsed ? "the type of the message is unknown" : `wrong or missing: ${parsed.field}`,
    );
    return 1;
  }
  const compiled = (name: string, pattern: string | undefined): Extraction | undefined => {
    try {
      return pattern === undefined ? undefined : compileExtraction(pattern);
    } catch (error) {
      throw new UsageError(`--${name}: ${(error as Error).message}`);
    }
  };
  const patterns = { key: compiled("key", key), resolved: compiled("resolved", resolved) };
  const alerts = parsed.alerts.map((one) =>
    withPatterns(one, { group: "owner/level", patterns }, Date.now())
  );
  return show({ alerts, wrong: [], ignored: 0 }, { json, timezone: ZONE });
}

/** @returns the exit code */
function show(mapped: Mapped, { json, timezone }: { json: boolean; timezone: string }): number {
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
