import type { Context } from "hono";
import type { Identity } from "../../relay/access/access.ts";
import { allows } from "../../relay/access/role.ts";
import { DEFAULT_GROUP } from "../../relay/group.ts";
import type { Relay } from "../../relay/relay.ts";
import { sampleCurl } from "../greeting.ts";

/** What a new relay wants before anybody is told, and the lines to paste for it. */
export interface FirstRun {
  readonly steps: readonly { readonly name: "group" | "destination" | "alert"; readonly done: boolean }[];
  /** With a word in the token's place; for everybody. */
  readonly lines: readonly Line[];
  /** With the token itself, for who may know it. */
  readonly secret?: readonly Line[];
}

/** Something to paste. */
export interface Line {
  readonly name: "curl" | "alertmanager" | "ocp" | "alarm_v2";
  readonly text: string;
}

/** Stands for the token where it must not be shown. */
const TOKEN = "YOUR-INTAKE-TOKEN";

/** What is still to do; `undefined` when all is done. `isNew`: nothing was ever accepted. */
export function firstRun(
  { config }: Relay,
  c: Context,
  { isNew, who }: { isNew: boolean; who: Identity },
): FirstRun | undefined {
  const groups = [...config.groups.values()];
  const steps = [
    { name: "group", done: groups.some(({ id }) => id !== DEFAULT_GROUP) },
    {
      name: "destination",
      done: groups.some(({ destinations }) => destinations.some(({ channel }) => channel !== "inbox")),
    },
    { name: "alert", done: !isNew },
  ] as const;
  if (steps.every(({ done }) => done)) return undefined;
  const url = config.publicUrl ?? new URL(c.req.url).origin;
  const { id: group } = groups.find(({ id }) => id !== DEFAULT_GROUP) ?? { id: DEFAULT_GROUP };
  const lines = (token: string): Line[] => linesFor({ url, token, group });
  return {
    steps,
    lines: lines(TOKEN),
    ...allows(who.role, "admin") ? { secret: lines(config.intakeToken) } : {},
  };
}

/** What each kind of sender needs. `group`: owner/level of the group that is told where the sender names one. */
function linesFor({ url, token, group }: { url: string; token: string; group: string }): Line[] {
  const [owner, level] = group.split("/");
  return [
    { name: "curl", text: sampleCurl({ url, token }) },
    {
      name: "alertmanager",
      text: [
        "receivers:",
        "  - name: fenghuo",
        "    webhook_configs:",
        `      - url: ${url}/webhook`,
        "        send_resolved: true",
        "        http_config:",
        "          authorization:",
        `            credentials: ${token}`,
      ].join("\n"),
    },
    {
      name: "ocp",
      text: [
        `POST ${url}/ocp/${group}`,
        "",
        "Content-Type:application/json",
        `Authorization:Bearer ${token}`,
        "",
        '{"alarm_type":"${alarm_type}","alarm_target":"${alarm_target}","alarm_name":"${alarm_name}","alarm_level":"${alarm_level}","message":"${message}"}',
        "",
        '{"errcode":0}',
      ].join("\n"),
    },
    {
      name: "alarm_v2",
      text:
        `FENGHUO_INTAKE_TOKEN=${token} deno task send alarm_v2 --to ${url} --id ${owner} --level ${level}`,
    },
  ];
}
