import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { HeartbeatWatch } from "../../../relay/upkeep/heartbeats.ts";
import { Database } from "../../../relay/store/database.ts";
import { Heartbeats } from "../../../relay/store/heartbeats.ts";
import { afterBeat, MAX_HEARTBEATS } from "../../../relay/domain/heartbeat.ts";
import { discover } from "../../kit/channels.ts";
import { parseConfig } from "../../../relay/config/mod.ts";
import { api } from "../../kit/api.ts";
import { type Scene, scene } from "../../kit/duty.ts";
import { SECRETS, webhook } from "../../kit/relay.ts";
import { DAY, MINUTE } from "../../../relay/base/duration.ts";

const YAML = `
heartbeat: [{ name: Watchdog, within: 30m }]
groups:
  - { owner: default, level: default, locale: en, timezone: UTC, destinations: [{ channel: inbox }] }
  - { owner: ops, level: default, locale: en, timezone: UTC, destinations: [{ channel: inbox }] }
  - { owner: dba, level: default, locale: en, timezone: UTC, destinations: [{ channel: inbox }] }`;

const LABELS = { alertname: "Watchdog", cluster: "prod" } as const;

const RESOLVED = { status: "resolved", startsAt: 0, endsAt: 0, since: 0, within: undefined } as const;

/** The time that many minutes after the start of the test. */
function at(minute: number): string {
  return new Date(Date.UTC(2026, 0, 31, 8) + minute * MINUTE).toISOString();
}

/** Post a heartbeat, and wait until the relay is idle. */
async function post({ house }: Scene, alert: object, path = "/webhook"): Promise<void> {
  const body = JSON.stringify(webhook({ labels: LABELS, ...alert }));
  await (await house.request(path, { method: "POST", body })).body?.cancel();
  await house.settle();
}

/** The notifications in order: group, reason and alert. */
async function told({ house }: Scene): Promise<string[]> {
  const kept = await house.relay.store.caches.newest("inbox", 100) as Record<string, string>[];
  return kept.map(({ group, status, reason }) => `${group} ${reason} ${status}`).toReversed();
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, a late peer's resolved of an earlier start does not end a heartbeat that beats again`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    await post(house, { startsAt: at(-60) });
    await house.minutes(10);
    await post(house, { startsAt: at(-60), endsAt: at(4), status: "resolved" }); // Prometheus is restarted
    equal(await told(house), ["default/default first firing"]);
    await house.minutes(2);
    await post(house, { startsAt: at(11) });
    await house.restart();
    await post(house, { startsAt: at(-60), endsAt: at(4), status: "resolved" }); // the other Alertmanager
    await house.minutes(5);
    equal(await told(house), ["default/default first firing", "default/default resolved resolved"]);
  });

  Deno.test(`on ${store}, a late peer's firing after the resolved of the same start is no beat`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    await post(house, { startsAt: at(-60) });
    await house.minutes(5);
    await post(house, { startsAt: at(-60), endsAt: at(4), status: "resolved" });
    await house.minutes(3);
    await post(house, { startsAt: at(-60) });
    await house.minutes(2);
    await post(house, { startsAt: at(-60), endsAt: at(4), status: "resolved" });
    equal(await told(house), ["default/default first firing"], "it is still lost");
    await house.minutes(10);
    await post(house, { startsAt: at(-60) });
    equal((await told(house)).slice(1), ["default/default resolved resolved"], "no peer is as late as that");
  });

  Deno.test(`on ${store}, the silence of a heartbeat is told to each group that a sender names, and its return, too`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    for (let minute = 0; minute < 20; minute += 10) {
      await post(house, {}, "/webhook/ops");
      await house.minutes(1);
      await post(house, {}, "/webhook/dba");
      await house.minutes(9);
    }
    await house.restart();
    await house.minutes(40);
    equal((await told(house)).toSorted(), ["dba/default first firing", "ops/default first firing"]);
    await post(house, {}, "/webhook/dba");
    equal((await told(house)).slice(2).toSorted(), [
      "dba/default resolved resolved",
      "ops/default resolved resolved",
    ]);
  });
}

