/**
 * `deno task why`: explains why each group was or was not notified of an alert.
 *
 * @module
 */
import { translator } from "../relay/message/locale.ts";
import { refusalOf, relayAt } from "./_relay.ts";
import { complain, print, runTask, UsageError } from "./_task.ts";

const HELP = `deno task why <alert id | incident id | fingerprint> [--lang zh|en]

Explains why each group was notified of an alert, or was not: how it was routed, what deduplicated or silenced it,
and each attempt. A fingerprint stands for its newest alert. With a fingerprint or an incident's id, the incident's
timeline follows. Exit code: 0 = found · 1 = there is no such alert · 2 = the
relay cannot be asked.

  --lang    the language of the sentences; default en, as of all that tasks print
  --json    what the relay answered
  --to      the relay; default http://localhost:$PORT, or 8000

Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder.`;

await runTask({
  name: "deno task why",
  action: "say why",
  help: HELP,
  options: { lang: { type: "string", default: "en" }, json: { type: "boolean" }, to: { type: "string" } },
  words: 1,
  failed: 2,
  run: ({ values: { lang, json, to }, positionals: [name] }) => {
    if (name === undefined) throw new UsageError("one alert id, or one fingerprint, is needed");
    if (lang !== "zh" && lang !== "en") throw new UsageError(`--lang is "${lang}": it must be zh or en`);
    return explain(name, { lang, json, to });
  },
});

/** The options of the request and of the output. */
interface WhyOptions {
  readonly lang: "zh" | "en";
  readonly json?: boolean | undefined;
  readonly to?: string | undefined;
}

/** @returns the exit code: 0 = found · 1 = no such alert */
async function explain(name: string, { lang, json, to }: WhyOptions): Promise<number> {
  const path = `api/alerts/${encodeURIComponent(name)}/why?lang=${lang}`;
  const answer = await (await relayAt(to)).ask("GET", path);
  if (answer.status === 404) {
    complain(refusalOf(answer));
    return 1;
  }
  if (answer.status !== 200) throw new Error(refusalOf(answer));
  const { sentences, timeline } = answer.json;
  const story = timeline === undefined ? [] : ["", translator(lang)("task.timeline"), ...timeline];
  print(json ? JSON.stringify(answer.json, null, 2) : [...sentences, ...story].join("\n"));
  return 0;
}
