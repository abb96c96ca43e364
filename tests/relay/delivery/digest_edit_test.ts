/** While new messages wait for the vendor's budget, a delivered digest is edited for updates that need not notify people. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";
import type { Channel, ChannelRequest, Message } from "../../../relay/channel.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { endingKv } from "../../kit/faulty_kv.ts";
import { addsUp } from "../../kit/ledger.ts";
import { type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";
import { CARDS_YAML, type CardScene, cardScene, CardVendor, off, on, withCards } from "./_cards.ts";

/** One single message and one digest a minute; edits have a budget of their own. */
const CHANNEL: Partial<Channel> = {
  digest: true,
  events: ["acknowledged", "unacknowledged", "escalated", "closed"],
  limits: { rates: [{ messages: 2, per: MINUTE }], edits: [{ messages: 10, per: MINUTE }] },
  request: (_config, message, { id }): ChannelRequest => ({
    url: "http://cards.test/",
    json: { card: message.earlier?.card, text: textOf(message), id },
  }),
};

/** `db-1 firing, db-2 resolved`; a firing alert with another reason than `first` has that reason. */
function textOf({ alerts, digest }: Message): string {
  const lines = alerts.map(({ labels, status, reason }) =>
    `${labels.instance} ${status === "firing" && reason !== "first" ? reason : status}`
  ).sort();
  return `${digest ? `${digest.alerts}/${digest.incidents}: ` : ""}${lines.join(", ")}`;
}

const scene = ({ channel, ...options }: Parameters<typeof cardScene>[0] = {}): Promise<CardScene> =>
  cardScene({ channel: { ...CHANNEL, ...channel }, ...options });

const NAMES = ["db-1", "db-2", "db-3", "db-4", "db-5"];
const FIRING = "5/5: db-1 firing, db-2 firing, db-3 firing, db-4 firing, db-5 firing";

/** A digest of five incidents, after which the budget allows one more digest within the minute. */
async function burst(house: TestRelay): Promise<void> {
  await house.fire(...NAMES.map((name) => on(name)));
}

async function incidentOf({ relay: { store } }: TestRelay, instance: string): Promise<string> {
  const open = await store.incidents.newest("open", 100);
  const logged = await store.records.alerts(open.map(({ lastId }) => lastId));
  const isOf = ({ lastId }: { lastId: string }): boolean =>
    JSON.stringify(logged.get(lastId)?.alert).includes(`"${instance}"`);
  return open.find(isOf)!.id;
}

async function act(
  house: TestRelay,
  what: string,
  instance: string,
  body: object = { by: "li.lei" },
): Promise<void> {
  const answer = await api(house, "POST", `incidents/${await incidentOf(house, instance)}/${what}`, { body });
  equal(answer.status, 200, JSON.stringify(answer.body));
}

async function unsettled(house: TestRelay): Promise<string[]> {
  return (await house.deliveries()).filter(({ state }) => state !== "delivered").map(({ id, state }) =>
    `${id} ${state}`
  );
}

for (const exclusive of [true, false]) {
  Deno.test(`over the budget, the digest shows which incidents are acknowledged and which are over (${exclusive ? "own" : "shared"} store)`, async () => {
    await using world = await scene({ exclusive });
    const { house, vendor } = world;
    await burst(house);
    for (const name of ["db-1", "db-2", "db-3"]) await act(house, "ack", name);
    await house.settle();
    equal(
      vendor.shown[0]!.at(-1),
      "5/5: db-1 acknowledged, db-2 acknowledged, db-3 acknowledged, db-4 firing, db-5 firing",
    );
    await house.fire(off("db-1"), off("db-2"), off("db-4"));
    equal(
      vendor.shown[0]!.at(-1),
      "5/5: db-1 resolved, db-2 resolved, db-3 acknowledged, db-4 resolved, db-5 firing",
    );
    equal(vendor.shown.length, 1);
    equal(await unsettled(house), []);
    ok(await addsUp(house));
    const [last] = await house.deliveries(1);
    equal(last!.because, "ok: the digest was edited");
    equal(last!.digest, undefined, "the record of the digest stays as it was");
  });
}

Deno.test("within the budget, each update is a message of its own", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await burst(house);
  await house.advance(2 * MINUTE);
  await act(house, "ack", "db-1");
  await house.settle();
  equal(vendor.shown, [[FIRING], ["db-1 acknowledged"]]);
});

