import assert from "node:assert/strict";
import alertmanager from "../../channels/alertmanager.ts";
import type { Message } from "../../relay/channel.ts";
import { startSink } from "../../simulator/sink.ts";
import { minutes } from "../kit/duty.ts";
import { testRelay } from "../kit/relay.ts";
import { testFixtures } from "./_fixtures.ts";
import { alert, HOSTILE, link, message, NOW } from "./_message.ts";
import { requestOf } from "./_send.ts";

const BASE = "http://am.example.com:9093";

async function alertsOf(text: Message, config: object = {}): Promise<Record<string, unknown>[]> {
  return (await requestOf(alertmanager, { base: BASE, ...config }, text)).json as Record<string, unknown>[];
}

testFixtures(alertmanager);

Deno.test("a firing alert ends by itself unless it is repeated", async () => {
  const fired = alert({
    labels: { alertname: "DiskFull", instance: "node-3", severity: "page" },
    annotations: { summary: "s" },
    links: [link("http://prometheus:9090/graph?g0.expr=x")],
  });
  const { url, headers, json } = await requestOf(
    alertmanager,
    { base: `${BASE}/prefix//`, token: "a+/=" },
    message({ alerts: [fired] }),
  );
  assert.equal(url, `${BASE}/prefix/api/v2/alerts`);
  assert.deepEqual(headers, { authorization: "Bearer a+/=" });
  assert.deepEqual(json, [{
    labels: { alertname: "DiskFull", severity: "page", instance: "node-3" },
    annotations: { summary: "s" },
    generatorURL: "http://prometheus:9090/graph?g0.expr=x",
    startsAt: "2026-03-01T07:59:00.000Z",
    endsAt: "2026-03-01T08:05:00.000Z",
  }]);
});

Deno.test("an alert that is over ended in the past, however its times contradict each other", async (t) => {
  const table: [
    what: string,
    own: Parameters<typeof alert>[0],
    startsAt: string | undefined,
    endsAt: string,
  ][] = [
    ["a minute ago", { endsAt: NOW - 30_000 }, "2026-03-01T07:59:00.000Z", "2026-03-01T07:59:30.000Z"],
    ["no end is known", { endsAt: null }, "2026-03-01T07:59:00.000Z", "2026-03-01T08:00:00.000Z"],
    ["no start either", { startsAt: null, endsAt: null }, undefined, "2026-03-01T08:00:00.000Z"],
    ["before it began", { endsAt: NOW - 90_000 }, "2026-03-01T07:59:00.000Z", "2026-03-01T07:59:00.000Z"],
    [
      "in the future",
      { startsAt: NOW + 5_000, endsAt: NOW + 9_000 },
      "2026-03-01T08:00:00.000Z",
      "2026-03-01T08:00:00.000Z",
    ],
  ];
  for (const [what, own, startsAt, endsAt] of table) {
    await t.step(what, async () => {
      const [sent] = await alertsOf(message({ alerts: [alert({ status: "resolved", ...own })] }));
      assert.deepEqual([sent!.startsAt, sent!.endsAt], [startsAt, endsAt]);
    });
  }
});

Deno.test("an alert without Alertmanager's labels gets those that routes match on", async () => {
  const links = [{ ...link("https://runbooks.example.com/x"), kind: "runbook" as const }];
  const [sent] = await alertsOf(message({ alerts: [alert({ labels: { host: "db-1" }, links })] }), {
    labels: { cluster: "edge-1", host: "not this" },
  });
  assert.deepEqual(sent!.labels, {
    alertname: "DiskFull",
    severity: "critical",
    cluster: "edge-1",
    host: "db-1",
  });
  assert.deepEqual(sent!.annotations, {
    runbook_url: "https://runbooks.example.com/x",
    description: "node-3 is 97 % full",
  });
});

Deno.test("labels that Alertmanager refuses are renamed, and two alerts stay two", async () => {
  const odd = (fingerprint: string, labels: Record<string, string>): ReturnType<typeof alert> =>
    alert({ fingerprint, labels });
  const [one, other, plain] = await alertsOf(message({
    alerts: [
      odd("f1", { "a-b": "x", "9": "y", empty: "" }),
      odd("f2", { "a.b": "x", "主机": "z" }),
      odd("f3", { empty: "" }),
    ],
  }));
  assert.deepEqual(one!.labels, {
    alertname: "DiskFull",
    severity: "critical",
    _9: "y",
    a_b: "x",
    fenghuo_fingerprint: "f1",
  });
  assert.deepEqual(other!.labels, {
    alertname: "DiskFull",
    severity: "critical",
    a_b: "x",
    __: "z",
    fenghuo_fingerprint: "f2",
  });
  assert.deepEqual(plain!.labels, { alertname: "DiskFull", severity: "critical" });
});

Deno.test("hostile labels keep to what Alertmanager takes", async (t) => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      const labels = { [text]: text, constructor: text, ["__proto__"]: "p" };
      const [sent] = await alertsOf(message({ alerts: [alert({ labels, annotations: labels })] }));
      for (const part of [sent!.labels, sent!.annotations] as Record<string, string>[]) {
        assert.equal(part.__proto__, "p");
        for (const [key, value] of Object.entries(part)) {
          assert.match(key, /^[a-zA-Z_][a-zA-Z0-9_]*$/);
          assert.ok(value !== "" && value.isWellFormed());
        }
      }
      if (text !== "") {
        assert.equal((sent!.labels as Record<string, string>).constructor, text.toWellFormed());
      }
    });
  }
});

Deno.test("a message that was refused goes once more with labels and times alone", async () => {
  const [sent] = await alertsOf(message({ plain: true }));
  assert.deepEqual(Object.keys(sent!), ["labels", "startsAt", "endsAt"]);
});

Deno.test("a config that cannot work is refused", () => {
  for (
    const wrong of [
      {},
      { base: "am:9093" },
      { base: BASE, user: "a" },
      { base: BASE, password: "a" },
      { base: BASE, labels: { "a-b": "x" } },
      { base: BASE, repeat_seconds: 30 },
    ]
  ) assert.equal(alertmanager.config.safeParse(wrong).success, false, JSON.stringify(wrong));
});

Deno.test("an alert is repeated while it fires and no more once it is over", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: alertmanager, config: { base: "${sink.url}" } }
`,
  });
  const ends = (): number[] =>
    sink.bodies.map((body) => Date.parse((body as { endsAt: string }[])[0]!.endsAt) - house.clock.now());
  await house.fire({ labels: { alertname: "A" } });
  assert.deepEqual(ends(), [300_000]);
  await minutes(house, 3);
  assert.equal(sink.bodies.length, 4);
  assert.equal(ends().at(-1), 300_000);
  await house.fire({ labels: { alertname: "A" }, status: "resolved" });
  assert.equal(sink.bodies.length, 5);
  assert.ok(ends().at(-1)! <= 0);
  await minutes(house, 3);
  assert.equal(sink.bodies.length, 5);
});
