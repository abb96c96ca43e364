import assert from "node:assert/strict";
import telegram from "../../channels/telegram.ts";
import type { Markup, Message, Receipt, Verdict } from "../../relay/channel.ts";
import { startTelegram, type Telegram, type TelegramChat } from "../../simulator/telegram.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, message, NOW } from "./_message.ts";
import { deliver, requestOf } from "./_send.ts";

const TOKEN = "110201543:AA+/=&%23 cd";
const ROOM: TelegramChat = { id: -1001, name: "@alerts", topics: [5] };
const html = telegram.form as Markup;

function start(chats: readonly TelegramChat[] = [ROOM]): Promise<Telegram> {
  return startTelegram({ token: TOKEN, chats, now: () => NOW });
}

async function post(server: Telegram, text: Message, config: object = {}): Promise<Verdict> {
  return await deliver(telegram, { token: TOKEN, chat: "-1001", base: server.url, ...config }, text);
}

/** The receipt that the relay hands to the next message of the thread. */
function receiptOf(verdict: Verdict): Receipt {
  assert.equal(verdict.kind, "delivered", verdict.because);
  assert.ok("receipt" in verdict && verdict.receipt, "no receipt");
  return verdict.receipt;
}

testFixtures(telegram);

Deno.test("a message names its chat, its topic, and no preview of its links", async () => {
  const { url, json } = await requestOf(telegram, { token: TOKEN, chat: -1001, topic: 5 }, message());
  assert.equal(url, "https://api.telegram.org/bot110201543:AA%2B%2F%3D%26%2523%20cd/sendMessage");
  assert.deepEqual(json, {
    chat_id: -1001,
    text: "firing: node-3 is 97 % full",
    parse_mode: "HTML",
    link_preview_options: { is_disabled: true },
    message_thread_id: 5,
    disable_notification: false,
  });
});

Deno.test("hostile values are shown as they are, and are no markup", async () => {
  for (const [name, value] of Object.entries(HOSTILE).filter(([name]) => !/^nothing|15,000/.test(name))) {
    await using server = await start();
    const wellFormed = value.toWellFormed();
    const body = `${html.bold!(html.escape("title"))}\n${html.escape(wellFormed)}\n${html.code!(wellFormed)}`;
    assert.equal((await post(server, message({ body }))).kind, "delivered", name);
    const [{ text, entities }] = server.messages as [Telegram["messages"][number]];
    assert.equal(text, `title\n${wellFormed}\n${wellFormed}`.trim(), name);
    assert.deepEqual(entities.map(({ type }) => type), ["bold", "code"], name);
  }
});

Deno.test("an address that Telegram does not link is written out", async () => {
  await using server = await start();
  const addresses = ["https://prom.example.com/?a=1&b=2", "http://prometheus:9090/?a=1&b=2"];
  await post(server, message({ body: addresses.map((url) => html.link!("graph", url)).join("\n") }));
  const [{ text, entities }] = server.messages as [Telegram["messages"][number]];
  assert.equal(text, "graph\ngraph (http://prometheus:9090/?a=1&b=2)");
  assert.deepEqual(entities.map(({ url }) => url), [addresses[0]]);
});

Deno.test("a plain message is sent without markup", async () => {
  await using server = await start();
  const actions = { open: "https://a.example/" };
  await post(server, message({ body: html.escape("<b> & _"), plain: true, actions }));
  const [{ text, entities, buttons }] = server.messages as [Telegram["messages"][number]];
  assert.deepEqual([text, entities, buttons], ["<b> & _", [], []]);
});

Deno.test("members are called by name or id, at most 400 characters of them, and never when it is over", async () => {
  await using server = await start();
  const recipients = [
    { id: "li.lei", telegram: "@li_lei" },
    { id: "han", name: "韩 <梅>", telegram: "4711" },
    { id: "nobody", email: "x@example.com" },
  ];
  await post(server, message({ recipients }), { mention: true });
  await post(server, message({ recipients, status: "resolved" }), { mention: true });
  await post(server, message({ recipients }));
  const many = Array.from({ length: 100 }, (_, at) => ({ id: `m${at}`, telegram: `member_${at}` }));
  await post(server, message({ recipients: many }), { mention: true });
  const [called, over, uncalled, crowd] = server.messages;
  assert.equal(called!.text, "firing: node-3 is 97 % full\n@li_lei 韩 <梅>");
  assert.deepEqual(called!.entities.map(({ url }) => url), ["tg://user?id=4711"]);
  assert.equal(over!.text, "firing: node-3 is 97 % full");
  assert.ok(over!.isSilent && !called!.isSilent);
  assert.equal(uncalled!.text, "firing: node-3 is 97 % full");
  const [names, more] = crowd!.text.split("\n")[1]!.split(" +");
  assert.ok(names!.length <= 400);
  assert.equal(names!.split(" ").length + Number(more), 100);
});

