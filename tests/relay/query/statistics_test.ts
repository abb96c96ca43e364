import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { scene } from "../../kit/duty.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

/** A new occurrence every four minutes, twelve times; then resolved; then firing again a minute later. */
async function history(house: Awaited<ReturnType<typeof scene>>): Promise<void> {
  for (let index = 0; index < 12; index++) {
    await house.again();
    await house.minutes(4);
  }
  await house.fire({ status: "resolved" });
  await house.minutes(1);
  await house.fire();
}

Deno.test("the same window replayed gives what the log says; a longer one folds more", async () => {
  await using house = await scene({});
  await history(house);
  const told = async (window: string): Promise<unknown> => {
    const { body } = await api(
      house.house,
      "GET",
      `statistics/window?group=default/default&from=2h&window=${window}`,
    );
    equal(body.now, body.heard, "nothing was open before");
    equal(body.lookedBackTo, undefined);
    return body.then;
  };
  equal(await told("5m"), { told: 8, folded: 6, suppressed: 0 });
  equal(await told("10m"), { told: 6, folded: 8, suppressed: 0 });
  equal(await told("1h"), { told: 3, folded: 11, suppressed: 0 });
});

Deno.test("silences and acknowledgements keep their effect when history is replayed", async () => {
  await using house = await scene({});
  await house.fire();
  await api(house.house, "POST", "silences", { body: { matchers: ["alertname=Test"], duration: "10m" } });
  await house.minutes(6);
  equal(await house.fire(), "silence");
  await house.minutes(6);
  const { body } = await api(house.house, "GET", "incidents");
  await api(house.house, "POST", `incidents/${body.incidents[0].id}/ack`);
  equal(await house.fire(), "acknowledged");
  const { body: { heard, now, then } } = await api(
    house.house,
    "GET",
    "statistics/window?group=default/default&window=1m",
  );
  equal([heard, now, then], Array(3).fill({ told: 1, folded: 0, suppressed: 2 }));
});

Deno.test("re-sends and heartbeats stay what they were when history is replayed, also in a period without their beginning", async () => {
  await using house = await scene({});
  const rule = { labels: { alertname: "Test" } };
  await house.fire(rule);
  await house.minutes(65); // before the period
  for (let index = 0; index < 20; index++) {
    await house.fire(rule);
    await house.fire({ labels: { alertname: "Watchdog" } });
    await house.minutes(6);
  }
  const { body: { heard, now } } = await api(
    house.house,
    "GET",
    "statistics/window?group=default/default&from=2h",
  );
  equal(heard, { told: 0, folded: 20, suppressed: 20 });
  // Nothing was open before the period, so its first re-send opens the incident.
  equal(now, { told: 1, folded: 19, suppressed: 20 });
});

Deno.test("the folding is counted by group, rule and day, and the noisiest come first", async () => {
  await using house = await scene({
    yaml: `
groups:
  - { owner: ops, level: default, destinations: [{ channel: inbox }] }
rules:
  - { match: ['team="ops"'], group: ops/default }`,
  });
  for (let index = 0; index < 5; index++) await house.fire({ labels: { alertname: "Loud", team: "ops" } });
  await house.fire({ labels: { alertname: "Quiet" } });
  await house.minutes(5 * 60);
  const { body } = await api(house.house, "GET", "statistics/folding?from=24h");
  equal([body.accepted, body.total], [6, { told: 2, folded: 4, suppressed: 0 }]);
  equal(body.groups, {
    "ops/default": { told: 1, folded: 4, suppressed: 0 },
    "default/default": { told: 1, folded: 0, suppressed: 0 },
  });
  equal(body.rules["rule:0"], { told: 1, folded: 4, suppressed: 0 });
  equal(body.days["2026-01-31"], { told: 2, folded: 4, suppressed: 0 });
  const { body: noise } = await api(house.house, "GET", "statistics/noisiest?limit=1");
  equal([noise.alerts, noise.noisiest.length, noise.noisiest[0].count, noise.noisiest[0].told], [6, 1, 5, 1]);
  const { html } = await (await visitor(house.house)).get("/noise");
  ok(html.includes("Loud") && html.includes("80 %"));
  for (
    const wrong of [
      "window?group=nobody",
      "folding?from=yesterday",
      "noisiest?limit=0",
      "window?group=ops/default&window=x",
    ]
  ) {
    equal((await api(house.house, "GET", `statistics/${wrong}`)).status, 422, wrong);
  }
});

Deno.test("a look at the log that has no time says how far it came", async () => {
  await using house = await scene({});
  const { survey } = await import("../../../relay/query/noise/survey.ts");
  for (let index = 0; index < 45; index++) await house.fire({ labels: { alertname: `A${index}` } });
  const now = house.house.clock.now();
  const options = { limit: 5, budget: -1, staleAfter: 24 * 60 * MINUTE };
  const { alerts, lookedBackTo } = await survey(
    house.house.relay.store.records,
    { from: 0, to: now + 1 },
    options,
  );
  ok(alerts >= 20 && alerts < 45 && lookedBackTo !== undefined, String(alerts));
});
