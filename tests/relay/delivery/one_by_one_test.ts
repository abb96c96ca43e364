/** Messages that are sent to each recipient separately: their results, their retries, and crashes. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { MINUTE, SECOND } from "../../../relay/base/duration.ts";
import {
  type Channel,
  type ChannelRequest,
  delivered,
  refused,
  retry,
  retryAlone,
  skipped,
} from "../../../relay/channel.ts";
import { aggregate, NO_PROGRESS, turnOf } from "../../../relay/delivery/one_by_one.ts";
import { encode } from "../../../relay/base/codec.ts";
import { message } from "../../channels/_message.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { type CommitFault, endingKv } from "../../kit/faulty_kv.ts";
import { addsUp } from "../../kit/ledger.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { type CardRequest, type CardScene, cardScene, CardVendor, off, on, withCards } from "./_cards.ts";

const PEOPLE = ["an", "bo", "chen", "di"];

const YAML = `
members:
${
  PEOPLE.map((id) =>
    `  - { id: ${id}, name: ${id.toUpperCase()}, mobile: "1380000000${PEOPLE.indexOf(id)}" }`
  ).join("\n")
}
  - { id: email.only, name: EMAIL, email: e@example.com }
groups:
  - owner: default
    level: default
    members: [${PEOPLE.join(", ")}, email.only]
    destinations:
      - { name: phones, channel: webhook, config: { url: "http://cards.test/" } }`;

const PHONES: Partial<Channel> = {
  per: "recipient",
  address: { name: "mobile", title: "Mobile" },
  threads: false,
};

const scene = ({ channel }: { channel?: Partial<Channel> } = {}): Promise<CardScene> =>
  cardScene({ yaml: YAML, channel: { ...PHONES, ...channel } });

const to = (requests: readonly CardRequest[]): (string | undefined)[] => requests.map(({ to }) => to);
const refuse = (...names: string[]) => ({ to }: CardRequest): Response | undefined =>
  names.includes(to!) ? new Response("unknown number", { status: 422 }) : undefined;

/** A 422 is about the recipient. */
const REFUSES: Partial<Channel> = {
  verdict: ({ status, text }) => status === 422 ? refused("recipient", text) : undefined,
};

Deno.test("each recipient with an address gets the message once, under an id of its own", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  equal(to(vendor.requests), ["AN", "BO", "CHEN", "DI"]);
  equal(new Set(vendor.requests.map(({ id }) => id)).size, 4);
  const [delivery] = await house.deliveries();
  equal(delivery!.state, "delivered");
  equal(delivery!.attempts.map(({ recipient }) => recipient), PEOPLE);
  equal(await Array.fromAsync(house.kv.list({ prefix: ["progress"] })), []);
});

Deno.test("a conversation is held with each recipient by itself, too", async () => {
  await using world = await scene({
    channel: {
      send: async ({ url }, { id, body: text, recipients: [member] }, { fetch }) => {
        const { status } = await fetch({ url, json: { id, text, to: member!.name } });
        return status === 200 ? delivered() : refused("recipient", `HTTP ${status}`);
      },
    },
  });
  const { house, vendor } = world;
  vendor.before = refuse("BO");
  await house.fire(on("db-1"));
  equal(vendor.requests.length, 4);
  const [delivery] = await house.deliveries();
  equal([delivery!.state, delivery!.attempts.length], ["delivered", 4]);
});

Deno.test("one whom the vendor refuses costs nobody the message, and has a reason of its own", async () => {
  await using world = await scene({ channel: REFUSES });
  const { house, vendor } = world;
  vendor.before = refuse("AN", "CHEN");
  await house.fire(on("db-1"));
  equal(to(vendor.requests), ["AN", "BO", "CHEN", "DI"]);
  const [delivery] = await house.deliveries();
  equal(delivery!.state, "delivered");
  equal(delivery!.recipients, {
    reached: ["bo", "di"],
    left: [],
    failed: ["an", "chen"],
    because: { an: "unknown number", chen: "unknown number" },
  });
  const failing = await house.relay.store.recipients.list();
  equal(failing.map(({ member }) => member), ["an", "chen"]);
  const { body } = await api(house, "GET", `alerts/${delivery!.alert}/why`);
  ok(JSON.stringify(body).includes("AN (unknown number)"), JSON.stringify(body));
});

