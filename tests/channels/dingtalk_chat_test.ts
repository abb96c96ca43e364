import assert from "node:assert/strict";
import channel from "../../channels/dingtalk_chat.ts";
import type { Member, Message } from "../../relay/channel.ts";
import {
  type AppSetup,
  type CallFaultOptions,
  type DingTalkEnterprise,
  startDingTalkEnterprise,
} from "../../simulator/dingtalk_enterprise.ts";
import { HOSTILE, message, NOW } from "./_message.ts";
import { Talk } from "./_talk.ts";
import { HOUR, MINUTE } from "../../relay/base/duration.ts";

const APP: AppSetup = { appKey: "ding1+/=&", appSecret: "s3cret+/=&%26 机", templateId: "t-1" };
const APIS = ["v1", "legacy"] as const;
type Api = typeof APIS[number];

const LI: Member = { id: "li.lei", dingtalk: "user1" };
const HAN: Member = { id: "han.mei", dingtalk: "user2" };
const JIM: Member = { id: "jim", mobile: "13900000000" };
const ALL = [LI, HAN, JIM];
const STAFF = [
  { user: "boss" },
  { user: "user1" },
  { user: "user2" },
  { user: "user3", mobile: "13900000000" },
];

const PATHS = {
  v1: {
    token: "/v1.0/oauth2/accessToken",
    create: "/v1.0/im/sceneGroup/create",
    add: "/v1.0/im/sceneGroup/member/add",
    post: "/v1.0/robot/groupMessages/send",
  },
  legacy: { token: "/gettoken", create: "/chat/create", add: "/chat/update", post: "/chat/send" },
};

interface Scene extends AsyncDisposable {
  readonly dingtalk: DingTalkEnterprise;
  readonly talk: Talk;
  /** Send to these members. */
  send(recipients: readonly Member[], own?: Partial<Message>, input?: object): ReturnType<Talk["send"]>;
}

async function scene(api: Api, app: Partial<AppSetup> = {}): Promise<Scene> {
  const talk = new Talk(channel);
  const dingtalk = await startDingTalkEnterprise({
    app: { ...APP, ...app },
    staff: STAFF,
    now: () => talk.now,
  });
  const config = {
    appKey: APP.appKey,
    appSecret: APP.appSecret,
    templateId: "t-1",
    owner: "boss",
    api,
    base: `${dingtalk.url}/`,
  };
  return {
    dingtalk,
    talk,
    send: (recipients, own = {}, input = {}) =>
      talk.send({ ...config, ...input }, message({ recipients, ...own })),
    [Symbol.asyncDispose]: () => dingtalk.close(),
  };
}

