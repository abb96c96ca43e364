import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { minutes, type Scene, scene } from "../../kit/duty.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";
import { TestClock } from "../../kit/clock.ts";

const GROUPS = `
groups:
  - { owner: default, level: default, locale: en, timezone: UTC, destinations: [{ channel: inbox }] }
  - { owner: ops, level: dba, locale: en, timezone: UTC, destinations: [{ channel: inbox }] }`;
const HEARTBEATS = `
heartbeats:
  - { name: backup, every: 1h, grace: 10m, severity: error, group: ops/dba }`;
const YAML = GROUPS + HEARTBEATS;

async function call(house: Scene["house"], name = "backup", init: RequestInit = {}): Promise<number> {
  const response = await house.request(`/heartbeat/${name}`, init);
  await response.body?.cancel();
  await house.settle();
  return response.status;
}

/** The notifications since the last call, the oldest first: group, reason and status. */
async function notified({ house }: Pick<Scene, "house">): Promise<string[]> {
  const kept = await house.relay.store.caches.newest("inbox", 100) as Record<string, string>[];
  return kept.toReversed().map(({ group, reason, status }) => `${group} ${reason} ${status}`);
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, people are notified once when calls stop, and once when they resume, through restarts`, async () => {
    await using there = await scene({ yaml: YAML, exclusive });
    equal(await call(there.house), 200);
    await there.minutes(70);
    equal(await notified(there), []);
    await there.restart();
    await there.minutes(1);
    equal(await notified(there), ["ops/dba first firing"]);
    const [incident] = await there.house.relay.store.incidents.newest("open", 5);
    equal([incident!.severity, incident!.title], ["error", "No heartbeat: backup"]);
    const { alert } = (await there.house.relay.store.log.alert(incident!.id))!;
    ok("text" in alert);
    match(alert.text, /^backup has not called for 1 h 11 min .*should call every 1 h/);
    equal(alert.labels, { alertname: "HeartbeatLost", heartbeat: "backup", severity: "error" });

    await there.restart();
    await there.minutes(60);
    equal((await notified(there)).length, 1, "once");
    equal(await call(there.house, "backup", { method: "POST", body: "{}" }), 200);
    equal((await notified(there)).slice(1), ["ops/dba resolved resolved"]);
    equal(await there.house.relay.store.incidents.newest("open", 5), []);
    await there.minutes(60);
    equal((await notified(there)).length, 2);
    equal(there.house.reports, []);
  });

  Deno.test(`on ${store}, a name that is never called is missed, from when it was configured`, async () => {
    await using there = await scene({ yaml: GROUPS, exclusive });
    await there.minutes(200);
    await there.restart(YAML);
    await there.minutes(70);
    equal(await notified(there), []);
    await there.minutes(2);
    equal(await notified(there), ["ops/dba first firing"]);
    const [incident] = await there.house.relay.store.incidents.newest("open", 5);
    const { alert } = (await there.house.relay.store.log.alert(incident!.id))!;
    ok("text" in alert);
    match(alert.text, /^backup has never called/);
  });

  Deno.test(`on ${store}, a name that is removed from the configuration is no longer missed`, async () => {
    await using there = await scene({ yaml: YAML, exclusive });
    await there.minutes(75);
    await there.restart(GROUPS);
    await there.minutes(1);
    equal(await notified(there), ["ops/dba first firing", "ops/dba resolved resolved"]);
    await there.minutes(75);
    equal((await notified(there)).length, 2);
    equal(await there.house.relay.store.heartbeats.all(), []);
  });
}

Deno.test("either of two instances accepts the call, and both together notify once", async () => {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  {
    const options = { kv, clock, exclusive: false, yaml: YAML };
    await using one = await testRelay(options);
    await using two = await testRelay(options);
    equal(await call(one), 200);
    await minutes(one, 60, [two]);
    equal(await call(two), 200);
    await minutes(one, 69, [two]);
    equal(await notified({ house: one }), []);
    await minutes(one, 5, [two]);
    equal(await notified({ house: one }), ["ops/dba first firing"]);
    equal(await call(two), 200);
    await one.settle();
    equal(await notified({ house: one }), ["ops/dba first firing", "ops/dba resolved resolved"]);
  }
  kv.close();
});

Deno.test("without a group the rules decide who is notified", async () => {
  const yaml = `${GROUPS}
heartbeats: [{ name: backup, every: 1h }]
rules: [{ match: ['alertname="HeartbeatLost"', 'heartbeat="backup"'], group: ops/dba }]`;
  await using there = await scene({ yaml });
  await there.minutes(70);
  equal(await notified(there), ["ops/dba first firing"]);
});

for (
  const [what, name, token, status] of [
    ["the intake token", "backup", SECRETS.intakeToken, 200],
    ["a wrong token", "backup", "wrong", 401],
    ["a name that is not configured", "backups", SECRETS.intakeToken, 404],
  ] as const
) {
  Deno.test(`a call with ${what} is answered ${status}`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const headers = { authorization: `Bearer ${token}` };
    equal(await call(house, name, { headers }), status);
    const response = await house.request(`/heartbeat/${name}?token=${token}`, {
      headers: { authorization: "" },
    });
    equal(response.status, status);
    const body = await response.json();
    if (status === 200) equal(body, { heartbeat: "backup", every: HOUR, grace: 10 * MINUTE });
    if (status === 404) match(body.error, /no heartbeat of this name; did you mean "backup"\?/);
  });
}

Deno.test("an API token may be limited to heartbeats", async () => {
  await using house = await testRelay({ yaml: YAML });
  const body = { name: "cron", scope: "intake", doors: ["heartbeat"] };
  const { body: { token } } = await api(house, "POST", "tokens", { body });
  const headers = { authorization: `Bearer ${token}` };
  equal(await call(house, "backup", { headers }), 200);
  equal((await house.request("/webhook", { method: "POST", body: "{}", headers })).status, 401);
});

Deno.test("a call that the store cannot note is answered 503, so that the job tries again", async () => {
  await using house = await testRelay({ yaml: YAML });
  house.relay.store.heartbeats.update = async () => {
    const { StoreError } = await import("../../../relay/store/errors.ts");
    throw new StoreError("unavailable", "Cannot write a heartbeat: the database is away");
  };
  equal(await call(house), 503);
});

Deno.test("the API and the page say what is alive, what is lost, and what was never heard", async () => {
  const yaml = `${YAML}
  - { name: report, every: 2h }
  - { name: sync, every: 5m }
heartbeat: [{ name: Watchdog, within: 12m }]`;
  await using there = await scene({ yaml });
  const { house } = there;
  await call(house);
  await call(house, "sync");
  await house.fire({ labels: { alertname: "Watchdog", cluster: "prod" } });
  await there.minutes(11);
  const { body: { heartbeats } } = await api(house, "GET", "heartbeats");
  equal(heartbeats.map(({ name, kind, state }: Record<string, string>) => [name, kind, state]), [
    ["sync", "called", "lost"],
    ["report", "called", "waiting"],
    ["Watchdog", "alert", "alive"],
    ["backup", "called", "alive"],
  ]);
  const [, , , backup] = heartbeats;
  equal([backup.dueAt - backup.lastAt, backup.groups], [70 * MINUTE, ["ops/dba"]]);
  const reader = await visitor(house, "viewer");
  const { html: page } = await reader.get("/heartbeats");
  for (const words of ["sync", "report", "backup", "cluster=prod", "/heartbeat/backup"]) {
    ok(page.includes(words), words);
  }
});

for (
  const [section, complaint] of [
    ["[{ name: a, every: 1h }, { name: a, every: 2h }]", /heartbeats\[1\]\.name is there already/],
    [
      "[{ name: a, every: 1h, group: ops/dbb }]",
      /heartbeats\[0\]\.group: there is no group "ops\/dbb"; did you mean "ops\/dba"/,
    ],
    ["[{ name: a/b, every: 1h }]", /heartbeats\[0\]\.name/],
    ["[{ name: a }]", /heartbeats\[0\]\.every/],
  ] as const
) {
  Deno.test(`heartbeats: ${section} is refused at the start`, async () => {
    const error = await testRelay({ yaml: `${GROUPS}\nheartbeats: ${section}` }).catch((error) => error);
    ok(error instanceof Error);
    match(error.message.replace(/: is there/, " is there"), complaint);
  });
}
