import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { encode } from "../../../relay/base/codec.ts";
import { MINUTE } from "../../../relay/base/duration.ts";
import { queuedKey } from "../../../relay/store/keys.ts";
import { startSink } from "../../../simulator/sink.ts";
import { serve, type Server } from "../../../routes/serve.ts";
import { createApp } from "../../../routes/app.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { visitor } from "../../kit/console.ts";
import { minutes } from "../../kit/duty.ts";
import { freePort } from "../../kit/program.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const SECRET = "3f1c9f2e-uuid-of-a-check";

/** Another monitor: it records its calls, and answers with `status`. */
interface Monitor extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly string[];
  status: number;
}

function monitor(): Monitor {
  const calls: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, ({ method, url }) => {
    calls.push(`${method} ${new URL(url).pathname}`);
    return new Response(null, { status: it.status });
  });
  const it: Monitor = {
    url: `http://127.0.0.1:${server.addr.port}/${SECRET}`,
    calls,
    status: 200,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return it;
}

Deno.test("another monitor is called each minute", async () => {
  await using watcher = monitor();
  await using house = await testRelay({ env: { FENGHUO_HEARTBEAT_URL: watcher.url } });
  await house.fire({});
  await minutes(house, 3);
  equal(watcher.calls, Array(3).fill(`GET /${SECRET}`));
  const { addresses } = (await api(house, "GET", "heartbeats")).body.outgoing;
  equal(addresses, [{ address: `${new URL(watcher.url).origin}/…`, lastAt: house.clock.now() }]);
});

Deno.test("a vendor that fails is no reason to be silent", async () => {
  await using watcher = monitor();
  await using sink = await startSink();
  await using house = await testRelay({
    env: { FENGHUO_HEARTBEAT_URL: watcher.url },
    yaml:
      `groups: [{ owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }]`,
  });
  sink.answer({ status: 503 });
  await house.fire({});
  await minutes(house, 30);
  equal(watcher.calls.length, 30);
  equal(house.reports, []);
});

Deno.test("while a due delivery is stuck, no monitor is called, and the log, the API and the page say why", async () => {
  await using watcher = monitor();
  await using house = await testRelay({ env: { FENGHUO_HEARTBEAT_URL: watcher.url } });
  await house.fire({});
  const [delivery] = await house.deliveries();
  const { lane } = house.relay.config.groups.get("default/default")!.destinations[0]!;
  // Work without a bell: no courier finds it. The ledger does not count reminders.
  const id = delivery!.id.replace(/\d$/, "reminder1-0");
  await house.kv.set(
    queuedKey(lane, id),
    encode({ ...delivery, reason: "reminder", id, folded: 0, payload: "p", state: undefined }),
  );
  await minutes(house, 13);
  const before = watcher.calls.length;
  equal(before, 13);
  await minutes(house, 17);
  ok(watcher.calls.length <= before + 8, `${watcher.calls.length}`);
  match(
    house.reports.at(-1)!,
    /^The heartbeat is withheld: a delivery to default\/default\/inbox is due since .*, and nothing is sent$/,
  );
  const { withheld } = (await api(house, "GET", "heartbeats")).body.outgoing;
  match(withheld, /is due since/);
  ok((await (await visitor(house, "viewer")).get("/heartbeats")).html.includes("is due since"));

  await house.kv.delete(queuedKey(lane, id));
  await minutes(house, 1);
  equal(house.reports.at(-1), "The heartbeat is sent again");
  const after = watcher.calls.length;
  await minutes(house, 2);
  equal(watcher.calls.length, after + 2);
});

Deno.test("while the ledger does not add up, no monitor is called", async () => {
  await using watcher = monitor();
  await using house = await testRelay({ env: { FENGHUO_HEARTBEAT_URL: watcher.url } });
  await house.fire({});
  for await (const { key } of house.kv.list({ prefix: ["done"] })) await house.kv.delete(key);
  await minutes(house, 3);
  equal(watcher.calls, []);
  equal(house.reports, [
    "The heartbeat is withheld: the ledger of the last day does not add up: default/default/inbox",
  ]);
});

