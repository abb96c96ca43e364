import assert from "node:assert/strict";
import {
  type AppSetup,
  type DingTalkEnterprise,
  startDingTalkEnterprise,
} from "../../simulator/dingtalk_enterprise.ts";
import { HOUR } from "../../relay/base/duration.ts";

const NOW = 1_772_352_000_000;
const APP: AppSetup = { appKey: "k", appSecret: "s", robotCode: "r", templateId: "t" };

interface Scene extends AsyncDisposable {
  readonly dingtalk: DingTalkEnterprise;
  now: number;
  legacy(
    path: string,
    body?: unknown,
    init?: RequestInit & { token?: string },
  ): Promise<Record<string, unknown>>;
  v1(
    path: string,
    body: unknown,
    init?: RequestInit & { token?: string },
  ): Promise<{ status: number } & Record<string, unknown>>;
}

async function scene(app: Partial<AppSetup> = {}): Promise<Scene> {
  const staff = [{ user: "a", mobile: "138" }, { user: "b" }, { user: "c" }];
  const dingtalk = await startDingTalkEnterprise({ app: { ...APP, ...app }, staff, now: () => s.now });
  const json = { "content-type": "application/json; charset=utf-8" };
  const s: Scene = {
    dingtalk,
    now: NOW,
    async legacy(path, body, { token, ...init } = {}): Promise<Record<string, unknown>> {
      const access = token ?? await legacyToken(dingtalk);
      const response = await fetch(`${dingtalk.url}${path}?access_token=${encodeURIComponent(access)}`, {
        method: "POST",
        headers: json,
        body: JSON.stringify(body),
        ...init,
      });
      assert.equal(response.status, 200, "the legacy API refuses in HTTP 200");
      return await response.json();
    },
    async v1(path, body, { token, ...init } = {}): Promise<{ status: number } & Record<string, unknown>> {
      const headers = { ...json, "x-acs-dingtalk-access-token": token ?? await v1Token(dingtalk) };
      const request = { method: "POST", headers, body: JSON.stringify(body), ...init };
      const response = await fetch(`${dingtalk.url}${path}`, request);
      return { ...await response.json(), status: response.status };
    },
    [Symbol.asyncDispose]: () => dingtalk.close(),
  };
  return s;
}

async function legacyToken({ url }: DingTalkEnterprise, secret = "s"): Promise<string> {
  const response = await fetch(`${url}/gettoken?appkey=k&appsecret=${secret}`);
  const { access_token, errcode } = await response.json();
  return access_token ?? `refused ${errcode}`;
}

async function v1Token({ url }: DingTalkEnterprise, appSecret = "s"): Promise<string> {
  const response = await fetch(`${url}/v1.0/oauth2/accessToken`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ appKey: "k", appSecret }),
  });
  const { accessToken, code } = await response.json();
  return accessToken ?? `refused ${response.status} ${code}`;
}

const CREATE = { title: "x", template_id: "t", owner_user_id: "a", user_ids: ["a", "b"] };
const LEGACY_CREATE = { name: "x", owner: "a", useridlist: ["a", "b"] };

function robotMessage(openConversationId: unknown, own: object = {}): object {
  const msgParam = JSON.stringify({ content: "hello" });
  return { robotCode: "r", openConversationId, msgKey: "sampleText", msgParam, ...own };
}

function chatMessage(chatid: unknown, content = "hello"): object {
  return { chatid, msg: { msgtype: "text", text: { content } } };
}

Deno.test("asking again gives the same token while it is good, and each ends after two hours", async () => {
  await using s = await scene();
  const [legacy, v1] = [await legacyToken(s.dingtalk), await v1Token(s.dingtalk)];
  assert.equal(await legacyToken(s.dingtalk), legacy);
  assert.equal(await v1Token(s.dingtalk), v1);
  assert.equal((await s.legacy("/topapi/v2/user/get", { userid: "a" }, { token: legacy })).errcode, 0);
  s.now += 2 * HOUR;
  const late = await s.legacy("/topapi/v2/user/get", { userid: "a" }, { token: legacy });
  assert.deepEqual([late.errcode, late.sub_code], [88, "42001"]);
  const { status, code } = await s.v1("/v1.0/im/sceneGroup/create", CREATE, { token: v1 });
  assert.deepEqual([status, code], [400, "InvalidAuthentication"]);
  assert.notEqual(await legacyToken(s.dingtalk), legacy);
});

