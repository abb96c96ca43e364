/** DingTalk's and WeCom's apps from the door to the people: signed alerts go in, and the code reports the failure. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Delivery } from "../../relay/domain/record.ts";
import { type DingTalkEnterprise, startDingTalkEnterprise } from "../../simulator/dingtalk_enterprise.ts";
import { startWeComEnterprise, type WeComEnterprise } from "../../simulator/wecom_enterprise.ts";
import { alarmV2, DEPARTMENT_SECRET } from "../kit/alarm_v2.ts";
import { TestClock } from "../kit/clock.ts";
import { type TestRelay, testRelay } from "../kit/relay.ts";

const DINGTALK = { appKey: "ding1", appSecret: "D1ng+/=&s3cret", templateId: "t-1" };
const WECOM = { corpid: "ww1", secret: "W3c0m+/=&s3cret", agentid: 1_000_002 };

type Api = "v1" | "legacy";

const PATHS = {
  v1: {
    token: "/v1.0/oauth2/accessToken",
    create: "/v1.0/im/sceneGroup/create",
    post: "/v1.0/robot/groupMessages/send",
  },
  legacy: { token: "/gettoken", create: "/chat/create", post: "/chat/send" },
};

interface Answer {
  readonly code: number;
  readonly message?: string;
  readonly pending?: string[];
}

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly dingtalk: DingTalkEnterprise;
  readonly wecom: WeComEnterprise;
  /** Call alarm_v2 with an alert that was not there before. */
  call(own?: Record<string, unknown>): Promise<Answer>;
}

/** A relay whose group has the named destinations, and three members at both vendors. */
async function scene(
  destinations: readonly ("dingtalk" | "wecom")[],
  { api = "v1", to = "members", members = "[li.lei, han.mei, jim]", sendTimeout = 5_000, kv }: {
    api?: Api;
    to?: "members" | "chat";
    members?: string;
    sendTimeout?: number;
    kv?: Deno.Kv;
  } = {},
): Promise<Scene> {
  const clock = new TestClock();
  const now = (): number => clock.now();
  const staff = [{ user: "boss" }, { user: "user1" }, { user: "user2" }, {
    user: "user3",
    mobile: "13900000000",
  }];
  const dingtalk = await startDingTalkEnterprise({ app: DINGTALK, staff, now });
  const wecom = await startWeComEnterprise({
    app: WECOM,
    members: ["LiLei", "HanMei", "Jim"].map((user) => ({ user })),
    now,
  });
  const lines = {
    dingtalk: `{ channel: dingtalk_chat, config: { api: ${api} } }`,
    wecom: `{ channel: wecom_app, config: { to: ${to} } }`,
  };
  const group = (level: number): string => `
  - owner: chenmin
    level: ${level}
    members: ${members}
    destinations: [${destinations.map((name) => lines[name]).join(", ")}]`;
  const house = await testRelay({
    clock,
    sendTimeout,
    ...kv === undefined ? {} : { kv },
    env: { DING_SECRET: DINGTALK.appSecret, WECOM_SECRET: WECOM.secret },
    yaml: `
departments:
  du-srv: { name: 云端, secret: ${DEPARTMENT_SECRET} }
members:
  - { id: li.lei, name: 李雷, dingtalk: user1, wecom: LiLei }
  - { id: han.mei, dingtalk: user2, wecom: HanMei }
  - { id: jim, mobile: "13900000000", wecom: Jim }
defaults:
  dingtalk_chat:
    appKey: ding1
    appSecret: "\${DING_SECRET}"
    templateId: t-1
    owner: boss
    base: ${dingtalk.url}
  wecom_app:
    corpid: ww1
    secret: "\${WECOM_SECRET}"
    agentid: 1000002
    base: ${wecom.url}
groups:${group(3)}${group(4)}
`,
  });
  let count = 0;
  return {
    house,
    dingtalk,
    wecom,
    async call(own = {}): Promise<Answer> {
      const response = await house.request("/alarm_v2", {
        method: "POST",
        headers: { authorization: "" },
        body: JSON.stringify(alarmV2({ notes: `${++count}`, ...own })),
      });
      equal(response.status, 200);
      const text = await response.text();
      for (const secret of [DINGTALK.appSecret, WECOM.secret]) {
        ok(!text.includes(secret) && !text.includes(encodeURIComponent(secret)), text);
      }
      return JSON.parse(text);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await dingtalk.close();
      await wecom.close();
    },
  };
}

/** Its record may be written after the caller was answered. */
async function newestDelivery({ relay: { store }, settle }: TestRelay): Promise<Delivery> {
  await settle();
  const [logged] = await store.log.newest(1);
  return (await store.deliveries.of(logged!.id))[0]!;
}

