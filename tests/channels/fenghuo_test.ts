import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fenghuo from "../../channels/fenghuo.ts";
import type { Alert } from "../../relay/domain/alert.ts";
import { TestClock } from "../kit/clock.ts";
import { listening, type ListeningRelay } from "../kit/listening.ts";
import { SECRETS, type TestRelay, testRelay } from "../kit/relay.ts";
import { testFixtures } from "./_fixtures.ts";
import { alert, HOSTILE, link, message, NOW } from "./_message.ts";
import { requestOf } from "./_send.ts";

const SECRET = "edge secret+/=&%";

const HUB = `
departments:
  edge-1: { name: Edge, secret: ["an older one", "${SECRET}"] }
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: ops, level: dba, destinations: [{ channel: inbox }] }
rules: [{ match: ['team="dba"'], group: ops/dba }]`;

/** A relay that forwards everything to another one. */
interface Pair extends AsyncDisposable {
  readonly edge: TestRelay;
  readonly hub: ListeningRelay;
  /** The messages in the hub's inbox, the oldest first: group, reason and title. */
  notified(): Promise<string[]>;
}

async function pair({ secret = SECRET, more = "" } = {}): Promise<Pair> {
  const clock = new TestClock();
  const hub = listening(await testRelay({ yaml: HUB, clock }));
  const edge = await testRelay({
    clock,
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - channel: fenghuo
        config: { base: "${hub.url}", department: edge-1, secret: "${secret}"${more} }`,
  });
  return {
    edge,
    hub,
    notified: async () => {
      await hub.house.settle();
      const kept = await hub.house.relay.store.caches.newest("inbox", 100) as Record<string, string>[];
      return kept.toReversed().map(({ group, reason, title }) => `${group} ${reason} ${title}`);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await edge[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

/** The last alert in a relay's log. */
async function newestOf({ house }: ListeningRelay): Promise<Alert> {
  const [logged] = await house.relay.store.log.newest(1);
  return logged!.alert as Alert;
}

const LABELS = { alertname: "DiskFull", instance: "db-1", severity: "page", team: "dba" };

testFixtures(fenghuo);

Deno.test("what a relay forwards, the other one notifies, by its own rules, until it is resolved", async () => {
  await using scene = await pair();
  const { edge, hub } = scene;
  await edge.fire({ labels: LABELS, annotations: { summary: "node <3%> full" } });
  const [delivery] = await edge.deliveries();
  equal(delivery!.state, "delivered");
  const { labels, severity } = await newestOf(hub);
  equal([labels, severity], [LABELS, "critical"]);
  await edge.fire({ labels: LABELS, status: "resolved" });
  const [first, resolved, ...more] = await scene.notified();
  match(first!, /^ops\/dba first .*DiskFull/);
  match(resolved!, /^ops\/dba resolved .*DiskFull/);
  equal(more, []);
});

Deno.test("what came to both relays is one alert, and a repeat of the first one is a duplicate", async () => {
  await using scene = await pair();
  const { edge, hub } = scene;
  const startsAt = new Date(edge.clock.now()).toISOString();
  await hub.house.fire({ labels: LABELS, startsAt });
  await edge.fire({ labels: LABELS, startsAt });
  equal((await scene.notified()).length, 1);
});

Deno.test("an alert of another kind of sender keeps its title, its text and its severity", async () => {
  await using scene = await pair();
  const { body, headers, url } = await requestOf(
    fenghuo,
    { base: scene.hub.url, department: "edge-1", secret: SECRET, group: "ops/dba" },
    message({
      alerts: [alert({
        title: "磁盘将满",
        text: "第一行\n第二行",
        severity: "error",
        severityText: "糟糕",
        labels: { host: "db-1" },
        links: [link("https://x.example.com/")],
      })],
    }),
    { now: scene.edge.clock.now() },
  );
  const response = await fetch(url, { method: "POST", headers: headers!, body: body as string });
  equal(await response.json(), { accepted: 1, duplicates: 0, notifications: 1 });
  const { title, text, severity, severityText, labels, links } = await newestOf(scene.hub);
  equal([title, text, severity, severityText], ["磁盘将满", "第一行\n第二行", "error", "糟糕"]);
  equal(labels, { host: "db-1" });
  equal(links, [{ kind: "source", url: "https://x.example.com/" }]);
  match((await scene.notified())[0]!, /^ops\/dba first /);
});

Deno.test("hostile alerts arrive as they were sent, signed over the very bytes", async (t) => {
  await using scene = await pair();
  for (const [name, text] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      const own = alert({ title: text, text, labels: { [text]: text, ["__proto__"]: name } });
      const config = { base: scene.hub.url, department: "edge-1", secret: SECRET };
      const { body, headers, url } = await requestOf(
        fenghuo,
        config,
        message({ id: `m.${text}`, alerts: [own] }),
        {
          now: scene.edge.clock.now(),
        },
      );
      const response = await fetch(url, { method: "POST", headers: headers!, body: body as string });
      equal((await response.json()).accepted, 1);
      const { labels } = await newestOf(scene.hub);
      equal(Object.keys(labels).length, 2, "a name may be cut, and none is lost");
    });
  }
});

Deno.test("a secret that is wrong waits for a person, and shows in no record", async () => {
  await using scene = await pair({ secret: "wrong+/=" });
  await scene.edge.fire({ labels: LABELS });
  const [delivery] = await scene.edge.deliveries();
  equal(delivery!.state, "pending");
  match(delivery!.attempts.at(-1)!.because, /The signature is wrong/);
  ok(!JSON.stringify(delivery).includes("wrong+/="));
  equal(await scene.notified(), []);
});

Deno.test("a relay without departments is reached with its intake token", async () => {
  await using hub = listening(await testRelay());
  const { body, headers, url } = await requestOf(
    fenghuo,
    { base: hub.url, secret: SECRETS.intakeToken },
    message(),
    {
      now: hub.house.clock.now(),
    },
  );
  const response = await fetch(url, { method: "POST", headers: headers!, body: body as string });
  equal([response.status, (await response.json()).accepted], [200, 1]);
});

Deno.test("the secret is in no part of a request", async () => {
  const request = await requestOf(fenghuo, fenghuo.sample, message(), { now: NOW });
  ok(!JSON.stringify(request).includes(fenghuo.sample.secret));
});