Deno.test("a repeat or a rise in severity is never shown by an edit, because it must notify people", async () => {
  await using world = await scene({ yaml: `ignore_labels: [severity]\n${CARDS_YAML}` });
  const { house, vendor } = world;
  const edits = (): number => vendor.requests.filter(({ card }) => card !== undefined).length;
  await house.fire(...NAMES.map((name) => on(name, { severity: "info" })));
  equal(vendor.shown, [[FIRING]]);
  await house.fire(...NAMES.map((name) => on(name, { severity: "warning" })));
  for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
  equal(edits(), 0);
  const risen = vendor.shown.slice(1).flat().join(" | ");
  for (const name of NAMES) ok(risen.includes(`${name} changed`), risen);
  await house.advance(10 * MINUTE);
  const startsAt = new Date(house.clock.now()).toISOString();
  await house.fire(...NAMES.map((name) => ({ ...on(name, { severity: "warning" }), startsAt })));
  for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
  equal(edits(), 0);
  const again = vendor.shown.slice(2).flat().join(" | ");
  for (const name of NAMES) ok(again.includes(`${name} repeat`), again);
  equal(await unsettled(house), []);
  ok(await addsUp(house));
});

Deno.test("the updates of an edit whose result is unknown join no digest before the edit is retried", async () => {
  await using world = await scene({
    channel: { limits: { rates: [{ messages: 4, per: MINUTE }], edits: [{ messages: 10, per: MINUTE }] } },
  });
  const { house, vendor } = world;
  await burst(house);
  vendor.before = ({ card }) => card ? new Response("gateway timeout", { status: 504 }) : undefined;
  await house.fire(off("db-1"), off("db-2"));
  await house.fire(on("db-6"), on("db-7"), on("db-8"));
  equal(vendor.shown.slice(1), [["3/3: db-6 firing, db-7 firing, db-8 firing"]]);
  vendor.before = () => undefined;
  for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
  equal(vendor.shown.length, 2);
  equal(vendor.shown[0]!.slice(1), [
    FIRING.replace("db-1 firing", "db-1 resolved").replace("db-2 firing", "db-2 resolved"),
  ]);
  equal(await unsettled(house), []);
  ok(await addsUp(house));
});

Deno.test("the digest shows an escalation", async () => {
  await using world = await scene({
    yaml: `${CARDS_YAML}
    escalate: [{ after: 20s, to: default/lead }]
  - { owner: default, level: lead, destinations: [{ channel: inbox }] }`,
  });
  const { house, vendor } = world;
  await burst(house);
  await act(house, "ack", "db-1");
  await house.settle();
  await house.advance(20 * SECOND);
  await house.advance(SECOND);
  equal(
    vendor.shown[0]!.at(-1),
    "5/5: db-1 acknowledged, db-2 escalated, db-3 escalated, db-4 escalated, db-5 escalated",
  );
  await house.fire(off("db-2"), off("db-3"));
  equal(
    vendor.shown[0]!.at(-1),
    "5/5: db-1 acknowledged, db-2 resolved, db-3 resolved, db-4 escalated, db-5 escalated",
    "the others as they are now",
  );
});

Deno.test("the updates of a digest that cannot be edited any more are sent as new messages, and the ledger adds up", async () => {
  for (const status of [410, 400]) {
    await using world = await scene();
    const { house, vendor } = world;
    await burst(house);
    vendor.before = ({ card }) => card ? new Response("no", { status }) : undefined;
    await house.fire(...NAMES.map(off));
    for (let minute = 0; minute < 5; minute++) await house.advance(MINUTE);
    equal(vendor.requests.filter(({ card }) => card !== undefined).length, 1, "one try");
    const told = vendor.shown.slice(1).flat().join(" | ");
    for (const name of NAMES) ok(told.includes(`${name} resolved`), told);
    equal(await unsettled(house), []);
    ok(await addsUp(house));
  }
});

Deno.test("a digest is edited for twelve hours, and no longer", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await burst(house);
  await house.advance(12 * HOUR + SECOND);
  await house.fire(...NAMES.map(off));
  equal(vendor.shown.map((texts) => texts.length), [1, 1]);
});

Deno.test("an incident with a message of its own is updated there", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  await house.advance(2 * MINUTE);
  await burst(house);
  await house.fire(...NAMES.map(off));
  for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
  equal(vendor.shown[0], ["db-1 firing", "db-1 resolved"]);
  equal(await unsettled(house), []);
});

