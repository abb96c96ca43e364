import { deepStrictEqual as equal } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { minutes, type Scene, scene } from "../../kit/duty.ts";
import { testRelay } from "../../kit/relay.ts";

const GROUP = `
groups:
  - { owner: default, level: default, remind: 30m, destinations: [{ channel: inbox }] }`;

const CRITICAL = { labels: { severity: "critical" }, status: "firing" } as const;
const identity = { startsAt: "2026-01-31T08:00:00Z" };

/** Severity is no part of this sender's identity, so that it can rise. */
const RISING = `ignore_labels: [severity]${GROUP}`;

async function openIncident({ house }: Pick<Scene, "house">): Promise<string> {
  const [incident] = await house.relay.store.incidents.newest("open", 1);
  return incident!.id;
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, who knows of an incident hears no repeat, but that it is worse, and its end`, async () => {
    await using house = await scene({ exclusive, yaml: RISING });
    equal(await house.fire({ labels: { severity: "warning" } }), "first");
    const id = await openIncident(house);
    const { body } = await api(house.house, "POST", `incidents/${id}/ack`, {
      body: { by: "li.lei", memo: "换盘中" },
    });
    const { known, knownBy, knownAt, memo } = body.incident;
    equal([known, knownBy, knownAt, memo], [true, "li.lei", house.house.clock.now(), "换盘中"]);
    await house.minutes(6);
    equal(await house.again({ labels: { severity: "warning" } }), "acknowledged");
    await house.restart();
    await house.minutes(6);
    equal(await house.again({ labels: { severity: "info" } }), "acknowledged");
    equal(await house.fire(CRITICAL), "changed", "worse than anybody knew");
    const after = (await api(house.house, "GET", `incidents/${id}`)).body.incident;
    equal([after.known, after.knownBy, after.memo], [false, undefined, "换盘中"]);
    await house.minutes(6);
    equal(await house.again(CRITICAL), "repeat");
    await api(house.house, "POST", `incidents/${id}/ack`);
    equal(await house.fire({ ...CRITICAL, status: "resolved" }), "resolved");
    await house.minutes(1);
    equal(await house.again(CRITICAL), "first");
    const [next] = await house.house.relay.store.incidents.newest("open", 1);
    equal([next!.known, next!.memo], [false, undefined]);
  });

  Deno.test(`on ${store}, an unacknowledged critical incident is told again every 30 minutes, through a restart`, async () => {
    await using house = await scene({ exclusive, yaml: GROUP });
    await house.fire({ ...CRITICAL, ...identity });
    await house.fire({ labels: { severity: "warning", instance: "x" } });
    equal(await house.heard(), ["first firing", "first firing"]);
    await house.minutes(29);
    equal(await house.heard(), []);
    await house.restart();
    await house.minutes(1);
    equal(await house.heard(), ["reminder firing"]);
    await house.restart();
    await house.minutes(29);
    equal(await house.heard(), [], "not twice");
    await house.minutes(2);
    equal(await house.heard(), ["reminder firing"]);
    const [critical] = (await house.house.relay.store.incidents.newest("open", 2)).filter(({ severity }) =>
      severity === "critical"
    );
    const records = await house.house.relay.store.deliveries.of(critical!.id);
    equal(records.map(({ reason, state }) => [reason, state]), [
      ["first", "delivered"],
      ["reminder", "delivered"],
      ["reminder", "delivered"],
    ]);
    equal(await house.again({ ...CRITICAL, ...identity }), "repeat");
    equal(await house.heard(), ["repeat firing"]);
    await house.minutes(29);
    equal(await house.heard(), [], "it was just told");
    await api(house.house, "POST", `incidents/${critical!.id}/ack`);
    await house.minutes(40);
    equal(await house.heard(), [], "somebody knows");
    await api(house.house, "DELETE", `incidents/${critical!.id}/ack`);
    await house.minutes(1);
    equal(await house.heard(), ["reminder firing"], "nobody does");
    await house.fire({ ...CRITICAL, ...identity, status: "resolved" });
    await house.heard();
    await house.minutes(40);
    equal(await house.heard(), [], "it is over");
  });
}

Deno.test("a silenced incident is not reminded of", async () => {
  await using house = await scene({ yaml: GROUP });
  await house.fire(CRITICAL);
  await api(house.house, "POST", "silences", { body: { matchers: ["alertname=Test"], duration: "35m" } });
  await house.heard();
  await house.minutes(34);
  equal(await house.heard(), []);
  await house.minutes(1);
  equal(await house.heard(), ["reminder firing"]);
});

Deno.test("two instances remind once between them", async () => {
  await using here = await scene({ exclusive: false, yaml: GROUP });
  await using there = await testRelay({
    kv: here.house.kv,
    exclusive: false,
    clock: here.house.clock,
    yaml: GROUP,
  });
  await here.fire(CRITICAL);
  await here.heard();
  await minutes(here.house, 61, [there]);
  equal(await here.heard(), ["reminder firing", "reminder firing"]);
});

Deno.test("one reminder waits at a time while the vendor is down, and none ends the window", async () => {
  const yaml = `
groups:
  - owner: default
    level: default
    window: 12h
    remind: 30m
    destinations:
      - { channel: inbox }
      - { name: down, channel: webhook, config: { url: "https://down.example.com/" } }`;
  await using house = await scene({ yaml });
  await house.fire(CRITICAL);
  await house.heard();
  await house.minutes(125);
  const reminders = (await house.heard()).filter((heard) => heard === "reminder firing");
  equal(reminders.length, 4, "the other destination is reminded, and told once that this one is down");
  const waiting = await Array.fromAsync(house.house.kv.list({ prefix: ["queue"] }));
  equal(waiting.length, 2, "the alert and one reminder");
  equal(await house.fire(CRITICAL), "folded");
});

Deno.test("acknowledging and accepting at once: every alert counts and the note stays", async () => {
  for (const exclusive of [true, false]) {
    await using house = await scene({ exclusive });
    await house.fire();
    const id = await openIncident(house);
    await Promise.all([
      ...Array.from({ length: 20 }, async () => await (await house.house.post({})).body?.cancel()),
      ...Array.from(
        { length: 5 },
        () => api(house.house, "POST", `incidents/${id}/ack`, { body: { memo: "seen" } }),
      ),
    ]);
    const { count, known, memo } = (await api(house.house, "GET", `incidents/${id}`)).body.incident;
    equal([count, known, memo], [21, true, "seen"]);
  }
});

Deno.test("an incident that is over takes a memo, and one that is not there is 404", async () => {
  await using house = await scene({});
  await house.fire();
  const id = await openIncident(house);
  await house.fire({ status: "resolved" });
  const { status, body } = await api(house.house, "POST", `incidents/${id}/ack`, {
    body: { memo: "a cable" },
  });
  equal([status, body.incident.memo, body.incident.known, body.incident.knownBy], [
    200,
    "a cable",
    true,
    undefined,
  ]);
  const undone = await api(house.house, "DELETE", `incidents/${id}/ack`);
  equal([undone.status, undone.body.incident.known], [200, true]);
  for (const method of ["POST", "DELETE"]) {
    const { status, body } = await api(house.house, method, "incidents/nothing/ack");
    equal([status, body], [404, { error: "There is no incident of this id, or it is no longer kept" }]);
  }
  equal((await api(house.house, "GET", "incidents/nothing")).status, 404);
});
