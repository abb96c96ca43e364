import assert from "node:assert/strict";
import channel from "../../channels/wecom_app.ts";
import type { Member, Message } from "../../relay/channel.ts";
import {
  type CallFaultOptions,
  startWeComEnterprise,
  type WeComEnterprise,
} from "../../simulator/wecom_enterprise.ts";
import { HOSTILE, link, message, NOW } from "./_message.ts";
import { Talk } from "./_talk.ts";
import { HOUR, MINUTE } from "../../relay/base/duration.ts";

const APP = { corpid: "ww1+/=", secret: "s3cret+/=&%26 机", agentid: 1_000_002 };

const LI: Member = { id: "li.lei", wecom: "LiLei" };
const HAN: Member = { id: "han.mei", wecom: "HanMei" };
const JIM: Member = { id: "jim", wecom: "Jim" };
const ALL = [LI, HAN, JIM];

const PATHS = {
  token: "/cgi-bin/gettoken",
  send: "/cgi-bin/message/send",
  create: "/cgi-bin/appchat/create",
  update: "/cgi-bin/appchat/update",
  post: "/cgi-bin/appchat/send",
};

interface Scene extends AsyncDisposable {
  readonly wecom: WeComEnterprise;
  readonly talk: Talk;
  send(recipients: readonly Member[], own?: Partial<Message>, input?: object): ReturnType<Talk["send"]>;
}

async function scene(perMinute = Infinity): Promise<Scene> {
  const talk = new Talk(channel);
  const members = ["LiLei", "HanMei", "Jim"].map((user) => ({ user }));
  const wecom = await startWeComEnterprise({ app: { ...APP, perMinute }, members, now: () => talk.now });
  return {
    wecom,
    talk,
    send: (recipients, own = {}, input = {}) =>
      talk.send({ ...APP, base: `${wecom.url}/`, ...input }, message({ recipients, ...own })),
    [Symbol.asyncDispose]: () => wecom.close(),
  };
}

const CHAT = { to: "chat" };

