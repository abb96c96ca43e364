import type { Action } from "../../relay/domain/action.ts";
import { refusalOf, relayAt, type RelayClient } from "../_relay.ts";
import { complain, type Options, print, say, type Task, UsageError } from "../_task.ts";
import { selectedFilter, SELECTION, SELECTION_HELP, type SelectionValues } from "./_selection.ts";
import { handling, headline, type ShownIncident } from "./_words.ts";

/** A command that changes incidents. */
interface ActCommand {
  readonly kind: Action["kind"];
  /** Completes "Cannot …". */
  readonly action: string;
  readonly about: string;
  /** The meaning of --text. `needed`: the command does nothing without it. */
  readonly text?: { readonly about: string; readonly needed?: true };
  /** Whether it ends automatically. */
  readonly ends?: "may" | "must";
  readonly to?: true;
}

const NOTE = { about: "a note for the timeline" };

const COMMANDS = {
  ack: {
    kind: "acknowledge",
    action: "acknowledge",
    about: "Acknowledges incidents: nobody is notified again unless they get worse or are over.",
    text: NOTE,
    ends: "may",
  },
  unack: {
    kind: "unacknowledge",
    action: "withdraw the acknowledgement",
    about: "Withdraws acknowledgements and snoozes.",
  },
  take: {
    kind: "take",
    action: "take the incident",
    about: "Acknowledges incidents, and makes you their holder.",
    text: NOTE,
    ends: "may",
  },
  assign: {
    kind: "assign",
    action: "assign the incident",
    about: "Acknowledges incidents, and makes somebody else their holder.",
    text: NOTE,
    to: true,
  },
  note: {
    kind: "note",
    action: "add the note",
    about: "Adds a note to incidents, open or closed.",
    text: { about: "the note", needed: true },
  },
  snooze: {
    kind: "snooze",
    action: "snooze the incident",
    about: "Nobody is notified of incidents until a time, unless they get worse.",
    text: NOTE,
    ends: "must",
  },
  close: {
    kind: "close",
    action: "close the incident",
    about: "Says that incidents are over, and tells everybody who was notified.",
    text: { about: "the reason" },
  },
  reopen: {
    kind: "reopen",
    action: "reopen the incident",
    about: "Says that closed incidents are not over.",
    text: { about: "the reason" },
  },
} as const satisfies Record<string, ActCommand>;

const OPTIONS = {
  ...SELECTION,
  text: { type: "string" },
  for: { type: "string" },
  until: { type: "string" },
  who: { type: "string" },
  by: { type: "string" },
  json: { type: "boolean" },
  to: { type: "string" },
} as const;

type Values =
  & SelectionValues
  & {
    readonly [name in "text" | "for" | "until" | "who" | "by" | "to"]?: string | undefined;
  }
  & { readonly json?: boolean | undefined };

/** The answer of one request. */
interface Answer {
  readonly results: readonly {
    readonly id: string;
    readonly incident: ShownIncident | null;
    readonly refused?: string;
    readonly error?: string;
  }[];
  readonly next?: string;
}

/** The task of one of these commands. */
export function actTask(name: keyof typeof COMMANDS): Task<Options> {
  const command: ActCommand = COMMANDS[name];
  return {
    name: `deno task incident ${name}`,
    action: command.action,
    help: helpOf(name, command),
    options: optionsOf(command),
    words: 200,
    failed: 2,
    run: ({ values, positionals: ids }) => act(command, ids, values as Values),
  };
}

function optionsOf({ text, ends, to }: ActCommand): Options {
  const { text: textOption, for: lasts, until, who, ...others } = OPTIONS;
  return {
    ...others,
    ...text ? { text: textOption } : {},
    ...ends ? { for: lasts, until } : {},
    ...to ? { who } : {},
  };
}

function helpOf(name: string, { about, text, ends, to }: ActCommand): string {
  const needed = [
    ...to ? [" --who NAME"] : [],
    ...ends === "must" ? [" --for 2h"] : [],
    ...text?.needed ? [" --text TEXT"] : [],
  ].join("");
  return [
    `deno task incident ${name} ID …${needed}`,
    `deno task incident ${name} --filter 'team="ops"'${needed}`,
    "",
    about,
    "Exit code: 0 = done · 1 = at least one could not be changed · 2 = the relay cannot be asked, or the command",
    "is wrong.",
    "",
    ...to ? ["  --who              a member's id or name, or an account"] : [],
    ...ends ? ["  --for              how long: 30m, 2h, 1d"] : [],
    ...ends ? ["  --until            or until when: 2026-01-31T08:00:00+08:00"] : [],
    ...text ? [`  --text             ${text.about}`] : [],
    "  --by               the person on whose behalf it acts; default: the account admin",
    "",
    "Without ids, all incidents that these find:",
    "",
    `  --state            ${name === "reopen" ? "closed" : "open"} (the default), or all`,
    SELECTION_HELP,
    "",
    "  --json             what the relay answered",
    "  --to               the relay; default http://localhost:$PORT, or 8000",
    "",
    "Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder.",
  ].join("\n");
}

/** @returns the exit code: 0 = done · 1 = at least one incident was not changed */
async function act(command: ActCommand, ids: readonly string[], values: Values): Promise<number> {
  const { text, for: lasts, until, who: to, by, json, to: address, ...selection } = values;
  const filter = selectedFilter(selection);
  if (ids.length > 0 && filter) throw new UsageError("give ids, or a filter, not both");
  if (ids.length === 0 && !filter) {
    throw new UsageError("at least one id is needed, or a filter such as --filter");
  }
  if (command.text?.needed && !text) throw new UsageError("--text is needed");
  if (command.to && !to) throw new UsageError("--who is needed");
  if (command.ends === "must" && !lasts && !until) throw new UsageError("--for or --until is needed");
  const said = { action: command.kind, text, for: lasts, until, to, by };
  const relay = await relayAt(address);
  const answers = ids.length > 0
    ? [await ask(relay, { ...said, ids })]
    : await askAll(relay, (before) => ({ ...said, filter: { ...filter, before } }));
  for (const answer of answers) {
    if (json) print(JSON.stringify(answer, null, 2));
    else report(answer);
  }
  const results = answers.flatMap(({ results }) => results);
  const acted = results.filter(({ refused }) => refused === undefined).length;
  if (!json) {
    print(`${acted} changed${acted < results.length ? `, ${results.length - acted} not changed` : ""}`);
  }
  // An incident that is already in the wanted state is not a failure.
  return results.every(({ refused = "unchanged" }) => refused === "unchanged") ? 0 : 1;
}

/** Repeats the request until the filter matches no more: one request changes a limited number. */
async function askAll(
  relay: RelayClient,
  bodyFrom: (before: string | undefined) => object,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let before: string | undefined;
  do {
    const answer = await ask(relay, bodyFrom(before));
    answers.push(answer);
    before = answer.next;
  } while (before !== undefined);
  return answers;
}

async function ask(relay: RelayClient, body: object): Promise<Answer> {
  const answer = await relay.ask("POST", "api/incidents/act", body);
  if (answer.status !== 200) throw new Error(refusalOf(answer));
  return answer.json;
}

function report({ results }: Answer): void {
  for (const { id, incident, error } of results) {
    if (error !== undefined) complain(`${id}: ${error}`);
    else if (incident) say(`${id}: ${headline(incident)} · ${handling(incident) || "open"}`);
  }
}
