/** Relays as processes on one database: the takeover of a lane whose holder is killed. */
import { ok } from "node:assert/strict";
import { type Sink, startSink } from "../../simulator/sink.ts";
import { type Fleet, FLEET_TOKEN, startFleet } from "../../tasks/_fleet.ts";
import { eventually } from "../kit/eventually.ts";
import { DENOKV, KV_STORE } from "../kit/kv_connect.ts";
import { webhook } from "../kit/relay.ts";

/** A lane is worked on again within this time, in milliseconds. */
const WITHIN = 15_000;

/** The interval between two kills, and the downtime. */
const KILL_EVERY = 20_000;
const KILLS = 2;

async function fleetTo(sink: Sink, names: readonly string[]): Promise<Fleet> {
  const destination = `{ channel: webhook, config: { url: "${sink.url}" } }`;
  return await startFleet({
    names,
    yaml: `groups: [{ owner: default, level: default, destinations: [${destination}] }]`,
    denokv: DENOKV,
  });
}

/** @returns whether it was accepted */
async function post(url: string, instance: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/webhook`, {
      method: "POST",
      headers: { authorization: `Bearer ${FLEET_TOKEN}` },
      body: JSON.stringify(webhook({ labels: { instance } })),
      signal: AbortSignal.timeout(10_000),
    });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

const arrivedAt = (sink: Sink, instance: string): boolean =>
  sink.requests.some(({ text }) => text.includes(`"instance":"${instance}"`));

Deno.test(`a relay that is killed in the middle of a message holds its lane for at most 15 s (${KV_STORE})`, async () => {
  await using sink = await startSink();
  await using fleet = await fleetTo(sink, ["a", "b"]);
  const [a, b] = fleet.relays;
  sink.answer({ delayMs: 3_600_000, times: 1 });
  ok(await post(a!.url, "held"));
  await sink.arrived(1);
  await fleet.end("a", "SIGKILL");
  const killed = performance.now();
  ok(await post(b!.url, "next"));
  await eventually("the next alert", () => arrivedAt(sink, "next"), { within: 2 * WITHIN });
  const passed = performance.now() - killed;
  ok(passed <= WITHIN, `${Math.round(passed)} ms after the kill`);
  const again = sink.requests.filter(({ text }) => text.includes('"instance":"held"')).length;
  ok(again === 2, `what was being sent is sent again: ${again} times in all`);
});

Deno.test(`alerts flow while one relay after the other is killed (${KV_STORE})`, async () => {
  const arrivals: number[] = [];
  await using sink = await startSink({ onRequest: () => void arrivals.push(performance.now()) });
  sink.answer({ delayMs: 300 }); // a message is under way at any time
  await using fleet = await fleetTo(sink, ["a", "b", "c"]);
  const accepted: string[] = [];
  let isOver = false;
  const sending = (async () => {
    for (let number = 0; !isOver; number++) {
      const { url } = fleet.relays[number % fleet.relays.length]!;
      if (await post(url, `n${number}`)) accepted.push(`n${number}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  for (let kill = 0; kill < KILLS; kill++) {
    const { name } = fleet.relays[kill % fleet.relays.length]!;
    await fleet.end(name, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, KILL_EVERY / 2));
    await fleet.start(name);
    await new Promise((resolve) => setTimeout(resolve, KILL_EVERY / 2));
  }
  isOver = true;
  await sending;
  const missing = (): string[] => accepted.filter((instance) => !arrivedAt(sink, instance));
  await eventually("all that was accepted", () => missing().length === 0, { within: 2 * WITHIN });
  const gaps = arrivals.slice(1).map((at, index) => at - arrivals[index]!);
  ok(Math.max(...gaps) <= WITHIN, `nothing arrived for ${Math.round(Math.max(...gaps))} ms`);
  // deno-lint-ignore no-console -- the figures are what a person runs this for
  console.log(`${accepted.length} accepted; the longest gap ${(Math.max(...gaps) / 1_000).toFixed(1)} s`);
});