Deno.test("each member with a user id gets the message, in each form", async () => {
  await using s = await scene();
  const links = [link("https://prom.example.com/graph?a=%22%26")];
  for (const form of ["markdown", "text", "textcard"]) {
    const own = { id: form, links, title: "磁".repeat(100), body: "<b>x</b>" };
    assert.deepEqual(await s.send([LI, HAN, { id: "ghost" }], own, { form }), {
      kind: "delivered",
      because: "ok",
    });
  }
  for (const user of ["LiLei", "HanMei"]) {
    assert.deepEqual(s.wecom.company.inbox(user).map(({ msgtype }) => msgtype), [
      "markdown",
      "text",
      "textcard",
    ]);
  }
  const [, , card] = s.wecom.company.inbox("LiLei");
  assert.match(card!.text, /^＜b>x＜\/b>\n#[0-9a-f]{8}$/);
  assert.ok(card!.title.endsWith("…"), "128 bytes of a title");
  assert.equal(s.wecom.company.inbox("Jim").length, 0);
});

Deno.test("a card does not say its title again in its few bytes of text", async () => {
  await using s = await scene();
  const body = "🔴db-1 DiskFull · critical\n97 % full";
  await s.send([LI], { title: "🔴db-1 DiskFull", body, links: [link("https://x.example.com/")] }, {
    form: "textcard",
  });
  const [card] = s.wecom.company.inbox("LiLei");
  assert.match(card!.text, /^critical\n97 % full\n#/);
});

Deno.test("a card without a link, or whose link is too long, goes as text", async () => {
  await using s = await scene();
  await s.send([LI], { id: "1" }, { form: "textcard" });
  await s.send([LI], { id: "2", links: [link(`https://x.example.com/${"x".repeat(2_048)}`)] }, {
    form: "textcard",
  });
  assert.deepEqual(s.wecom.company.inbox("LiLei").map(({ msgtype }) => msgtype), ["text", "text"]);
});

Deno.test("token is fetched once for many messages, also for several at once, and anew shortly before its end", async () => {
  await using s = await scene();
  await Promise.all(Array.from({ length: 8 }, (_, index) => s.send([LI], { id: `${index}` })));
  assert.equal(s.wecom.company.inbox("LiLei").length, 8);
  s.talk.now += 115 * MINUTE - 1;
  await s.send([LI]);
  assert.equal(s.wecom.calls(PATHS.token).length, 1);
  s.talk.now += 1;
  await s.send([LI]);
  assert.equal(s.wecom.calls(PATHS.token).length, 2);
});

Deno.test("a token that ended early is fetched anew once; a new one that is refused too is a matter of the config", async () => {
  await using s = await scene();
  await s.send([LI], { id: "1" });
  s.wecom.revokeTokens();
  const verdicts = await Promise.all(
    Array.from({ length: 5 }, (_, index) => s.send([LI], { id: `a${index}` })),
  );
  assert.deepEqual(verdicts.map(({ kind }) => kind), Array(5).fill("delivered"));
  assert.equal(s.wecom.calls(PATHS.token).length, 2);
  for (const errcode of [40014, 42001]) {
    s.wecom.fault("answer", { path: PATHS.send, reply: { json: { errcode, errmsg: "x" } }, times: 2 });
    const verdict = await s.send([LI], { id: "2" });
    assert.deepEqual(verdict.kind === "refused" && [verdict.what, verdict.step], ["config", "token"]);
  }
});

Deno.test("a wrong secret, company or agent is a matter of the config, and tells no secret", async () => {
  await using s = await scene();
  const table = [
    [{ secret: "wrong-secret" }, "token", /^40001 invalid credential$/],
    [{ corpid: "ww2" }, "token", /^40013 invalid corpid$/],
    [{ agentid: 7 }, undefined, /^40056 invalid agentid$/],
  ] as const;
  for (const [input, step, because] of table) {
    const verdict = await s.send([LI], {}, input);
    assert.deepEqual(verdict.kind === "refused" && [verdict.what, verdict.step], ["config", step]);
    assert.match(verdict.because, because);
  }
  for (const key of s.talk.cache.values.keys()) {
    assert.ok(!key.includes(APP.secret) && !key.includes(encodeURIComponent(APP.secret)));
  }
});

Deno.test("who has left or has no licence is named, whatever WeCom makes of the case, and the rest get it", async () => {
  await using s = await scene();
  s.wecom.company.leave("HanMei");
  s.wecom.company.join({ user: "Jim", isUnlicensed: true });
  const verdict = await s.send([...ALL, { id: "odd", wecom: "@all" }]);
  assert.deepEqual(verdict, {
    kind: "delivered",
    because: "ok; not to han.mei, jim: WeCom cannot send to them; not found: odd (not a WeCom user id)",
    failed: ["han.mei", "jim", "odd"],
  });
  assert.deepEqual(["LiLei", "HanMei", "Jim"].map((user) => s.wecom.company.inbox(user).length), [1, 0, 0]);
});

Deno.test("when nobody can get it, the message is refused for its recipients", async () => {
  await using s = await scene();
  for (const { wecom } of [LI, HAN]) s.wecom.company.leave(wecom!);
  const gone = await s.send([LI, HAN]);
  assert.deepEqual(gone, {
    kind: "refused",
    what: "recipient",
    because: "81013 user & party & tag all invalid",
    failed: ["li.lei", "han.mei"],
  });
  s.wecom.company.join({ user: "Jim", isUnlicensed: true });
  const unlicensed = await s.send([JIM]);
  assert.deepEqual(unlicensed.kind === "refused" && [unlicensed.what, unlicensed.failed], ["recipient", [
    "jim",
  ]]);
  const nobody = await s.send([{ id: "ghost" }]);
  assert.equal(nobody.kind === "refused" && nobody.what, "recipient");
});

Deno.test("a retry of a message is not shown twice, and another message with the same text is", async () => {
  await using s = await scene();
  s.wecom.fault("cut_after_post", { path: PATHS.send });
  assert.equal((await s.send([LI], { id: "1" })).kind, "retry");
  s.talk.now += 3 * HOUR;
  assert.equal((await s.send([LI], { id: "1" })).kind, "delivered");
  assert.equal(s.wecom.company.inbox("LiLei").length, 1);
  for (const form of ["markdown", "text"]) await s.send([LI], { id: `2${form}` }, { form });
  for (const form of ["markdown", "text"]) await s.send([LI], { id: `3${form}` }, { form });
  assert.equal(s.wecom.company.inbox("LiLei").length, 5);
});

Deno.test("1,500 members are two messages, and the failures of both are named", async () => {
  await using s = await scene();
  const people = Array.from({ length: 1_500 }, (_, index) => ({ id: `m${index}`, wecom: `User${index}` }));
  for (const { wecom } of people) s.wecom.company.join({ user: wecom });
  s.wecom.company.leave("User3");
  s.wecom.company.leave("User1400");
  const verdict = await s.send(people);
  assert.deepEqual(verdict.kind === "delivered" && verdict.failed, ["m3", "m1400"]);
  assert.equal(s.wecom.calls(PATHS.send).length, 2);
});

for (const input of [{}, CHAT]) {
  const to = "to" in input ? "a chat" : "members";
  const path = "to" in input ? PATHS.post : PATHS.send;

  Deno.test(`to ${to}: every hostile text is taken, in each form, as it is and plain`, async () => {
    await using s = await scene();
    for (const [name, text] of Object.entries(HOSTILE)) {
      for (const form of ["markdown", "text", "textcard"]) {
        s.talk.now += MINUTE;
        const title = Array.from(text).slice(0, 100).join("");
        const own = { title, body: text, plain: name === "emoji", links: [link("https://x.example.com/")] };
        const verdict = await s.send(ALL, own, { ...input, form });
        assert.equal(verdict.kind, "delivered", `${name}, ${form}: ${verdict.because}`);
      }
    }
  });

  Deno.test(`to ${to}: a failure says what to do next, and in which step`, async (t) => {
    const says = (errcode: number): Parameters<WeComEnterprise["fault"]> => [
      "answer",
      { reply: { json: { errcode, errmsg: "x, hint: [1], from ip: 203.0.113.7" } } },
    ];
    const table: [string, string, Parameters<WeComEnterprise["fault"]>, string][] = [
      ["a busy token", PATHS.token, says(-1), "retry token"],
      ["a cut token", PATHS.token, ["cut"], "retry token"],
      ["a token behind a 502", PATHS.token, ["5xx", { status: 502 }], "retry token"],
      ["a throttled token", PATHS.token, says(45009), "throttled"],
      ["an address that is not trusted", PATHS.token, says(60020), "refused config token"],
      ["a busy send", path, says(-1), "retry"],
      ["too many at once", path, says(45033), "retry"],
      ["a throttled send", path, says(45009), "throttled"],
      ["a text that is too long", path, says(45002), "refused payload"],
      ["members outside the app's scope", PATHS.send, says(60021), "refused config"],
      ["an API that is not allowed", path, says(48002), "refused config"],
      ["an unknown code", path, says(99999), "refused payload"],
      ["a cut send", path, ["cut"], "retry"],
      ["a send behind a redirect", path, ["redirect"], "refused config"],
      ["a page instead of an answer", path, ["html"], "retry"],
    ];
    for (const [name, path, [kind, options], expected] of table) {
      if ("to" in input && path === PATHS.send) continue;
      await t.step(name, async () => {
        await using s = await scene();
        s.wecom.fault(kind, { ...options, path } as CallFaultOptions);
        const verdict = await s.send(ALL, {}, input);
        const { what = "", step = "" } = verdict as { what?: string; step?: string };
        assert.equal([verdict.kind, what, step].filter(Boolean).join(" "), expected, verdict.because);
        assert.ok(!verdict.because.includes("203.0.113.7"));
        assert.equal((await s.send(ALL, {}, input)).kind, "delivered", "and the next one arrives");
      });
    }
  });
}

Deno.test("a chat is made of the members once, and each message is in it", async () => {
  await using s = await scene();
  await Promise.all(Array.from({ length: 4 }, (_, index) => s.send(ALL, { id: `${index}` }, CHAT)));
  const [chat, ...others] = s.wecom.company.chats;
  assert.deepEqual(others, []);
  assert.deepEqual([chat!.name, [...chat!.users], chat!.messages.length], [
    "烽火 ops/default",
    ["LiLei", "HanMei", "Jim"],
    4,
  ]);
  assert.equal(s.wecom.calls(PATHS.create).length, 1);
  assert.equal(
    chat!.messages[0]!.text,
    "firing: node-3 is 97 % full",
    "without a mark: nothing is dropped here",
  );
});

Deno.test("a creation whose answer is lost makes no second chat, and a failed one is named by its step", async () => {
  await using s = await scene();
  s.wecom.fault("cut_after_post", { path: PATHS.create });
  const lost = await s.send(ALL, {}, CHAT);
  assert.deepEqual(lost.kind === "retry" && lost.step, "chat");
  assert.equal((await s.send(ALL, {}, CHAT)).kind, "delivered");
  assert.equal(s.wecom.company.chats.length, 1);
});

Deno.test("a chat that is gone is made anew", async () => {
  await using s = await scene();
  await s.send(ALL, {}, CHAT);
  s.wecom.company.chats[0]!.isGone = true;
  assert.equal((await s.send(ALL, {}, CHAT)).kind, "delivered");
  assert.deepEqual(s.wecom.company.chats.map(({ messages }) => messages.length), [1, 1]);
});

Deno.test("who has left is left out of the chat and named; a chat for one is a message to them", async () => {
  await using s = await scene();
  s.wecom.company.leave("HanMei");
  const verdict = await s.send(ALL, {}, CHAT);
  assert.deepEqual(verdict.kind === "delivered" && verdict.failed, ["han.mei"]);
  assert.deepEqual([...s.wecom.company.chats[0]!.users], ["LiLei", "Jim"]);

  const two = await s.send([LI, HAN], { group: "ops/two" }, CHAT);
  assert.deepEqual(two.kind === "delivered" && two.failed, ["han.mei"]);
  assert.equal(s.wecom.company.chats.length, 1);
  assert.equal(s.wecom.company.inbox("LiLei").length, 1);
  assert.equal((await s.send([JIM], { group: "ops/one" }, CHAT)).kind, "delivered");
  assert.equal(s.wecom.company.inbox("Jim").length, 1);
});

Deno.test("members that the group gained or lost are added and removed, and what fails there stops nothing", async () => {
  await using s = await scene();
  await s.send([LI, HAN], {}, CHAT);
  await s.send(ALL, {}, CHAT);
  const [chat] = s.wecom.company.chats;
  assert.deepEqual([...chat!.users], ["LiLei", "HanMei", "Jim"]);
  s.wecom.fault("5xx", { path: PATHS.update });
  assert.equal((await s.send([LI, JIM], {}, CHAT)).kind, "delivered");
  s.talk.now += 11 * MINUTE;
  await s.send([LI, JIM], {}, CHAT);
  assert.deepEqual([...chat!.users], ["LiLei", "Jim"]);
});

Deno.test("when all have left, no chat is made, and the message is refused for its recipients", async () => {
  await using s = await scene();
  for (const { wecom } of ALL) s.wecom.company.leave(wecom!);
  const verdict = await s.send(ALL, {}, CHAT);
  assert.deepEqual(verdict.kind === "refused" && [verdict.what, verdict.failed], [
    "recipient",
    ["li.lei", "han.mei", "jim"],
  ]);
});

Deno.test("without a base the calls go to WeCom's own host", async () => {
  await using wecom = await startWeComEnterprise({ app: APP, members: [{ user: "LiLei" }], now: () => NOW });
  const talk = new Talk(channel, (request) => {
    const url = new URL(request.url);
    assert.equal(url.origin, "https://qyapi.weixin.qq.com");
    return { ...request, url: `${wecom.url}${url.pathname}${url.search}` };
  });
  assert.equal((await talk.send(APP, message({ recipients: [LI] }))).kind, "delivered");
});

const CARD = { form: "card", callbackToken: "t-1", encodingAesKey: "a".repeat(43) };
const ACTIONS: Message["actions"] = {
  open: "https://fh.example.com/o",
  acknowledge: "https://fh.example.com/a",
  codes: { acknowledge: "a.1", take: "t.1", snooze: "s.1" },
};
const TAKEN: Partial<Message> = {
  reason: "acknowledged",
  by: "李雷",
  words: { ...message().words, event: "李雷 已接手（03:12 起）" },
};

Deno.test("a template card has buttons that act, and changes in place once", async () => {
  await using s = await scene();
  const fired = await s.send(
    [LI, HAN],
    { id: "1", title: "🔴db-1 DiskFull", body: "97 %", actions: ACTIONS },
    CARD,
  );
  assert.ok(fired.kind === "delivered" && fired.receipt?.code, JSON.stringify(fired));
  const [card] = s.wecom.company.inbox("LiLei");
  const { template_card: shown } = card!.request as {
    template_card: { button_list: { text: string; key: string }[]; card_action: { url: string } };
  };
  assert.deepEqual(shown.button_list.map(({ text, key }) => [text, key]), [
    ["确认", "a.1"],
    ["接手", "t.1"],
    [message().words.snooze, "s.1"],
  ]);
  assert.equal(shown.card_action.url, ACTIONS!.open);

  const taken = await s.send([LI, HAN], { id: "2", earlier: fired.receipt, body: "97 %", ...TAKEN }, CARD);
  assert.deepEqual([taken.kind, taken.because], ["delivered", "changed"]);
  for (const user of ["LiLei", "HanMei"]) {
    const [first, ...others] = s.wecom.company.inbox(user);
    assert.deepEqual(others, []);
    assert.match(first!.changed!.text, /^李雷 已接手（03:12 起）\n97 %$/);
    assert.match(first!.changed!.button, /^李雷 已接手/);
  }

  assert.ok(taken.kind === "delivered" && taken.receipt);
  const again = await s.send([LI, HAN], { id: "3", earlier: taken.receipt, ...TAKEN }, CARD);
  assert.equal(again.kind, "skipped", "WeCom changes a card only once");
  const over = {
    id: "4",
    earlier: taken.receipt,
    status: "resolved",
    reason: "resolved",
    title: "✅db-1",
  } as const;
  assert.equal((await s.send([LI, HAN], over, CARD)).kind, "delivered");
  assert.deepEqual(s.wecom.company.inbox("LiLei").map(({ msgtype }) => msgtype), ["template_card", "text"]);
});

Deno.test("a card whose code no longer works is forgotten, and what must ring is a card of its own", async () => {
  await using s = await scene();
  const gone = await s.send([LI], { earlier: { code: "r-x" }, ...TAKEN }, CARD);
  assert.ok(gone.kind === "retry" && gone.forget, JSON.stringify(gone));
  const repeat = { id: "2", reason: "repeat", earlier: { code: "r-x" }, actions: ACTIONS } as const;
  assert.ok("receipt" in await s.send([LI], repeat, CARD));
  assert.equal(s.wecom.company.inbox("LiLei").length, 1);
});

Deno.test("without Token and EncodingAESKey, and without actions, the form card is text", async () => {
  await using s = await scene();
  await s.send([LI], { id: "1", title: "🔴db-1", body: "97 %" }, CARD);
  await s.send([LI], { id: "2", title: "🔴db-1", body: "97 %", plain: true, actions: ACTIONS }, CARD);
  const texts = s.wecom.company.inbox("LiLei").map(({ msgtype, text }) =>
    `${msgtype} ${text.split("\n#")[0]}`
  );
  assert.deepEqual(texts, ["text 🔴db-1\n97 %", "text 97 %"]);
  const skipped = await s.send([LI], { id: "3", earlier: { code: "r-x" }, ...TAKEN }, { form: "card" });
  assert.equal(skipped.kind, "skipped");
});
