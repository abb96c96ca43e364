/** Deliveries whose channel's own code fails. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";
import { startSink } from "../../../simulator/sink.ts";
import { withChannel } from "../../kit/channels.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

/** As the webhook channel wants it. */
const SECRET = `whsec_${btoa("of one destination only")}`;

/** A relay whose webhook channel fails for alerts of this instance. */
async function relayThatFailsOn(
  instance: string,
  { url, ...given }: { url: string; kv: Deno.Kv; clock: TestClock; fallback?: string },
): Promise<{ house: TestRelay; tries: () => number }> {
  let tries = 0;
  const channels = await withChannel("webhook", (usual) => ({
    ...usual,
    combine: "single",
    request: (config, message, context) => {
      if (message.alerts[0]!.labels.instance !== instance) return usual.request!(config, message, context);
      tries++;
      throw new TypeError("Cannot read properties of undefined (reading 'x')");
    },
  }));
  const yaml = `
groups:
  - owner: default
    level: default
    members: []
    destinations:
      - { channel: webhook, config: { url: "${url}" }${given.fallback ?? ""} }
      - { name: inbox, channel: inbox, config: {} }`;
  return { house: await testRelay({ ...given, channels, yaml }), tries: () => tries };
}

async function hookState(house: TestRelay, instance: string): Promise<string> {
  const all = await house.deliveries();
  const { log } = house.relay.store;
  const alert = (await log.newest(10)).find(({ alert }) =>
    "labels" in alert && alert.labels.instance === instance
  )!;
  const { state, because } = all.find(({ alert: id, destination }) =>
    id === alert.id && destination.endsWith("/webhook")
  )!;
  return `${state}: ${because}`;
}

Deno.test("a delivery on which the channel fails is tried a few times, then waits for the mended plugin, and others go on", async () => {
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const { house, tries } = await relayThatFailsOn("bad", { url: sink.url, kv, clock });
  await house.fire({ labels: { instance: "bad" } });
  for (let minute = 0; minute < 4; minute++) {
    for (const step of [5 * SECOND, 10 * SECOND, 20 * SECOND, 25 * SECOND]) await house.advance(step);
  }
  equal(tries(), 4);
  match(
    await hookState(house, "bad"),
    /^pending: the channel failed: request throws: Cannot read .+ at broken_channel_test\.ts:/,
  );
  await house.fire({ labels: { instance: "good" } });
  match(await hookState(house, "good"), /^delivered: /);
  equal(sink.requests.length, 1);
  const [fault, ...others] = house.relay.query.channels.faults.list();
  equal([fault?.channel, fault?.times, others], ["webhook", 4, []]);
  match(
    house.relay.query.warnings().join("\n"),
    /The channel "webhook": the channel failed: .+ \(4 times since the start\)/,
  );
  await house[Symbol.asyncDispose]();

  clock.advance(MINUTE);
  const mended = await relayThatFailsOn("none", { url: sink.url, kv, clock });
  await using _mended = mended.house;
  await mended.house.settle();
  match(await hookState(mended.house, "bad"), /^delivered: /);
  equal([sink.requests.length, mended.house.relay.query.channels.faults.list()], [2, []]);
});

Deno.test("a channel that is never mended is asked ever more rarely, and its delivery is dead after a day", async () => {
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const { house, tries } = await relayThatFailsOn("bad", { url: sink.url, kv, clock });
  await using _house = house;
  await house.fire({ labels: { instance: "bad" } });
  for (let at = 0; at < 26 * HOUR; at += MINUTE) await house.advance(MINUTE);
  match(await hookState(house, "bad"), /^dead: given up after \d+ attempts in 24 h: the channel failed: /);
  equal(tries() < 35, true, `${tries()} tries`);
});

Deno.test("a channel that fails on one config stops neither the start nor other destinations, and delivers once it is mended", async () => {
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const yaml = `
groups:
  - owner: default
    level: default
    destinations:
      - { name: one, channel: webhook, config: { url: "${sink.url}/one", secret: "${SECRET}" } }
      - { name: two, channel: webhook, config: { url: "${sink.url}/two" } }`;
  const open = (fails: boolean): Promise<TestRelay> =>
    withChannel("webhook", (usual) => ({
      ...usual,
      lane: ({ url, secret }) => {
        if (fails && secret) throw new TypeError(`no lane for ${url} and ${secret}`);
        return url;
      },
    })).then((channels) => testRelay({ kv, clock, yaml, channels }));
  const states = async (house: TestRelay): Promise<string[]> =>
    (await house.deliveries()).map(({ destination, state }) => `${destination} ${state}`).sort();
  const house = await open(true);
  await house.fire({});
  equal(await states(house), ["default/default/two delivered"]); // one has no record yet: it was not tried
  const [warning] = house.relay.query.warnings().filter((words) => words.includes("fails on the config"));
  match(
    warning ?? "",
    /^The channel "webhook": it fails on the config of a destination: no lane for .+ and \*\*\*/,
  );
  const [state] = await house.relay.query.deliveries.statesOf([
    house.relay.query.config.groups.get("default/default")!.destinations[0]!,
  ]);
  equal(state?.state, "broken");
  const { destinations } = await (await house.relay.query.overview()).look();
  equal(destinations.map(({ name, state }) => [name, state]), [["one", "unusable"], ["two", "works"]]);
  await house[Symbol.asyncDispose]();

  await using mended = await open(false);
  await mended.settle();
  equal(await states(mended), ["default/default/one delivered", "default/default/two delivered"]);
  equal(sink.requests.length, 2);
});
