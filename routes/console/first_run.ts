import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { Identity } from "../../relay/access/access.ts";
import { allows } from "../../relay/domain/role.ts";
import { DEFAULT_GROUP } from "../../relay/domain/group.ts";
import type { Relay } from "../../relay/relay.ts";
import { sampleCurl } from "../greeting.ts";
import { shellWord } from "../http/shell_word.ts";
import { SETUP_COOKIE } from "./setup/draft.ts";

/** The first steps on a new relay, and the snippets to paste. */
export interface FirstRun extends Snippets {
  readonly steps: readonly { readonly name: "channel" | "alert"; readonly done: boolean }[];
  /** Whether the guided set-up was begun in this browser. */
  readonly isBegun: boolean;
}

/** The snippets for the senders of alerts. */
export interface Snippets {
  /** The group in the snippets; `undefined` if the rules decide. */
  readonly group: string | undefined;
  /** The group in the snippet for a terminal: the alert must arrive there, whatever its labels are. */
  readonly curlGroup: string | undefined;
  /** The department that signs, if it is not the built-in one. */
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

/** Replaces the token in snippets that all users may see. */
const TOKEN = "YOUR-INTAKE-TOKEN";

/** The remaining steps; `undefined` when all are done. `isNew`: no alert was ever accepted. */
export function firstRun(
  relay: Relay,
  c: Context,
  { isNew, who }: { isNew: boolean; who: Identity },
): FirstRun | undefined {
  const { config } = relay.query;
  // The built-in group counts as the user's own once it has a destination besides the inbox.
  const groups = [...config.groups.values()].filter(({ id, destinations }) =>
    id !== DEFAULT_GROUP || destinations.some(({ channel }) => channel !== "inbox")
  );
  const steps = [
    { name: "channel", done: groups.some(({ destinations }) => destinations.length > 0) },
    { name: "alert", done: !isNew },
  ] as const;
  if (steps.every(({ done }) => done)) return undefined;
  const isBegun = getCookie(c, SETUP_COOKIE) !== undefined;
  return { steps, isBegun, ...snippetsFor(relay, c, { who, group: groups[0]?.id }) };
}

/** The snippets for a relay. `group`: the group to notify. */
export function snippetsFor(
  { query: { config } }: Relay,
  c: Context,
  { who, group: wanted }: { who: Identity; group: string | undefined },
): Snippets {
  const url = config.publicUrl ?? new URL(c.req.url).origin;
  // Rules apply only if the sender names no group; unmatched alerts go to the default group anyway.
  const group = config.rules.length > 0 || wanted === DEFAULT_GROUP ? undefined : wanted;
  const curlGroup = wanted === DEFAULT_GROUP ? undefined : wanted;
  const department = [...config.departments.keys()].find((dep) => !config.departments.has("default") && dep);
  const lines = (token: string): Snippet[] =>
    linesFor({ url, token, group, curlGroup, required: wanted ?? DEFAULT_GROUP, department });
  return {
    group,
    curlGroup,
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
  { url, token, group, curlGroup, required, department }: {
    url: string;
    token: string;
    group: string | undefined;
    curlGroup: string | undefined;
    required: string;
    department: string | undefined;
  },
): Snippet[] {
  const pathTo = (named: string | undefined): string =>
    named === undefined ? "/webhook" : `/webhook/${encoded(named)}`;
  const path = pathTo(group);
  const [id, level] = required.split("/") as [string, string];
  return [
    { name: "curl", text: sampleCurl({ url, token, path: pathTo(curlGroup) }) },
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