Deno.test("edits stay within their own budget, and the updates that wait for it share the next edit", async () => {
  await using world = await scene({
    channel: { limits: { rates: [{ messages: 2, per: MINUTE }], edits: [{ messages: 2, per: MINUTE }] } },
  });
  const { house, vendor } = world;
  await burst(house);
  await house.fire(...["db-6", "db-7", "db-8"].map((name) => on(name))); // the next digest, which waits
  for (const name of NAMES) {
    await act(house, "ack", name);
    await house.advance(SECOND); // a waiting lane is looked at again so soon
  }
  const edits = (): number => vendor.requests.filter(({ card }) => card !== undefined).length;
  equal(edits(), 2);
  for (let minute = 0; minute < 5; minute++) await house.advance(MINUTE);
  ok(edits() <= 4, `${edits()}`);
  equal(await unsettled(house), []);
  ok(await addsUp(house));
});

Deno.test("without a limit for edits an update is a new message, because the vendor counts edits as messages", async () => {
  await using world = await scene({ channel: { limits: { rates: [{ messages: 2, per: MINUTE }] } } });
  const { house, vendor } = world;
  await burst(house);
  await house.fire(...NAMES.map(off));
  for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
  equal(vendor.requests.filter(({ card }) => card !== undefined), []);
  equal(await Array.fromAsync(house.kv.list({ prefix: ["card"] })), []);
  equal(await unsettled(house), []);
});

Deno.test("an edit whose result is unknown is repeated unchanged", async () => {
  const clock = new TestClock();
  using kv = await Deno.openKv(":memory:");
  const vendor = new CardVendor();
  const open = async (): Promise<TestRelay> =>
    await testRelay({ clock, kv, yaml: CARDS_YAML, channels: await withCards(CHANNEL), fetch: vendor.fetch });
  {
    await using house = await open();
    await burst(house);
    // The vendor never answers an edit.
    vendor.before = ({ card }, signal) =>
      card
        ? new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }))
        : undefined;
    await house.accept(off("db-1"));
    await until(() => vendor.requests.length === 2);
  }
  vendor.before = () => undefined;
  clock.advance(2 * MINUTE); // by now a message would be free
  await using house = await open();
  await house.settle();
  const [first, again, ...others] = vendor.requests.filter(({ card }) => card !== undefined);
  equal(first, again);
  equal(others, []);
  equal(vendor.shown, [[FIRING, FIRING.replace("db-1 firing", "db-1 resolved")]]);
  equal(await unsettled(house), []);
  ok(await addsUp(house));
});

Deno.test("after whichever commit the relay stops, the digest or a message shows every end", async () => {
  for (let last = 1, ended = true; ended; last++) {
    const clock = new TestClock();
    using kv = await Deno.openKv(":memory:");
    const ending = endingKv(kv, last);
    const vendor = new CardVendor();
    const accepted = new Set<string>();
    const post = async (house: TestRelay, alerts: readonly TestAlert[]): Promise<void> => {
      const response = await house.post(...alerts);
      await response.body?.cancel();
      if (response.status === 200) accepted.add(alerts[0]!.status ?? "firing");
    };
    const open = async (database: Deno.Kv): Promise<TestRelay> =>
      await testRelay({
        clock,
        kv: database,
        yaml: CARDS_YAML,
        channels: await withCards(CHANNEL),
        fetch: vendor.fetch,
      });
    const [start, end] = [NAMES.map((name) => on(name)), NAMES.map(off)];
    {
      await using house = await open(ending.kv);
      await post(house, start);
      await Promise.race([house.settle(), ending.end]);
      await post(house, end);
      await Promise.race([house.settle(), ending.end]);
    }
    await using house = await open(kv);
    for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
    if (!accepted.has("firing")) await house.fire(...start);
    if (!accepted.has("resolved")) await house.fire(...end);
    for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
    for (const name of NAMES) {
      const isShown = vendor.shown.some((texts) => texts.at(-1)!.includes(`${name} resolved`));
      ok(isShown, `commit ${last}: ${name} in ${JSON.stringify(vendor.shown)}`);
    }
    equal(await unsettled(house), [], `after commit ${last}`);
    ok(await addsUp(house), `after commit ${last}`);
    ended = ending.hasEnded;
    ok(ended || last > 5, `${last} commits`);
  }
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
}
