import { deepStrictEqual as equal, ok } from "node:assert/strict";
import pagerduty from "../../channels/pagerduty.ts";
import type { Message } from "../../relay/channel.ts";
import { startSink } from "../../simulator/sink.ts";
import { api } from "../kit/api.ts";
import { testRelay } from "../kit/relay.ts";
import { testFixtures } from "./_fixtures.ts";
import { alert, HOSTILE, link, message } from "./_message.ts";
import { requestOf } from "./_send.ts";

// deno-lint-ignore no-explicit-any -- a test looks at what it expects
async function eventOf(own: Message, config: object = {}): Promise<any> {
  return (await requestOf(pagerduty, { routing_key: "R0KEY", ...config }, own)).json;
}

testFixtures(pagerduty);

Deno.test("a firing alert triggers an event that says what, where and how bad", async () => {
  const fired = alert({
    labels: { alertname: "DiskFull", instance: "node-3", mount: "/data" },
    object: { parts: [], text: "node-3 /data", place: "node-3" },
    annotations: { summary: "97 %" },
    links: [
      link("https://runbooks.example.com/disk", "手册"),
      { kind: "image", url: "https://x.example.com/graph.png", title: "图" },
      { kind: "image", url: "http://x.example.com/graph.png", title: "不安全的图" },
    ],
  });
  const own = message({
    alerts: [fired],
    actions: { open: "https://fenghuo.example.com/i/1" },
  });
  const { url, headers, json } = await requestOf(pagerduty, { routing_key: "R0KEY" }, own);
  equal(url, "https://events.pagerduty.com/v2/enqueue");
  equal(headers, undefined);
  equal(json, {
    routing_key: "R0KEY",
    event_action: "trigger",
    dedup_key: "f1",
    payload: {
      summary: "DiskFull · node-3 /data",
      source: "node-3",
      severity: "critical",
      timestamp: "2026-03-01T07:59:00.000Z",
      component: "node-3 /data",
      group: "ops/default",
      class: "DiskFull",
      custom_details: { text: "node-3 is 97 % full", labels: fired.labels, annotations: { summary: "97 %" } },
    },
    client: "Fenghuo",
    client_url: "https://fenghuo.example.com/i/1",
    links: [
      { href: "https://runbooks.example.com/disk", text: "手册" },
      { href: "http://x.example.com/graph.png", text: "不安全的图" },
    ],
    images: [{ src: "https://x.example.com/graph.png", alt: "图" }],
  });
});

Deno.test("what happens to an incident here happens to it there, by the same key", async (t) => {
  const table: [own: Partial<Message>, action: string][] = [
    [{ reason: "first" }, "trigger"],
    [{ reason: "changed" }, "trigger"],
    [{ reason: "repeat" }, "trigger"],
    [{ reason: "reminder" }, "trigger"],
    [{ reason: "flapping" }, "trigger"],
    [{ reason: "resolved", status: "resolved" }, "resolve"],
    [{ reason: "settled", status: "resolved" }, "resolve"],
    [{ reason: "acknowledged", by: "李雷" }, "acknowledge"],
    [{ reason: "closed", by: "李雷" }, "resolve"],
  ];
  for (const [own, action] of table) {
    await t.step(`${own.reason} ${own.status ?? ""}`, async () => {
      const event = await eventOf(message(own));
      equal([event.event_action, event.dedup_key], [action, "f1"]);
      equal("payload" in event, action === "trigger");
    });
  }
});

Deno.test("a message that was refused goes once more with what PagerDuty needs", async () => {
  equal((await eventOf(message({ plain: true }))).payload, {
    summary: "DiskFull",
    source: "node-3",
    severity: "critical",
  });
});

Deno.test("hostile alerts make an event with a title, a source and a key of the right lengths", async (t) => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      const labels = { [text]: text, instance: text };
      const own = alert({ title: text, text, labels, fingerprint: "", startsAt: null });
      const { payload, dedup_key } = await eventOf(
        message({ thread: text || "t", alerts: [own], title: text }),
      );
      ok(payload.summary.trim() !== "" && [...payload.summary].length <= 1_024);
      ok(payload.source !== "" && !("timestamp" in payload));
      ok([...dedup_key].length <= 255);
      if (text !== "") equal(payload.custom_details, { text, labels, annotations: {} });
    });
  }
  await t.step("no alert at all", async () => {
    const { payload, dedup_key } = await eventOf(message({ alerts: [], thread: "t", title: "Digest" }));
    equal([payload, dedup_key], [{ summary: "Digest", source: "ops/default", severity: "critical" }, "t"]);
  });
});

Deno.test("each alert of a payload is an event of its own, from firing to resolved", async () => {
  await using sink = await startSink();
  sink.answer({ status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"x"}' });
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: pagerduty, config: { routing_key: R0KEY, base: "${sink.url}" } }]`,
  });
  const [a, b] = [{ labels: { instance: "a" } }, { labels: { instance: "b" } }];
  await house.fire(a, b);
  await house.fire({ ...a, status: "resolved" });
  const events = sink.bodies as { event_action: string; dedup_key: string; payload?: { source: string } }[];
  equal(events.map(({ event_action, payload }) => [event_action, payload?.source]), [
    ["trigger", "a"],
    ["trigger", "b"],
    ["resolve", undefined],
  ]);
  const [one, other, resolved] = events.map(({ dedup_key }) => dedup_key);
  ok(one !== other && one === resolved);
  ok(sink.requests.every(({ text }) => text.length < 512_000));
});

Deno.test("what a person acknowledges and closes here is so at PagerDuty, and only what it was told of", async () => {
  await using sink = await startSink();
  sink.answer({ status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"x"}' });
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: pagerduty, config: { routing_key: R0KEY, base: "${sink.url}" } }]
  - { owner: quiet, level: default, destinations: [{ channel: inbox }] }
rules: [{ match: ['team="quiet"'], group: quiet/default }]`,
  });
  await house.fire({ labels: { instance: "a" } }, { labels: { instance: "b", team: "quiet" } });
  for (const action of ["ack", "close"]) {
    const { incidents } = (await api(house, "GET", "incidents")).body;
    for (const { id } of incidents) await api(house, "POST", `incidents/${id}/${action}`, { body: {} });
    await house.settle();
  }
  const events = sink.bodies as { event_action: string; dedup_key: string }[];
  equal(events.map(({ event_action }) => event_action), ["trigger", "acknowledge", "resolve"]);
  equal(new Set(events.map(({ dedup_key }) => dedup_key)).size, 1);
});
