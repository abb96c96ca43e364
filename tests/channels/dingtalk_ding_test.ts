import assert from "node:assert/strict";
import ding from "../../channels/dingtalk_ding.ts";
import type { Member, Message, Verdict } from "../../relay/channel.ts";
import {
  type CardSetup,
  type DingTalkEnterprise,
  startDingTalkEnterprise,
} from "../../simulator/dingtalk_enterprise.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, message } from "./_message.ts";
import { Talk } from "./_talk.ts";

const LI: Member = { id: "li.lei", dingtalk: "user1" };
const HAN: Member = { id: "han.mei", mobile: "13900000000" };
const GONE: Member = { id: "gone", dingtalk: "left" };

testFixtures(ding, { recipients: [LI] });

const APP = { appKey: "ding1", appSecret: "s3cret+/=&%26 机" };

interface Scene extends AsyncDisposable {
  readonly dingtalk: DingTalkEnterprise;
  send(recipients: readonly Member[], own?: Partial<Message>, input?: object): Promise<Verdict>;
}

async function scene(cards: CardSetup = {}): Promise<Scene> {
  const talk = new Talk(ding);
  const many = Array.from({ length: 25 }, (_, index) => ({ user: `u${index}` }));
  const server = await startDingTalkEnterprise({
    app: APP,
    staff: [{ user: "user1" }, { user: "user2", mobile: "13900000000" }, ...many],
    cards,
    now: () => talk.now,
  });
  return {
    dingtalk: server,
    send: (recipients, own = {}, input = {}) =>
      talk.send({ ...APP, base: `${server.url}/`, ...input }, message({ recipients, ...own })),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

Deno.test("members are rung by user id or mobile, each way with its own type", async () => {
  await using s = await scene();
  for (const remind of ["app", "sms", "call"]) {
    await s.send([LI, HAN], { id: remind, body: remind }, { remind });
  }
  assert.deepEqual(
    s.dingtalk.reminders.map(({ remindType, users, content }) => [remindType, users, content]),
    [
      [1, ["user1", "user2"], "app"],
      [2, ["user1", "user2"], "sms"],
      [3, ["user1", "user2"], "call"],
    ],
  );
});

Deno.test("where nothing is bought of a way, the next quieter one is taken, and the record says so", async () => {
  await using s = await scene({ bought: { 3: 0, 2: 1 } });
  const one = await s.send([LI], { id: "1" }, { remind: "call" });
  assert.match(one.because, /^call: ding\.serverquota\.insufficient .*, sms$/);
  const two = await s.send([LI], { id: "2" }, { remind: "call" });
  assert.match(two.because, /, app$/);
  assert.deepEqual(s.dingtalk.reminders.map(({ remindType }) => remindType), [2, 1]);
});

Deno.test("a resolved alert rings nobody, unless that was chosen", async () => {
  await using s = await scene();
  assert.equal((await s.send([LI], { status: "resolved" })).kind, "skipped");
  assert.equal((await s.send([LI], { status: "resolved" }, { resolved: true })).kind, "delivered");
  assert.equal(s.dingtalk.reminders.length, 1);
});

Deno.test("somebody who has left costs nobody the reminder; without anybody it is refused", async () => {
  await using s = await scene();
  const verdict = await s.send([LI, GONE, { id: "nowhere", mobile: "13000000000" }]);
  assert.deepEqual(verdict.kind === "delivered" && verdict.failed, ["gone", "nowhere"]);
  for (const recipients of [[GONE], [], [{ id: "mail", email: "x@example.com" }]]) {
    const none = await s.send(recipients, { id: JSON.stringify(recipients) });
    assert.equal(none.kind === "refused" && none.what, "recipient", none.because);
  }
});

Deno.test("a call takes twenty people: the others are named", async () => {
  await using s = await scene();
  const people = Array.from({ length: 25 }, (_, index) => ({ id: `m${index}`, dingtalk: `u${index}` }));
  const verdict = await s.send(people, {}, { remind: "call" });
  assert.deepEqual(verdict.kind === "delivered" && verdict.failed, ["m20", "m21", "m22", "m23", "m24"]);
  assert.equal(s.dingtalk.reminders[0]!.users.length, 20);
});

Deno.test("hostile texts are taken, and an empty one is the title", async () => {
  await using s = await scene();
  for (const [name, text] of Object.entries(HOSTILE)) {
    const verdict = await s.send([LI], { id: name, body: text });
    assert.equal(verdict.kind, "delivered", `${name}: ${verdict.because}`);
  }
  assert.ok(s.dingtalk.reminders.some(({ content }) => content === "DiskFull"));
});

Deno.test("a wrong robot is the config's fault", async () => {
  await using s = await scene();
  const verdict = await s.send([LI], {}, { robotCode: "other" });
  assert.equal(verdict.kind === "refused" && verdict.what, "config", verdict.because);
});