for (const api of ["v1", "legacy"] as const) {
  const paths = PATHS[api];

  Deno.test(`${api}: what goes well is 0, and the chat has the message of the document`, async () => {
    await using s = await scene(["dingtalk", "wecom"], { api });
    equal(await s.call(), { code: 0 });
    const [chat] = s.dingtalk.company.chats;
    equal([chat!.name, [...chat!.users].sort()], ["烽火 chenmin/3", ["boss", "user1", "user2", "user3"]]);
    for (const text of [chat!.messages[0]!.text, s.wecom.company.inbox("Jim")[0]!.text]) {
      for (const words of ["部门:云端", "环境:生产环境", "告警等级:高"]) ok(text.includes(words), text);
    }
  });

  Deno.test(`${api}: 4000 is for the token, 4001 for the chat, 4002 for the sending`, async (t) => {
    const no = api === "v1"
      ? { status: 403, json: { code: "Forbidden.AccessDenied.IpNotInWhiteList", message: "x" } }
      : { json: { errcode: 60020, errmsg: "x" } };
    for (const [step, code] of [["token", 4000], ["create", 4001], ["post", 4002]] as const) {
      for (const [kind, options] of [["answer", { reply: no }], ["cut", {}], ["5xx", {}]] as const) {
        await t.step(`${step}, ${kind}`, async () => {
          await using s = await scene(["dingtalk"], { api });
          s.dingtalk.fault(kind, { ...options, path: paths[step] });
          const answer = await s.call();
          equal(answer.code, code, answer.message ?? "");
          match(answer.message!, /^dingtalk_chat: /);
        });
      }
    }
  });

  Deno.test(`${api}: a vendor that hangs is named by the step that hangs, and the message arrives once it is well`, async () => {
    for (const [step, code] of [["token", 4000], ["create", 4001], ["post", 4002]] as const) {
      await using s = await scene(["dingtalk"], { api, sendTimeout: 300 });
      s.dingtalk.fault("hang", { path: paths[step] });
      equal((await s.call()).code, code);
      await s.house.advance(step === "post" ? 60_000 : 6_000); // a post may have arrived, and is tried later
      equal((await newestDelivery(s.house)).state, "delivered");
      equal(s.dingtalk.company.chats[0]!.messages.length, 1);
    }
  });

  Deno.test(`${api}: somebody who has left keeps the code at 0, and is named in the record`, async () => {
    await using s = await scene(["dingtalk"], { api });
    s.dingtalk.company.leave("user2");
    equal(await s.call(), { code: 0 });
    const { state, because, attempts } = await newestDelivery(s.house);
    equal([state, attempts.length], ["delivered", 1]);
    match(because, /left out: han\.mei \(33012 /);
    ok(s.dingtalk.company.chats[0]!.messages[0]!.readers.includes("user3"), "the rest have it");
  });

  Deno.test(`${api}: when all have left, it is the sending that fails`, async () => {
    await using s = await scene(["dingtalk"], { api });
    for (const user of ["boss", "user1", "user2", "user3"]) s.dingtalk.company.leave(user);
    equal((await s.call()).code, 4002);
    equal((await newestDelivery(s.house)).state, "dead");
  });

  Deno.test(`${api}: the token is fetched once for many messages of several groups at once`, async () => {
    await using s = await scene(["dingtalk"], { api, members: "[li.lei, han.mei]" });
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => s.call({ level: index % 2 ? "3" : "4" })),
    );
    equal(answers, Array(16).fill({ code: 0 }));
    equal(s.dingtalk.calls(paths.token).length, 1);
    equal(s.dingtalk.company.chats.map(({ name }) => name).sort(), ["烽火 chenmin/3", "烽火 chenmin/4"]);
    equal(s.dingtalk.company.chats.map(({ messages }) => messages.length), [8, 8]);
  });

  Deno.test(`${api}: a chat that is gone is made anew, and the code stays 0`, async () => {
    await using s = await scene(["dingtalk"], { api });
    await s.call();
    s.dingtalk.company.chats[0]!.isDissolved = true;
    equal(await s.call(), { code: 0 });
    equal(s.dingtalk.company.chats.map(({ messages }) => messages.length), [1, 1]);
  });

  Deno.test(`${api}: a token that ended early is fetched anew, and the code stays 0`, async () => {
    await using s = await scene(["dingtalk", "wecom"], { api });
    await s.call();
    s.dingtalk.revokeTokens();
    s.wecom.revokeTokens();
    equal(await s.call(), { code: 0 });
    equal([s.dingtalk.company.chats[0]!.messages.length, s.wecom.company.inbox("LiLei").length], [2, 2]);
  });
}

