import assert from "node:assert/strict";
import { startWeComEnterprise, type WeComEnterprise } from "../../simulator/wecom_enterprise.ts";
import { HOUR } from "../../relay/base/duration.ts";

const NOW = 1_772_352_000_000;

interface Scene extends AsyncDisposable {
  readonly wecom: WeComEnterprise;
  now: number;
  call(path: string, body?: unknown, token?: string): Promise<Record<string, unknown>>;
}

async function scene(perMinute = Infinity): Promise<Scene> {
  const members = ["LiLei", "HanMei", "Jim"].map((user) => ({ user }));
  const app = { corpid: "c", secret: "s", agentid: 7, perMinute };
  const wecom = await startWeComEnterprise({ app, members, now: () => s.now });
  const s: Scene = {
    wecom,
    now: NOW,
    async call(path, body, token): Promise<Record<string, unknown>> {
      const access = encodeURIComponent(token ?? await tokenOf(wecom));
      const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      const response = await fetch(
        `${wecom.url}${path}${path.includes("?") ? "&" : "?"}access_token=${access}`,
        init,
      );
      assert.equal(response.status, 200, "WeCom refuses in HTTP 200");
      return await response.json();
    },
    [Symbol.asyncDispose]: () => wecom.close(),
  };
  return s;
}

async function tokenOf({ url }: WeComEnterprise, corpid = "c", secret = "s"): Promise<string> {
  const response = await fetch(`${url}/cgi-bin/gettoken?corpid=${corpid}&corpsecret=${secret}`);
  const { access_token, errcode } = await response.json();
  return access_token ?? `refused ${errcode}`;
}

function text(own: object = {}, content = "hello"): object {
  return { touser: "LiLei|HanMei", agentid: 7, msgtype: "text", text: { content }, ...own };
}

const SEND = "/cgi-bin/message/send";

Deno.test("asking again gives the same token while it is good; it ends after two hours or when it is revoked", async () => {
  await using s = await scene();
  const token = await tokenOf(s.wecom);
  assert.equal(await tokenOf(s.wecom), token);
  s.now += 2 * HOUR;
  assert.equal((await s.call(SEND, text(), token)).errcode, 42001);
  const next = await tokenOf(s.wecom);
  s.wecom.revokeTokens();
  assert.equal((await s.call(SEND, text(), next)).errcode, 42001);
  assert.equal((await s.call(SEND, text(), "x")).errcode, 40014);
  assert.equal((await s.call(SEND, text(), "")).errcode, 41001);
  assert.equal(await tokenOf(s.wecom, "x"), "refused 40013");
  assert.equal(await tokenOf(s.wecom, "c", "x"), "refused 40001");
});

Deno.test("a message reaches whom it can, and names the others in lower case", async () => {
  await using s = await scene();
  s.wecom.company.leave("HanMei");
  s.wecom.company.join({ user: "Jim", isUnlicensed: true });
  const { errcode, invaliduser, unlicenseduser } = await s.call(SEND, text({ touser: "LiLei|HanMei|Jim" }));
  assert.deepEqual([errcode, invaliduser, unlicenseduser], [0, "hanmei", "jim"]);
  assert.deepEqual(["LiLei", "HanMei", "Jim"].map((user) => s.wecom.company.inbox(user).length), [1, 0, 0]);
  assert.equal((await s.call(SEND, text({ touser: "HanMei|x" }))).errcode, 81013);
});

Deno.test("what an app may not send is refused, and nobody gets it", async () => {
  await using s = await scene();
  const card = (own: object): object => ({
    touser: "LiLei",
    agentid: 7,
    msgtype: "textcard",
    textcard: { title: "t", description: "d", url: "https://x.example.com/", ...own },
  });
  const table: [object, number][] = [
    [text({ agentid: 8 }), 40056],
    [text({ agentid: "7" }), 40058],
    [text({ toUser: "x" }), 40058],
    [text({ msgtype: "image" }), 40008],
    [text({}, " "), 44004],
    [text({}, "磁".repeat(683)), 45002],
    [text({ touser: Array.from({ length: 1_001 }, (_, index) => `u${index}`).join("|") }), 40032],
    [card({ title: "磁".repeat(43) }), 45002],
    [card({ description: "磁".repeat(171) }), 45002],
    [card({ url: "x" }), 40058],
  ];
  for (const [body, code] of table) {
    assert.equal((await s.call(SEND, body)).errcode, code, JSON.stringify(body));
  }
  assert.equal(s.wecom.company.inbox("LiLei").length, 0);
  assert.equal((await s.call(SEND, card({}))).errcode, 0);
  assert.equal((await s.call(SEND, text({}, "x".repeat(2_048)))).errcode, 0);
});

