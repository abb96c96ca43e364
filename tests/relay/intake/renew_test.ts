import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { DAY, HOUR, MINUTE } from "../../../relay/base/duration.ts";
import { api } from "../../kit/api.ts";
import { inWords, type Scene, scene } from "../../kit/duty.ts";
import { countingKv } from "../../kit/counting_kv.ts";
import { postAlerts, type PostedAlert, RESEND, Rule, seconds } from "../../kit/prometheus.ts";
import { openIncidentsKey } from "../../../relay/store/keys.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = `
groups:
  - { owner: default, level: default, window: 5m, destinations: [{ channel: inbox, config: {} }] }
`;

/** The log, the oldest first: `firing first`. */
async function log({ relay }: TestRelay): Promise<string[]> {
  const logged = await relay.store.log.newest(1_000);
  return logged.toReversed().map(({ alert, routing: [first] }) =>
    `${alert.status} ${inWords(first!.outcome)}`
  );
}

async function open(house: TestRelay): Promise<number> {
  return (await house.relay.store.incidents.open(() => true)).length;
}

/** A rule fires for so long, and Prometheus sends it again. */
async function firesFor(rule: Rule, house: TestRelay, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += RESEND) {
    await seconds(house, RESEND / 1_000);
    await rule.fires(house);
  }
}

function renewed({ relay }: TestRelay): number {
  const metric = relay.metrics.all().find(({ name }) => name === "fenghuo_alerts_renewed_total");
  return [...metric!.samples()].reduce((sum, { value }) => sum + value, 0);
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "a local store" : "a shared store";
  const start = (yaml = YAML): Promise<Scene> => scene({ exclusive, yaml });

  Deno.test(`on ${store}, repeats of a firing alert and of its end write nothing`, async () => {
    await using world = await start();
    const { house } = world;
    const rule = new Rule(house);
    await rule.fires(house);
    await firesFor(rule, house, 30 * MINUTE);
    equal(await log(house), ["firing first"]);
    const over = house.clock.now();
    await rule.resolves(house);
    for (let minute = 0; minute < 15; minute++) {
      await seconds(house, 60);
      await rule.resolves(house, over);
    }
    equal(await log(house), ["firing first", "resolved resolved"]);
    equal(await world.heard(), ["first firing", "resolved resolved"]);
    equal(renewed(house), 30 + 15);
  });

  Deno.test(`on ${store}, an alert ends at its second when its sender stops`, async () => {
    await using world = await start();
    const { house } = world;
    const rule = new Rule(house);
    await rule.fires(house);
    await firesFor(rule, house, 7 * MINUTE);
    await world.heard();
    await seconds(house, 239);
    equal(await open(house), 1);
    await seconds(house, 1);
    equal(await open(house), 0);
    equal(await world.heard(), ["resolved resolved"]);
  });

  Deno.test(`on ${store}, a repeat that notifies a group or changes what suppresses it is logged`, async () => {
    await using world = await start();
    const { house } = world;
    const rule = new Rule(house);
    await rule.fires(house);
    const made = await api(house, "POST", "silences", {
      body: {
        matchers: ["alertname=Test"],
        comment: "work",
        until: new Date(house.clock.now() + 20 * MINUTE).toISOString(),
      },
    });
    equal(made.status, 201);
    await firesFor(rule, house, 18 * MINUTE);
    equal(await log(house), ["firing first", "firing silence"]);
    await firesFor(rule, house, 10 * MINUTE);
    equal(await log(house), ["firing first", "firing silence", "firing repeat"]);
    await firesFor(rule, house, 4 * HOUR);
    equal((await log(house)).at(-1), "firing repeat");
    equal(await log(house).then(({ length }) => length), 4);
  });

  Deno.test(`on ${store}, repeats of an inhibited alert write nothing, until what inhibits it ends`, async () => {
    await using world = await start(
      `${YAML}inhibit: [{ source: ['severity="critical"'], target: ['severity="warning"'], equal: [instance] }]\n`,
    );
    const { house } = world;
    const source = new Rule(house, { severity: "critical", instance: "a" });
    const target = new Rule(house, { severity: "warning", instance: "a" });
    await source.fires(house);
    await target.fires(house);
    for (let minute = 0; minute < 20; minute++) {
      await firesFor(source, house, MINUTE);
      await target.fires(house);
    }
    equal(await log(house), ["firing first", "firing inhibited"]);
    await source.resolves(house);
    await house.settle();
    for (let minute = 0; minute < 10; minute++) await firesFor(target, house, MINUTE);
    equal(await log(house), ["firing first", "firing inhibited", "resolved resolved", "firing first"]);
    equal(await world.heard(), ["first firing", "resolved resolved", "first firing"]);
  });

  Deno.test(`on ${store}, a restart ends nothing before its sender could repeat it`, async () => {
    await using world = await start();
    const rule = new Rule(world.house);
    await rule.fires(world.house);
    await firesFor(rule, world.house, 5 * MINUTE);
    await world.heard();
    world.house.clock.advance(10 * MINUTE); // nobody is there
    await world.restart();
    const { house } = world;
    await house.relay.tidy();
    await seconds(house, 180);
    equal(await open(house), 1);
    await rule.fires(house);
    await seconds(house, 239);
    equal(await open(house), 1);
    await seconds(house, 61);
    equal(await open(house), 0);
    equal(await world.heard(), ["resolved resolved"]);
    equal(await log(house), ["firing first", "resolved resolved"]);
  });

  Deno.test(`on ${store}, what a person closed stays closed while it is repeated, also after the relay was stopped`, async () => {
    await using world = await start();
    const rule = new Rule(world.house);
    await rule.fires(world.house);
    const [incident] = await world.house.relay.store.incidents.open(() => true);
    equal((await api(world.house, "POST", `incidents/${incident!.id}/close`, { body: {} })).status, 200);
    await firesFor(rule, world.house, 20 * MINUTE);
    equal(await log(world.house), ["firing first", "firing closed"]);
    world.house.clock.advance(10 * MINUTE);
    await world.restart();
    await firesFor(rule, world.house, 20 * MINUTE);
    equal((await log(world.house)).slice(0, 3), ["firing first", "firing closed", "firing closed"]);
    equal(await open(world.house), 0);
    equal(await world.heard(), ["first firing", "closed resolved"]);
  });

  Deno.test(`on ${store}, a group that a changed rule names is told with the next repeat`, async () => {
    await using world = await start();
    const rule = new Rule(world.house);
    await rule.fires(world.house);
    await firesFor(rule, world.house, 3 * MINUTE);
    await world.restart(`${YAML}  - { owner: ops, level: "1", destinations: [{ channel: inbox, config: {} }] }