Deno.test("the list of failing members has the vendor's words about each", async () => {
  await using world = await scene({ channel: REFUSES });
  const { house, vendor } = world;
  const words: Readonly<Record<string, string>> = { BO: "blocked", CHEN: "unknown number" };
  vendor.before = ({ to }) =>
    to === "AN"
      ? new Response("busy", { status: 503 })
      : words[to!]
      ? new Response(words[to!], { status: 422 })
      : undefined;
  await house.fire(on("db-1"));
  const failing = await house.relay.store.recipients.list();
  equal(failing.map(({ member, because }) => [member, because]), [["bo", "blocked"], [
    "chen",
    "unknown number",
  ]]);
  vendor.before = ({ to }) => to === "AN" ? new Response("no such user", { status: 422 }) : undefined;
  await house.advance(5 * SECOND);
  const [an] = await house.relay.store.recipients.list();
  equal([an!.member, an!.because], ["an", "no such user"]);
});

Deno.test("when nobody can be reached the delivery is dead, and sent again it is tried for all", async () => {
  await using world = await scene({ channel: REFUSES });
  const { house, vendor } = world;
  vendor.before = refuse("AN", "BO", "CHEN", "DI");
  await house.fire(on("db-1"));
  equal(vendor.requests.length, 4);
  const [letter] = await Array.fromAsync(house.relay.store.dead.list());
  equal(letter!.because, "unknown number");
  vendor.before = () => undefined;
  await house.relay.commands.deadLetters.sendOne(letter!, { by: "me" });
  await house.settle();
  equal(to(vendor.requests.slice(4)), ["AN", "BO", "CHEN", "DI"]);
});

Deno.test("sent again by an instance whose clock is ahead, each recipient gets it once", async () => {
  await using world = await scene({ channel: REFUSES });
  const { house, vendor } = world;
  vendor.before = refuse("AN", "BO", "CHEN", "DI");
  await house.fire(on("db-1"));
  const [letter] = await Array.fromAsync(house.relay.store.dead.list());
  const again = (): (string | undefined)[] =>
    to(vendor.requests.slice(4).filter(({ text }) => text.startsWith("db-1")));
  vendor.before = () => {
    house.clock.advance(SECOND);
    return undefined;
  };
  const { lane } = house.relay.query.groups.get("default/default")!.destinations[0]!;
  await house.relay.store.dead.sendAgain(letter!, { by: "me", at: house.clock.now() + 5 * SECOND, lane });
  await house.fire(on("db-2"));
  equal(again(), ["AN", "BO", "CHEN", "DI"]);
});

Deno.test("without a recipient that has an address the delivery is dead with that reason", async () => {
  await using world = await scene({ channel: { address: { name: "dingtalk", title: "DingTalk" } } });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  equal(vendor.requests, []);
  const [letter] = await Array.fromAsync(house.relay.store.dead.list());
  equal(letter!.because, "nobody in the group has an address for this channel");
});

Deno.test("one who fails for now is tried again when the others had their turn, and only that one", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  vendor.before = ({ to }) => to === "AN" ? new Response("busy", { status: 503 }) : undefined;
  await house.fire(on("db-1"));
  equal(to(vendor.requests), ["AN", "BO", "CHEN", "DI"]);
  const [waiting] = await house.deliveries();
  equal(waiting!.state, "pending");
  equal(waiting!.recipients, { reached: ["bo", "chen", "di"], left: ["an"], failed: [] });
  vendor.before = () => undefined;
  await house.advance(5 * SECOND);
  equal(to(vendor.requests), ["AN", "BO", "CHEN", "DI", "AN"]);
  const [delivery] = await house.deliveries();
  equal([delivery!.state, delivery!.recipients?.failed], ["delivered", []]);
});

Deno.test("a vendor that asks to wait is asked for nobody meanwhile, and then for the others first", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  vendor.before = ({ to }) =>
    to === "AN" ? new Response("busy", { status: 503, headers: { "retry-after": "60" } }) : undefined;
  await house.fire(on("db-1"));
  equal(to(vendor.requests), ["AN"]);
  await house.advance(MINUTE - 1);
  equal(to(vendor.requests), ["AN"]);
  await house.advance(1);
  equal(to(vendor.requests), ["AN", "BO", "CHEN", "DI"]);
  const [waiting] = await house.deliveries();
  ok(waiting!.because.includes("503"), waiting!.because);
  await house.advance(10 * SECOND);
  equal(to(vendor.requests), ["AN", "BO", "CHEN", "DI", "AN"]);
});

Deno.test("a plugin that fails for one recipient costs the others nothing, and waits for its author", async () => {
  await using world = await scene({
    channel: {
      request(_config, { recipients: [member], id }): ChannelRequest {
        if (member!.id === "bo") throw new TypeError("it cannot read this name");
        return { url: "http://cards.test/", json: { text: "", id, to: member!.name } };
      },
    },
  });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  equal(to(vendor.requests), ["AN", "CHEN", "DI"]);
  const [delivery] = await house.deliveries();
  equal([delivery!.state, delivery!.recipients?.left], ["pending", ["bo"]]);
  ok(delivery!.because.includes("it cannot read this name"), delivery!.because);
});