Deno.test("a wrong secret gets no token, and neither does a token of the other generation do", async () => {
  await using s = await scene();
  assert.equal(await legacyToken(s.dingtalk, "x"), "refused 40089");
  assert.equal(await v1Token(s.dingtalk, "x"), "refused 400 invalidClientIdOrSecret");
  const wrong = await s.legacy("/topapi/v2/user/get", { userid: "a" }, { token: await v1Token(s.dingtalk) });
  assert.equal(wrong.sub_code, "40014");
  assert.equal((await s.legacy("/topapi/v2/user/get", { userid: "a" }, { token: "" })).errcode, 41001);
  const { code } = await s.v1("/v1.0/im/sceneGroup/create", CREATE, { token: await legacyToken(s.dingtalk) });
  assert.equal(code, "InvalidAuthentication");
});

Deno.test("a path of the other host, an unknown one and a wrong method are not there", async () => {
  await using s = await scene();
  const { url } = s.dingtalk;
  const table: [string, RequestInit][] = [
    ["/gettoken?appkey=k&appsecret=s", { headers: { "x-forwarded-host": "api.dingtalk.com" } }],
    ["/v1.0/oauth2/accessToken", { method: "POST", headers: { "x-forwarded-host": "oapi.dingtalk.com" } }],
    ["/v1.0/im/sceneGroups/create", { method: "POST" }],
    ["/chat/create", { method: "GET" }],
  ];
  for (const [path, init] of table) {
    const response = await fetch(`${url}${path}`, init);
    assert.equal(response.status, 404, path);
    await response.text();
  }
  const right = await fetch(`${url}/gettoken?appkey=k&appsecret=s`, {
    headers: { "x-forwarded-host": "oapi.dingtalk.com" },
  });
  assert.equal((await right.json()).errcode, 0);
});

Deno.test("a body that is not JSON by its content type is refused", async () => {
  await using s = await scene();
  const headers = { "content-type": "text/plain" };
  assert.equal((await s.legacy("/chat/create", LEGACY_CREATE, { headers })).errcode, 43004);
  assert.equal((await s.v1("/v1.0/im/sceneGroup/create", CREATE, { headers })).status, 415);
});

Deno.test("people are found by mobile and by id until they leave", async () => {
  await using s = await scene();
  const found = await s.legacy("/topapi/v2/user/getbymobile", { mobile: "138" });
  assert.equal((found.result as { userid: string }).userid, "a");
  s.dingtalk.company.leave("a");
  assert.equal((await s.legacy("/topapi/v2/user/getbymobile", { mobile: "138" })).errcode, 60121);
  assert.equal((await s.legacy("/topapi/v2/user/get", { userid: "a" })).errcode, 33012);
  s.dingtalk.company.join({ user: "b", isOutside: true });
  assert.equal((await s.legacy("/topapi/v2/user/get", { userid: "b" })).errcode, 50002);
});

Deno.test("v1: chats are made of staff only, once for a uuid, and hold what the robot posts", async () => {
  await using s = await scene();
  const create = "/v1.0/im/sceneGroup/create";
  const table: [object, string][] = [
    [{ ...CREATE, template_id: "x" }, "groupTemplate.notFound"],
    [{ ...CREATE, owner_user_id: "x" }, "member.notFound"],
    [{ ...CREATE, user_ids: ["a", "x"] }, "parameter.invalid"],
    [{ ...CREATE, title: "x".repeat(31) }, "parameter.invalid"],
    [{ ...CREATE, userIds: [] }, "parameter.invalid"],
    [{ ...CREATE, user_ids: Array(41).fill("a") }, "member.exceed"],
  ];
  for (const [body, code] of table) {
    const { status, code: got } = await s.v1(create, body);
    assert.deepEqual([status, got], [400, code]);
  }
  assert.equal(s.dingtalk.company.chats.length, 0);
  const made = await s.v1(create, { ...CREATE, uuid: "u" });
  assert.equal(
    (await s.v1(create, { ...CREATE, uuid: "u" })).open_conversation_id,
    made.open_conversation_id,
  );
  assert.equal(s.dingtalk.company.chats.length, 1);
  const sent = await s.v1("/v1.0/robot/groupMessages/send", robotMessage(made.open_conversation_id));
  assert.deepEqual([sent.status, sent.processQueryKey], [200, "key1"]);
  assert.deepEqual(s.dingtalk.company.chats[0]!.messages, [
    { at: NOW, form: "text", title: "", text: "hello", readers: ["a", "b"] },
  ]);
});