rules: [{ match: [alertname=Test], group: ops/1 }, { match: [alertname=Test], group: default/default }]
`);
    const { house } = world;
    await firesFor(rule, house, 3 * MINUTE);
    equal(await log(house), ["firing first", "firing first"]);
    equal(await world.heard(), ["first firing", "first firing"]);
  });

  Deno.test(`on ${store}, a heartbeat that is repeated is noted each time and logged once`, async () => {
    await using world = await start(`${YAML}heartbeat: [{ name: Test, within: 3m }]\n`);
    const { house } = world;
    const rule = new Rule(house);
    await rule.fires(house);
    await firesFor(rule, house, 20 * MINUTE);
    equal(await log(house), ["firing heartbeat"]);
    equal(await world.heard(), []);
    await seconds(house, 5 * 60);
    equal((await world.heard()).length, 1, "its absence is told");
  });

  Deno.test(`on ${store}, what several senders send at once is one incident and one message`, async () => {
    await using world = await start();
    const { house } = world;
    const rule = new Rule(house);
    await Promise.all(Array.from({ length: 10 }, () => rule.fires(house)));
    await seconds(house, 60);
    await Promise.all(Array.from({ length: 10 }, () => rule.fires(house)));
    equal(await open(house), 1);
    equal(await world.heard(), ["first firing"]);
    equal((await log(house)).slice(0, 1), ["firing first"]);
    await Promise.all(Array.from({ length: 10 }, () => rule.resolves(house)));
    equal(await open(house), 0);
    equal(await world.heard(), ["resolved resolved"]);
  });

  Deno.test(`on ${store}, an alert whose sender has stopped meanwhile ends one life after the start`, async () => {
    await using world = await start();
    const rule = new Rule(world.house);
    await rule.fires(world.house);
    world.house.clock.advance(10 * MINUTE);
    await world.restart();
    await world.house.relay.tidy();
    await seconds(world.house, 239);
    equal(await open(world.house), 1);
    await seconds(world.house, 61);
    equal(await open(world.house), 0);
  });

  Deno.test(`on ${store}, an alert that fires for days is logged once a day, so that its record stays`, async () => {
    await using world = await start(`${YAML}retention: { alerts: 8d }\n`);
    const { house } = world;
    const rule = new Rule(house);
    await rule.fires(house);
    const made = await api(house, "POST", "silences", {
      body: {
        matchers: ["alertname=Test"],
        comment: "work",
        until: new Date(house.clock.now() + 9 * DAY).toISOString(),
      },
    });
    equal(made.status, 201);
    for (let passed = 0; passed < 2.5 * DAY; passed += 3 * MINUTE) {
      await house.advance(3 * MINUTE);
      await rule.fires(house);
    }
    equal(await log(house), ["firing first", "firing silence", "firing silence", "firing silence"]);
  });
}

Deno.test("an incident is stored about every half life, not with every repeat", async () => {
  await using house = await testRelay({ yaml: YAML });
  const rule = new Rule(house);
  await rule.fires(house);
  const key = async (): Promise<string | undefined> => {
    const versions: string[] = [];
    for await (const { versionstamp } of house.kv.list({ prefix: openIncidentsKey() })) {
      versions.push(versionstamp);
    }
    return versions.sort().at(-1);
  };
  let writes = 0;
  let last = await key();
  for (let minute = 0; minute < 30; minute++) {
    await firesFor(rule, house, MINUTE);
    const now = await key();
    if (now !== last) writes++;
    last = now;
  }
  ok(writes >= 7 && writes <= 15, `${writes} writes`);
});

Deno.test("on a shared store, repeats ask the database for nothing that the instance knows", async () => {
  const kv = await Deno.openKv(":memory:");
  const { kv: counted, asked } = countingKv(kv);
  // Without a rule, the relay looks for a group that another instance has just made.
  const yaml = `${YAML}rules: [{ match: [alertname=Test], group: default/default }]`;
  const house = await testRelay({ kv: counted, exclusive: false, yaml });
  const at = (minutes: number): string => new Date(house.clock.now() + minutes * MINUTE).toISOString();
  const batch = (): PostedAlert[] =>
    Array.from({ length: 300 }, (_, index) => ({
      labels: { alertname: "Test", instance: String(index) },
      startsAt: "2026-01-31T07:00:00Z",
      endsAt: at(4),
    }));
  await postAlerts(house, ...batch());
  house.clock.advance(MINUTE);
  const before = asked.keys.length;
  await postAlerts(house, ...batch());
  equal(asked.keys.slice(before), []);
  equal((await house.relay.store.log.newest(1_000)).length, 300);
  await house[Symbol.asyncDispose]();

  const next = await testRelay({ kv: counted, exclusive: false, yaml, clock: house.clock });
  await postAlerts(next, ...batch());
  equal(
    (await next.relay.store.log.newest(1_000)).length,
    300,
    "another instance reads them, and logs nothing",
  );
  await next[Symbol.asyncDispose]();
  kv.close();
});

Deno.test("two instances: the repeats that one received keep the other from ending the alert", async () => {
  const kv = await Deno.openKv(":memory:");
  const one = await testRelay({ kv, exclusive: false, yaml: YAML });
  const two = await testRelay({ kv, exclusive: false, yaml: YAML, clock: one.clock });
  const rule = new Rule(one);
  await rule.fires(one);
  for (let minute = 0; minute < 30; minute++) {
    await one.advance(MINUTE);
    await one.relay.tidy();
    await two.relay.tidy();
    if (minute % 3 === 2) await rule.fires(one);
  }
  equal([await open(one), await open(two)], [1, 1]);
  equal(await log(two), ["firing first"]);
  for (let minute = 0; minute < 6; minute++) {
    await one.advance(MINUTE);
    await two.relay.tidy();
    await two.settle();
  }
  equal([await open(one), await open(two)], [0, 0]);
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  kv.close();
});

Deno.test("two instances: a repeat after a person closed the incident at the other one is decided like any alert", async () => {
  const kv = await Deno.openKv(":memory:");
  const one = await testRelay({ kv, exclusive: false, yaml: YAML });
  const two = await testRelay({ kv, exclusive: false, yaml: YAML, clock: one.clock });
  const rule = new Rule(one);
  await rule.fires(one);
  await firesFor(rule, one, 3 * MINUTE);
  const [incident] = await two.relay.store.incidents.open(() => true);
  equal((await api(two, "POST", `incidents/${incident!.id}/close`, { body: {} })).status, 200);
  await firesFor(rule, one, 5 * MINUTE);
  match((await log(one)).join(), /^firing first,firing closed/);
  equal(await open(one), 0);
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  kv.close();
});

Deno.test("a repeat with an earlier end does not shorten the alert, and a restarted Prometheus is the same sender", async () => {
  await using world = await scene({ yaml: YAML });
  const { house } = world;
  const at = (minutes: number): string => new Date(house.clock.now() + minutes * MINUTE).toISOString();
  await postAlerts(house, { labels: { alertname: "Test" }, startsAt: at(0), endsAt: at(60) });
  await seconds(house, 60);
  await postAlerts(house, { labels: { alertname: "Test" }, startsAt: at(0), endsAt: at(4) });
  await seconds(house, 600);
  equal(await log(house), ["firing first"]);
  equal(await open(house), 1);
  await seconds(house, 49 * 60 - 1);
  equal(await open(house), 1);
  await seconds(house, 1);
  equal(await open(house), 0);
});

Deno.test("a resolved alert of a restarted Prometheus has the start of the occurrence, as its message has", async () => {
  await using world = await scene({ yaml: YAML });
  const { house } = world;
  const began = house.clock.now();
  await new Rule(house).fires(house);
  await seconds(house, 60);
  const restarted = new Rule(house);
  await restarted.fires(house);
  await seconds(house, 60);
  await restarted.resolves(house);
  await house.settle();
  const [resolved] = await house.relay.store.log.newest(1);
  equal([resolved!.alert.status, resolved!.alert.startsAt], ["resolved", began]);
  const [delivery] = (await api(house, "GET", "deliveries")).body.deliveries;
  const { sent } = (await api(house, "GET", `deliveries/${delivery.id}`)).body.delivery;
  match(sent.body, /持续 2 分/);
});

Deno.test("an alert without an end lasts for resolve_timeout", async () => {
  await using world = await scene({ yaml: `${YAML}resolve_timeout: 2m\n` });
  const { house } = world;
  await postAlerts(house, { labels: { alertname: "Test" } });
  await seconds(house, 119);
  equal(await open(house), 1);
  await seconds(house, 1);
  equal(await open(house), 0);
});
