import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { type Scene, scene } from "../../kit/duty.ts";
import { testRelay } from "../../kit/relay.ts";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";

const YAML = `
heartbeat: [{ name: Watchdog, within: 12m }]
groups:
  - { owner: default, level: default, locale: en, timezone: UTC, destinations: [{ channel: inbox }] }
  - { owner: ops, level: default, locale: en, timezone: UTC, destinations: [{ channel: inbox }] }
rules:
  - { match: ['cluster="prod"'], group: ops/default }`;

const BEAT = { labels: { alertname: "Watchdog", cluster: "prod", severity: "none" } } as const;

/** The notifications, the oldest first: group, status, title and text. */
async function told({ house }: Scene): Promise<string[]> {
  const kept = await house.relay.store.caches.newest("inbox", 100) as {
    readonly group: string;
    readonly status: string;
    readonly reason: string;
  }[];
  return kept.toReversed().map(({ group, status, reason }) => `${group} ${reason} ${status}`);
}

/** Post a heartbeat every five minutes. */
async function beat(house: Scene, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 5) {
    equal(await house.fire(BEAT), "heartbeat");
    await house.minutes(5);
  }
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, nobody is told of a heartbeat, but of its silence, once, and of its return, through restarts`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    await beat(house, 30);
    equal(await told(house), []);
    equal(await house.house.relay.store.incidents.newest("open", 5), [], "it burns nowhere");
    await house.minutes(7); // the last one came 12 minutes ago
    equal(await told(house), []);
    await house.restart();
    await house.minutes(1);
    equal(await told(house), ["ops/default first firing"]);
    const [incident] = await house.house.relay.store.incidents.newest("open", 5);
    const { severity, title, startsAt } = incident!;
    equal([severity, title, startsAt], [
      "critical",
      "No heartbeat from prod: Watchdog",
      house.house.clock.now() - 13 * MINUTE,
    ]);
    const logged = await house.house.relay.store.log.alert(incident!.id);
    ok(logged && "text" in logged.alert);
    match(logged.alert.text, /^No Watchdog has arrived for 13 min .*: Prometheus or Alertmanager is down/);
    equal(logged.alert.labels, {
      ...BEAT.labels,
      alertname: "HeartbeatLost",
      heartbeat: "Watchdog",
      severity: "critical",
    });
    await house.restart();
    await house.minutes(60);
    equal((await told(house)).length, 1, "once");
    await house.house.fire(BEAT);
    equal((await told(house)).slice(1), ["ops/default resolved resolved"], "the next beat ends it at once");
    equal(await house.house.relay.store.incidents.newest("open", 5), []);
    await beat(house, 30);
    equal((await told(house)).length, 2);
    equal(house.house.reports, []);
  });

  Deno.test(`on ${store}, a resolved heartbeat is told at once, and a beat ends that`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    await beat(house, 15);
    await house.house.fire({ ...BEAT, status: "resolved" });
    equal(await told(house), ["ops/default first firing"]);
    await house.minutes(3);
    await house.house.fire(BEAT);
    equal((await told(house)).slice(1), ["ops/default resolved resolved"]);
  });

  Deno.test(`on ${store}, the time in which the relay was down raises no alarm`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    await beat(house, 15);
    house.house.clock.advance(8 * HOUR); // the relay does not run, so there is no upkeep
    await house.restart();
    await house.minutes(12);
    equal(await told(house), []);
    await beat(house, 15);
    equal(await told(house), []);
    await house.minutes(13);
    equal((await told(house)).length, 1);
  });
}

Deno.test("by default Watchdog is a heartbeat whose rhythm is learnt; a list without it makes it an alert like any other", async () => {
  await using house = await scene({});
  equal(await house.fire({ labels: { alertname: "Watchdog" } }), "heartbeat");
  equal(await house.fire({ labels: { alertname: "InfoInhibitor" } }), "first");
  await house.restart("heartbeat: []");
  equal(await house.fire({ labels: { alertname: "Watchdog" } }), "first");
  await house.minutes(1);
  equal(await house.house.relay.store.heartbeats.all(), [], "what is no heartbeat any more is forgotten");
  await house.restart("heartbeat: [Watchdog, DeadMansSwitch]");
  equal(await house.fire({ labels: { alertname: "Watchdog" } }), "heartbeat");
  const open = await house.house.relay.store.incidents.newest("open", 5);
  equal(open.map(({ title }) => title), ["InfoInhibitor"], "the incident of the time before has ended");
});

Deno.test("a lost heartbeat that is no longer configured ends its incident", async () => {
  await using house = await scene({ yaml: YAML });
  await beat(house, 5);
  await house.minutes(10);
  equal(await told(house), ["ops/default first firing"]);
  await house.restart(YAML.replace(/^heartbeat.*$/m, "heartbeat: []"));
  await house.minutes(1);
  equal((await told(house)).slice(1), ["ops/default resolved resolved"]);
});

Deno.test("a lost heartbeat is told again after the group's repeat, as what still lasts", async () => {
  await using house = await scene({ yaml: YAML });
  await beat(house, 5);
  await house.minutes(8 + 3 * 60 + 59);
  equal(await told(house), ["ops/default first firing"]);
  await house.minutes(11);
  equal((await told(house)).slice(1), ["ops/default repeat firing"]);
});

Deno.test("why, the ledger and the statistics say that a heartbeat is the reason", async () => {
  await using house = await scene({ yaml: YAML });
  await beat(house, 10);
  const { relay } = house.house;
  const [logged] = await relay.store.log.newest(1);
  const { body } = await api(house.house, "GET", `alerts/${logged!.id}/why?lang=en`);
  ok(
    body.sentences.includes(
      "Not notified: it is a heartbeat, which always fires; only its absence is notified.",
    ),
  );
  const { body: zh } = await api(house.house, "GET", `alerts/${logged!.id}/why?lang=zh`);
  ok(zh.sentences.includes("未通知：这是一直触发的心跳告警，只在它中断时通知。"));
  const { html } = await (await visitor(house.house)).get(`/alerts/${logged!.id}`, {
    "accept-language": "en",
  });
  match(html, /a heartbeat belongs to no incident/);
  const { body: ledger } = await api(house.house, "GET", "ledger");
  equal(ledger.heard, { told: 0, folded: 0, suppressed: { heartbeat: 2 } });
});

Deno.test("two instances tell of a lost heartbeat once between them", async () => {
  await using here = await scene({ exclusive: false, yaml: YAML });
  await using there = await testRelay({
    kv: here.house.kv,
    clock: here.house.clock,
    exclusive: false,
    yaml: YAML,
  });
  await beat(here, 5);
  for (let minute = 0; minute < 30; minute++) {
    await here.minutes(1);
    await there.relay.tidy();
    await there.settle();
  }
  equal(await told(here), ["ops/default first firing"]);
});
