/**
 * `deno task smoke URL`: checks a deployment once, from outside.
 *
 * @module
 */
import { parseDuration } from "../relay/base/duration.ts";
import { relayAt, type RelayClient } from "./_relay.ts";
import { secretOf } from "./_secret.ts";
import { print, runTask, UsageError } from "./_task.ts";
import { SmokeGroup } from "./smoke/doors.ts";
import { type Finding, lineOf } from "./smoke/finding.ts";
import { checkChannels, checkDatabase, checkReady, checkVersion } from "./smoke/state.ts";
import { checkAddress, checkMail, MAIL_SERVERS } from "./smoke/way_out.ts";

const HELP = `deno task smoke URL [options]

Checks a deployed relay end to end: version, readiness, kind of database and round trip to it, channels, an alert through
every door to the inbox, the cron, the ports of mail servers that it reaches, and the address that vendors see. Takes up to
three minutes, because the platform runs the cron once a minute.

It makes the group smoke/default with the inbox alone, and removes it. Nobody else is notified.

  --mail HOST:PORT     a mail server to reach; may be given several times; default one for each of ${
  MAIL_SERVERS.map((server) => server.split(":")[1]).join(", ")
}
  --remind DURATION    how long after the alert its reminder is due, which proves that the cron runs; default 1m
  --patience DURATION  how long to wait for the inbox, and for the cron; default 3m

FENGHUO_ADMIN_PASSWORD and FENGHUO_INTAKE_TOKEN are those of that relay.
Exit code: 0 = it works · 1 = it does not · 2 = the command is wrong.`;

await runTask({
  name: "deno task smoke",
  action: "try the relay",
  help: HELP,
  words: 1,
  options: {
    mail: { type: "string", multiple: true, default: [...MAIL_SERVERS] },
    remind: { type: "string", default: "1m" },
    patience: { type: "string", default: "3m" },
  },
  async run({ values, positionals: [to] }): Promise<number> {
    if (to === undefined) throw new UsageError("it takes the address of a relay: deno task smoke https://…");
    const intakeToken = await secretOf("FENGHUO_INTAKE_TOKEN");
    if (!intakeToken) throw new Error("FENGHUO_INTAKE_TOKEN is not set: it is the relay's");
    const patience = parseDuration(values.patience);
    if (patience === undefined) {
      throw new UsageError(`--patience is "${values.patience}": it must be like 3m`);
    }
    const relay = await relayAt(to, { patience: 60_000 });
    const found = await look(relay, { ...values, intakeToken, patience });
    const bad = found.filter(({ verdict }) => verdict === "bad").length;
    const poor = found.filter(({ verdict }) => verdict === "poor").length;
    print(bad > 0 ? "\nIt does not work." : poor > 0 ? `\nIt works; ${poor} to look at.` : "\nIt works.");
    return bad > 0 ? 1 : 0;
  },
});

/** Each finding is printed as soon as it exists. */
async function look(
  relay: RelayClient,
  { intakeToken, mail, remind, patience }: {
    intakeToken: string;
    mail: readonly string[];
    remind: string;
    patience: number;
  },
): Promise<Finding[]> {
  const found: Finding[] = [];
  const note = (...findings: readonly Finding[]): void => {
    for (const finding of findings) print(lineOf(finding));
    found.push(...findings);
  };
  note(await checkVersion(relay));
  note(...await checkReady(relay));
  if (found.some(({ verdict }) => verdict === "bad")) return found;
  note(await checkChannels(relay));
  {
    await using group = await SmokeGroup.make(relay, { intakeToken, remind, patience });
    note(...await checkDatabase(relay, { accept: () => group.accept() }));
    note(...await group.checkDoors());
    const [cron, ports, address] = await Promise.all([
      group.checkCron(),
      checkMail(relay, mail),
      checkAddress(relay),
    ]);
    note(cron, ports, address);
  }
  return found;
}