Deno.test("a vendor that is down pauses its lane, and nobody gets the message twice", async () => {
  await using world = await scene();
  const { house, vendor } = world;
  let down = false;
  vendor.before = ({ to }) => {
    down ||= to === "BO";
    return down ? new Response("down", { status: 503 }) : undefined;
  };
  await house.fire(on("db-1"));
  for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
  vendor.before = () => undefined;
  for (let minute = 0; minute < 20; minute++) await house.advance(MINUTE);
  equal((await house.deliveries())[0]!.state, "delivered");
  equal(vendor.shown.length, 4);
  equal(to(vendor.requests).filter((name) => name === "AN").length, 1);
});

Deno.test("each recipient takes a place in the budget", async () => {
  await using world = await scene({
    channel: { limits: { rates: [{ messages: 2, per: MINUTE }] }, digest: false },
  });
  const { house, vendor } = world;
  await house.fire(on("db-1", { severity: "critical" }));
  const times: number[] = [];
  for (let seen = vendor.requests.length, minute = 0; minute < 6; minute++) {
    times.push(vendor.requests.length - (minute === 0 ? 0 : seen));
    seen = vendor.requests.length;
    await house.advance(MINUTE + SECOND);
  }
  ok(times.every((count) => count <= 2), times.join());
  equal(to(vendor.requests), ["AN", "BO", "CHEN", "DI"]);
});

Deno.test("a digest reaches each recipient, as one digest", async () => {
  await using world = await scene({
    channel: { digest: true, limits: { rates: [{ messages: 6, per: MINUTE }] } },
  });
  const { house, vendor } = world;
  for (let index = 0; index < 12; index++) await house.accept(on(`db-${index}`));
  for (let minute = 0; minute < 30; minute++) await house.advance(MINUTE);
  const deliveries = await house.deliveries();
  equal(deliveries.map(({ state }) => state), Array(12).fill("delivered"));
  ok(vendor.requests.length < 48, `${vendor.requests.length} requests`);
  const got = (name: string): string[] =>
    vendor.requests.filter(({ to }) => to === name).flatMap(({ text }) => text.split(" ")[0]!.split("+"))
      .sort();
  const all = Array.from({ length: 12 }, (_, index) => `db-${index}`).sort();
  for (const name of ["AN", "BO", "CHEN", "DI"]) equal(got(name), all, name);
});

Deno.test("that one of them acknowledges it costs nobody the message", async () => {
  await using world = await scene({ channel: { threads: true, events: ["acknowledged"] } });
  const { house, vendor } = world;
  const acknowledge = async (): Promise<void> => {
    const [incident] = await house.relay.store.incidents.newest("open", 1);
    await api(house, "POST", `incidents/${incident!.id}/ack`, { body: { by: "AN" } });
  };
  vendor.before = async ({ to, text }) => {
    if (text.endsWith("first") && to === "BO") await acknowledge();
    return text.endsWith("first") && to === "DI" ? new Response("later", { status: 503 }) : undefined;
  };
  await house.fire(on("db-1"));
  vendor.before = () => undefined;
  for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
  const got = (name: string): string[] =>
    vendor.requests.filter(({ to }) => to === name).map(({ text }) => text.split(" ")[1]!);
  for (const name of ["AN", "BO", "CHEN"]) equal(got(name), ["first", "acknowledged"], name);
  ok(got("DI").filter((reason) => reason === "first").length > 1, "once it failed");
  ok(await addsUp(house));
});

Deno.test("each recipient has a thread of its own", async () => {
  await using world = await scene({ channel: { threads: true } });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  await house.fire(off("db-1"));
  equal(vendor.shown, Array(4).fill(["db-1 first", "db-1 resolved"]));
  equal(await Array.fromAsync(house.kv.list({ prefix: ["receipt"] })), []);
});

for (const fault of ["is lost", "lands, says nothing"] as const satisfies readonly CommitFault[]) {
  Deno.test(`after whichever commit the relay ends (it ${fault}), at most one recipient gets the message twice`, async () => {
    for (let last = 1, ended = true; ended; last++) {
      const clock = new TestClock();
      using kv = await Deno.openKv(":memory:");
      const ending = endingKv(kv, last, fault);
      const vendor = new CardVendor();
      vendor.before = refuse("CHEN");
      const channels = await withCards({ ...PHONES, ...REFUSES });
      const open = (database: Deno.Kv): Promise<TestRelay> =>
        testRelay({ clock, kv: database, yaml: YAML, channels, fetch: vendor.fetch });
      let isAccepted = false;
      {
        await using house = await open(ending.kv);
        const response = await house.post(on("db-1"));
        await response.body?.cancel();
        isAccepted = response.status === 200;
        await Promise.race([house.settle(), ending.end]);
      }
      await using house = await open(kv);
      await house.settle();
      const counts = ["AN", "BO", "DI"].map((name) => vendor.requests.filter(({ to }) => to === name).length);
      const words = `${fault} at commit ${last}: ${to(vendor.requests).join()}`;
      if (isAccepted) ok(counts.every((count) => count >= 1), words);
      ok(counts.filter((count) => count > 1).length <= 1 && Math.max(...counts) <= 2, words);
      ok(await addsUp(house), words);
      ended = ending.hasEnded;
      ok(ended || last > 5, `${last} commits`);
    }
  });
}

