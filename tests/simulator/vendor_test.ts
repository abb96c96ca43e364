/** The scripted behaviour of every simulated vendor. */
import assert from "node:assert/strict";
import { startDingTalk } from "../../simulator/dingtalk.ts";
import { startDingTalkEnterprise } from "../../simulator/dingtalk_enterprise.ts";
import { startFeishu } from "../../simulator/feishu.ts";
import { startOcp } from "../../simulator/ocp.ts";
import { startSink } from "../../simulator/sink.ts";
import { startWeCom } from "../../simulator/wecom.ts";
import { startWeComEnterprise } from "../../simulator/wecom_enterprise.ts";
import { DAY, MINUTE, SECOND } from "../../relay/base/duration.ts";

const NOW = Date.parse("2026-03-01T16:00:00+08:00");

interface Clock {
  now: number;
}

interface Scene extends AsyncDisposable {
  /** Post a good message; @returns its outcome, or `no answer` */
  post(): Promise<string>;
  readonly server: {
    readonly requests: readonly unknown[];
    fault?(kind: "429" | "html" | "hang", options?: { headers?: Record<string, string> }): void;
    down(how?: "5xx" | "hang" | "refused"): Promise<void>;
    up(): Promise<void>;
    arrived(count: number): Promise<void>;
  };
  readonly clock: Clock;
}

type Start = (clock: Clock, quota?: { messages: number; per: "day" | "month" }) => Promise<
  Scene["server"] & AsyncDisposable & { readonly url: string }
>;

const JSON_TYPE = { "content-type": "application/json" };
const TEXT = { msgtype: "text", text: { content: "hello" } };

/** The start of each vendor, and the requests to it. */
const VENDORS: Readonly<Record<string, { start: Start; path: string; body: unknown; ok: RegExp }>> = {
  DingTalk: {
    start: (clock, quota) =>
      startDingTalk({ robots: [{ token: "t" }], now: () => clock.now, ...quota && { quota } }),
    path: "/robot/send?access_token=t",
    body: TEXT,
    ok: /"errcode":0/,
  },
  WeCom: {
    start: (clock, quota) => startWeCom({ robots: ["k"], now: () => clock.now, ...quota && { quota } }),
    path: "/cgi-bin/webhook/send?key=k",
    body: TEXT,
    ok: /"errcode":0/,
  },
  Feishu: {
    start: (clock, quota) =>
      startFeishu({ robots: [{ token: "t" }], now: () => clock.now, ...quota && { quota } }),
    path: "/open-apis/bot/v2/hook/t",
    body: { msg_type: "text", content: { text: "hello" } },
    ok: /"code":0/,
  },
  "DingTalk for apps": {
    start: (clock, quota) =>
      startDingTalkEnterprise({
        app: { appKey: "a", appSecret: "s", ...quota && { quota } },
        staff: [],
        now: () => clock.now,
      }),
    path: "/v1.0/oauth2/accessToken",
    body: { appKey: "a", appSecret: "s" },
    ok: /"accessToken":/,
  },
  "WeCom for apps": {
    start: (clock) =>
      startWeComEnterprise({
        app: { corpid: "c", secret: "s", agentid: 1 },
        members: [],
        now: () => clock.now,
      }),
    path: "/cgi-bin/message/send?access_token=x",
    body: {},
    ok: /"errcode":40014/,
  },
  OCP: {
    start: (clock) => startOcp({ rules: [], now: () => clock.now }),
    path: "/api/v2/alarm/alarms",
    body: {},
    ok: /^401 .*"successful":false/,
  },
  "a receiver of webhooks": {
    start: (clock) => startSink({ now: () => clock.now }),
    path: "/",
    body: {},
    ok: /^200 $/,
  },
};