for (const api of APIS) {
  const paths = PATHS[api];

  Deno.test(`${api}: the chat has the group's members, by user id or mobile, and its owner; the message is in it`, async () => {
    await using s = await scene(api);
    assert.deepEqual(await s.send(ALL), { kind: "delivered", because: "ok" });
    const [chat, ...others] = s.dingtalk.company.chats;
    assert.deepEqual(others, []);
    assert.deepEqual([chat!.owner, [...chat!.users].sort()], ["boss", ["boss", "user1", "user2", "user3"]]);
    assert.equal(chat!.name, "烽火 ops/default");
    const [{ form, title, text } = {}] = chat!.messages;
    assert.deepEqual([form, title, text], ["markdown", "DiskFull", "firing: node-3 is 97 % full"]);
  });

  Deno.test(`${api}: token, chat and user ids are asked for once, and a message then takes one call`, async () => {
    await using s = await scene(api);
    await s.send(ALL);
    const before = s.dingtalk.requests.length;
    await s.send(ALL);
    await s.send(ALL);
    assert.deepEqual(s.dingtalk.requests.slice(before).map(({ path }) => path), [paths.post, paths.post]);
    assert.equal(s.dingtalk.company.chats[0]!.messages.length, 3);
  });

  Deno.test(`${api}: several at once share one token and make one chat`, async () => {
    await using s = await scene(api);
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => s.send([LI, HAN])));
    assert.deepEqual(verdicts.map(({ kind }) => kind), Array(8).fill("delivered"));
    assert.equal(s.dingtalk.calls(paths.token).length, 1);
    assert.equal(s.dingtalk.calls(paths.create).length, 1);
    assert.equal(s.dingtalk.company.chats[0]!.messages.length, 8);
  });

  Deno.test(`${api}: the token is fetched anew shortly before its end, and not earlier`, async () => {
    await using s = await scene(api);
    await s.send([LI]);
    s.talk.now += 115 * MINUTE - 1;
    await s.send([LI]);
    assert.equal(s.dingtalk.calls(paths.token).length, 1);
    s.talk.now += 1;
    await s.send([LI]);
    assert.equal(s.dingtalk.calls(paths.token).length, 2);
  });

  Deno.test(`${api}: a token that ended early is fetched anew once, also for several at once`, async () => {
    await using s = await scene(api);
    await s.send([LI]);
    s.dingtalk.revokeTokens();
    const verdicts = await Promise.all(Array.from({ length: 5 }, () => s.send([LI])));
    assert.deepEqual(verdicts.map(({ kind }) => kind), Array(5).fill("delivered"));
    assert.equal(s.dingtalk.calls(paths.token).length, 2);
  });

  Deno.test(`${api}: a new token that is refused as well is a matter of the config, in the step of the token`, async () => {
    await using s = await scene(api);
    await s.send([LI]);
    const reply = api === "v1"
      ? { status: 400, json: { code: "InvalidAuthentication", message: "x" } }
      : { json: { errcode: 40014, errmsg: "x" } };
    s.dingtalk.fault("answer", { path: paths.post, reply, times: 9 });
    const verdict = await s.send([LI]);
    assert.equal(verdict.kind === "refused" && verdict.what, "config");
    assert.equal("step" in verdict && verdict.step, "token");
    assert.equal(s.dingtalk.calls(paths.post).length, 3, "the first message, and two tries of the second");
  });

  Deno.test(`${api}: members who are looked up side by side with a token that ended early are all found`, async () => {
    await using s = await scene(api);
    await s.send([JIM]); // a token is known now, and then it ends
    s.dingtalk.revokeTokens();
    const people = ["1", "2", "3", "4"].map((last) => {
      s.dingtalk.company.join({ user: `new${last}`, mobile: `1390000000${last}` });
      return { id: `member${last}`, mobile: `1390000000${last}` };
    });
    assert.deepEqual(await s.send([LI, ...people]), { kind: "delivered", because: "ok" });
    assert.deepEqual(
      [...s.dingtalk.company.chats[0]!.users].filter((user) => user.startsWith("new")).sort(),
      [
        "new1",
        "new2",
        "new3",
        "new4",
      ],
    );
    assert.equal(s.dingtalk.calls(PATHS.legacy.token).length, 2, "one token for all of them");
  });

  Deno.test(`${api}: a member who cannot be looked up this time is neither gone nor taken out of the chat`, async () => {
    await using s = await scene(api);
    await s.send([LI, JIM]);
    await s.send([LI, { id: "tom", mobile: "13900000009" }, JIM]); // nobody has that number: gone
    s.talk.now += 8 * 24 * HOUR; // the answers are asked for again
    const busy = { json: { errcode: -1, errmsg: "busy" } };
    s.dingtalk.fault("answer", { path: "/topapi/v2/user/getbymobile", reply: busy, times: 9 });
    assert.deepEqual(await s.send([LI, JIM]), { kind: "delivered", because: "ok" }, "as far as it was known");
    assert.deepEqual(await s.send([LI, { id: "new", mobile: "13900000008" }]), {
      kind: "delivered",
      because: "ok; could not be looked up: new (-1 busy)",
      unknown: ["new"],
    });
    assert.ok(s.dingtalk.company.chats[0]!.users.has("user3"), "jim stays while it is not known who is who");
  });

  Deno.test(`${api}: a wrong secret fails in the step of the token, and is not told`, async () => {
    await using s = await scene(api);
    await s.send([LI]);
    const verdict = await s.send([LI], {}, { appSecret: "wrong-secret" });
    assert.deepEqual(
      { ...verdict, because: "" },
      { kind: "refused", what: "config", step: "token", because: "" },
    );
    assert.match(verdict.because, api === "v1" ? /^invalidClientIdOrSecret/ : /^40089/);
    assert.ok(!verdict.because.includes("wrong-secret"));
    for (const key of s.talk.cache.values.keys()) {
      for (const secret of [APP.appSecret, encodeURIComponent(APP.appSecret), "wrong-secret"]) {
        assert.ok(!key.includes(secret), "no secret stands in a key of the cache");
      }
    }
  });

  Deno.test(`${api}: who has left is left out, named, and looked for again later`, async () => {
    await using s = await scene(api);
    s.dingtalk.company.leave("user2");
    const verdict = await s.send(ALL);
    assert.deepEqual(verdict.kind === "delivered" && verdict.failed, ["han.mei"]);
    assert.match(verdict.because, /^ok; left out: han\.mei \(33012 /);
    const [chat] = s.dingtalk.company.chats;
    assert.deepEqual([...chat!.users].sort(), ["boss", "user1", "user3"]);

    const before = s.dingtalk.requests.length;
    assert.deepEqual((await s.send(ALL)).kind, "delivered");
    assert.equal(s.dingtalk.requests.length, before + 1, "the next message is quick");

    s.talk.now += 7 * HOUR;
    const still = await s.send(ALL);
    assert.deepEqual(still.kind === "delivered" && still.failed, ["han.mei"]);

    s.dingtalk.company.join({ user: "user2" });
    s.talk.now += 7 * HOUR;
    assert.deepEqual(await s.send(ALL), { kind: "delivered", because: "ok" });
    assert.ok(chat!.users.has("user2"), "back again");
  });

  Deno.test(`${api}: when the owner has left, a member owns the chat`, async () => {
    await using s = await scene(api);
    s.dingtalk.company.leave("boss");
    const verdict = await s.send([LI, HAN]);
    assert.match(verdict.because, /^ok; left out: the owner \(33012 /);
    assert.deepEqual([...s.dingtalk.company.chats[0]!.users], ["user1", "user2"]);
  });

  Deno.test(`${api}: when all have left, the message is refused for its recipients, in no step`, async () => {
    await using s = await scene(api);
    for (const { user } of STAFF) s.dingtalk.company.leave(user);
    const verdict = await s.send([LI, HAN]);
    assert.deepEqual({ ...verdict, because: "" }, {
      kind: "refused",
      what: "recipient",
      failed: ["li.lei", "han.mei"],
      because: "",
    });
    const mobile = await s.send([JIM]);
    assert.deepEqual(mobile.kind === "refused" && [mobile.what, mobile.failed], ["recipient", ["jim"]]);
    assert.match(mobile.because, /jim \(60121 /);
    assert.equal((await s.send([{ id: "ghost" }])).kind, "refused");
  });

  Deno.test(`${api}: a mobile number of nobody does not stop the others`, async () => {
    await using s = await scene(api);
    s.dingtalk.company.leave("user3");
    const verdict = await s.send(ALL);
    assert.deepEqual(verdict.kind === "delivered" && verdict.failed, ["jim"]);
    assert.match(verdict.because, /not found: jim \(60121 /);
    const before = s.dingtalk.requests.length;
    await s.send(ALL);
    assert.equal(s.dingtalk.requests.length, before + 1, "it is remembered");
  });

  Deno.test(`${api}: a chat that was dissolved is made anew, and the message is in the new one`, async () => {
    await using s = await scene(api);
    await s.send([LI, HAN]);
    s.dingtalk.company.chats[0]!.isDissolved = true;
    assert.equal((await s.send([LI, HAN])).kind, "delivered");
    const [old, anew] = s.dingtalk.company.chats;
    assert.deepEqual([old!.messages.length, anew!.messages.length], [1, 1]);
    await s.send([LI, HAN]);
    assert.equal(s.dingtalk.company.chats.length, 2);
  });

  Deno.test(`${api}: members that the group gained or lost are added and removed`, async () => {
    await using s = await scene(api);
    await s.send([LI]);
    await s.send([LI, HAN, JIM]);
    const [chat] = s.dingtalk.company.chats;
    assert.deepEqual([...chat!.users].sort(), ["boss", "user1", "user2", "user3"]);
    await s.send([HAN]);
    assert.deepEqual([...chat!.users].sort(), ["boss", "user2"]);
    assert.deepEqual(chat!.messages.map(({ readers }) => readers.length), [2, 4, 2]);
  });

  Deno.test(`${api}: what fails while members are added or removed does not stop the message`, async () => {
    await using s = await scene(api);
    await s.send([LI]);
    s.dingtalk.fault("5xx", { path: paths.add, times: 9 });
    assert.equal((await s.send([LI, HAN])).kind, "delivered");
    assert.equal((await s.send([LI, HAN])).kind, "delivered");
    assert.equal(s.dingtalk.calls(paths.add).length, 1, "it is not tried again at once");
    s.dingtalk.heal();
    s.talk.now += 11 * MINUTE;
    await s.send([LI, HAN]);
    assert.ok(s.dingtalk.company.chats[0]!.users.has("user2"));
  });

  Deno.test(`${api}: one who is not in the chat any more does not keep the others in it`, async () => {
    await using s = await scene(api);
    await s.send(ALL);
    s.dingtalk.company.leave("user2");
    assert.equal((await s.send([LI])).kind, "delivered");
    const [chat] = s.dingtalk.company.chats;
    assert.deepEqual([...chat!.users].sort(), ["boss", "user1"]);
    const before = s.dingtalk.requests.length;
    await s.send([LI]);
    assert.equal(s.dingtalk.requests.length, before + 1, "there is nothing left to do");
  });

  Deno.test(`${api}: another owner in the config leaves the chat with its own`, async () => {
    await using s = await scene(api);
    await s.send([LI]);
    assert.equal((await s.send([LI], {}, { owner: "user3" })).kind, "delivered");
    assert.deepEqual([...s.dingtalk.company.chats[0]!.users].sort(), ["boss", "user1", "user3"]);
    assert.equal(s.dingtalk.calls(paths.add).length, 1);
  });

  Deno.test(`${api}: when the leaver cannot be looked for, it is tried again, or said that the app may not look`, async () => {
    const look = "/topapi/v2/user/get";
    await using s = await scene(api);
    s.dingtalk.company.leave("user2");
    s.dingtalk.fault("5xx", { path: look, times: 3 });
    const later = await s.send([LI, HAN]);
    assert.deepEqual(later.kind === "retry" && later.step, "chat");
    assert.equal((await s.send([LI, HAN])).kind, "delivered");

    await using denied = await scene(api, { denied: [look] });
    denied.dingtalk.company.leave("user2");
    const verdict = await denied.send([LI, HAN]);
    assert.deepEqual(verdict.kind === "refused" && [verdict.what, verdict.step], ["config", "chat"]);
    assert.match(verdict.because, /; looking for who it is: 88 .*60011/);
  });

  Deno.test(`${api}: a new member who has left is named, and the others are added`, async () => {
    await using s = await scene(api);
    await s.send([LI]);
    s.dingtalk.company.leave("user2");
    const verdict = await s.send(ALL);
    assert.deepEqual(verdict.kind === "delivered" && verdict.failed, ["han.mei"]);
    assert.deepEqual([...s.dingtalk.company.chats[0]!.users].sort(), ["boss", "user1", "user3"]);
  });

  Deno.test(`${api}: a hundred members are put into the chat, 40 at a time`, async () => {
    await using s = await scene(api);
    const people = Array.from({ length: 100 }, (_, index) => ({ id: `m${index}`, dingtalk: `u${index}` }));
    for (const { dingtalk } of people) s.dingtalk.company.join({ user: dingtalk });
    assert.equal((await s.send(people)).kind, "delivered");
    assert.equal(s.dingtalk.company.chats[0]!.users.size, 101);
  });

  Deno.test(`${api}: groups have chats of their own, and one token`, async () => {
    await using s = await scene(api);
    await s.send([LI], { group: "ops/1" });
    await s.send([LI], { group: "ops/2" });
    assert.deepEqual(s.dingtalk.company.chats.map(({ name }) => name), ["烽火 ops/1", "烽火 ops/2"]);
    assert.equal(s.dingtalk.calls(paths.token).length, 1);
  });

  Deno.test(`${api}: every hostile text is taken, in each form, as it is and plain`, async () => {
    await using s = await scene(api);
    for (const [name, text] of Object.entries(HOSTILE)) {
      for (const form of ["markdown", "text"]) {
        s.talk.now += MINUTE;
        const title = Array.from(text).slice(0, 100).join("");
        const verdict = await s.send([LI], { title, body: text, plain: name === "emoji" }, { form });
        assert.equal(verdict.kind, "delivered", `${name}, ${form}: ${verdict.because}`);
      }
    }
  });

  Deno.test(`${api}: a body at the channel's own limit is posted whole`, async () => {
    await using s = await scene(api);
    const limits = channel.limits as (config: unknown) => { bodyBytes: number };
    const body = "磁".repeat(Math.floor((limits({ api }).bodyBytes - 2) / 3));
    await s.send([LI], { body, title: "磁".repeat(100) });
    assert.equal(s.dingtalk.company.chats[0]!.messages[0]!.text, body);
  });

  Deno.test(`${api}: a failure is named by its step, and says what to do next`, async (t) => {
    const busy = api === "v1"
      ? { status: 500, json: { code: "system.error", message: "busy" } }
      : { json: { errcode: -1, errmsg: "busy" } };
    const limit = api === "v1"
      ? { status: 403, json: { code: "Forbidden.AccessDenied.QpsLimitForApi", message: "x" } }
      : { json: { errcode: 88, errmsg: "x", sub_code: "90018", sub_msg: "y" } };
    const table: [string, "token" | "create" | "post", Parameters<DingTalkEnterprise["fault"]>, string][] = [
      ["a busy token", "token", ["answer", { reply: busy }], "retry token"],
      ["a cut token", "token", ["cut"], "retry token"],
      ["a token behind a 502", "token", ["5xx", { status: 502 }], "retry token"],
      ["a throttled token", "token", ["answer", { reply: limit }], "throttled"],
      ["a page instead of a token", "token", ["html"], "throttled"],
      ["a token without a token", "token", ["answer", { reply: { json: { errcode: 0 } } }], "retry token"],
      ["a busy creation", "create", ["answer", { reply: busy }], "retry chat"],
      ["a cut creation", "create", ["cut"], "retry chat"],
      ["a creation that redirects", "create", ["redirect"], "refused config chat"],
      ["a throttled creation", "create", ["answer", { reply: limit }], "throttled"],
      ["a busy send", "post", ["answer", { reply: busy }], "retry"],
      ["a cut send", "post", ["cut"], "retry"],
      ["a throttled send", "post", ["answer", { reply: limit }], "throttled"],
      ["a send with an empty answer", "post", ["answer", { reply: { json: {} } }], "retry"],
      [
        "an overloaded gateway",
        "post",
        ["answer", { reply: { json: { status: 1111, punish: "deny" } } }],
        "throttled",
      ],
    ];
    for (const [name, step, [kind, options], expected] of table) {
      await t.step(name, async () => {
        await using s = await scene(api);
        s.dingtalk.fault(kind, { ...options, path: paths[step] } as CallFaultOptions);
        const verdict = await s.send([LI]);
        const { what = "", step: named = "" } = verdict as { what?: string; step?: string };
        assert.equal([verdict.kind, what, named].filter(Boolean).join(" "), expected, verdict.because);
        assert.equal((await s.send([LI])).kind, "delivered", "and the next one arrives");
        assert.equal(s.dingtalk.company.chats.length, 1);
      });
    }
  });

  Deno.test(`${api}: a permission that the app lacks is a matter of the config, in its step`, async () => {
    for (const [step, expected] of [["create", "chat"], ["post", undefined]] as const) {
      await using s = await scene(api, { denied: [paths[step]] });
      const verdict = await s.send([LI]);
      assert.deepEqual(verdict.kind === "refused" && [verdict.what, verdict.step], ["config", expected]);
    }
  });

  Deno.test(`${api}: when the time is up, the step that it ran out in is named`, async () => {
    for (const [step, expected] of [["token", "token"], ["create", "chat"], ["post", undefined]] as const) {
      await using s = await scene(api);
      s.dingtalk.fault("hang", { path: paths[step] });
      const time = new AbortController();
      const config = {
        appKey: APP.appKey,
        appSecret: APP.appSecret,
        templateId: "t-1",
        api,
        base: s.dingtalk.url,
      };
      const sending = s.talk.send(config, message({ recipients: [LI] }), time.signal);
      const hangs = { token: 1, create: 2, post: 3 }[step];
      await s.dingtalk.arrived(hangs);
      time.abort();
      const verdict = await sending;
      assert.deepEqual(verdict.kind === "retry" && verdict.step, expected);
    }
  });

  Deno.test(`${api}: without a base each path goes to its own host`, async () => {
    await using dingtalk = await startDingTalkEnterprise({ app: APP, staff: STAFF, now: () => NOW });
    const talk = new Talk(channel, (request) => {
      const url = new URL(request.url);
      assert.equal(url.protocol, "https:");
      return {
        ...request,
        url: `${dingtalk.url}${url.pathname}${url.search}`,
        headers: { ...request.headers, "x-forwarded-host": url.host },
      };
    });
    const { appKey, appSecret } = APP;
    const verdict = await talk.send(
      { appKey, appSecret, templateId: "t-1", api },
      message({ recipients: ALL }),
    );
    assert.deepEqual(verdict, { kind: "delivered", because: "ok" });
  });
}

Deno.test("a creation whose answer is lost is repeated, and v1 makes no second chat", async () => {
  await using s = await scene("v1");
  s.dingtalk.fault("cut_after_post", { path: PATHS.v1.create });
  assert.equal((await s.send([LI])).kind, "retry");
  assert.equal((await s.send([LI])).kind, "delivered");
  assert.equal(s.dingtalk.company.chats.length, 1);
});

Deno.test("somebody outside the app's scope is left out like one who has left", async () => {
  await using s = await scene("v1");
  s.dingtalk.company.join({ user: "user2", isOutside: true });
  const verdict = await s.send([LI, HAN]);
  assert.deepEqual(verdict.kind === "delivered" && verdict.failed, ["han.mei"]);
});

Deno.test("when all are outside the app's scope, a person can mend that, and the message waits", async () => {
  await using s = await scene("v1");
  for (const { user } of STAFF) s.dingtalk.company.join({ user, isOutside: true });
  const verdict = await s.send([LI, HAN]);
  assert.deepEqual(verdict.kind === "refused" && [verdict.what, verdict.step], ["config", "chat"]);
  assert.match(verdict.because, /li\.lei \(50002 /);
});

Deno.test("over 20 messages a minute in a chat are a wait", async () => {
  await using s = await scene("v1");
  for (let i = 0; i < 20; i++) assert.equal((await s.send([LI])).kind, "delivered");
  const verdict = await s.send([LI]);
  assert.deepEqual(verdict.kind === "throttled" && verdict.waitMs, MINUTE);
});

Deno.test("a token that an answer quotes is in no verdict", async () => {
  await using s = await scene("legacy");
  await s.send([LI]);
  const [token] = [...s.talk.cache.values].filter(([key]) => key.startsWith("token")).map(([, { value }]) =>
    value
  );
  const errmsg = `bad ${token} ${encodeURIComponent(String(token))}`;
  s.dingtalk.fault("answer", { path: "/chat/send", reply: { json: { errcode: 34016, errmsg } } });
  assert.equal((await s.send([LI])).because, "34016 bad *** ***");
});

Deno.test("v1 needs a template, and legacy none", () => {
  const { success } = channel.config.safeParse({ appKey: "k", appSecret: "s" });
  assert.equal(success, false);
  assert.ok(channel.config.safeParse({ appKey: "k", appSecret: "s", api: "legacy" }).success);
});