Deno.test("what the verdict on one recipient comes to for the message", () => {
  const recipients = PEOPLE.slice(0, 2).map((id) => ({ id, mobile: "1" }));
  const whole = { ...message({}), recipients };
  const channel = { per: "recipient", address: { name: "mobile", title: "Mobile" } } as unknown as Channel;
  const first = turnOf(whole, channel, NO_PROGRESS);
  const usual = { isPlain: false };
  const kinds = (verdict: Parameters<typeof aggregate>[1], turn = first): unknown => {
    const { verdict: { kind }, continues } = aggregate(turn, verdict, usual);
    return [kind, continues];
  };
  equal(kinds(delivered()), ["retry", true]);
  equal(kinds(skipped("nothing")), ["retry", true]);
  equal(kinds(refused("recipient", "unknown")), ["retry", true]);
  equal(kinds(refused("payload", "bad")), ["refused", false]);
  equal(kinds(refused("config", "bad")), ["refused", false]);
  equal(kinds({ kind: "throttled", because: "", waitMs: 1 }), ["throttled", false]);
  equal(kinds({ kind: "retry", because: "" }), ["retry", true]);
  equal(kinds({ kind: "retry", because: "", waitMs: 1_000 }), ["retry", false]);
  const second = turnOf(whole, channel, aggregate(first, skipped("nothing"), usual).progress);
  equal(kinds(skipped("nothing"), second), ["skipped", false]);
  equal(kinds(delivered(), second), ["delivered", false]);
  equal(kinds(refused("recipient", "unknown"), second), ["refused", false]);
  equal(kinds({ kind: "retry", because: "" }, second), ["retry", false]);
});

Deno.test("the progress of a thousand recipients who all fail fits a value of the database", () => {
  const recipients = Array.from(
    { length: 1_000 },
    (_, index) => ({ id: `member.number-${index}`, mobile: "1" }),
  );
  const whole = { ...message({}), recipients };
  const channel = { per: "recipient", address: { name: "mobile", title: "Mobile" } } as unknown as Channel;
  const verdict = retry("未知".repeat(250));
  let progress = NO_PROGRESS;
  for (let asked = 0; asked < recipients.length - 1; asked++) {
    progress = aggregate(turnOf(whole, channel, progress), verdict, { isPlain: false }).progress;
  }
  const { length } = encode(progress);
  ok(length < 60_000, `${length} bytes`);
});

Deno.test("the wait that a vendor asks for one recipient is kept, and delays the others by a minute at most", () => {
  const recipients = PEOPLE.slice(0, 2).map((id) => ({ id, mobile: "1" }));
  const channel = { per: "recipient", address: { name: "mobile", title: "Mobile" } } as unknown as Channel;
  const first = turnOf({ ...message({}), recipients }, channel, NO_PROGRESS);
  const hour = retryAlone("one call an hour", { waitMs: 60 * MINUTE });
  const waitAfter = (verdicts: readonly Parameters<typeof aggregate>[1][]): unknown => {
    let turn = first;
    let last: ReturnType<typeof aggregate> | undefined;
    for (const verdict of verdicts) {
      last = aggregate(turn, verdict, { isPlain: false });
      turn = turnOf({ ...message({}), recipients }, channel, last.progress);
    }
    return last!.verdict.kind === "retry" && [last!.verdict.waitMs, last!.continues];
  };
  equal(waitAfter([hour]), [undefined, true], "the other one is next at once");
  equal(waitAfter([delivered(), hour]), [60 * MINUTE, false]);
  equal(waitAfter([hour, delivered()]), [60 * MINUTE, false]);
  equal(waitAfter([retry("busy"), hour]), [MINUTE, false]);
  equal(waitAfter([hour, retry("busy")]), [MINUTE, false]);
  const vendor = retry("the vendor is busy", { waitMs: 60 * MINUTE });
  equal(waitAfter([vendor]), [60 * MINUTE, false], "it is about the vendor: nobody is next");
});
