/**
 * `deno task fleet`: three relays on one database on this machine, and a proxy between them with faults on request.
 *
 * @module
 */
import type { KvFault } from "../simulator/kv_connect.ts";
import { startSink } from "../simulator/sink.ts";
import { findDenokv, GET_DENOKV } from "./_denokv.ts";
import { type Fleet, FLEET_PASSWORD, FLEET_TOKEN, startFleet } from "./_fleet.ts";
import { numberOf, print, runTask, stopSignal } from "./_task.ts";

const HELP = `deno task fleet [--port 8000] [--relays 3] [--latency 10] [--own-store]

Starts on 127.0.0.1: a denokv server, a proxy before it that fails on request, and relays that share it, each as a process of
its own; prints where they are, how to send an alert, and how to break things; then each message that they deliver. A relay
that is killed is started again after 10 seconds. Ctrl-C ends everything; nothing is kept.

  --port       of the first relay; the others, the proxy's control API and a proxy address a relay follow
  --relays     how many, up to 9
  --latency    of the way to the database: a round trip in milliseconds
  --own-store  the proxy keeps the keys itself, with the limits of denokv

denokv is what DENOKV names, or found in PATH or in ~/.cargo/bin: ${GET_DENOKV}
Without one the proxy keeps the keys itself.`;

/** The downtime of a killed relay, in milliseconds: the others take over meanwhile. */
const AWAY = 10_000;

/**
 * The interval at which a relay's database errors are shown, in milliseconds: Deno's client repeats them several
 * times a second.
 */
const COMPLAINT_EVERY = 5_000;

await runTask({
  name: "deno task fleet",
  action: "start the fleet",
  help: HELP,
  options: {
    port: { type: "string", default: "8000" },
    relays: { type: "string", default: "3" },
    latency: { type: "string", default: "0" },
    "own-store": { type: "boolean", default: false },
  },
  run: ({ values }) =>
    play({
      port: numberOf("port", values.port, { from: 1, to: 65_500 }),
      relays: numberOf("relays", values.relays, { from: 1, to: 9 }),
      latency: numberOf("latency", values.latency, { from: 0, to: 10_000 }),
      ownStore: values["own-store"],
    }),
});

/** @returns the exit code, when it is stopped */
async function play(
  { port, relays, latency, ownStore }: { port: number; relays: number; latency: number; ownStore: boolean },
): Promise<number> {
  const denokv = ownStore ? undefined : await findDenokv();
  const stopped = stopSignal();
  await using sink = await startSink({
    onRequest: ({ text }) => print(`${clock()}  delivered  ${messageOf(text)}`),
  });
  const again = new Set<ReturnType<typeof setTimeout>>();
  const quiet = new Map<string, number>();
  await using fleet = await startFleet({
    names: Array.from({ length: relays }, (_, at) => String.fromCharCode(97 + at)),
    yaml: yamlFor(sink.url),
    denokv,
    port,
    detached: true, // Ctrl-C must not end the database before the relays
    onLine: (relay, line) => {
      if (!isWorthShowing(line)) return;
      const isComplaint = line.startsWith("KV Connect");
      if (isComplaint && (quiet.get(relay) ?? 0) > Date.now()) return;
      if (isComplaint) quiet.set(relay, Date.now() + COMPLAINT_EVERY);
      print(`${clock()}  relay ${relay}    ${line.slice(0, 200)}`);
    },
    onEnd: (relay) => {
      print(`${clock()}  relay ${relay}    ended; it is started again in ${AWAY / 1_000} s`);
      const timer = setTimeout(() => {
        again.delete(timer);
        fleet.start(relay).then(
          () => print(`${clock()}  relay ${relay}    listens again (process ${fleet.relay(relay).pid})`),
          (error) => print(String(error)),
        );
      }, AWAY);
      again.add(timer);
    },
  });
  fleet.proxy.latency({ ms: latency });
  print(guide(fleet));
  await stopped;
  for (const timer of again) clearTimeout(timer);
  print("Stopping: first the relays, then the database");
  return 0;
}

function guide({ relays, proxy }: Fleet): string {
  const store = proxy.store === "denokv"
    ? "a denokv server"
    : `the proxy's own store, with denokv's limits (for a real one: ${GET_DENOKV})`;
  const [first] = relays;
  const { name: last, pid } = relays.at(-1)!;
  const { control } = proxy;
  const fault = (fault: KvFault): string => `curl -X POST ${control}/faults -d '${JSON.stringify(fault)}'`;
  const breaking = [
    [`curl -X PUT ${control}/latency -d '{"ms":90,"jitterMs":10}'`, "the database is far away"],
    [fault({ kind: "partition", instance: last, seconds: 20 }), `relay ${last} is cut off from the database`],
    [
      fault({ kind: "5xx_after", on: "write", share: 0.3, seconds: 20 }),
      "some writes land, and are answered 503",
    ],
    [fault({ kind: "hang", share: 0.1, seconds: 20 }), "some requests are never answered"],
    [`kill -9 ${pid}`, `relay ${last} is gone for ${AWAY / 1_000} s`],
    [`curl -X DELETE ${control}/faults`, "all is well again"],
    [`curl ${control}/`, "faults in force, latency, requests counted"],
    [`curl ${control}/faults`, "all kinds of faults"],
  ] as const;
  return `
${relays.length} relays share ${store}:

${relays.map(({ name, url, pid }) => `  relay ${name}         ${url}/  (process ${pid})`).join("\n")}
  user            admin
  admin password  ${FLEET_PASSWORD}
  intake token    ${FLEET_TOKEN}
  proxy           ${control}/  (its control API)

Send an alert to any of them; all of them show it, one of them delivers it to this terminal:

curl -X POST ${first!.url}/webhook -H "Authorization: Bearer ${FLEET_TOKEN}" \\
  -d '{"alerts":[{"status":"firing","labels":{"alertname":"HelloFleet","severity":"warning"}}]}'

Break things, and send again:

${breaking.map(([command, what]) => `# ${what}\n${command}`).join("\n")}

FENGHUO_ADMIN_PASSWORD=${FLEET_PASSWORD} deno task ledger --verify --to ${first!.url}

Ctrl-C ends everything.
`;
}

function yamlFor(sink: string): string {
  return `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: webhook, config: { url: "${sink}" } }
      - { channel: inbox, config: {} }
`;
}

/** Lines that every start prints; they are not shown. */
function isWorthShowing(line: string): boolean {
  return /^(Cannot|Error|error|KV Connect|Stopping|The |A )/.test(line.trim());
}

function messageOf(text: string): string {
  const { data: { title, reason, alerts } } = JSON.parse(text);
  return `${title} (${alerts.length === 1 ? reason : `${alerts.length} alerts`})`;
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}