Deno.test("v1: what a robot may not post is refused, and nothing is posted", async () => {
  await using s = await scene();
  const post = "/v1.0/robot/groupMessages/send";
  const { open_conversation_id: id } = await s.v1("/v1.0/im/sceneGroup/create", CREATE);
  const legacy = await s.legacy("/chat/create", LEGACY_CREATE);
  const foreign = s.dingtalk.company.open({ name: "x", owner: "a", users: [], isOurs: false });
  const long = JSON.stringify({ content: "磁".repeat(5_000) });
  const table: [object, string][] = [
    [robotMessage("cidx"), "invalid.openConversationId"],
    [robotMessage(foreign.id), "invalid.openConversationId"],
    [robotMessage(legacy.openConversationId), "invalid.openConversationId"],
    [robotMessage(id, { robotCode: "x" }), "invalidParameter.robotCode.notExsit"],
    [robotMessage(id, { msgKey: "text" }), "invalidParameter.msgKey.invalid"],
    [robotMessage(id, { msgParam: "hello" }), "invalidParameter.msgParam.invalid"],
    [robotMessage(id, { msgParam: '{"content":""}' }), "invalidParameter.msgParam.invalid"],
    [robotMessage(id, { msgParam: long }), "invalidParameter.msgParam.tooLong"],
    [robotMessage(id, { msgParam: { content: "x" } }), "miss.param.msgParam"],
  ];
  for (const [body, code] of table) {
    const { status, code: got } = await s.v1(post, body);
    assert.deepEqual([status, got], [400, code]);
  }
  s.dingtalk.company.chats[0]!.isDissolved = true;
  assert.equal((await s.v1(post, robotMessage(id))).code, "group.disbanded");
  assert.ok(s.dingtalk.company.chats.every(({ messages }) => messages.length === 0));
});

Deno.test("v1: members are added and removed, but neither strangers nor the owner", async () => {
  await using s = await scene();
  const { open_conversation_id } = await s.v1("/v1.0/im/sceneGroup/create", CREATE);
  const change = (what: string, ...user_ids: string[]): ReturnType<Scene["v1"]> =>
    s.v1(`/v1.0/im/sceneGroup/member/${what}`, { open_conversation_id, user_ids });
  assert.equal((await change("add", "c", "x")).code, "parameter.invalid");
  assert.equal((await change("add", ...Array(41).fill("c"))).code, "parameter.invalid");
  assert.equal((await change("add", "c")).success, true);
  assert.equal((await change("delete", "a")).code, "parameter.invalid");
  assert.equal((await change("delete", "b")).success, true);
  assert.deepEqual([...s.dingtalk.company.chats[0]!.users], ["a", "c"]);
});

