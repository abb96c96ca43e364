/** The examples for Prometheus and Grafana: `/metrics` has all of their metrics. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { startSink } from "../../simulator/sink.ts";
import { api } from "../kit/api.ts";
import { scrape } from "../kit/metrics.ts";
import { ROOT, temporaryFolder } from "../kit/process.ts";
import { isInstalled } from "../kit/program.ts";
import { testRelay } from "../kit/relay.ts";

const PROMETHEUS = `${ROOT}examples/prometheus/`;
const hasPromtool = await isInstalled("promtool");

for (
  const args of [
    ["check", "config", "--syntax-only", "prometheus.yml"], // the token's file is not on this machine
    ["check", "rules", "fenghuo.rules.yml"],
    ["test", "rules", "fenghuo.rules.test.yml"],
  ]
) {
  Deno.test({
    name: `promtool ${args.join(" ")} (needs promtool)`,
    ignore: !hasPromtool,
    fn: () => promtool(args, PROMETHEUS),
  });
}

Deno.test({
  name: "the dashboard's queries are PromQL (needs promtool)",
  ignore: !hasPromtool,
  async fn(): Promise<void> {
    const rules = (await dashboardQueries()).map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }));
    await using folder = await temporaryFolder();
    // JSON is YAML.
    await Deno.writeTextFile(`${folder.path}/rules.yml`, JSON.stringify({ groups: [{ name: "g", rules }] }));
    await promtool(["check", "rules", "rules.yml"], folder.path);
  },
});

Deno.test("every metric and label that the dashboard and the rules ask for is on /metrics", async () => {
  const known = await labelsOnMetrics();
  const rules = await Deno.readTextFile(`${PROMETHEUS}fenghuo.rules.yml`);
  const expressions = [...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, expr]) => expr!);
  const queries = await dashboardQueries();
  ok(expressions.length >= 8 && queries.length >= 15, `${expressions.length}, ${queries.length}`);
  for (const query of [...expressions, ...queries]) equal(unknownIn(query, known), [], query);
});

Deno.test("a query for what is not there is found out", async () => {
  const known = await labelsOnMetrics();
  for (
    const [query, unknown] of [
      ["sum(fenghuo_nothing_total)", ["fenghuo_nothing_total"]],
      ['fenghuo_deliveries_total{stat="dead"}', ["fenghuo_deliveries_total: stat"]],
      ["sum by (channels) (fenghuo_deliveries_total)", ["by: channels"]],
      ["sum by (channel) (fenghuo_deliveries_total)", []],
    ] as const
  ) equal(unknownIn(query, known), unknown);
});

/** The labels that Prometheus adds to all that it scrapes. */
const OF_TARGETS = ["instance", "job"];

/** Metrics and labels of a query that are not on `/metrics`. */
function unknownIn(query: string, known: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const unknown: string[] = [];
  const labels = new Set(OF_TARGETS);
  for (const [, name, matchers = ""] of query.matchAll(/\b(fenghuo_\w+|process_\w+)(\{[^}]*\})?/g)) {
    const of = known.get(name!);
    if (!of) {
      unknown.push(name!);
      continue;
    }
    for (const label of of) labels.add(label);
    for (const [, label] of matchers.matchAll(/(\w+)\s*[=!]~?/g)) {
      if (!of.has(label!) && !OF_TARGETS.includes(label!)) unknown.push(`${name}: ${label}`);
    }
  }
  for (const [, by] of query.matchAll(/\bby \(([^)]*)\)/g)) {
    unknown.push(...by!.split(/,\s*/).filter((label) => !labels.has(label)).map((label) => `by: ${label}`));
  }
  return unknown;
}

/** Metric → its labels, of a relay to which something of everything has happened. */
async function labelsOnMetrics(): Promise<Map<string, Set<string>>> {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml: `
members: [{ id: li.lei }]
groups:
  - owner: default
    level: default
    members: [li.lei]
    oncall: { layers: [{ rotation: [li.lei], start: 2026-01-01, from: "09:00", to: "18:00" }] }
    destinations: [{ channel: inbox }, { name: hook, channel: webhook, config: { url: "${sink.url}" } }]`,
  });
  sink.answer({ status: 503 });
  await house.fire({}, { status: "resolved", labels: { instance: "nothing open" } });
  const [open] = await house.relay.store.incidents.open(() => true);
  await api(house, "POST", `incidents/${open!.id}/ack`);
  await house.fire({ labels: { instance: "over" } });
  await house.fire({ status: "resolved", labels: { instance: "over" } });
  await house.request("/webhook", { method: "POST", body: "{" });
  await house.relay.tidy();
  const { values } = await scrape(house);
  const known = new Map<string, Set<string>>();
  for (const series of values.keys()) {
    const [, name, labels = ""] = /^(\w+)(?:\{(.*)\})?$/.exec(series)!;
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label!);
    known.set(name!, new Set([...known.get(name!) ?? [], ...names]));
  }
  return known;
}

async function dashboardQueries(): Promise<string[]> {
  const { panels } = JSON.parse(await Deno.readTextFile(`${ROOT}examples/grafana/fenghuo.json`)) as {
    panels: { targets: { expr: string }[] }[];
  };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

async function promtool(args: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command("promtool", { args: [...args], cwd }).output();
  ok(code === 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}
