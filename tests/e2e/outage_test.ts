import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startSink } from "../../simulator/sink.ts";
import { type Fleet, FLEET_PASSWORD, FLEET_TOKEN, startFleet } from "../../tasks/_fleet.ts";
import { eventually } from "../kit/eventually.ts";
import { DENOKV, KV_STORE } from "../kit/kv_connect.ts";
import { webhook } from "../kit/relay.ts";

/** A relay that delivers to a sink, and a database that fails on request. */
async function house(sink: string): Promise<Fleet> {
  const yaml = `
groups:
  - { owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink}" } }] }
`;
  return await startFleet({ names: ["a"], yaml, denokv: DENOKV });
}

/** Post one alert. @returns the status and the answer */
async function post(fleet: Fleet, name: string): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(`${fleet.relay("a").url}/webhook`, {
    method: "POST",
    headers: { authorization: `Bearer ${FLEET_TOKEN}` },
    body: JSON.stringify(webhook({ labels: { alertname: name } })),
  });
  return [response.status, await response.json()];
}

async function isAccepted(fleet: Fleet, name: string): Promise<boolean> {
  return (await post(fleet, name))[0] === 200;
}

async function readyz(fleet: Fleet, password?: string): Promise<[number, Record<string, unknown>]> {
  const headers = password === undefined ? {} : { authorization: `Bearer ${password}` };
  const response = await fetch(`${fleet.relay("a").url}/readyz`, { headers });
  return [response.status, await response.json()];
}

for (const kind of ["hang", "5xx_before", "partition"] as const) {
  Deno.test(`${kind}: doors refuse at once, only probes reach the database, and it goes on by itself (${KV_STORE})`, async () => {
    await using sink = await startSink();
    await using fleet = await house(sink.url);
    const { proxy } = fleet;
    ok(await isAccepted(fleet, "Before"));
    await sink.arrived(1);

    proxy.fault({ kind, seconds: 300 });
    equal(await post(fleet, "First"), [503, {
      error: "The database does not answer: send it again in a moment",
    }]);
    proxy.resetCounters();
    for (let at = 0; at < 50; at++) equal((await post(fleet, `Refused${at}`))[0], 503);
    const { reads, writes } = proxy.counters();
    equal([reads, writes <= 4], [0, true], "a probe writes once");
    equal(await readyz(fleet), [503, { ready: false }]);
    const [, { unready }] = await readyz(fleet, FLEET_PASSWORD);
    match((unready as { store: string }).store, /does not answer/);

    proxy.heal();
    await eventually("the relay to accept again", () => isAccepted(fleet, "After"), { every: 50 });
    await eventually(
      "it to deliver again",
      () => sink.requests.some(({ text }) => text.includes('"After"')),
      {
        within: 20_000,
      },
    );
    equal((await readyz(fleet))[0], 200);
    const lines = fleet.relay("a").output.split("\n").filter((line) =>
      /does not answer|answers again/.test(line)
    );
    equal(lines.length, 2, lines.join("\n"));
  });
}

for (const kind of ["hang", "5xx_before"] as const) {
  Deno.test(`${kind}: a relay stops whatever its database does, and what it had is found again (${KV_STORE})`, async () => {
    await using sink = await startSink();
    await using fleet = await house(sink.url);
    const { proxy } = fleet;
    sink.answer({ status: 503, times: 1 });
    ok(await isAccepted(fleet, "Kept"));
    await sink.arrived(1);
    proxy.fault({ kind, seconds: 300 });
    const underWay = post(fleet, "UnderWay").catch(() => {}); // in the middle of its commit
    await eventually("the commit to begin", () => proxy.counters().faults > 0);
    const ms = await fleet.end("a", "SIGTERM");
    ok(ms < 7_500, `it was killed after ${ms} ms`);
    await underWay;
    proxy.heal();
    await fleet.start("a");
    await eventually(
      "what was accepted to arrive",
      () => sink.requests.slice(1).some(({ text }) => text.includes('"Kept"')),
      { within: 60_000 },
    );
  });
}

for (
  const [name, kind, on] of [
    ["hangs", "hang", undefined],
    ["refuses connections", "5xx_before", "metadata"],
    ["reads nothing", "hang", "read"],
  ] as const
) {
  Deno.test(`a relay starts although its database ${name}, refuses with a reason, and comes up by itself (${KV_STORE})`, async () => {
    await using sink = await startSink();
    await using fleet = await house(sink.url);
    const { proxy } = fleet;
    await fleet.end("a", "SIGTERM");
    proxy.fault({ kind, ...on === undefined ? {} : { on }, seconds: 300 });
    await fleet.start("a"); // it listens
    equal(await post(fleet, "Early"), [503, {
      error: "The relay cannot reach its database yet: send it again in a moment",
    }]);
    const { url } = fleet.relay("a");
    const alarm = await fetch(`${url}/alarm_v2`, { method: "POST", body: "{}" });
    equal([alarm.status, (await alarm.json()).code], [200, 3000]);
    equal((await (await fetch(`${url}/healthz`)).json()).alive, true);
    equal(await readyz(fleet), [503, { ready: false }]);
    await eventually("the administrator to see why", async () => {
      const [, { unready }] = await readyz(fleet, FLEET_PASSWORD);
      return /did not answer|503/.test((unready as { store: string }).store);
    });
    proxy.heal();
    await eventually("the relay to accept", () => isAccepted(fleet, "Late"), { every: 50 });
    await eventually("it to deliver", () => sink.requests.some(({ text }) => text.includes('"Late"')), {
      within: 20_000,
    });
  });
}

Deno.test(`a relay that waits for its database stops when it is asked to (${KV_STORE})`, async () => {
  await using fleet = await house("http://127.0.0.1:9/");
  await fleet.end("a", "SIGTERM");
  fleet.proxy.fault({ kind: "hang", seconds: 300 });
  await fleet.start("a");
  const ms = await fleet.end("a", "SIGTERM");
  ok(ms < 7_500, `it was killed after ${ms} ms`);
});