Deno.test("the actions are buttons, where Telegram takes their address", async () => {
  await using server = await start();
  const open = "https://fenghuo.example.com/go/1";
  await post(server, message({ actions: { open, acknowledge: `${open}/ack` } }));
  await post(server, message({ actions: { open: "http://fenghuo:8000/go/1" } }));
  assert.deepEqual(server.messages.map(({ buttons }) => buttons), [
    [{ text: "确认", url: `${open}/ack` }, { text: "查看", url: open }],
    [],
  ]);
});

const WORDS = message().words;
const ACKNOWLEDGED: Partial<Message> = {
  by: "李雷",
  reason: "acknowledged",
  words: { ...WORDS, event: "李雷 已确认" },
};
const RESOLVED: Partial<Message> = { status: "resolved", reason: "resolved" };

const FOLLOW: [follow: string, own: Partial<Message>, seen: string][] = [
  ["edit", ACKNOWLEDGED, "edited"],
  ["edit", RESOLVED, "edited"],
  ["edit", { reason: "repeat" }, "reply"],
  ["edit", { reason: "reminder" }, "reply"],
  ["edit", { digest: { alerts: 3, incidents: 3 } }, "edited"],
  ["reply", ACKNOWLEDGED, "reply"],
  ["reply", RESOLVED, "reply"],
  ["new", RESOLVED, "new"],
];

for (const [follow, own, seen] of FOLLOW) {
  const what = own.digest ? "a change in a digest" : own.words?.event ?? own.reason;
  Deno.test(`follow-ups "${follow}": ${what} is ${seen}`, async () => {
    for (const chat of ["-1001", "@alerts"]) {
      await using server = await start();
      const earlier = receiptOf(await post(server, message({ body: "first" }), { follow, chat }));
      const next = await post(server, message({ body: "next", ...own, earlier }), { follow, chat });
      receiptOf(next);
      const [first, second] = server.messages;
      assert.deepEqual([first!.text, first!.edits], seen === "edited" ? ["next", 1] : ["first", 0]);
      assert.equal(second?.text, seen === "edited" ? undefined : "next");
      assert.equal(second?.replyTo, seen === "reply" ? first!.id : undefined);
    }
  });
}

Deno.test("an edit that changes nothing is delivered", async () => {
  await using server = await start();
  const earlier = receiptOf(await post(server, message()));
  assert.equal((await post(server, message({ ...RESOLVED, earlier }))).kind, "delivered");
});

Deno.test("when a member has deleted the first message, it is forgotten, and a reply stands alone", async () => {
  await using server = await start();
  const earlier = receiptOf(await post(server, message()));
  server.remove(server.messages[0]!.id);
  const verdict = await post(server, message({ ...RESOLVED, earlier }));
  assert.equal(verdict.kind === "retry" && verdict.forget, true, verdict.because);
  receiptOf(await post(server, message({ reason: "repeat", earlier })));
  assert.equal(server.messages[0]!.replyTo, undefined);
});

Deno.test("an earlier message in another chat is left alone", async () => {
  await using server = await start([ROOM, { id: -1002 }]);
  const earlier = receiptOf(await post(server, message()));
  await post(server, message({ ...RESOLVED, body: "over", earlier }), { chat: "-1002" });
  assert.deepEqual(server.messages.map(({ chat, text }) => [chat, text]), [
    [-1001, "firing: node-3 is 97 % full"],
    [-1002, "over"],
  ]);
});

Deno.test("a group that became a supergroup is refused with its new id", async () => {
  await using server = await start([{ id: -1001, migratedTo: -100_999 }]);
  const verdict = await post(server, message());
  assert.equal(verdict.kind === "refused" && verdict.what, "config");
  assert.match(verdict.because, /supergroup chat: -100999$/);
});

Deno.test("the twenty-first message within a minute waits as long as Telegram says", async () => {
  await using server = await start();
  const kinds = [];
  for (let at = 0; at < 21; at++) kinds.push(await post(server, message()));
  assert.deepEqual(kinds.map(({ kind }) => kind), [...Array(20).fill("delivered"), "throttled"]);
});
