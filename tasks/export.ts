/**
 * `deno task export`: prints the configuration of a running relay as a fenghuo.yaml.
 *
 * @module
 */
import { refusalOf, relayAt } from "./_relay.ts";
import { print, runTask } from "./_task.ts";

const HELP = `deno task export [--stored] [--secrets] [--to http://localhost:8000]

Prints the configuration of a running relay as a fenghuo.yaml: what its own file declares, and what is stored.

  --stored    only what is stored
  --secrets   print the secrets; without it each is a \${NAME}, for you to set. It is noted in the audit
  --to        the relay's address

Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder.`;

await runTask({
  name: "deno task export",
  action: "export",
  help: HELP,
  options: {
    stored: { type: "boolean", default: false },
    secrets: { type: "boolean", default: false },
    to: { type: "string" },
  },
  run: ({ values }) => printConfiguration(values),
});

async function printConfiguration(
  values: { stored: boolean; secrets: boolean; to?: string | undefined },
): Promise<number> {
  const relay = await relayAt(values.to);
  const query = `of=${values.stored ? "stored" : "all"}${values.secrets ? "&secrets=1" : ""}`;
  const answer = await relay.ask("GET", `api/config/export?${query}`);
  if (answer.status !== 200) throw new Error(refusalOf(answer));
  print(answer.text.trimEnd());
  return 0;
}