async function scene(name: string, quota?: Parameters<Start>[1]): Promise<Scene> {
  const { start, path, body } = VENDORS[name]!;
  const clock = { now: NOW };
  const server = await start(clock, quota);
  const post = async (): Promise<string> => {
    try {
      const response = await fetch(server.url + path, {
        method: "POST",
        headers: JSON_TYPE,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(500),
      });
      return `${response.status} ${await response.text()}`;
    } catch (error) {
      return `no answer: ${error} ${(error as Error).cause ?? ""}`;
    }
  };
  return { post, server, clock, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

for (const [name, { ok }] of Object.entries(VENDORS)) {
  Deno.test(`${name} is down until somebody says so, in each way, and then well at the same address`, async (t) => {
    for (const how of ["5xx", "hang", "refused"] as const) {
      await t.step(how, async () => {
        await using s = await scene(name);
        assert.match(await s.post(), ok);
        await s.server.down(how);
        const down =
          { "5xx": /^503 /, hang: /^no answer: TimeoutError/, refused: /^no answer: .*refused/is }[how];
        for (let i = 0; i < 2; i++) assert.match(await s.post(), down);
        assert.equal(s.server.requests.length, how === "refused" ? 1 : 3);
        await s.server.up();
        assert.match(await s.post(), ok);
      });
    }
  });

  if (name.startsWith("a receiver")) continue;
  Deno.test(`${name} throttles once by HTTP 429, and once with a page`, async () => {
    await using s = await scene(name);
    s.server.fault!("429", { headers: { "retry-after": "7" } });
    s.server.fault!("html");
    assert.match(await s.post(), /^429 too many/);
    assert.match(await s.post(), /^200 <!DOCTYPE html>/);
    assert.match(await s.post(), ok);
  });
}

Deno.test("each robot has its vendor's rates, and no other's", async (t) => {
  const table: [string, number, RegExp, number[]][] = [
    // the number at once, the result of the next one, and the wait until one is accepted again
    ["DingTalk", 20, /"errcode":130101/, [10 * MINUTE - 1, 10 * MINUTE]],
    ["WeCom", 20, /"errcode":45009/, [MINUTE - 1, MINUTE]],
    ["Feishu", 5, /"code":11232/, [SECOND - 1, SECOND]],
  ];
  for (const [name, most, refusal, [before, after]] of table) {
    await t.step(name, async () => {
      const { ok } = VENDORS[name]!;
      await using s = await scene(name);
      for (let i = 0; i < most; i++) assert.match(await s.post(), ok);
      assert.match(await s.post(), refusal);
      s.clock.now = NOW + before!;
      assert.match(await s.post(), refusal);
      s.clock.now = NOW + after!;
      assert.match(await s.post(), ok);
    });
  }
});

Deno.test("Feishu takes a hundred a minute, however they are spread", async () => {
  await using s = await scene("Feishu");
  for (let i = 0; i < 100; i++) {
    s.clock.now = NOW + i * 250;
    assert.match(await s.post(), /"code":0/);
  }
  s.clock.now = NOW + MINUTE - 1;
  assert.match(await s.post(), /"code":11232/);
  s.clock.now = NOW + MINUTE;
  assert.match(await s.post(), /"code":0/);
});

Deno.test("a sink that is healed forgets the answers that it has not given", async () => {
  await using sink = await startSink();
  const post = async (): Promise<number> => {
    const response = await fetch(sink.url, { method: "POST", body: "{}" });
    await response.body?.cancel();
    return response.status;
  };
  sink.answer({ status: 503, times: 3 });
  assert.equal(await post(), 503);
  sink.heal();
  assert.equal(await post(), 200);
});

Deno.test("a quota is refused in the vendor's words until its day or month ends", async (t) => {
  const table: [string, "day" | "month", RegExp, number][] = [
    ["DingTalk", "month", /"errcode":90020/, 31 * DAY],
    ["DingTalk for apps", "month", /ApiCountLimitForOrg/, 31 * DAY],
    ["WeCom", "day", /"errcode":45009.*daily/, DAY],
    ["Feishu", "month", /"code":99991403/, 31 * DAY],
  ];
  for (const [name, per, refusal, later] of table) {
    await t.step(name, async () => {
      await using s = await scene(name, { messages: 2, per });
      const { ok } = VENDORS[name]!;
      for (const expected of [ok, ok, refusal]) assert.match(await s.post(), expected);
      s.clock.now = NOW + 3 * 60 * MINUTE;
      assert.match(await s.post(), refusal);
      s.clock.now = NOW + later;
      assert.match(await s.post(), ok);
    });
  }
});
