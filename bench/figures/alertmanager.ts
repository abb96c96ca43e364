import { type Figure, median, type Outcome, type Stage } from "../figure.ts";
import { arrivedAt, load, perSecond, resetSink } from "../load.ts";
import { type Programs, residentBytes, type Running } from "../programs.ts";
import type { LoadOptions } from "../programs/load.ts";
import { toWebhook } from "../relay_yaml.ts";

/** Debian's package, and its program. */
const PROGRAM = "prometheus-alertmanager";

const MIB = 2 ** 20;

/** The rest after the last delivery, in which both programs become idle. */
const REST = 3_000;

/** The measurements of a program under load: requests answered a second, milliseconds, MiB. */
interface Seen {
  readonly accepts: number;
  readonly p99: number;
  readonly memory: number;
}

/** The relay beside Debian's Alertmanager: the same alerts, one a request, each delivered to the same webhook. */
export const alertmanager: Figure = {
  name: "alertmanager",
  title: "accepts while delivering, p99 of the POST, memory after 50,000 alerts",
  floor: "Debian's Alertmanager, each alert a group of its own",
  unit: "",
  async measure({ programs, quick, say }: Stage): Promise<Outcome> {
    const version = await versionOf(PROGRAM);
    if (version === undefined) return { kind: "skipped", because: `${PROGRAM} is not installed` };
    const count = quick ? 5_000 : 50_000;
    const rounds: { ours: Seen; other: Seen }[] = [];
    for (let round = 0; round < (quick ? 1 : 2); round++) {
      const other = await seen({ programs, start: startAlertmanager, kind: "api_v2", count });
      const ours = await seen({
        programs,
        start: (sink) => programs.relay(toWebhook(sink.url)),
        kind: "different",
        count,
      });
      rounds.push({ ours, other });
      say(`${Math.round(ours.accepts)}/s beside ${Math.round(other.accepts)}/s`);
    }
    const row = (what: keyof Seen, title: string, unit: string) => ({
      what: title,
      unit,
      value: median(rounds.map(({ ours }) => ours[what])),
      other: median(rounds.map(({ other }) => other[what])),
    });
    return {
      kind: "beside",
      rows: [
        row("accepts", "accepts while delivering", "/s"),
        row("p99", "p99 of the POST", "ms"),
        row("memory", `memory after ${count.toLocaleString("en")} alerts`, "MiB"),
      ],
      note: version,
    };

    async function startAlertmanager(sink: Running): Promise<Running> {
      const args = [
        "--config.file=alertmanager.yml",
        "--storage.path=data",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
      ];
      return await programs.installed(PROGRAM, args, { "alertmanager.yml": toSink(sink.url) });
    }
  },
};

/** The measurements of a program from its start until it has delivered every alert and rested. */
async function seen(
  { programs, start, kind, count }: {
    programs: Programs;
    start: (sink: Running) => Promise<Running>;
    kind: LoadOptions["kind"];
    count: number;
  },
): Promise<Seen> {
  const sink = await programs.server("sink");
  const server = await start(sink);
  await resetSink(sink);
  const sent = await load(programs, server, { kind, count });
  await arrivedAt(sink, { count, within: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, REST));
  const memory = await residentBytes(server) / MIB;
  await server.stop();
  await sink.stop();
  return { accepts: perSecond(sent), p99: sent.p99, memory };
}

/** A configuration in which every alert is a group of its own and is sent at once, as in the relay. */
function toSink(url: string): string {
  return `
route: { receiver: sink, group_by: ["..."], group_wait: 0s, group_interval: 5m, repeat_interval: 4h }
receivers:
  - name: sink
    webhook_configs: [{ url: "${url}/" }]
`;
}

/** A version such as `0.25.0`; `undefined` when the program is not on this machine. */
async function versionOf(program: string): Promise<string | undefined> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, { args: ["--version"] }).output();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return success ? /version (\S+)/.exec(text)?.[1] : undefined;
  } catch {
    return undefined;
  }
}
