import { deepStrictEqual as equal } from "node:assert/strict";
import { MINUTE } from "../../../relay/base/duration.ts";
import type { Action } from "../../../relay/domain/action.ts";
import { TestClock } from "../../kit/clock.ts";
import { endingKv } from "../../kit/faulty_kv.ts";
import { pass, type Phones, phones } from "../../kit/phones.ts";
import { type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";

/** A quarter past the hour and some seconds: nothing is due at a full minute by chance. */
const START = Date.UTC(2026, 0, 31, 19, 15, 17);

const HOST = { labels: { alertname: "HostDown", severity: "critical", team: "ops" } } as const;
const DISK = { labels: { alertname: "DiskFull", severity: "warning", team: "ops" } } as const;
const PERSON = { by: "li.lei", account: "admin" };

/** Two groups; after 10 minutes the database's lead, after 20 the chief, after 30 a call that is repeated. */
function night({ url }: Phones, more = ""): string {
  const to = (phone: string): string =>
    `{ channel: webhook, name: ${phone}, config: { url: "${url(phone)}" } }`;
  return `
members: [{ id: li.lei }, { id: cto, name: 王芳 }]
groups:
  - owner: ops
    level: default
    members: [li.lei]
    destinations: [${to("chat")}]
    escalate:
      - { after: 10m, to: dba/lead }
      - { after: 20m, members: [cto], channel: webhook, config: { url: "${url("cto")}" }, only: [critical] }
      - { after: 30m, members: [cto], channel: webhook, config: { url: "${
    url("call")
  }" }, times: 3, every: 5m }
    ${more}
  - owner: dba
    level: lead
    destinations: [${to("lead")}]
    escalate: [{ after: 5m, channel: webhook, config: { url: "${url("never")}" } }]
ignore_labels: [severity]
rules: [{ match: ['team="ops"'], group: ops/default }]`;
}

interface Night extends AsyncDisposable {
  readonly phones: Phones;
  readonly clock: TestClock;
  /** The instances, of which each may be ended and another one started. */
  readonly relays: TestRelay[];
  fire(...alerts: TestAlert[]): Promise<void>;
  act(action: Action): Promise<string | undefined>;
  /** Advances the clock. @returns the phones' messages */
  pass(minutes: number): Promise<string[]>;
}

async function begin(
  { instances = 1, more = "", exclusive = instances === 1 }: {
    instances?: number;
    more?: string;
    exclusive?: boolean;
  } = {},
): Promise<Night> {
  const clock = new TestClock(START);
  const receiver = phones(clock);
  const kv = await Deno.openKv(":memory:");
  const yaml = night(receiver, more);
  const relays: TestRelay[] = [];
  for (let at = 0; at < instances; at++) relays.push(await testRelay({ kv, clock, exclusive, yaml }));
  return {
    phones: receiver,
    clock,
    relays,
    fire: (...alerts) => relays[0]!.fire(...alerts),
    async act(action): Promise<string | undefined> {
      const { relay } = relays[0]!;
      const [incident] = await relay.store.incidents.newest("open", 1);
      const result = await relay.commands.act(incident!.id, action, { ...PERSON, now: clock.now() });
      return result!.refused;
    },
    async pass(minutes): Promise<string[]> {
      await pass(minutes * MINUTE, { clock, relays });
      return receiver.received();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const one of relays) await one[Symbol.asyncDispose]();
      kv.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

for (
  const [name, options] of [
    ["a local store", {}],
    ["a shared store", { exclusive: false }],
    ["three instances of a shared store", { instances: 3 }],
  ] as const
) {
  Deno.test(`on ${name}, each step is taken once, at its second, and all who were notified hear of the end`, async () => {
    await using house = await begin(options);
    await house.fire(HOST);
    equal(await house.pass(60), [
      "00:00 chat first HostDown",
      "10:00 lead escalation HostDown",
      "20:00 cto escalation HostDown",
      "30:00 call escalation HostDown",
      "35:00 call escalation HostDown",
      "40:00 call escalation HostDown",
    ]);
    await house.fire({ ...HOST, status: "resolved" });
    equal(await house.pass(60), [
      "60:00 call resolved HostDown",
      "60:00 chat resolved HostDown",
      "60:00 cto resolved HostDown",
      "60:00 lead resolved HostDown",
    ]);
  });
}

Deno.test("a step that is for critical incidents is taken when one becomes critical, as long after that as after the step before", async () => {
  await using house = await begin();
  await house.fire(DISK);
  equal(await house.pass(25), ["00:00 chat first DiskFull", "10:00 lead escalation DiskFull"]);
  await house.fire({ labels: { ...DISK.labels, severity: "critical" } });
  equal(await house.pass(24), [
    "25:00 chat repeat DiskFull", // its window was over
    "35:00 cto escalation DiskFull",
    "45:00 call escalation DiskFull",
  ]);
});

for (
  const action of [
    { kind: "acknowledge" },
    { kind: "take" },
    { kind: "assign", to: "cto" },
    { kind: "snooze", until: START + 600 * MINUTE },
    { kind: "close" },
  ] satisfies Action[]
) {
  Deno.test(`nobody else is called after somebody did this: ${action.kind}`, async () => {
    await using house = await begin();
    await house.fire(HOST);
    equal((await house.pass(9)).length, 1);
    equal(await house.act(action), undefined);
    equal((await house.pass(120)).filter((one) => one.includes("escalation")), []);
  });
}

Deno.test("the clock of an escalation stands still while somebody has the incident, and goes on where it stood", async () => {
  await using house = await begin();
  await house.fire(HOST);
  await house.pass(4);
  await house.act({ kind: "take" });
  equal(await house.pass(60), []);
  await house.act({ kind: "unacknowledge" });
  equal(await house.pass(20), ["70:00 lead escalation HostDown", "80:00 cto escalation HostDown"]);
});

Deno.test("a forgotten acknowledgement expires at its second, and the escalation goes on where it stood", async () => {
  await using house = await begin();
  await house.fire(HOST);
  await house.pass(9);
  await house.act({ kind: "acknowledge", until: START + 30 * MINUTE });
  equal(await house.pass(33), [
    "30:00 chat expired HostDown",
    "31:00 lead escalation HostDown",
    "41:00 cto escalation HostDown",
  ]);
});

Deno.test("a closed incident that is reopened is escalated anew", async () => {
  await using house = await begin();
  await house.fire(HOST);
  await house.pass(15);
  const { relay } = house.relays[0]!;
  const [{ id } = { id: "" }] = await relay.store.incidents.newest("open", 1);
  await relay.commands.act(id, { kind: "close" }, { ...PERSON, now: house.clock.now() });
  await house.pass(15);
  await relay.commands.act(id, { kind: "reopen" }, { ...PERSON, now: house.clock.now() });
  equal((await house.pass(20)).filter((one) => one.includes("escalation")), [
    "40:00 lead escalation HostDown",
    "50:00 cto escalation HostDown",
  ]);
});

Deno.test("quiet hours that hold the notification of a reopening hold the beginning of its escalation", async () => {
  const quiet = "quiet: [{ from: 03:00, to: 04:00 }]"; // in Shanghai it is 03:15:17
  await using house = await begin({ more: quiet });
  await house.fire(DISK);
  const { relay } = house.relays[0]!;
  const [{ id } = { id: "" }] = await relay.store.incidents.newest("open", 1);
  await house.act({ kind: "close" });
  await house.pass(5);
  await relay.commands.act(id, { kind: "reopen" }, { ...PERSON, now: house.clock.now() });
  equal((await house.pass(55)).filter((one) => one.includes("escalation")), [
    "54:43 lead escalation DiskFull",
  ]);
});

Deno.test("an incident from before there were escalations is escalated once a person reopens it", async () => {
  await using house = await begin();
  const [old] = house.relays;
  await old![Symbol.asyncDispose]();
  const yaml = night(house.phones);
  const without = yaml.replaceAll(/^ +escalate: \[.*$/gm, "").replaceAll(
    /^ +escalate:\n( +- \{ after.*\n)+/gm,
    "",
  );
  house.relays[0] = await testRelay({ kv: old!.kv, clock: house.clock, yaml: without });
  await house.fire(HOST);
  equal(await house.pass(25), ["00:00 chat first HostDown"]);
  const [{ id } = { id: "" }] = await house.relays[0].relay.store.incidents.newest("open", 1);
  await house.act({ kind: "close" });
  await house.relays[0][Symbol.asyncDispose]();
  house.relays[0] = await testRelay({ kv: old!.kv, clock: house.clock, yaml });
  const { relay } = house.relays[0];
  await relay.commands.act(id, { kind: "reopen" }, { ...PERSON, now: house.clock.now() });
  equal((await house.pass(20)).filter((one) => one.includes("escalation")), [
    "35:00 lead escalation HostDown",
    "45:00 cto escalation HostDown",
  ]);
});

Deno.test("a step that cannot be delivered takes the next one at once, and those after it keep their distance", async () => {
  await using house = await begin();
  house.phones.answer("lead", 400);
  await house.fire(HOST);
  equal(await house.pass(35), [
    "00:00 chat first HostDown",
    "10:00 cto escalation HostDown",
    "10:00 lead escalation  (refused)", // the short one that is tried after a refusal
    "10:00 lead escalation HostDown (refused)",
    "20:00 call escalation HostDown",
    "25:00 call escalation HostDown",
    "30:00 call escalation HostDown",
  ]);
});

Deno.test("under a silence nobody is called, and the escalation goes on at its end", async () => {
  await using house = await begin();
  await house.fire(HOST);
  const { relay } = house.relays[0]!;
  const now = house.clock.now();
  await relay.commands.silences.make({
    matchers: ['alertname="HostDown"'],
    from: now,
    until: now + 15 * MINUTE,
    author: "li.lei",
    comment: "works",
  }, { by: "li.lei", now });
  equal(await house.pass(15), ["00:00 chat first HostDown"]);
  equal(await house.pass(12), ["15:43 lead escalation HostDown", "25:43 cto escalation HostDown"]);
});

Deno.test("quiet hours hold an incident that is not critical, and the time of its escalation begins at their end", async () => {
  const quiet = "quiet: [{ from: 03:00, to: 04:00 }]"; // in Shanghai it is 03:15:17
  await using house = await begin({ more: quiet });
  await house.fire(DISK);
  equal(await house.pass(60), [
    "44:43 chat first DiskFull",
    "54:43 lead escalation DiskFull",
  ]);
});

Deno.test("an instance that starts after another was killed goes on at the second", async () => {
  await using house = await begin();
  await house.fire(HOST);
  await house.pass(9);
  const [old] = house.relays;
  await old![Symbol.asyncDispose]();
  house.relays[0] = await testRelay({
    kv: old!.kv,
    clock: house.clock,
    yaml: night(house.phones),
  });
  equal(await house.pass(12), ["10:00 lead escalation HostDown", "20:00 cto escalation HostDown"]);
});

for (const [minutes, phone] of [[10, "lead"], [20, "cto"]] as const) {
  Deno.test(`a destination that a step is notifying while a person closes the incident is notified of that: ${phone}`, async () => {
    await using house = await begin();
    await house.fire(HOST);
    await house.pass(minutes - 0.1);
    house.clock.advance(MINUTE / 10); // the step is taken, and no attempt is recorded yet
    const { relay } = house.relays[0]!;
    await relay.soon.idle();
    equal(await house.act({ kind: "close" }), undefined);
    equal((await house.pass(1)).filter((one) => one.includes(` ${phone} `)), [
      `${minutes}:00 ${phone} closed HostDown`,
      `${minutes}:00 ${phone} escalation HostDown`,
    ]);
  });
}

Deno.test("a step that comes while a person closes the incident is followed by the closing, or is not taken", async () => {
  for (let delay = 0; delay < 8; delay++) {
    await using house = await begin();
    await house.fire(HOST);
    await house.pass(9.9);
    house.clock.advance(MINUTE / 10); // the timer rings, and the step is about to be taken
    for (let turn = 0; turn < delay; turn++) await Promise.resolve();
    equal(await house.act({ kind: "close" }), undefined);
    const heard = (await house.pass(1)).filter((one) => one.includes(" lead "));
    equal(
      heard.some((one) => one.includes("escalation")),
      heard.some((one) => one.includes("closed")),
      `${delay}`,
    );
  }
});

Deno.test("the timeline says whom each step notified", async () => {
  await using house = await begin();
  await house.fire(HOST);
  await house.pass(21);
  const { relay } = house.relays[0]!;
  const [{ id } = { id: "" }] = await relay.store.incidents.newest("open", 1);
  const entries = await relay.store.timeline.of(id, { limit: 10 });
  const facts = entries.filter((entry) => entry.kind === "escalated");
  equal(facts.map(({ step, time, to, at }) => ({ step, time, to, at: at - START })), [
    { step: 1, time: 1, to: { group: "dba/lead" }, at: 10 * MINUTE },
    { step: 2, time: 1, to: { members: ["cto"] }, at: 20 * MINUTE },
  ]);
});

Deno.test("after whichever commit the relay ends, each step is taken once, within a minute of its time", async () => {
  for (let last = 2, ended = true; ended; last++) {
    const clock = new TestClock(START);
    await using receiver = phones(clock);
    using kv = await Deno.openKv(":memory:");
    const ending = endingKv(kv, last);
    const yaml = night(receiver);
    let isAccepted = true;
    {
      await using house = await testRelay({ kv: ending.kv, clock, yaml });
      const firing = house.fire(HOST).catch(() => isAccepted = false);
      await Promise.race([firing, ending.end]);
      const passing = pass(22 * MINUTE, { clock, relays: [house], hasEnded: () => ending.hasEnded });
      await Promise.race([passing, ending.end]);
    }
    ended = ending.hasEnded;
    await using house = await testRelay({ kv, clock, yaml });
    if ((await house.relay.store.log.newest(1)).length === 0) continue; // it was not accepted
    equal(isAccepted, true);
    await pass(START + 25 * MINUTE - clock.now(), { clock, relays: [house] });
    const received = receiver.received().filter((one) => !one.endsWith("(again)"));
    equal(received.map((one) => one.slice(6)), [
      "chat first HostDown",
      "lead escalation HostDown",
      "cto escalation HostDown",
    ], `after commit ${last}`);
    for (const [index, minute] of [[1, 10], [2, 20]] as const) {
      const late = Number(received[index]!.slice(0, 2)) - minute;
      equal(late === 0 || late === 1, true, `after commit ${last}: ${received[index]}`);
    }
  }
});
