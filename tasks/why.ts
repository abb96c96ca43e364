/**
 * `deno task why`: says why whom was told what of an alert, or was not.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { refusalOf, relayAt } from "./_relay.ts";

const HELP = `deno task why <alert id | fingerprint> [--lang zh|en]

Says why whom was told what of an alert, or was not: how it was routed, what folded or silenced it, and each
attempt. A fingerprint stands for its newest alert. Exit code: 0 = found · 1 = there is no such alert · 2 = the
relay cannot be asked.

  --lang    the language; default the relay's own
  --json    what the relay answered
  --to      the relay; default http://localhost:$PORT, or 8000

Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder.`;

const OPTIONS = {
  lang: { type: "string" },
  to: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

// deno-lint-ignore no-console -- to print is what a task is for
const out = { say: (text: string) => console.log(text), complain: (text: string) => console.error(text) };

Deno.exitCode = await main(Deno.args).catch((error) => {
  out.complain(`Cannot say why: ${error instanceof Error ? error.message : error}`);
  return 2;
});

/** @returns the exit code: 0 = found · 1 = there is no such alert */
async function main(args: string[]): Promise<number> {
  const { values: { help, lang, json, to }, positionals: [name, ...more] } = parseArgs({
    args,
    options: OPTIONS,
    allowPositionals: true,
  });
  if (help) {
    out.say(HELP);
    return 0;
  }
  if (name === undefined || more.length > 0) throw new Error("one alert id, or one fingerprint, is needed");
  if (lang !== undefined && lang !== "zh" && lang !== "en") {
    throw new Error(`--lang is "${lang}": it must be zh or en`);
  }
  const query = lang === undefined ? "" : `?lang=${lang}`;
  const answer = await (await relayAt(to)).ask("GET", `api/alerts/${encodeURIComponent(name)}/why${query}`);
  if (answer.status === 404) {
    out.complain(refusalOf(answer));
    return 1;
  }
  if (answer.status !== 200) throw new Error(refusalOf(answer));
  out.say(json ? JSON.stringify(answer.json, null, 2) : answer.json.sentences.join("\n"));
  return 0;
}