Deno.test("a group is reminded of a lost heartbeat until somebody acknowledges it", async () => {
  const owner = "owner: default, level: default,";
  await using house = await scene({ yaml: YAML.replace(owner, `${owner} remind: 30m,`) });
  await post(house, {});
  await post(house, { status: "resolved", endsAt: at(0) });
  await house.minutes(65);
  equal(await told(house), [
    "default/default first firing",
    "default/default reminder firing",
    "default/default reminder firing",
  ]);
  const [incident] = await house.house.relay.store.incidents.newest("open", 1);
  await api(house.house, "POST", `incidents/${incident!.id}/ack`);
  await house.minutes(65);
  equal((await told(house)).length, 3);
});

Deno.test("a heartbeat that rules lead elsewhere now is lost for the new group only", async () => {
  await using house = await scene({ yaml: YAML });
  await post(house, {});
  await house.restart(`${YAML}\nrules:\n  - { match: ['cluster="prod"'], group: ops/default }`);
  await post(house, {});
  await house.minutes(40);
  equal(await told(house), ["ops/default first firing"]);
});

Deno.test("a heartbeat that stays lost for longer than alerts are kept is forgotten", async () => {
  await using house = await scene({ yaml: `${YAML}\nretention: { alerts: 2d }` });
  const { clock, relay } = house.house;
  await post(house, {});
  await post(house, { status: "resolved", endsAt: at(0) });
  for (let hour = 0; hour < 48; hour++) {
    clock.advance(59 * MINUTE);
    await house.minutes(1);
  }
  equal((await relay.store.heartbeats.all()).length, 1);
  await house.minutes(1);
  equal(await relay.store.heartbeats.all(), []);
  equal((await told(house)).filter((one) => one.includes("resolved")), [], "nobody hears that it is back");
});

Deno.test("a heartbeat of which nobody can be told keeps no other one from being told", async () => {
  using kv = await Deno.openKv(":memory:");
  const store = new Heartbeats(new Database(kv, { deadline: 5_000 }), { retention: { alerts: DAY } });
  const parsed = await parseConfig({ yaml: YAML, env: {}, secrets: SECRETS, channels: await discover() });
  ok(parsed.ok);
  const { config } = parsed;
  const said: string[] = [];
  const reports: string[] = [];
  const watch = new HeartbeatWatch({
    isShared: false,
    config,
    store,
    groups: config.groups,
    accept: ([incoming]) => {
      const { cluster } = incoming!.alert.labels;
      if (cluster === "a") throw new Error("it is too large");
      said.push(cluster!);
      return Promise.resolve({
        accepted: 1,
        renewed: 0,
        duplicates: 0,
        notifications: 1,
        logged: [],
        alerts: [],
        attempts: [],
      });
    },
    report: (words) => reports.push(words),
  });
  for (const cluster of ["a", "b"]) {
    const beat = { fingerprint: cluster, name: "Watchdog", labels: { ...LABELS, cluster }, routes: [] };
    await store.update(cluster, () => afterBeat(undefined, beat, { ...RESOLVED, now: 0 }));
  }
  await watch.check(1);
  equal(said, ["b"]);
  equal(reports, ["Cannot watch the heartbeat Watchdog: Error: it is too large"]);
});

Deno.test(`beyond ${MAX_HEARTBEATS} heartbeats, one is an alert like any other`, async () => {
  await using house = await scene({ yaml: YAML });
  const { store } = house.house.relay;
  const now = house.house.clock.now();
  for (let index = 0; index < MAX_HEARTBEATS; index++) {
    const fingerprint = `f${index}`;
    const beat = { fingerprint, name: "Watchdog", labels: LABELS, routes: [] };
    await store.heartbeats.update(
      fingerprint,
      () => afterBeat(undefined, beat, { ...RESOLVED, status: "firing", now }),
    );
  }
  await house.minutes(1);
  equal(await house.fire({ labels: LABELS }), "first");
  equal((await store.heartbeats.all()).length, MAX_HEARTBEATS);
});
