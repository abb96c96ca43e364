import assert from "node:assert/strict";
import feishu from "../../channels/feishu_app.ts";
import { APP_CODES } from "../../channels/_feishu/app_answer.ts";
import { contentOf } from "../../channels/_feishu/app_message.ts";
import type { Member, Message, Receipt, Verdict } from "../../relay/channel.ts";
import { adviceOf } from "../../relay/channel/advice.ts";
import { type FeishuAppServer, startFeishuApp } from "../../simulator/feishu_app.ts";
import { api } from "../kit/api.ts";
import { TestClock } from "../kit/clock.ts";
import { testRelay } from "../kit/relay.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, message } from "./_message.ts";
import { Talk } from "./_talk.ts";
import { CRASH, written } from "./_written.ts";

testFixtures(feishu);

const APP = { appId: "cli_1+/=", appSecret: "s3cret+/=&%26 机" };
const MINUTE = 60_000;
const DAY = 24 * 3_600_000;

const LI: Member = { id: "li.lei", feishu: "ou_li", email: "li.lei@example.com" };
const HAN: Member = { id: "han.mei", feishu: "hanmei", email: "han.mei@example.com" };
const GHOST: Member = { id: "ghost", email: "ghost@example.com" };

interface Scene extends AsyncDisposable {
  readonly feishu: FeishuAppServer;
  readonly talk: Talk;
  send(own?: Partial<Message>, input?: object): Promise<Verdict>;
}

