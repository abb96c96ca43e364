/** Messages about people's actions on an incident: they acknowledge it, and close it. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { MINUTE } from "../../../relay/base/duration.ts";
import type { Channel, ChannelRequest } from "../../../relay/channel.ts";
import { alertIdOf, isDeliveryId } from "../../../relay/domain/record.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { visitor } from "../../kit/console.ts";
import { faultyKv } from "../../kit/faulty_kv.ts";
import { addsUp } from "../../kit/ledger.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { CARDS_YAML, type CardScene, cardScene, CardVendor, off, on, withCards } from "../delivery/_cards.ts";

const EVENTS: Partial<Channel> = { events: ["acknowledged", "closed"] };

const scene = ({ channel, ...options }: Parameters<typeof cardScene>[0] = {}): Promise<CardScene> =>
  cardScene({ channel: { ...EVENTS, ...channel }, ...options });

async function incidentIn({ relay: { store } }: TestRelay): Promise<string> {
  const [incident] = await store.incidents.newest("open", 1);
  return incident!.id;
}

async function act(house: TestRelay, what: "ack" | "close", body: object = { by: "李雷" }): Promise<unknown> {
  const answer = await api(house, "POST", `incidents/${await incidentIn(house)}/${what}`, { body });
  await house.settle();
  return answer.body.incident;
}

for (const exclusive of [true, false]) {
  Deno.test(`a card changes in place from firing through acknowledged to resolved (${exclusive ? "own" : "shared"} store)`, async () => {
    await using world = await scene({ exclusive });
    const { house, vendor } = world;
    await house.fire(on("db-1"));
    await act(house, "ack");
    await house.fire(off("db-1"));
    equal(vendor.shown, [["db-1 first", "db-1 acknowledged", "db-1 resolved"]]);
    ok(await addsUp(house));
  });

  Deno.test(`a card of an incident that a person closes says so, and the next firing is a new one (${exclusive ? "own" : "shared"} store)`, async () => {
    await using world = await scene({ exclusive });
    const { house, vendor } = world;
    await house.fire(on("db-1"));
    const incident = await act(house, "close", { by: "李雷", memo: "it was the switch" });
    const { closedAt, closedBy, known, memo } = incident as Record<string, unknown>;
    equal([closedAt, closedBy, known, memo], [house.clock.now(), "李雷", true, "it was the switch"]);
    equal(await Array.fromAsync(house.kv.list({ prefix: ["receipt"] })), []);
    await house.advance(MINUTE);
    await house.fire(on("db-1"));
    equal(vendor.shown, [["db-1 first", "db-1 closed"]], "its sender never stopped");
    await house.fire({ ...on("db-1"), startsAt: new Date(house.clock.now()).toISOString() });
    equal(vendor.shown, [["db-1 first", "db-1 closed"], ["db-1 first"]]);
    const [note] = (await api(house, "GET", "audit?limit=10")).body.entries;
    equal([note.action, note.what], ["closed", `incidents/${(incident as { id: string }).id}`]);
    ok(await addsUp(house));
  });
}

Deno.test("a message about it names the person, and a closed one is resolved", async () => {
  const said: unknown[] = [];
  await using world = await scene({
    channel: {
      request(_config, { reason, status, by, words: { event }, body }): ChannelRequest {
        said.push([reason, status, by, event, event !== undefined && body.includes(event)]);
        return { url: "http://cards.test/", json: { text: "", id: "" } };
      },
    },
  });
  const { house } = world;
  await house.fire(on("db-1"));
  await act(house, "ack");
  await act(house, "close");
  equal(said, [
    ["first", "firing", undefined, undefined, false],
    ["acknowledged", "firing", "李雷", "李雷 已确认（16:00 起）", true],
    ["closed", "resolved", "李雷", "李雷 已关闭（16:00）", true],
  ]);
});

Deno.test("a card changes when somebody else has it, and not when the same person acknowledges it again", async () => {
  await using world = await scene({ channel: { events: ["acknowledged", "unacknowledged"] } });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  await act(house, "ack");
  house.clock.advance(1_000);
  await act(house, "ack");
  equal(vendor.shown, [["db-1 first", "db-1 acknowledged"]]);
  await act(house, "ack", { by: "韩梅梅" });
  await api(house, "DELETE", `incidents/${await incidentIn(house)}/ack`);
  await house.settle();
  equal(vendor.shown, [[
    "db-1 first",
    "db-1 acknowledged",
    "db-1 acknowledged",
    "db-1 unacknowledged",
  ]]);
  ok(await addsUp(house));
});

Deno.test("a channel without events hears only that a person closed it", async () => {
  await using world = await scene({ channel: { events: [] } });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  await act(house, "ack");
  await act(house, "close");
  await house.fire(off("db-1"));
  equal(vendor.shown, [["db-1 first", "db-1 closed"]]);
  const [last] = await house.relay.store.log.newest(1);
  equal(last!.routing.map(({ outcome }) => outcome), [{ kind: "suppressed", by: "closed" }]);
});

Deno.test("only the destination that was notified hears of it", async () => {
  await using world = await scene({
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { name: cards, channel: webhook, config: { url: "http://cards.test/" }, fallback: spare }
      - { name: spare, channel: webhook, config: { url: "http://spare.test/" } }`,
  });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  await act(house, "ack");
  equal(vendor.shown, [["db-1 first", "db-1 acknowledged"]]);
  vendor.before = () => new Response("no", { status: 400 });
  await house.fire(on("db-2"));
  vendor.before = () => undefined;
  await act(house, "ack");
  equal(vendor.shown, [["db-1 first", "db-1 acknowledged"]], "nobody has db-2");
});

Deno.test("a card whose last change failed still says that somebody knows", async () => {
  await using world = await scene({ yaml: CARDS_YAML.replace("window: 5m", "window: 5m\n    repeat: 5m") });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  vendor.before = () => new Response("no", { status: 400 });
  await house.advance(6 * MINUTE);
  await house.fire(on("db-1"));
  equal(vendor.requests.length, 3, "the repeat, and then plain");
  vendor.before = () => undefined;
  await act(house, "ack");
  equal(vendor.shown, [["db-1 first", "db-1 acknowledged"]]);
  ok(await addsUp(house));
});

Deno.test("what waits for its vendor is sent first, and then that somebody knows", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  vendor.before = () => new Response("down", { status: 503 });
  await house.fire(on("db-1"));
  await act(house, "ack");
  vendor.before = () => undefined;
  for (let minute = 0; minute < 5; minute++) await house.advance(MINUTE);
  equal(vendor.shown, [["db-1 first", "db-1 acknowledged"]]);
});

Deno.test("quiet hours hold it with the notification that they hold", async () => {
  await using world = await scene({
    yaml: CARDS_YAML.replace("window: 5m", 'window: 5m\n    quiet: { from: "15:00", to: "17:00" }'),
  });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  await act(house, "ack");
  equal(vendor.shown, []);
  for (let minute = 0; minute < 70; minute += 5) await house.advance(5 * MINUTE);
  equal(vendor.shown, [["db-1 first", "db-1 acknowledged"]]);
});

Deno.test("its death ends no window, takes no fallback, and has an id like any other", async () => {
  await using world = await scene({
    channel: {
      request: (_config, { reason }) => {
        if (reason === "acknowledged") return { kind: "refused", what: "recipient", because: "gone" };
        return { url: "http://cards.test/", json: { text: reason, id: "" } };
      },
    },
  });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  await act(house, "ack");
  const [letter] = await Array.fromAsync(house.relay.store.dead.list());
  equal(letter!.entry.reason, "acknowledged");
  ok(isDeliveryId(letter!.entry.id));
  equal(alertIdOf(letter!.entry.id), letter!.entry.alert);
  await house.accept(on("db-1"));
  equal(vendor.shown.length, 1);
  const { body } = await api(house, "GET", `alerts/${letter!.entry.alert}/why`);
  ok(JSON.stringify(body).includes("确认"), JSON.stringify(body));
});

Deno.test("many at once over the rate limit: events stand in no digest", async () => {
  await using world = await scene({
    channel: { digest: true, limits: { rates: [{ messages: 4, per: MINUTE }] } },
  });
  const { house, vendor } = world;
  for (let index = 0; index < 3; index++) await house.fire(on(`db-${index}`));
  const incidents = await house.relay.store.incidents.newest("open", 10);
  await api(house, "POST", "incidents/ack", { body: { ids: incidents.map(({ id }) => id) } });
  for (let index = 3; index < 9; index++) await house.accept(on(`db-${index}`));
  for (let minute = 0; minute < 20; minute++) await house.advance(MINUTE);
  for (const texts of vendor.shown) {
    ok(!texts.some((text) => text.includes("+") && text.includes("acknowledged")));
  }
  const acknowledged = vendor.shown.flat().filter((text) => text.endsWith("acknowledged")).sort();
  const posted = vendor.shown.filter(([text]) => !text!.includes("+")).map(([text]) => text!.split(" ")[0]);
  equal(
    acknowledged,
    posted.filter((name) => Number(name!.slice(3)) < 3).map((name) => `${name} acknowledged`),
  );
});

Deno.test("a person closes it on its page", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  const id = await incidentIn(house);
  const person = await visitor(house, "operator");
  const page = await person.get(`/incidents/${id}`);
  ok(page.html.includes('value="close"'));
  const done = await person.post(`/incidents/${id}/act`, { act: "close", seen_known: "false" });
  equal(done.status, 303);
  await house.settle();
  equal(vendor.shown, [["db-1 first", "db-1 closed"]]);
});

Deno.test("after whichever commit the relay ends, an acknowledgement that was stored reaches its card", async () => {
  for (let last = 1, ended = true; ended; last++) {
    const clock = new TestClock();
    using kv = await Deno.openKv(":memory:");
    const faulty = faultyKv(kv);
    const { promise: end, resolve } = Promise.withResolvers<void>();
    ended = false;
    const vendor = new CardVendor();
    const channels = await withCards(EVENTS);
    const open = (database: Deno.Kv): Promise<TestRelay> =>
      testRelay({ clock, kv: database, yaml: CARDS_YAML, channels, fetch: vendor.fetch });
    {
      await using house = await open(faulty.kv);
      await house.fire(on("db-1"));
      const id = await incidentIn(house);
      let commits = 0;
      faulty.onCommit = () => {
        if (++commits < last) return undefined;
        ended = true;
        resolve();
        return "is lost";
      };
      const acknowledged = api(house, "POST", `incidents/${id}/ack`, { body: { by: "x" } }).catch(() => {});
      await Promise.race([acknowledged.then(() => house.settle()), end]);
    }
    await using house = await open(kv);
    await house.settle();
    const [incident] = await house.relay.store.incidents.newest("open", 1);
    equal(vendor.shown.flat().includes("db-1 acknowledged"), incident!.known, `after commit ${last}`);
    ok(await addsUp(house));
    ok(ended || last > 2, `${last} commits`);
  }
});
