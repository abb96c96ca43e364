/** Messages that are edited in place: the receipts of earlier messages, and crashes. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { MINUTE, SECOND } from "../../../relay/base/duration.ts";
import { delivered, refused, type Verdict } from "../../../relay/channel.ts";
import { encode } from "../../../relay/base/codec.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { endingKv } from "../../kit/faulty_kv.ts";
import { addsUp } from "../../kit/ledger.ts";
import { type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";
import { CARDS_YAML, cardScene as scene, CardVendor, off, on, withCards } from "./_cards.ts";

async function receipts(kv: Deno.Kv): Promise<Deno.KvEntry<unknown>[]> {
  return await Array.fromAsync(kv.list({ prefix: ["receipt"] }));
}

Deno.test("a card changes from firing to resolved, and the next firing is a new card", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  equal((await receipts(house.kv)).length, 1);
  await house.fire(off("db-1"));
  equal(await receipts(house.kv), []);
  await house.advance(10 * MINUTE);
  await house.fire(on("db-1"));
  equal(vendor.shown, [["db-1 first", "db-1 resolved"], ["db-1 first"]]);
});

Deno.test("each incident of a payload has its own card", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await house.fire(on("db-1"), on("db-2"));
  await house.fire(off("db-2"), on("db-1"));
  equal(vendor.shown, [["db-1 first"], ["db-2 first", "db-2 resolved"]]);
});

Deno.test("a message about several incidents has no earlier one, and leaves no receipt", async () => {
  await using world = await scene({ channel: { combine: "payload" } });
  const { house, vendor } = world;
  await house.fire(on("db-1"), on("db-2"));
  equal(await receipts(house.kv), []);
  await house.fire(off("db-1"));
  equal(vendor.shown, [["db-1+db-2 first"]]);
});

Deno.test("a digest ends the threads of as many incidents as it holds", async () => {
  await using world = await scene({
    channel: { digest: true, limits: { rates: [{ messages: 2, per: MINUTE }] } },
  });
  const { house, vendor } = world;
  const names = Array.from({ length: 900 }, (_, index) => `db-${index}`);
  await house.fire(on("db-0"));
  equal((await receipts(house.kv)).length, 1);
  await house.accept(...names.map((name) => on(name)));
  for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
  await house.accept(...names.map(off));
  for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
  const pending = (await house.deliveries()).filter(({ state }) => state === "pending");
  equal(pending.length, 0);
  equal(await receipts(house.kv), []);
  ok(vendor.requests.length < 12, `${vendor.requests.length} requests`);
  ok(await addsUp(house));
});

Deno.test("what a person sends again of an earlier incident changes no card of the current one", async () => {
  await using world = await scene({
    channel: {
      verdict({ status, json }): Verdict {
        if (status !== 200) return refused("recipient", "nobody is there");
        return delivered("ok", { receipt: json as { card: string } });
      },
    },
  });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  vendor.before = () => new Response("no", { status: 400 });
  await house.fire(off("db-1"));
  vendor.before = () => undefined;
  await house.advance(10 * MINUTE);
  await house.fire(on("db-1"));
  const [letter] = await Array.fromAsync(house.relay.store.dead.list());
  equal(letter!.entry.reason, "resolved");
  await house.relay.commands.deadLetters.sendOne(letter!, { by: "me" });
  await house.settle();
  equal(vendor.shown, [["db-1 first"], ["db-1 first"]]);
  await house.fire(off("db-1"));
  equal(vendor.shown, [["db-1 first"], ["db-1 first", "db-1 resolved"]]);
  ok(await addsUp(house));
});

Deno.test("a receipt is sealed where it is stored, and for its own thread", async () => {
  await using world = await scene();
  const { house } = world;
  await house.fire(on("db-1"), on("db-2"));
  const [first, second] = await receipts(house.kv);
  ok(!new TextDecoder().decode(first!.value as Uint8Array).includes("card-"));
  const fingerprint = (await house.deliveries())[0]!.fingerprint;
  const { configHash } = house.relay.config.groups.get("default/default")!.destinations[0]!;
  const thread = { destination: "default/default/cards", fingerprint, configHash };
  ok(await house.relay.store.receipts.of(thread));
  const other = [first!, second!].find(({ key }) => key[2] !== fingerprint)!;
  await house.kv.set(["receipt", thread.destination, fingerprint, ""], other.value);
  equal(await house.relay.store.receipts.of(thread), undefined);
});

Deno.test("after the key has changed a thread begins anew", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  const [stored] = await receipts(house.kv);
  await house.kv.set(
    stored!.key,
    encode({ until: 9e15, sealed: "v1.AAAA" }),
  );
  await house.advance(10 * MINUTE);
  await house.fire({ ...on("db-1"), startsAt: new Date(house.clock.now()).toISOString() });
  equal(vendor.shown, [["db-1 first"], ["db-1 repeat"]]);
});

Deno.test("after the config has changed a thread begins anew: its vendor may not know the message", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const vendor = new CardVendor();
  const channels = await withCards();
  for (const yaml of [CARDS_YAML, CARDS_YAML.replace("cards.test", "other.test")]) {
    await using house = await testRelay({ kv, clock, yaml, channels, fetch: vendor.fetch });
    clock.advance(10 * MINUTE);
    await house.fire({ ...on("db-1"), startsAt: new Date(clock.now()).toISOString() });
  }
  equal(vendor.shown, [["db-1 first"], ["db-1 repeat"]]);
});

Deno.test("a card that is gone is sent again at once, and its vendor counts as healthy", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  vendor.cards.clear();
  await house.advance(10 * MINUTE);
  await house.fire({ ...on("db-1"), startsAt: new Date(house.clock.now()).toISOString() });
  equal(vendor.requests.map(({ card }) => card), [undefined, "card-1", undefined]);
  equal(vendor.shown, [["db-1 repeat"]]);
  const [lane] = await house.relay.store.outbox.states();
  equal(lane?.[1].failures ?? 0, 0);
  const [last] = await house.deliveries(1);
  equal(last!.attempts.map(({ verdict }) => verdict), ["retry", "delivered"]);
});

Deno.test("a channel that always says so is retried with a backoff", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  vendor.before = () => new Response("gone", { status: 410 });
  await house.fire(on("db-1"));
  equal(vendor.requests.length, 1);
  await house.advance(5 * SECOND);
  equal(vendor.requests.length, 2);
});

Deno.test("the plain message after a refusal is a new one", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  vendor.before = ({ card }) => card ? new Response("bad", { status: 400 }) : undefined;
  await house.advance(10 * MINUTE);
  await house.fire({ ...on("db-1"), startsAt: new Date(house.clock.now()).toISOString() });
  equal(vendor.requests.map(({ card }) => card), [undefined, "card-1", undefined]);
});

Deno.test("a receipt that is too large is not stored, and the record says so", async () => {
  await using world = await scene({
    channel: {
      verdict: () => ({ kind: "delivered", because: "ok", receipt: { card: "x".repeat(2_000) } }),
    },
  });
  const { house } = world;
  await house.fire(on("db-1"));
  equal(await receipts(house.kv), []);
  const [delivery] = await house.deliveries();
  equal(delivery!.state, "delivered");
  ok(delivery!.attempts[0]!.problem?.includes("2,000") || delivery!.attempts[0]!.problem?.includes("2000"));
});

Deno.test("what the channel has nothing to send for is suppressed, and no dead letter", async () => {
  await using world = await scene({ channel: { combine: "payload" } });
  const { house, vendor } = world;
  await house.fire(on("db-1"), on("db-2"));
  await house.fire(off("db-1"));
  equal(vendor.requests.length, 1);
  const [delivery] = await house.deliveries(1);
  equal([delivery!.state, delivery!.by, delivery!.because], [
    "suppressed",
    "channel",
    "there is no card to close",
  ]);
  equal(await Array.fromAsync(house.relay.store.dead.list()), []);
  ok(await addsUp(house));
  const { body } = await api(house, "GET", "deliveries?state=skipped");
  equal(body.deliveries.map(({ id }: { id: string }) => id), [delivery!.id]);
  const { body: why } = await api(house, "GET", `alerts/${delivery!.alert}/why`);
  ok(JSON.stringify(why).includes("there is no card to close"), JSON.stringify(why));
});

Deno.test("a message that the channel declines spends nothing of the budget and says nothing about the vendor", async () => {
  await using world = await scene({
    channel: {
      limits: { rates: [{ messages: 4, per: MINUTE }] },
      request: (_config, { alerts: [alert] }) =>
        alert!.labels.instance === "db-9"
          ? { url: "http://cards.test/", json: { text: "db-9", id: "" } }
          : refused("payload", "not for this channel"),
    },
  });
  const { house, vendor } = world;
  for (let index = 0; index < 8; index++) await house.fire(on(`db-${index}`));
  await house.fire(on("db-9"));
  equal(vendor.shown, [["db-9"]]);
  const dead = await Array.fromAsync(house.relay.store.dead.list());
  equal(dead.map(({ because }) => because), Array(8).fill("not for this channel"));
});

Deno.test("after whichever commit the relay ends, every card ends resolved and the ledger adds up", async () => {
  for (let last = 1, ended = true; ended; last++) {
    const clock = new TestClock();
    using kv = await Deno.openKv(":memory:");
    const ending = endingKv(kv, last);
    const vendor = new CardVendor();
    const accepted = new Set<string>();
    const post = async (house: TestRelay, alert: TestAlert): Promise<void> => {
      const response = await house.post(alert);
      await response.body?.cancel();
      if (response.status === 200) accepted.add(`${alert.labels!.instance} ${alert.status ?? "firing"}`);
    };
    const open = async (database: Deno.Kv): Promise<TestRelay> =>
      await testRelay({
        clock,
        kv: database,
        yaml: CARDS_YAML,
        channels: await withCards(),
        fetch: vendor.fetch,
      });
    {
      await using house = await open(ending.kv);
      for (const instance of ["a", "b"]) await post(house, on(instance));
      await Promise.race([house.settle(), ending.end]);
      for (const instance of ["a", "b"]) await post(house, off(instance));
      await Promise.race([house.settle(), ending.end]);
    }
    await using house = await open(kv);
    for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
    // The sender repeats alerts that were not accepted.
    for (const instance of ["a", "b"]) {
      if (!accepted.has(`${instance} firing`)) await house.fire(on(instance));
      if (!accepted.has(`${instance} resolved`)) await house.fire(off(instance));
    }
    for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
    for (const instance of ["a", "b"]) {
      const cards = vendor.shown.filter(([text]) => text!.startsWith(`${instance} `));
      ok(
        cards.some((texts) => texts.at(-1) === `${instance} resolved`),
        `commit ${last}: ${JSON.stringify(vendor.shown)}`,
      );
    }
    equal(await receipts(kv), [], `after commit ${last}`);
    ok(await addsUp(house), `after commit ${last}`);
    ended = ending.hasEnded;
    ok(ended || last > 5, `${last} commits`);
  }
});

Deno.test("on a shared store another instance edits the card that the first one sent", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const vendor = new CardVendor();
  const channels = await withCards();
  const open = (): Promise<TestRelay> =>
    testRelay({ kv, exclusive: false, clock, yaml: CARDS_YAML, channels, fetch: vendor.fetch });
  {
    await using house = await open();
    await house.fire(on("db-1"));
  }
  await using house = await open();
  await house.fire(off("db-1"));
  equal(vendor.shown, [["db-1 first", "db-1 resolved"]]);
  equal(await receipts(kv), []);
});
