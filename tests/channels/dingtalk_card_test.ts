import assert from "node:assert/strict";
import dingtalk from "../../channels/dingtalk_card.ts";
import type { Member, Message, Receipt, Verdict } from "../../relay/channel.ts";
import {
  type DingTalkEnterprise,
  type DingTalkEnterpriseOptions,
  startDingTalkEnterprise,
} from "../../simulator/dingtalk_enterprise.ts";
import { api } from "../kit/api.ts";
import { TestClock } from "../kit/clock.ts";
import { testRelay } from "../kit/relay.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, link, message } from "./_message.ts";
import { Talk } from "./_talk.ts";

testFixtures(dingtalk);

const APP = { appKey: "ding1", appSecret: "s3cret+/=&%26 机" };
const DESTINATION = { ...APP, conversation: "cid1", templateId: "card.schema" };
const MINUTE = 60_000;

const LI: Member = { id: "li.lei", name: "李雷", dingtalk: "user1" };

interface Scene extends AsyncDisposable {
  readonly dingtalk: DingTalkEnterprise;
  readonly talk: Talk;
  send(own?: Partial<Message>, input?: object): Promise<Verdict>;
}

async function scene(options: Partial<DingTalkEnterpriseOptions> = {}): Promise<Scene> {
  const talk = new Talk(dingtalk);
  const server = await startDingTalkEnterprise({
    app: APP,
    staff: [{ user: "user1" }, { user: "user2", mobile: "13900000000" }],
    cards: { chats: ["cid1"] },
    now: () => talk.now,
    ...options,
  });
  return {
    dingtalk: server,
    talk,
    send: (own = {}, input = {}) =>
      talk.send({ ...DESTINATION, base: `${server.url}/`, ...input }, message(own)),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function receiptIn(verdict: Verdict): Receipt {
  assert.equal(verdict.kind, "delivered", verdict.because);
  assert.ok(verdict.kind === "delivered" && verdict.receipt);
  return verdict.receipt;
}

const EVENT = (reason: "acknowledged" | "closed"): Partial<Message> => ({
  reason,
  by: "李雷",
  words: {
    status: "告警中",
    severity: "严重",
    open: "查看",
    acknowledge: "确认",
    take: "接手",
    snooze: "暂停通知 1 小时",
    event: "李雷 已确认",
  },
});

Deno.test("a card has the values of its variables, and rings with its title", async () => {
  await using s = await scene();
  await s.send({
    body: "**97 %** full",
    recipients: [LI, { id: "han.mei", mobile: "13900000000" }, { id: "ghost" }, {
      id: "left",
      mobile: "1300",
    }],
    actions: {
      open: "https://fh.example.com/o",
      acknowledge: "https://fh.example.com/a",
      take: "https://fh.example.com/t",
      codes: { acknowledge: "a.1", take: "t.1", snooze: "s.1" },
    },
  }, { mentions: "members" });
  const [card] = s.dingtalk.cards;
  assert.deepEqual(card!.values, {
    title: "DiskFull",
    body: "**97 %** full",
    state: "firing",
    status: "告警中",
    severity: "严重",
    event: "",
    group: "ops/default",
    began: "2026-03-01 15:59:00",
    url: "https://fh.example.com/o",
    acknowledgeUrl: "https://fh.example.com/a",
    takeUrl: "https://fh.example.com/t",
    acknowledgeCode: "a.1",
    takeCode: "t.1",
    snoozeCode: "s.1",
    notice: "",
  });
  assert.equal(card!.callback, undefined);
  assert.equal(card!.notification, "DiskFull");
  assert.deepEqual(card!.mentions, { user1: "李雷", user2: "han.mei" });
});

Deno.test("an incident is one card that changes in place: firing, acknowledged, resolved", async () => {
  await using s = await scene();
  const actions = { open: "https://fh.example.com/o", acknowledge: "https://fh.example.com/a" };
  let earlier = receiptIn(await s.send({ body: "fires", actions }));
  earlier = receiptIn(await s.send({ id: "2", body: "b", earlier, ...EVENT("acknowledged") }));
  receiptIn(await s.send({ id: "3", status: "resolved", body: "over", earlier }));
  assert.equal(s.dingtalk.cards.length, 1);
  const [card] = s.dingtalk.cards;
  const shown = [...card!.history, card!.values].map(({ state, body, event, acknowledgeUrl }) =>
    [state, body, event, acknowledgeUrl].join(" | ")
  );
  assert.deepEqual(shown, [
    "firing | fires |  | https://fh.example.com/a",
    "acknowledged | b | 李雷 已确认 | ",
    "resolved | over |  | ",
  ]);
});

Deno.test("what must ring is a card of its own, and all cards of the thread end together", async () => {
  await using s = await scene();
  const first = receiptIn(await s.send({}, { mentions: "all" }));
  const second = receiptIn(await s.send({ id: "2", reason: "repeat", earlier: first }));
  const over = await s.send({ id: "3", earlier: second, ...EVENT("closed") }, { mentions: "all" });
  assert.equal(over.because, "updated 2 cards");
  assert.deepEqual(s.dingtalk.cards.map(({ values }) => values.state), ["closed", "closed"]);
  assert.deepEqual(s.dingtalk.cards[0]!.mentions, { "@ALL": "@ALL" });
});

Deno.test("an event of an incident whose card is not known is skipped; its end is a card", async () => {
  await using s = await scene();
  assert.equal((await s.send(EVENT("acknowledged"))).kind, "skipped");
  assert.equal((await s.send({ status: "resolved" })).kind, "delivered");
});

Deno.test("a card that is gone is forgotten; where others are left, they change", async () => {
  await using s = await scene();
  const earlier = receiptIn(await s.send());
  const verdict = await s.send({ id: "2", status: "resolved", earlier: { cards: "gone" } });
  assert.equal(verdict.kind === "retry" && verdict.forget, true);
  const left = await s.send({ id: "3", status: "resolved", earlier: { cards: `gone ${earlier.cards}` } });
  assert.deepEqual(receiptIn(left), earlier);
});

Deno.test("a post whose answer was lost makes no second card", async () => {
  await using s = await scene();
  s.dingtalk.fault("cut_after_post", { path: "/v1.0/card/instances/createAndDeliver" });
  assert.equal((await s.send()).kind, "retry");
  receiptIn(await s.send());
  assert.equal(s.dingtalk.cards.length, 1);
});

Deno.test("hostile and long texts fit each variable; half an address is none", async () => {
  await using s = await scene();
  for (const [name, text] of Object.entries(HOSTILE)) {
    for (const plain of [false, true]) {
      const links = [link(`https://x.example.com/${"x".repeat(1_000)}`)];
      const verdict = await s.send({
        id: `${name} ${plain}`,
        title: text.slice(0, 100),
        body: text,
        links,
        plain,
      });
      assert.equal(verdict.kind, "delivered", `${name}: ${verdict.because}`);
    }
  }
  for (const { values } of s.dingtalk.cards) assert.equal(values.url, "");
});

Deno.test("a wrong chat, robot or template, and wrong credentials, are the config's fault", async () => {
  await using s = await scene();
  const wrong = [{ conversation: "cid2" }, { robotCode: "other" }, { templateId: "t2" }, { appSecret: "no" }];
  for (const [index, input] of wrong.entries()) {
    const verdict = await s.send({ id: `${index}` }, input);
    assert.equal(verdict.kind === "refused" && verdict.what, "config", verdict.because);
  }
});

Deno.test("through the house: one card of an incident, from firing through acknowledged to resolved", async () => {
  const clock = new TestClock();
  await using server = await startDingTalkEnterprise({
    app: APP,
    staff: [],
    cards: { chats: ["cid1"] },
    now: () => clock.now(),
  });
  await using house = await testRelay({
    clock,
    yaml: `groups: [{ owner: default, level: default, destinations: [{ channel: dingtalk_card, config: ${
      JSON.stringify({ ...DESTINATION, base: server.url })
    } }] }]`,
  });
  const labels = { instance: "db-1", severity: "critical" };
  await house.fire({ labels });
  const [incident] = await house.relay.store.incidents.newest("open", 1);
  await api(house, "POST", `incidents/${incident!.id}/ack`, { body: { by: "李雷" } });
  await house.advance(10 * MINUTE);
  await house.fire({ labels, status: "resolved" });
  assert.equal(server.cards.length, 1);
  const [card] = server.cards;
  assert.deepEqual(
    [...card!.history, card!.values].map(({ state, title, event }) => `${state} ${title} ${event}`.trim()),
    [
      "firing 🔴db-1 Test",
      "acknowledged 👀db-1 Test 李雷 已确认（16:00 起）",
      "resolved ✅db-1 Test 由 李雷 确认（16:00）",
    ],
  );
});

Deno.test("the callback address is registered once, before the first card that calls it, and again with another secret", async () => {
  await using s = await scene();
  const url = "https://fh.example.com/callbacks/ops/default/cards";
  await s.send({ id: "1" }, { callbackUrl: url, callbackSecret: "c-1" });
  await s.send({ id: "2" }, { callbackUrl: url, callbackSecret: "c-1" });
  await s.send({ id: "3" }, { callbackUrl: url, callbackSecret: "c-2" });
  assert.deepEqual(s.dingtalk.cards.map(({ callback }) => callback), [
    { url, secret: "c-1" },
    { url, secret: "c-1" },
    { url, secret: "c-2" },
  ]);
  const registered = s.dingtalk.requests.filter(({ path }) => path === "/v1.0/card/callbacks/register");
  assert.equal(registered.length, 2);
});