Deno.test("a relay that delivers nothing, and one whose upkeep fails, call no monitor", async () => {
  await using watcher = monitor();
  const env = { FENGHUO_HEARTBEAT_URL: watcher.url };
  {
    await using house = await testRelay({ env: { ...env, FENGHUO_DELIVER: "0" } });
    await minutes(house, 2);
    match(
      house.reports.at(-1)!,
      /^The heartbeat is withheld: Alerts are accepted and not delivered: FENGHUO_DELIVER is 0/,
    );
  }
  await using house = await testRelay({ env });
  house.relay.store.silences.tidy = () => Promise.reject(new Error("broken"));
  await house.relay.tidy().catch(() => {});
  equal(watcher.calls, []);
});

Deno.test("no log, answer or page has the address of a check, which is its secret", async () => {
  await using watcher = monitor();
  watcher.status = 404;
  const gone = "http://127.0.0.1:9/another-secret-check";
  await using house = await testRelay({ env: { FENGHUO_HEARTBEAT_URL: `${watcher.url} ${gone}` } });
  await minutes(house, 3);
  equal(house.reports.length, 2, "each failure is reported once");
  match(
    house.reports.join("\n"),
    /Cannot send the heartbeat to http:\/\/127\.0\.0\.1:\d+: it answers 404; it is tried again/,
  );
  const said = [
    ...house.reports,
    JSON.stringify((await api(house, "GET", "heartbeats")).body),
    JSON.stringify((await api(house, "GET", "config")).body),
    (await (await visitor(house, "admin")).get("/heartbeats")).html,
  ].join("\n");
  ok(said.includes("it answers 404") && !said.includes(SECRET) && !said.includes("another-secret"), said);
});

/** A relay that watches another one, and is watched by it. */
interface Twin {
  readonly house: TestRelay;
  readonly server: Server;
}

async function twin(clock: TestClock, { port, other }: { port: number; other: number }): Promise<Twin> {
  const house = await testRelay({
    clock,
    env: { FENGHUO_HEARTBEAT_URL: `http://127.0.0.1:${other}/heartbeat/twin?token=${SECRETS.intakeToken}` },
    yaml: "heartbeats: [{ name: twin, every: 1m, grace: 3m }]",
  });
  const { fetch } = createApp(house.relay, { report: (words) => house.reports.push(words) });
  const server = serve(fetch, { port, hostname: "127.0.0.1", onListen: () => {} });
  return { house, server };
}

Deno.test("two relays watch each other: the one that is left notifies, and of the return as well", async () => {
  const clock = new TestClock();
  const [first, second] = [freePort(), freePort()];
  const one = await twin(clock, { port: first, other: second });
  let two = await twin(clock, { port: second, other: first });
  const open = async ({ house }: Twin): Promise<string[]> =>
    (await house.relay.store.incidents.newest("open", 5)).map(({ title }) => title);
  const both = async (count: number): Promise<void> => {
    for (let minute = 0; minute < count; minute++) {
      clock.advance(MINUTE);
      await Promise.all([one, two].map(({ house }) => house.relay.tidy().then(() => house.settle())));
    }
  };
  await both(10);
  equal([await open(one), await open(two)], [[], []]);

  await two.server.stop({ grace: 0 });
  await minutes(one.house, 4);
  equal(await open(one), []);
  await minutes(one.house, 1);
  equal(await open(one), ["心跳中断：twin"]);
  match(one.house.reports.join("\n"), /Cannot send the heartbeat to http:\/\/127\.0\.0\.1:\d+: /);

  await two.house[Symbol.asyncDispose]();
  two = await twin(clock, { port: second, other: first });
  await both(2);
  equal([await open(one), await open(two)], [[], []]);
  for (const { house, server } of [one, two]) {
    await server.stop({ grace: 0 });
    await house[Symbol.asyncDispose]();
  }
});

for (
  const [text, isFine] of [
    ["https://hc-ping.com/x", true],
    ["https://hc-ping.com/x\n http://other/y ", true],
    ["hc-ping.com/x", false],
    ["file:///etc/passwd", false],
  ] as const
) {
  Deno.test(`FENGHUO_HEARTBEAT_URL ${JSON.stringify(text)} is ${isFine ? "taken" : "refused, and not shown"}`, async () => {
    const house = await testRelay({ env: { FENGHUO_HEARTBEAT_URL: text } }).catch((error: Error) => error);
    if (isFine) {
      ok(!(house instanceof Error));
      return await house[Symbol.asyncDispose]();
    }
    ok(house instanceof Error);
    match(house.message, /^FENGHUO_HEARTBEAT_URL must be a URL|FENGHUO_HEARTBEAT_URL: must be a URL/);
    ok(!house.message.includes(text));
  });
}
