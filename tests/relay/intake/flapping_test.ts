import { deepStrictEqual as equal, match } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { minutes, type Scene, scene } from "../../kit/duty.ts";
import { testRelay } from "../../kit/relay.ts";

const FLAP = `
groups:
  - { owner: default, level: default, locale: en, flap: { count: 5, per: 30m }, destinations: [{ channel: inbox }] }`;
const PLAIN = `
groups:
  - { owner: default, level: default, flap: { count: 0 }, destinations: [{ channel: inbox }] }`;

/** It comes and goes five times within a few minutes. */
async function flap(house: Scene): Promise<string[]> {
  const outcomes: string[] = [];
  for (const status of ["firing", "resolved", "firing", "resolved", "firing"] as const) {
    outcomes.push(await house.fire({ status }));
    await house.minutes(1);
  }
  return outcomes;
}

async function inbox({ house }: Scene): Promise<{ body: string; title: string }> {
  const [newest] = await house.relay.store.caches.newest("inbox", 1);
  return newest as { body: string; title: string };
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, flapping is told once and again when it settles, through restarts`, async () => {
    await using house = await scene({ exclusive, yaml: FLAP });
    equal(await flap(house), ["first", "resolved", "first", "resolved", "flapping"]);
    equal((await house.heard()).at(-1), "flapping firing");
    match((await inbox(house)).body, /flapping: 5 changes in 30 min/);
    equal(await house.fire({ status: "resolved" }), "flapping");
    await house.restart();
    await house.minutes(10);
    equal(await house.fire(), "flapping", "a new incident of the same fingerprint");
    equal(await house.fire({ status: "resolved" }), "flapping");
    await house.restart();
    await house.minutes(29);
    equal(await house.heard(), []);
    await house.restart();
    await house.minutes(1);
    equal(await house.heard(), ["settled resolved"]);
    match((await inbox(house)).body, /calm: no change for 30 min/);
    await house.restart();
    await house.minutes(60);
    equal(await house.heard(), []);
    const left = await Array.fromAsync(house.house.kv.list({ prefix: ["window"] }));
    equal(left.length, 0, "nothing is kept of what settled");
    equal(await house.fire(), "first");
  });

  Deno.test(`on ${store}, one that settles while it fires is told so, and its end is told`, async () => {
    await using house = await scene({ exclusive, yaml: FLAP });
    await flap(house);
    await house.heard();
    await house.minutes(29);
    equal(await house.heard(), ["settled firing"]);
    equal(await house.fire({ status: "resolved" }), "resolved");
    const [closed] = await house.house.relay.store.incidents.newest("closed", 1);
    const records = await house.house.relay.store.deliveries.of(closed!.id);
    equal(records.map(({ reason, state }) => [reason, state]), [["flapping", "delivered"], [
      "settled",
      "delivered",
    ]]);
  });
}

Deno.test("two instances see one flapping between them", async () => {
  await using here = await scene({ exclusive: false, yaml: FLAP });
  const options = { kv: here.house.kv, exclusive: false, clock: here.house.clock, yaml: FLAP };
  await using there = await testRelay(options);
  for (const [index, status] of (["firing", "resolved", "firing", "resolved", "firing"] as const).entries()) {
    await (await (index % 2 === 0 ? here.house : there).post({ status })).body?.cancel();
    await Promise.all([here.house.settle(), there.settle()]);
  }
  equal((await here.heard()).at(-1), "flapping firing");
  await minutes(here.house, 31, [there]);
  equal(await here.heard(), ["settled firing"]);
});

Deno.test("flapping under a silence is told after it, if it still flaps", async () => {
  await using house = await scene({ yaml: FLAP });
  await api(house.house, "POST", "silences", { body: { matchers: ["alertname=Test"], duration: "10m" } });
  equal(await flap(house), Array(5).fill("silence"));
  await house.minutes(5);
  equal(await house.fire({ status: "resolved" }), "flapping");
  equal(await house.heard(), ["flapping resolved"]);
});

Deno.test("what settles under a silence is told after it", async () => {
  await using house = await scene({ yaml: FLAP });
  await flap(house);
  await house.heard();
  await api(house.house, "POST", "silences", { body: { matchers: ["alertname=Test"], duration: "60m" } });
  await house.minutes(59);
  equal(await house.heard(), []);
  await house.minutes(2);
  equal(await house.heard(), ["settled firing"]);
});

Deno.test("a group that no longer damps flapping hears of it as ever, and nothing is left of it", async () => {
  await using house = await scene({ yaml: FLAP });
  await flap(house);
  equal(await house.fire({ status: "resolved" }), "flapping");
  await house.heard();
  await house.restart(PLAIN);
  await house.minutes(1);
  equal(await house.heard(), []);
  const [over] = await house.house.relay.store.incidents.newest("closed", 1);
  equal(over!.flaps, undefined);
  equal(await house.fire(), "first");
});

Deno.test("the ledger adds up with what was silenced, flapped, settled and reminded of", async () => {
  await using house = await scene({ yaml: FLAP.replace("locale: en", "remind: 10m") });
  for (
    const status of ["firing", "resolved", "firing", "resolved", "firing", "resolved", "firing"] as const
  ) {
    await house.fire({ status, labels: { severity: "critical" } });
  }
  await house.minutes(45);
  await api(house.house, "POST", "silences", { body: { matchers: ["alertname=Test"], duration: "10m" } });
  await house.fire({ labels: { severity: "critical" } });
  equal((await house.heard()).toSorted(), [
    "first firing",
    "first firing",
    "flapping firing",
    "reminder firing",
    "resolved resolved",
    "resolved resolved",
    "settled firing",
  ]);
  const { body } = await api(house.house, "GET", "ledger?from=24h&verify=1");
  equal([body.addsUp, body.verified.agrees, body.accepted], [true, true, 8]);
  equal(body.heard.suppressed, { flapping: 2, silence: 1 });
});

Deno.test("nobody is reminded of what flaps", async () => {
  await using house = await scene({ yaml: FLAP.replace("locale: en", "remind: 10m") });
  for (const status of ["firing", "resolved", "firing", "resolved", "firing"] as const) {
    await house.fire({ status, labels: { severity: "critical" } });
  }
  await house.heard();
  await house.minutes(29);
  equal(await house.heard(), []);
  await house.minutes(1);
  equal(await house.heard(), ["settled firing"]);
  await house.minutes(10);
  equal(await house.heard(), ["reminder firing"]);
});