Deno.test("legacy: chats are made of staff, changed and posted to, by the rules of their pages", async () => {
  await using s = await scene();
  const refused: [string, object, number][] = [
    ["/chat/create", { ...LEGACY_CREATE, useridlist: ["a", "x"] }, 40031],
    ["/chat/create", { ...LEGACY_CREATE, owner: "c" }, 49009],
    ["/chat/create", { ...LEGACY_CREATE, name: "x".repeat(21) }, 40035],
    ["/chat/create", { ...LEGACY_CREATE, useridlist: Array(41).fill("a") }, 40032],
    ["/chat/send", chatMessage("chatx"), 34001],
  ];
  for (const [path, body, code] of refused) assert.equal((await s.legacy(path, body)).errcode, code, path);
  const { chatid } = await s.legacy("/chat/create", LEGACY_CREATE);
  assert.equal((await s.legacy("/chat/update", { chatid, add_useridlist: ["x"] })).errcode, 40031);
  assert.equal((await s.legacy("/chat/update", { chatid, del_useridlist: ["a"] })).errcode, 49015);
  assert.equal((await s.legacy("/chat/update", { chatid, add_useridlist: ["c"] })).errcode, 0);
  assert.equal((await s.legacy("/chat/send", chatMessage(chatid))).errcode, 0);
  const most = 2_048 - JSON.stringify({ msgtype: "text", text: { content: "" } }).length;
  assert.equal((await s.legacy("/chat/send", chatMessage(chatid, "x".repeat(most)))).errcode, 0);
  assert.equal((await s.legacy("/chat/send", chatMessage(chatid, "x".repeat(most + 1)))).errcode, 34016);
  const [chat] = s.dingtalk.company.chats;
  assert.deepEqual(chat!.messages.map(({ readers }) => readers.length), [3, 3]);
  const foreign = s.dingtalk.company.open({ name: "x", owner: "a", users: [], isOurs: false });
  assert.equal((await s.legacy("/chat/send", chatMessage(foreign.chatid))).errcode, 43007);
  chat!.isDissolved = true;
  assert.equal((await s.legacy("/chat/send", chatMessage(chatid))).errcode, 34013);
});

Deno.test("permissions and quotas are refused in the style of each generation", async () => {
  await using denied = await scene({ denied: ["/chat/create", "/v1.0/im/sceneGroup/create"] });
  assert.equal((await denied.legacy("/chat/create", LEGACY_CREATE)).sub_code, "60011");
  const no = await denied.v1("/v1.0/im/sceneGroup/create", CREATE);
  assert.deepEqual([no.status, no.code], [403, "Forbidden.AccessDenied.AccessTokenPermissionDenied"]);

  await using s = await scene({ perMinute: 1 });
  for (const expected of [0, 88]) {
    assert.equal((await s.legacy("/topapi/v2/user/get", { userid: "a" })).errcode, expected);
  }
  for (const expected of [200, 403]) {
    assert.equal((await s.v1("/v1.0/im/sceneGroup/create", CREATE)).status, expected);
  }
  s.now += 60_000;
  assert.equal((await s.legacy("/topapi/v2/user/get", { userid: "a" })).errcode, 0);
});

Deno.test("a fault meets its path only, as often as it was asked for, and can be taken back", async () => {
  await using s = await scene();
  const reply = { status: 418, json: { code: "x" } };
  s.dingtalk.fault("answer", { path: "/v1.0/im/sceneGroup/create", reply, times: 2 });
  assert.equal((await s.legacy("/topapi/v2/user/get", { userid: "a" })).errcode, 0);
  for (const expected of [418, 418, 200]) {
    assert.equal((await s.v1("/v1.0/im/sceneGroup/create", CREATE)).status, expected);
  }
  s.dingtalk.fault("5xx", { times: Infinity });
  s.dingtalk.heal();
  assert.equal((await s.v1("/v1.0/im/sceneGroup/create", CREATE)).status, 200);
});

Deno.test("a lost answer leaves the chat made, a cut connection does not, and what hangs is cut at the end", async () => {
  const s = await scene();
  s.dingtalk.fault("cut", { path: "/v1.0/im/sceneGroup/create" });
  s.dingtalk.fault("cut_after_post", { path: "/v1.0/im/sceneGroup/create" });
  s.dingtalk.fault("hang", { path: "/v1.0/im/sceneGroup/create" });
  const token = await v1Token(s.dingtalk);
  await assert.rejects(s.v1("/v1.0/im/sceneGroup/create", CREATE, { token }));
  assert.equal(s.dingtalk.company.chats.length, 0);
  await assert.rejects(s.v1("/v1.0/im/sceneGroup/create", CREATE, { token }));
  assert.equal(s.dingtalk.company.chats.length, 1);
  const waiting = assert.rejects(s.v1("/v1.0/im/sceneGroup/create", CREATE, { token }));
  await s.dingtalk.arrived(4);
  await s.dingtalk.close();
  await waiting;
});
