/**
 * Debian's Prometheus with real rules, straight to Fenghuo: no Alertmanager between them.
 *
 * @module
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { type Sink, startSink } from "../../simulator/sink.ts";
import { type Greeting, startRelay, temporaryFolder } from "../kit/process.ts";
import { freePort, isInstalled } from "../kit/program.ts";
import { PROMETHEUS, startExporter, startPrometheus } from "./_prometheus.ts";

const ignore = !(await isInstalled(PROMETHEUS));

/** Seconds between two sends of an alert. It ends four times later. */
const RESEND = 3;
const LIFE = 4 * RESEND;

const RULES = [{
  alert: "Trouble",
  expr: "trouble == 1",
  labels: { severity: "warning" },
  annotations: { summary: "{{ $labels.host }} is in trouble" },
}];

/** A message as the sink has it. */
interface Message {
  readonly data: {
    readonly alerts: readonly {
      readonly id: string;
      readonly status: string;
      readonly labels: { readonly host: string };
    }[];
  };
}

/** What was told, as hosts: `host-1 firing`. A crash may repeat a message, so each logged alert counts once. */
function told(sink: Sink): string[] {
  const alerts = (sink.bodies as Message[]).flatMap(({ data }) => data.alerts);
  return [...new Map(alerts.map(({ id, labels, status }) => [id, `${labels.host} ${status}`])).values()]
    .sort();
}

async function ask(relay: Greeting, path: string): Promise<Response> {
  const response = await fetch(`${relay.url}${path}`, {
    headers: { authorization: `Basic ${btoa(`admin:${relay.adminPassword}`)}` },
  });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return response;
}

/** The logged alerts, and how many repeats the relay has counted since its start. */
async function counts(relay: Greeting): Promise<{ logged: number; renewed: number }> {
  const { alerts } = await (await ask(relay, "/api/alerts?limit=200")).json();
  const metrics = await (await ask(relay, "/metrics")).text();
  const renewed = /^fenghuo_alerts_renewed_total\{dialect="alertmanager_api"\} (\d+)/m.exec(metrics)?.[1];
  return { logged: alerts.length, renewed: Number(renewed ?? 0) };
}

async function addsUp(relay: Greeting): Promise<boolean> {
  const ledger = await (await ask(relay, "/api/ledger?from=1h&verify=1")).json();
  return ledger.addsUp && ledger.verified.agrees;
}

const within = { within: 45_000, every: 200 };

Deno.test({
  name:
    `Prometheus's alerts fire, are repeated and resolved, through restarts and kills of both (needs ${PROMETHEUS})`,
  ignore,
  async fn(): Promise<void> {
    await using folder = await temporaryFolder();
    await using exporter = startExporter();
    await using sink = await startSink();
    const yaml =
      `groups: [{ owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }]`;
    const env = { PORT: String(freePort()) };
    const start = (): ReturnType<typeof startRelay> => startRelay({ folder: folder.path, yaml, env });
    let relay = await start();
    const prometheus = (): ReturnType<typeof startPrometheus> =>
      startPrometheus({
        folder: `${folder.path}/prometheus`,
        relay,
        target: exporter.url,
        rules: RULES,
        resend: RESEND,
      });
    let source = await prometheus();
    const scraped = async (times: number): Promise<void> => {
      const until = exporter.scrapes + times;
      await eventually("scrapes", () => exporter.scrapes >= until, within);
    };
    try {
      const hosts = Array.from({ length: 20 }, (_, index) => `host-${index}`);
      for (const host of hosts) exporter.hosts.set(host, true);
      const firing = hosts.map((host) => `${host} firing`).sort();
      await eventually("all to be told", () => told(sink).length === hosts.length, within);
      equal(told(sink), firing);

      await eventually("repeats", async () => (await counts(relay)).renewed >= 4 * hosts.length, within);
      equal((await counts(relay)).logged, hosts.length, "a repeat is not logged");

      // Prometheus is killed and started again: its alerts begin anew, and are the same.
      await source[Symbol.asyncDispose]();
      source = await prometheus();
      const before = (await counts(relay)).renewed;
      await eventually(
        "repeats of the new one",
        async () => (await counts(relay)).renewed > before + hosts.length,
        within,
      );
      equal(told(sink), firing);
      equal((await counts(relay)).logged, hosts.length);

      // The relay is killed, and started again.
      await relay.stop("SIGKILL");
      relay = await start();
      await eventually("repeats", async () => (await counts(relay)).renewed >= hosts.length, within);
      equal(told(sink), firing);

      // It is stopped for longer than an alert lasts without a repeat.
      await relay.stop();
      await scraped(LIFE + 1);
      relay = await start();
      await eventually("repeats", async () => (await counts(relay)).renewed >= hosts.length, within);
      equal(told(sink), firing);
      equal((await counts(relay)).logged, hosts.length);

      // Half of them are resolved.
      for (const host of hosts.slice(0, 10)) exporter.hosts.set(host, false);
      const isResolved = (host: string): boolean => hosts.indexOf(host) < 10;
      await eventually("the ends", () => told(sink).length === 30, within);
      equal(
        told(sink),
        [...firing, ...hosts.filter(isResolved).map((host) => `${host} resolved`)].sort(),
      );
      const { renewed } = await counts(relay);
      await eventually("repeated ends", async () => (await counts(relay)).renewed >= renewed + 40, within);
      equal((await counts(relay)).logged, 30);

      // The relay is killed at each stage of a new one: each is told, as soon as Prometheus repeats it.
      const stages: Record<string, (host: string) => Promise<unknown>> = {
        "before Prometheus knows it": () => Promise.resolve(),
        "when Prometheus has read it": () => scraped(1),
        "when it is logged": async () => {
          const { logged } = await counts(relay);
          await eventually("the log", async () => (await counts(relay)).logged > logged, within);
        },
        "when it is told": (host) =>
          eventually("the message", () => told(sink).includes(`${host} firing`), within),
      };
      const fresh = Object.keys(stages).map((_, kill) => `host-${100 + kill}`);
      for (const [kill, reached] of Object.values(stages).entries()) {
        exporter.hosts.set(fresh[kill]!, true);
        await reached(fresh[kill]!);
        await relay.stop("SIGKILL");
        relay = await start();
      }
      await eventually("the new ones to be told", () => {
        const now = told(sink);
        return fresh.every((host) => now.includes(`${host} firing`));
      }, within);

      // Prometheus is gone for good: what fires ends by itself.
      await source[Symbol.asyncDispose]();
      const left = [...hosts.filter((host) => !isResolved(host)), ...fresh];
      await eventually("the ends by themselves", () => {
        const resolved = told(sink).filter((one) => one.endsWith("resolved"));
        return left.every((host) => resolved.includes(`${host} resolved`));
      }, within);
      equal(told(sink).filter((one) => one.endsWith("resolved")).length, 10 + left.length);
      ok(await addsUp(relay));
    } finally {
      await source[Symbol.asyncDispose]();
      await relay[Symbol.asyncDispose]();
    }
  },
});
