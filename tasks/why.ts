/**
 * `deno task why`: says why whom was told what of an alert, or was not.
 *
 * @module
 */
import { ask, AskError, readArgs, SHARED, SHARED_HELP } from "./_ask.ts";
import { UsageError } from "./send/_dialect.ts";

const HELP = `deno task why <alert id | fingerprint> [--lang zh|en]

Says why whom was told what of an alert, or was not: how it was routed, what folded or silenced it, and each
attempt. A fingerprint stands for its newest alert. Exit code: 0 = found · 1 = there is no such alert, or the
relay cannot be asked · 2 = the command makes no sense.

  --lang    the language; default the relay's own
${SHARED_HELP}`;

const OPTIONS = { ...SHARED, lang: { type: "string" } } as const;

// deno-lint-ignore no-console -- to print is what a task is for
const out = { say: (text: string) => console.log(text), complain: (text: string) => console.error(text) };

if (import.meta.main) Deno.exitCode = await main(Deno.args);

async function main(args: readonly string[]): Promise<number> {
  try {
    const { values: { help, lang, json, to }, positionals: [name] } = readArgs(args, {
      options: OPTIONS,
      positionals: 1,
    });
    if (help) {
      out.say(HELP);
      return 0;
    }
    if (name === undefined) throw new UsageError("which alert? Give its id, or its fingerprint");
    if (lang !== undefined && lang !== "zh" && lang !== "en") {
      throw new UsageError(`--lang is "${lang}": it must be zh or en`);
    }
    const query = lang === undefined ? "" : `?lang=${lang}`;
    const answer = await ask(`/api/alerts/${encodeURIComponent(name)}/why${query}`, { to });
    const { sentences } = answer as { sentences: readonly string[] };
    out.say(json ? JSON.stringify(answer, null, 2) : sentences.join("\n"));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      out.complain(`${error.message}\nSee deno task why --help`);
      return 2;
    }
    if (!(error instanceof AskError)) throw error;
    out.complain(error.message);
    return 1;
  }
}