async function scene(options: Partial<Parameters<typeof startFeishuApp>[0]> = {}): Promise<Scene> {
  const talk = new Talk(feishu);
  const server = await startFeishuApp({
    app: APP,
    chats: [{ id: "oc_1", members: ["ou_li", "hanmei"] }, { id: "oc_closed", hasBot: false }],
    now: () => talk.now,
    ...options,
  });
  return {
    feishu: server,
    talk,
    send: (own = {}, input = {}) =>
      talk.send({ ...APP, chat: "oc_1", base: `${server.url}/`, ...input }, message(own)),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function receiptIn(verdict: Verdict): Receipt | undefined {
  assert.equal(verdict.kind, "delivered", verdict.because);
  return verdict.kind === "delivered" ? verdict.receipt : undefined;
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

Deno.test("a card: its head in the severity's colour, its body, and its buttons, acknowledge first", async () => {
  await using s = await scene();
  await s.send({
    body: "**97 %** full",
    actions: { open: "https://fh.example.com/o", acknowledge: "https://fh.example.com/a" },
    buttons: [{ title: "手册", url: "https://runbooks.example.com/disk?a=1&b=2" }],
  });
  const [posted] = s.feishu.messages;
  const button = (content: string, type: string, url: string): unknown => ({
    tag: "button",
    text: { tag: "plain_text", content },
    type,
    url,
  });
  assert.deepEqual(posted!.content, {
    config: { wide_screen_mode: true, update_multi: true },
    header: { title: { tag: "plain_text", content: "DiskFull" }, template: "red" },
    elements: [
      { tag: "markdown", content: "**97 %** full" },
      {
        tag: "action",
        actions: [
          button("确认", "primary", "https://fh.example.com/a"),
          button("手册", "default", "https://runbooks.example.com/disk?a=1&b=2"),
          button("查看", "default", "https://fh.example.com/o"),
        ],
      },
    ],
  });
});

Deno.test("an incident is one card that changes in place: firing, acknowledged, resolved", async () => {
  await using s = await scene();
  let earlier = receiptIn(await s.send({ body: "fires" }));
  assert.deepEqual(earlier, { cards: "om_1" });
  const acknowledged = await s.send({
    id: "2",
    body: "李雷 已确认",
    earlier: earlier!,
    ...EVENT("acknowledged"),
  });
  earlier = receiptIn(acknowledged);
  assert.equal(acknowledged.because, "edited");
  receiptIn(await s.send({ id: "3", status: "resolved", body: "over", earlier: earlier! }));
  assert.equal(s.feishu.messages.length, 1);
  const [card] = s.feishu.messages;
  const shown = [...card!.history, card!.content].map((content) => {
    const { header, elements } = content as {
      header: { template: string };
      elements: { content: string }[];
    };
    return [header.template, elements[0]!.content];
  });
  assert.deepEqual(shown, [["red", "fires"], ["grey", "李雷 已确认"], ["green", "over"]]);
});

Deno.test("what must ring is an answer to the first card, and all cards of the thread end together", async () => {
  await using s = await scene();
  const first = receiptIn(await s.send());
  const second = receiptIn(await s.send({ id: "2", reason: "repeat", earlier: first! }));
  assert.deepEqual(second, { cards: "om_1 om_2" });
  assert.equal(s.feishu.messages[1]!.parent, "om_1");
  const verdict = await s.send({ id: "3", status: "resolved", earlier: second! });
  assert.equal(verdict.because, "edited 2 cards");
  for (const { content } of s.feishu.messages) {
    assert.equal((content as { header: { template: string } }).header.template, "green");
  }
});

Deno.test("an event of an incident whose card is not known is skipped; its end is posted", async () => {
  await using s = await scene();
  assert.equal((await s.send(EVENT("closed"))).kind, "skipped");
  assert.equal((await s.send({ status: "resolved" })).kind, "delivered");
  assert.equal(s.feishu.messages.length, 1);
});

Deno.test("a digest is a card of its own, which changes when one of its alerts ends", async () => {
  await using s = await scene();
  const digest = { alerts: 9, incidents: 9 };
  const earlier = receiptIn(await s.send({ digest }))!;
  assert.deepEqual(receiptIn(await s.send({ id: "2", earlier, digest })), earlier);
  assert.equal(s.feishu.messages.length, 1);
  assert.equal(s.feishu.messages[0]!.history.length, 1);
});

Deno.test("a card that is recalled or too old is forgotten, and what follows is a new card", async () => {
  await using s = await scene();
  const earlier = receiptIn(await s.send())!;
  s.talk.now += 14 * DAY + 1;
  for (const own of [{ status: "resolved" } as const, EVENT("closed")]) {
    const verdict = await s.send({ id: "2", earlier, ...own });
    assert.equal(verdict.kind === "retry" && verdict.forget, true, verdict.because);
  }
  (s.feishu.messages[0] as { isRecalled: boolean }).isRecalled = true;
  const answer = await s.send({ id: "3", reason: "repeat", earlier });
  assert.equal(answer.kind === "retry" && answer.forget, true, answer.because);
  assert.equal((await s.send({ id: "4", status: "resolved" })).kind, "delivered");
});

Deno.test("a post whose answer was lost is not posted twice", async () => {
  await using s = await scene();
  s.feishu.fault("cut_after_post", { path: "/open-apis/im/v1/messages" });
  await s.send();
  assert.deepEqual(receiptIn(await s.send()), { cards: "om_1" });
  assert.equal(s.feishu.messages.length, 1);
});

Deno.test("members are mentioned by their Feishu id or their mail, and nobody when it is over", async () => {
  await using s = await scene();
  const hostile = { id: "x", feishu: "a></at><at id=all" };
  const recipients = [LI, GHOST, hostile];
  const bodies: string[] = [];
  for (const [id, own] of Object.entries({ a: {}, b: { status: "resolved" } as const })) {
    await s.send({ id, body: "b", recipients, ...own }, { mentions: "members" });
  }
  await s.send({ id: "c", body: "b" }, { mentions: "all" });
  for (const { content } of s.feishu.messages) {
    bodies.push((content as { elements: { content: string }[] }).elements[0]!.content);
  }
  assert.deepEqual(bodies, [
    "b\n\n<at id=ou_li></at> <at email=ghost@example.com></at>",
    "b",
    "b\n\n<at id=all></at>",
  ]);
});

const LOOK_UP = "/open-apis/contact/v3/users/batch_get_id";
const URGENT = { urgent: "phone", recipients: [LI, HAN, GHOST] };

Deno.test("members are found by mobile or mail, once for many messages, whether they are known or not", async () => {
  const users = [{ openId: "ou_li", email: "li@example.com" }, { openId: "ou_han", mobile: "13900000000" }];
  await using s = await scene({ users, chats: [{ id: "oc_1", members: ["ou_li", "ou_han"] }] });
  const recipients = [
    { id: "li.lei", mobile: "13800000000", email: "li@example.com" },
    { id: "han.mei", mobile: "13900000000" },
    { id: "ghost", email: "ghost@example.com" },
  ];
  for (const id of ["1", "2"]) await s.send({ id, recipients }, { urgent: "app", mentions: "members" });
  for (const { content, urgents } of s.feishu.messages) {
    assert.deepEqual(urgents, [{ way: "app", users: ["ou_li", "ou_han"] }]);
    assert.match(
      JSON.stringify(content),
      /<at id=ou_li><\/at> <at id=ou_han><\/at> <at email=ghost@example.com>/,
    );
  }
  assert.equal(s.feishu.calls(LOOK_UP).length, 1);
  s.talk.now += 6 * 60 * MINUTE;
  await s.send({ id: "3", recipients }, { urgent: "app" });
  const { emails, mobiles } = JSON.parse(new TextDecoder().decode(s.feishu.calls(LOOK_UP)[1]!.body));
  assert.deepEqual(
    [emails, mobiles],
    [["ghost@example.com"], ["13800000000"]],
    "who was found is remembered longer",
  );
});

Deno.test("a look-up that the app may not do costs nobody the card, and the record says so", async () => {
  await using s = await scene();
  const reply = { status: 400, json: { code: 99991672, msg: "Access denied." } };
  s.feishu.fault("answer", { path: LOOK_UP, reply });
  const verdict = await s.send({ recipients: [LI, GHOST] }, { urgent: "app" });
  assert.deepEqual([verdict.kind, verdict.because], [
    "delivered",
    "urgent_app; look-up: 99991672 Access denied.",
  ]);
});

Deno.test("nobody is looked up for what calls nobody", async () => {
  await using s = await scene();
  await s.send({ id: "1", recipients: [GHOST] });
  await s.send({ id: "2", recipients: [GHOST], status: "resolved" }, { urgent: "app", mentions: "members" });
  await s.send({ id: "3", recipients: [GHOST], severity: "info" }, { urgent: "app" });
  assert.equal(s.feishu.calls(LOOK_UP).length, 0);
});

Deno.test("what is critical rings members whom Feishu knows, each by their kind of id", async () => {
  await using s = await scene();
  const verdict = await s.send({ recipients: [LI, HAN, GHOST] }, { urgent: "phone" });
  assert.deepEqual(s.feishu.messages[0]!.urgents, [
    { way: "phone", users: ["ou_li"] },
    { way: "phone", users: ["hanmei"] },
  ]);
  assert.deepEqual(verdict, {
    kind: "delivered",
    because: "urgent_phone, urgent_phone",
    receipt: { cards: "om_1" },
  });
  for (const own of [{ severity: "error" }, { status: "resolved" }] as Partial<Message>[]) {
    await s.send({ id: JSON.stringify(own), recipients: [LI], ...own }, URGENT);
  }
  assert.deepEqual(s.feishu.messages.slice(1).flatMap(({ urgents }) => urgents), []);
});

Deno.test("a quota of calls that is used up is a text message, then a message in the app", async () => {
  await using s = await scene({ urgentQuota: { phone: 0, sms: 0 } });
  const verdict = await s.send({ recipients: [LI] }, URGENT);
  assert.deepEqual(s.feishu.messages[0]!.urgents, [{ way: "app", users: ["ou_li"] }]);
  assert.match(verdict.because, /^urgent_phone: 230024 .*, urgent_sms: 230024 .*, urgent_app$/);
});

Deno.test("somebody who is not in the chat costs nobody the message, and is named", async () => {
  await using s = await scene();
  const verdict = await s.send({ recipients: [LI, { id: "jim", feishu: "ou_jim" }] }, { urgent: "app" });
  assert.deepEqual(verdict.kind === "delivered" && verdict.failed, ["jim"]);
});

Deno.test("ringing that fails is tried again without another card, for a quarter of an hour", async () => {
  await using s = await scene();
  const path = "/open-apis/im/v1/messages/om_1/urgent_phone";
  s.feishu.fault("5xx", { path, times: 3 });
  const first = await s.send({ recipients: [LI] }, URGENT);
  assert.equal(first.kind, "retry");
  assert.ok(first.kind === "retry" && first.alone, "the lane goes on");
  s.talk.now += MINUTE;
  assert.equal((await s.send({ recipients: [LI] }, URGENT)).kind, "retry");
  s.talk.now += 14 * MINUTE;
  const last = await s.send({ recipients: [LI] }, URGENT);
  assert.deepEqual(receiptIn(last), { cards: "om_1" });
  assert.match(last.because, /urgent_phone: HTTP 503/);
  assert.equal(s.feishu.messages.length, 1);
});

Deno.test("ringing that a person must mend does not hold up the message", async () => {
  await using s = await scene();
  s.feishu.fault("answer", {
    path: "/open-apis/im/v1/messages/om_1/urgent_phone",
    reply: { status: 400, json: { code: 230027, msg: "Lack of necessary permissions." } },
  });
  const verdict = await s.send({ recipients: [LI] }, URGENT);
  assert.equal(verdict.kind, "delivered");
  assert.match(verdict.because, /^urgent_phone: 230027 /);
});

Deno.test("hostile and long texts are taken in each form, and call nobody", async () => {
  await using s = await scene();
  for (const [name, text] of Object.entries(HOSTILE)) {
    for (const plain of [false, true]) {
      s.talk.now += 1_000;
      const body = text.replaceAll("<", "＜").slice(0, 3_000); // the relay escapes and cuts it
      const verdict = await s.send({ id: `${name} ${plain}`, title: text.slice(0, 100), body, plain });
      assert.equal(verdict.kind, "delivered", `${name}: ${verdict.because}`);
    }
  }
});

Deno.test("a token that ended is fetched anew; wrong credentials, and a chat without the bot, are the config's fault", async () => {
  await using s = await scene();
  await s.send({ id: "1" });
  s.feishu.revokeTokens();
  assert.equal((await s.send({ id: "2" })).kind, "delivered");
  const wrong = await s.send({ id: "3" }, { appSecret: "wrong" });
  assert.deepEqual(wrong.kind === "refused" && [wrong.what, wrong.step], ["config", "token"]);
  for (const chat of ["oc_closed", "oc_none"]) {
    const verdict = await s.send({ id: chat }, { chat });
    assert.equal(verdict.kind === "refused" && verdict.what, "config", verdict.because);
  }
});

Deno.test("more than five a second wait as long as Feishu says", async () => {
  await using s = await scene();
  const kinds: string[] = [];
  for (let index = 0; index < 6; index++) kinds.push((await s.send({ id: `${index}` })).kind);
  assert.deepEqual(kinds, [...Array(5).fill("delivered"), "throttled"]);
});

Deno.test("every code that is known has a cause and a cure in both languages", () => {
  for (const code of APP_CODES) {
    const advice = adviceOf(feishu, `${code} xyz`);
    assert.ok(advice, code);
    assert.notEqual(advice.cause.en, adviceOf(undefined, `${code} xyz`)?.cause.en);
  }
});

Deno.test("through a lane: destinations of one chat share its budget", () => {
  const lane = (own: object): string =>
    feishu.lane!(
      feishu.config.parse({ ...APP, chat: "oc_1", ...own }) as Parameters<NonNullable<typeof feishu.lane>>[0],
    );
  assert.equal(lane({ mentions: "all" }), lane({}));
  assert.notEqual(lane({ chat: "oc_2" }), lane({}));
});

Deno.test("through the house: one card from firing through acknowledged to resolved; the next incident's is new", async () => {
  const clock = new TestClock();
  await using server = await startFeishuApp({ app: APP, chats: [{ id: "oc_1" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml: `groups: [{ owner: default, level: default, destinations: [{ channel: feishu_app, config: ${
      JSON.stringify({ ...APP, chat: "oc_1", base: server.url })
    } }] }]`,
  });
  const act = async (what: "ack" | "close"): Promise<void> => {
    const [incident] = await house.relay.store.incidents.newest("open", 1);
    await api(house, "POST", `incidents/${incident!.id}/${what}`, { body: { by: "李雷" } });
    await house.advance(10 * MINUTE);
  };
  const shownOn = (index: number): string[] => {
    const { history, content } = server.messages[index]!;
    return [...history, content].map((card) => {
      const { header, elements } = card as {
        header: { title: { content: string }; template: string };
        elements: { content: string }[];
      };
      const event = /李雷\S* ?已[^（\s]+/.exec(elements[0]!.content)?.[0] ?? "";
      return `${header.template} ${header.title.content} ${event}`.trim();
    });
  };
  const labels = { instance: "db-1", severity: "critical" };
  await house.fire({ labels });
  await act("ack");
  await house.fire({ labels, status: "resolved" });
  assert.deepEqual(shownOn(0), ["red 🔴db-1 Test", "grey 👀db-1 Test 李雷 已确认", "green ✅db-1 Test"]);
  await house.advance(10 * MINUTE);
  await house.fire({ labels });
  await act("close");
  assert.deepEqual(shownOn(1), ["red 🔴db-1 Test", "green ✅db-1 Test 李雷 已关闭"]);
  assert.equal(server.messages.length, 2);
});

Deno.test("through the house: the card's button acknowledges the incident, and then the card has none", async () => {
  const clock = new TestClock();
  await using server = await startFeishuApp({ app: APP, chats: [{ id: "oc_1" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com" },
    yaml: `groups: [{ owner: default, level: default, destinations: [{ channel: feishu_app, config: ${
      JSON.stringify({ ...APP, chat: "oc_1", base: server.url })
    } }] }]`,
  });
  const buttons = (): Map<string, string> => {
    const { elements } = server.messages[0]!.content as {
      elements: { actions?: { text: { content: string }; url: string }[] }[];
    };
    return new Map(
      elements.flatMap(({ actions = [] }) => actions.map(({ text, url }) => [text.content, url])),
    );
  };
  await house.fire({ labels: { instance: "db-1", severity: "critical" } });
  const link = new URL(buttons().get("确认")!);
  const pressed = await house.request(link.pathname, { method: "POST", headers: { authorization: "" } });
  assert.equal(pressed.status, 200);
  await house.settle();
  const [card] = server.messages;
  assert.equal((card!.content as { header: { template: string } }).header.template, "grey");
  assert.match(JSON.stringify(card!.content), /已确认/);
  assert.deepEqual([buttons().has("确认"), buttons().has("查看")], [false, true]);
  assert.equal(server.messages.length, 1);
});

Deno.test("a text of quotes alone, which are escaped twice, fits into the 30 KB of a request", () => {
  const alert = { ...CRASH, text: `"\\`.repeat(10_000), annotations: {} };
  const { message } = written(feishu, [alert]);
  const content = JSON.stringify(contentOf({ mentions: "none" }, message).content);
  const bytes = new TextEncoder().encode(JSON.stringify({ content })).length;
  assert.ok(bytes > 15_000 && bytes <= 30 * 1_024, String(bytes));
});
