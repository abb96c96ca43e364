import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { withoutWatch } from "../../kit/without_watch.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { eventually } from "../../kit/eventually.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

async function put(house: TestRelay, what: string, body: unknown): Promise<void> {
  const { status, body: old } = await api(house, "GET", `config/${what}`);
  const version = status === 200 ? { version: old.version } : {};
  const changed = await api(house, "PUT", `config/${what}`, { body, ...version });
  equal(changed.status, 200, JSON.stringify(changed.body));
}

async function remove(house: TestRelay, what: string): Promise<void> {
  const { body: { version } } = await api(house, "GET", `config/${what}`);
  equal((await api(house, "DELETE", `config/${what}`, { version })).status, 200);
}

const group = (url: string, more: object = {}): object => ({
  destinations: [{ name: "hook", channel: "webhook", config: { url } }],
  ...more,
});

/** Tell the group `ops/1` of one more alert. */
async function alert(house: TestRelay, instance: string): Promise<void> {
  const response = await house.request("/webhook/ops/1", {
    method: "POST",
    body: JSON.stringify({
      version: "4",
      alerts: [{
        status: "firing",
        labels: { alertname: "A", instance },
        annotations: {},
        startsAt: "2026-01-31T08:00:00Z",
        endsAt: "0001-01-01T00:00:00Z",
      }],
    }),
  });
  equal(response.status, 200);
  await response.body?.cancel();
}

Deno.test("a destination that refused for its config is tried again as soon as that is changed, on its new lane", async () => {
  await using wrong = await startSink();
  await using right = await startSink();
  wrong.answer({ status: 401 });
  await using house = await testRelay();
  await put(house, "groups/ops/1", group(wrong.url));
  await alert(house, "a");
  await house.settle();
  equal([wrong.requests.length, right.requests.length], [1, 0]);
  await house.advance(4 * MINUTE);
  equal(wrong.requests.length, 1, "a refused config is tried again after five minutes");
  await put(house, "groups/ops/1", group(right.url));
  await house.settle();
  equal(right.bodies.length, 1);
  equal((await house.deliveries()).map(({ state }) => state), ["delivered"]);
});

Deno.test("what waits for a destination that is removed is dead, and says so", async () => {
  await using sink = await startSink();
  sink.answer({ status: 500 });
  await using house = await testRelay();
  await put(house, "groups/ops/1", group(sink.url));
  await alert(house, "a");
  await house.settle();
  await put(house, "groups/ops/1", { destinations: [] });
  await house.settle();
  equal((await house.deliveries()).map(({ state, because }) => [state, because]), [[
    "dead",
    "destination removed",
  ]]);
});

Deno.test("windows, links, spellings, departments and defaults are what was said last", async () => {
  await using sink = await startSink();
  await using house = await testRelay();
  const { relay } = house;
  await put(house, "groups/ops/1", group(sink.url, { window: 0, repeat: 0 }));
  await put(house, "links", [{ from: "http://prom:9090/", to: "https://prom.example.com/" }]);
  await put(house, "severities", { blocker: "critical" });
  await put(house, "departments/srv", { secret: "s3cret" });
  await put(house, "stale_after", "1h");
  await put(house, "retention", { alerts: "1d" });
  equal(relay.renderer.rewrite("http://prom:9090/graph"), "https://prom.example.com/graph");
  equal(relay.config.severities.get("blocker"), "critical");
  equal([...relay.config.departments.keys()], ["srv"]);
  equal([relay.config.staleAfter, relay.config.retention.alerts], [3_600_000, 86_400_000]);
  await alert(house, "a");
  await alert(house, "a");
  await house.settle();
  equal(sink.bodies.length, 2);
  await put(house, "groups/ops/1", group(sink.url, { window: "1h", repeat: 0 }));
  await alert(house, "a");
  await alert(house, "a");
  await house.settle();
  equal(sink.bodies.length, 3, "counted, and not told");
  await remove(house, "departments/srv");
  equal([...relay.config.departments.keys()], ["default"]);
});

Deno.test("instances that share a store learn of each other's changes, and nothing dies of old knowledge", async () => {
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  await using one = await testRelay({ kv, exclusive: false });
  await using two = await testRelay({ kv: withoutWatch(kv), exclusive: false });
  await put(one, "groups/ops/1", group(sink.url));
  await one.relay.courier.stop({ grace: 0 });
  await alert(one, "a");
  // The second finds the delivery before it has the group.
  ok(!two.relay.config.groups.has("ops/1"));
  await two.relay.courier.sweep();
  await two.settle();
  equal((await one.deliveries()).map(({ state }) => state), ["delivered"]);

  await put(one, "groups/ops/2", group(sink.url));
  two.clock.advance(3_000);
  await two.relay.configuration.refresh();
  ok(two.relay.config.groups.has("ops/2"));
  // Both change the same item from the same state: one of them is told.
  const { body: { version } } = await api(one, "GET", "config/groups/ops/2");
  const answers = await Promise.all(
    [one, two].map((house) =>
      api(house, "PUT", "config/groups/ops/2", { body: group(sink.url, { window: 0 }), version })
    ),
  );
  equal(answers.map(({ status }) => status).sort(), [200, 409]);
  // And different items at once: both changes are there.
  const both = await Promise.all(
    [one, two].map((house, index) => api(house, "PUT", `config/members/m${index}`, { body: {} })),
  );
  equal(both.map(({ status }) => status), [200, 200]);
  await one.relay.configuration.refresh();
  equal([...one.relay.config.members.keys()].sort(), ["m0", "m1"]);
});