Deno.test("members changed in the file are changed in the chat after the restart, which keeps chat and token", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    await using first = await scene(["dingtalk"], { kv });
    equal(await first.call(), { code: 0 });
    await first.house.relay.stop({ grace: 0 });
    const { url } = first.dingtalk;
    await using second = await testRelay({
      kv,
      clock: first.house.clock,
      yaml: `
departments:
  du-srv: { name: 云端, secret: ${DEPARTMENT_SECRET} }
members:
  - { id: li.lei, dingtalk: user1 }
groups:
  - owner: chenmin
    level: 3
    members: [li.lei]
    destinations:
      - channel: dingtalk_chat
        config: { appKey: ding1, appSecret: "${DINGTALK.appSecret}", templateId: t-1, owner: boss, base: "${url}" }
`,
    });
    const response = await second.request("/alarm_v2", {
      method: "POST",
      headers: { authorization: "" },
      body: JSON.stringify(alarmV2({ notes: "second" })),
    });
    equal(await response.json(), { code: 0 });
    const [chat, ...others] = first.dingtalk.company.chats;
    equal(others, []);
    equal([[...chat!.users].sort(), chat!.messages.length], [["boss", "user1"], 2]);
    equal(first.dingtalk.calls(PATHS.v1.token).length, 1);
  } finally {
    kv.close();
  }
});

Deno.test("WeCom: 4003 is for the token, 4004 for the sending", async (t) => {
  const no = { json: { errcode: 60020, errmsg: "not allow to access from your ip" } };
  for (const [path, code] of [["/cgi-bin/gettoken", 4003], ["/cgi-bin/message/send", 4004]] as const) {
    for (const [kind, options] of [["answer", { reply: no }], ["cut", {}], ["5xx", {}]] as const) {
      await t.step(`${path}, ${kind}`, async () => {
        await using s = await scene(["wecom"]);
        s.wecom.fault(kind, { ...options, path });
        const answer = await s.call();
        equal(answer.code, code, answer.message ?? "");
        match(answer.message!, /^wecom_app: /);
      });
    }
  }
});

Deno.test("WeCom: a chat that cannot be made is a failure of the sending, and the next alert makes it", async () => {
  await using s = await scene(["wecom"], { to: "chat" });
  s.wecom.fault("5xx", { path: "/cgi-bin/appchat/create" });
  equal((await s.call()).code, 4004);
  equal(await s.call({ alert_host: "x" }), { code: 0 });
  await s.house.advance(6_000);
  equal(s.wecom.company.chats.map(({ messages }) => messages.length), [2]);
});

Deno.test("WeCom: somebody who has left keeps the code at 0 and is named; when all have, it is 4004", async () => {
  await using s = await scene(["wecom"]);
  s.wecom.company.leave("HanMei");
  equal(await s.call(), { code: 0 });
  match((await newestDelivery(s.house)).because, /not to han\.mei/);
  for (const user of ["LiLei", "Jim"]) s.wecom.company.leave(user);
  equal((await s.call()).code, 4004);
});

Deno.test("of several failures the lowest code is answered, and one vendor's does not keep the other from its message", async () => {
  await using s = await scene(["wecom", "dingtalk"]);
  s.wecom.fault("5xx", { path: "/cgi-bin/gettoken" });
  s.dingtalk.fault("5xx", { path: PATHS.v1.post });
  equal((await s.call()).code, 4002);
  s.wecom.fault("5xx", { path: "/cgi-bin/message/send" });
  equal((await s.call({ level: "4" })).code, 4004);
  equal(s.dingtalk.company.chats[1]!.messages.length, 1);
});

Deno.test("4005 stays e-mail's", async () => {
  await using house = await testRelay({
    sendTimeout: 2_000,
    yaml: `
departments:
  du-srv: { name: 云端, secret: ${DEPARTMENT_SECRET} }
groups:
  - owner: chenmin
    level: 3
    destinations:
      - { channel: email, config: { host: 127.0.0.1, port: 1, tls: none, from: a@example.com, to: b@example.com } }
`,
  });
  const response = await house.request("/alarm_v2", {
    method: "POST",
    headers: { authorization: "" },
    body: JSON.stringify(alarmV2()),
  });
  equal((await response.json()).code, 4005);
});

Deno.test("a throttled vendor is pending and no failure, and gets the message when it has waited", async () => {
  await using s = await scene(["dingtalk"]);
  const reply = { status: 403, json: { code: "Forbidden.AccessDenied.QpsLimitForApi", message: "x" } };
  s.dingtalk.fault("answer", { path: PATHS.v1.post, reply });
  equal(await s.call(), { code: 0, pending: ["dingtalk_chat"] });
  await s.house.advance(6_000);
  equal((await newestDelivery(s.house)).state, "delivered");
});
