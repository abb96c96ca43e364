import type { Context } from "hono";
import type { Identity } from "../../relay/access/access.ts";
import { allows } from "../../relay/domain/role.ts";
import { DEFAULT_GROUP } from "../../relay/domain/group.ts";
import type { Relay } from "../../relay/relay.ts";
import { sampleCurl } from "../greeting.ts";
import { shellWord } from "../http/shell_word.ts";

/** What a new relay wants before anybody is told, and the lines to paste for it. */
export interface FirstRun {
  readonly steps: readonly { readonly name: "group" | "destination" | "alert"; readonly done: boolean }[];
  /** The group that the lines name; `undefined` while there is only the built-in one, or rules lead to others. */
  readonly group: string | undefined;
  /** Where the group is given its destination. */
  readonly groupPage: string;
  /** The department that signs, when it is not the built-in one. */
  readonly department: string | undefined;
  /** With a word in the token's place; for everybody. */
  readonly lines: readonly Snippet[];
  /** With the token itself, for who may know it. */
  readonly secret?: readonly Snippet[];
}

/** Something to paste. */
export interface Snippet {
  readonly name: "curl" | "alertmanager" | "ocp" | "alarm_v2";
  readonly text: string;
}

/** Stands for the token where it must not be shown. */
const TOKEN = "YOUR-INTAKE-TOKEN";

/** What is still to do; `undefined` when all is done. `isNew`: nothing was ever accepted. */
export function firstRun(
  { query: { config } }: Relay,
  c: Context,
  { isNew, who }: { isNew: boolean; who: Identity },
): FirstRun | undefined {
  // The built-in group is somebody's own once it tells more than the inbox.
  const groups = [...config.groups.values()].filter(({ id, destinations }) =>
    id !== DEFAULT_GROUP || destinations.some(({ channel }) => channel !== "inbox")
  );
  const steps = [
    { name: "group", done: groups.length > 0 },
    { name: "destination", done: groups.some(({ destinations }) => destinations.length > 0) },
    { name: "alert", done: !isNew },
  ] as const;
  if (steps.every(({ done }) => done)) return undefined;
  const url = config.publicUrl ?? new URL(c.req.url).origin;
  const [own] = groups;
  // Rules are asked only where the sender names no group.
  const group = config.rules.length === 0 ? own?.id : undefined;
  const department = [...config.departments.keys()].find((dep) => !config.departments.has("default") && dep);
  const lines = (token: string): Snippet[] =>
    linesFor({ url, token, group, told: own?.id ?? DEFAULT_GROUP, department });
  return {
    steps,
    group,
    groupPage: own ? `/groups/${encoded(own.id)}/destinations` : "/groups",
    department,
    lines: lines(TOKEN),
    ...allows(who.role, "admin") ? { secret: lines(config.intakeToken) } : {},
  };
}

/** What each kind of sender needs. `group`: that a sender may name · `told`: that one names which has to name one. */
function linesFor(
  { url, token, group, told, department }: {
    url: string;
    token: string;
    group: string | undefined;
    told: string;
    department: string | undefined;
  },
): Snippet[] {
  const path = group === undefined ? "/webhook" : `/webhook/${encoded(group)}`;
  const [id, level] = told.split("/") as [string, string];
  return [
    { name: "curl", text: sampleCurl({ url, token, path }) },
    {
      name: "alertmanager",
      text: [
        "receivers:",
        "  - name: fenghuo",
        "    webhook_configs:",
        `      - url: ${url}${path}`,
        "        send_resolved: true",
        "        http_config:",
        "          authorization:",
        `            credentials: ${/^[\w.-]+$/.test(token) ? token : JSON.stringify(token)}`,
      ].join("\n"),
    },
    {
      name: "ocp",
      text: [
        `POST ${url}/ocp/${encoded(told)}`,
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
      text: [
        `FENGHUO_INTAKE_TOKEN=${shellWord(token)} deno task send alarm_v2 --to ${url}`,
        `--id ${shellWord(id)} --level ${shellWord(level)}`,
        ...department === undefined ? [] : [`--dep ${shellWord(department)}`],
      ].join(" "),
    },
  ];
}

/** A group's id as a part of an address. */
function encoded(group: string): string {
  return group.split("/").map(encodeURIComponent).join("/").replaceAll("'", "%27"); // which ends a text of a shell
}