Deno.test("with the check, the same request is shown once within its interval", async () => {
  await using s = await scene();
  const checked = text({ enable_duplicate_check: 1, duplicate_check_interval: 60 });
  await s.call(SEND, checked);
  await s.call(SEND, checked);
  assert.equal(s.wecom.company.inbox("LiLei").length, 1);
  s.now += 60_000;
  await s.call(SEND, checked);
  for (let i = 0; i < 2; i++) await s.call(SEND, text());
  assert.equal(s.wecom.company.inbox("LiLei").length, 4);
});

Deno.test("more than 30 messages a minute to one member are dropped without a word", async () => {
  await using s = await scene();
  for (let i = 0; i < 31; i++) assert.equal((await s.call(SEND, text())).errcode, 0);
  assert.equal(s.wecom.company.inbox("LiLei").length, 30);
});

Deno.test("chats are made of two or more members, once for an id, and are the app's own", async () => {
  await using s = await scene();
  const create = "/cgi-bin/appchat/create";
  const post = (chatid: unknown): ReturnType<Scene["call"]> =>
    s.call("/cgi-bin/appchat/send", { chatid, msgtype: "text", text: { content: "hello" } });
  const table: [object, number][] = [
    [{ userlist: ["LiLei"] }, 86006],
    [{ userlist: ["LiLei", "x"] }, 60111],
    [{ userlist: ["LiLei", "Jim"], owner: "HanMei" }, 86224],
    [{ userlist: ["LiLei", "Jim"], chatid: "a-b" }, 40058],
    [{ userlist: ["LiLei", "Jim"], name: "x".repeat(51) }, 40058],
  ];
  for (const [body, code] of table) assert.equal((await s.call(create, body)).errcode, code);
  const { chatid } = await s.call(create, { userlist: ["LiLei", "Jim"], chatid: "mine", name: "x" });
  assert.equal((await s.call(create, { userlist: ["LiLei", "Jim"], chatid })).errcode, 86215);
  assert.equal((await post(chatid)).errcode, 0);
  assert.equal((await s.call("/cgi-bin/appchat/update", { chatid, add_user_list: ["HanMei"] })).errcode, 0);
  assert.equal((await s.call("/cgi-bin/appchat/update", { chatid, add_user_list: ["x"] })).errcode, 60111);
  const [chat] = s.wecom.company.chats;
  assert.deepEqual([[...chat!.users], chat!.messages.length], [["LiLei", "Jim", "HanMei"], 1]);
  assert.equal((await post("x")).errcode, 86003);
  assert.equal((await post(s.wecom.company.foreignChat().chatid)).errcode, 86001);
  chat!.isGone = true;
  assert.equal((await post(chatid)).errcode, 86003);
});

Deno.test("members are found until they leave", async () => {
  await using s = await scene();
  assert.equal((await s.call("/cgi-bin/user/get?userid=lilei")).userid, "LiLei");
  s.wecom.company.leave("LiLei");
  assert.equal((await s.call("/cgi-bin/user/get?userid=LiLei")).errcode, 60111);
  s.wecom.company.join({ user: "Jim", isOutside: true });
  assert.equal((await s.call("/cgi-bin/user/get?userid=Jim")).errcode, 60011);
});

Deno.test("calls over the quota are refused until the minute is over, and unknown paths are not there", async () => {
  await using s = await scene(2);
  const codes: unknown[] = [];
  for (let i = 0; i < 3; i++) codes.push((await s.call(SEND, text())).errcode);
  assert.deepEqual(codes, [0, 0, 45009]);
  s.now += 60_000;
  assert.equal((await s.call(SEND, text())).errcode, 0);
  const response = await fetch(`${s.wecom.url}/cgi-bin/webhook/send`, { method: "POST", body: "{}" });
  assert.equal(response.status, 404);
  await response.text();
});