Deno.test("a change at one instance is in use at another without being asked for", async () => {
  using kv = await Deno.openKv(":memory:");
  await using one = await testRelay({ kv, exclusive: false });
  await using two = await testRelay({ kv, exclusive: false });
  await put(one, "groups/ops/1", group("https://hooks.example.com/"));
  await eventually("the group", () => two.relay.config.groups.has("ops/1"));
});

Deno.test("a change is found by the slow look when the watch is cut off", async () => {
  using kv = await Deno.openKv(":memory:");
  await using one = await testRelay({ kv, exclusive: false });
  await using two = await testRelay({ kv: withoutWatch(kv), exclusive: false });
  await put(one, "groups/ops/1", group("https://hooks.example.com/"));
  two.clock.advance(60_000);
  await eventually("the group", () => two.relay.config.groups.has("ops/1"));
});

Deno.test("a stored part that is no longer right is left out and named, its deliveries wait, and the rest works", async () => {
  await using sink = await startSink();
  sink.answer({ status: 500 });
  using kv = await Deno.openKv(":memory:");
  {
    await using house = await testRelay({ kv });
    await put(house, "groups/ops/1", {
      destinations: [
        { name: "hook", channel: "webhook", config: { url: sink.url } },
        { name: "box", channel: "inbox" },
      ],
    });
    await alert(house, "a");
    await house.settle();
  }
  const all = await discover();
  const names = all.names().filter((name) => name !== "webhook");
  const channels = {
    ...all,
    get: (name: string) => names.includes(name) ? all.get(name) : undefined,
    names: () => names,
  };
  {
    await using house = await testRelay({ kv, channels });
    await house.advance(60 * MINUTE);
    const { problems } = house.relay.configuration;
    equal(problems.map(({ what, path }) => [what, path]), [["groups/ops/1", "destinations[0].channel"]]);
    equal((await house.deliveries()).map(({ state }) => state).sort(), ["delivered", "pending"]);
    await alert(house, "b");
    await house.settle();
    equal((await house.deliveries()).filter(({ state }) => state === "delivered").length, 2);
    const { body: ready } = await api(house, "GET", "../readyz");
    equal([ready.ready, ready.warnings.length], [true, 1]);
    match(
      house.reports.join("\n"),
      /not in use: groups\/ops\/1\.destinations\[0\]\.channel: there is no channel "webhook"/,
    );
    // An existing error does not prevent other changes.
    await put(house, "members/li", { name: "李" });
  }
  sink.answer({});
  await using house = await testRelay({ kv });
  await house.advance(60 * MINUTE);
  equal(house.relay.configuration.problems, []);
  equal(sink.bodies.length, 1);
});

Deno.test("a configuration that was sealed with another key is not used and not overwritten, and what waits goes on waiting", async () => {
  await using sink = await startSink();
  sink.answer({ status: 500 });
  using kv = await Deno.openKv(":memory:");
  {
    await using house = await testRelay({ kv });
    await put(house, "groups/ops/1", group(sink.url));
    await alert(house, "a");
    await house.settle();
  }
  {
    await using house = await testRelay({ kv, env: { FENGHUO_KEY: "another key" } });
    await house.advance(60 * MINUTE);
    equal((await api(house, "GET", "config")).body.sealed, true);
    equal((await api(house, "PUT", "config/members/li", { body: {} })).status, 409);
    equal((await house.deliveries()).map(({ state }) => state), ["pending"]);
    match(house.reports.join("\n"), /another FENGHUO_KEY/);
  }
  sink.answer({});
  await using house = await testRelay({ kv });
  await house.advance(60 * MINUTE);
  equal((await house.deliveries()).map(({ state }) => state), ["delivered"]);
});

Deno.test("what the file declares stands before a stored item of the same name, which is named and can be removed", async () => {
  using kv = await Deno.openKv(":memory:");
  {
    await using house = await testRelay({ kv });
    await put(house, "members/li", { name: "stored" });
    await put(house, "members/han", { name: "han" });
  }
  await using house = await testRelay({ kv, yaml: "members: [{ id: li, name: file }]" });
  equal(house.relay.config.members.get("li")?.name, "file");
  equal(house.relay.config.members.get("han")?.name, "han");
  equal((await api(house, "GET", "config")).body.shadowed, ["members/li"]);
  equal((await api(house, "DELETE", "config/members/li")).status, 200);
  equal((await api(house, "GET", "config")).body.shadowed, []);
});

Deno.test("a configuration of many parts is written and read as one", async () => {
  using kv = await Deno.openKv(":memory:");
  await using house = await testRelay({ kv });
  for (const dep of ["a", "b", "c"]) {
    await put(house, `departments/${dep}`, {
      name: dep,
      secret: Array.from({ length: 700 }, (_, i) => `${i}`.padEnd(80, dep)),
    });
  }
  await using again = await testRelay({ kv });
  equal(again.relay.config.departments, house.relay.config.departments);
  const parts = await Array.fromAsync(kv.list({ prefix: ["config", "chunk"] }));
  ok(parts.length >= 3 && parts.length <= 6, `${parts.length} parts: older ones are gone`);
});
