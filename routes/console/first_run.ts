import type { Context } from "hono";
import type { Identity } from "../../relay/access/access.ts";
import { allows } from "../../relay/domain/role.ts";
import { DEFAULT_GROUP } from "../../relay/domain/group.ts";
import type { Relay } from "../../relay/relay.ts";
import { sampleCurl } from "../greeting.ts";
import { shellWord } from "../http/shell_word.ts";

/** The first steps on a new relay, and the snippets to paste. */
export interface FirstRun {
  readonly steps: readonly { readonly name: "group" | "destination" | "alert"; readonly done: boolean }[];
  /** The group that the snippets name; `undefined` while there is only the built-in one, or rules route to others. */
  readonly group: string | undefined;
  /** The address of the form for the group's destination. */
  readonly groupPage: string;
  /** The department that signs, when it is not the built-in one. */
  readonly department: string | undefined;
  /** The snippets without the token, for all users. */
  readonly lines: readonly Snippet[];
  /** The snippets with the token itself, for users who may see it. */
  readonly secret?: readonly Snippet[];
}

/** A snippet to paste. */
export interface Snippet {
  readonly name: "curl" | "alertmanager" | "ocp" | "alarm_v2";
  readonly text: string;
}

/** Stands for the token in snippets that all users may see. */
const TOKEN = "YOUR-INTAKE-TOKEN";

/** The remaining steps; `undefined` when all are done. `isNew`: no alert was ever accepted. */
export function firstRun(
  { query: { config } }: Relay,
  c: Context,
  { isNew, who }: { isNew: boolean; who: Identity },
): FirstRun | undefined {
  // The built-in group counts as the user's own once it has a destination besides the inbox.
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
  // Rules apply only where the sender names no group.
  const group = config.rules.length === 0 ? own?.id : undefined;
  const department = [...config.departments.keys()].find((dep) => !config.departments.has("default") && dep);
  const lines = (token: string): Snippet[] =>
    linesFor({ url, token, group, required: own?.id ?? DEFAULT_GROUP, department });
  return {
    steps,
    group,
    groupPage: own ? `/groups/${encoded(own.id)}/destinations` : "/groups",
    department,
    lines: lines(TOKEN),
    ...allows(who.role, "admin") ? { secret: lines(config.intakeToken) } : {},
  };
}

/**
 * The snippet of each kind of sender. `group`: for senders that may name one · `required`: for senders that must name
 * one.
 */
function linesFor(
  { url, token, group, required, department }: {
    url: string;
    token: string;
    group: string | undefined;
    required: string;
    department: string | undefined;
  },
): Snippet[] {
  const path = group === undefined ? "/webhook" : `/webhook/${encoded(group)}`;
  const [id, level] = required.split("/") as [string, string];
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
        `POST ${url}/ocp/${encoded(required)}`,
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
  return group.split("/").map(encodeURIComponent).join("/").replaceAll("'", "%27"); // an apostrophe would end a shell string
}
