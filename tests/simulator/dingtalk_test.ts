import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { type DingTalk, startDingTalk } from "../../simulator/dingtalk.ts";
import { MINUTE } from "../../relay/base/duration.ts";

const NOW = 1_772_352_000_000;
const TEXT = { msgtype: "text", text: { content: "hello" } };

interface Post {
  readonly token?: string;
  readonly query?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

async function post(
  { url }: DingTalk,
  body: unknown,
  options: Post = {},
): Promise<{ errcode: number; errmsg: string }> {
  const { token = "t", query = "", method = "POST", headers = { "content-type": "application/json" } } =
    options;
  const response = await fetch(`${url}/robot/send?access_token=${encodeURIComponent(token)}${query}`, {
    method,
    headers,
    body: method === "GET" ? null : typeof body === "string" ? body : JSON.stringify(body),
    redirect: "manual",
  });
  assert.equal(response.status, 200, "DingTalk refuses in HTTP 200");
  return await response.json();
}

function start(
  robot: { secret?: string; keywords?: string[] } = {},
  now = (): number => NOW,
): Promise<DingTalk> {
  return startDingTalk({ robots: [{ token: "t", ...robot }], now });
}

Deno.test("a message that is right is posted once, and is kept as the group sees it", async () => {
  await using server = await start();
  assert.deepEqual(await post(server, { ...TEXT, at: { isAtAll: true } }), { errcode: 0, errmsg: "ok" });
  assert.deepEqual(server.robot("t").messages, [{
    at: NOW,
    msgtype: "text",
    title: "",
    text: "hello",
    rings: "all",
    request: { ...TEXT, at: { isAtAll: true } },
  }]);
  assert.equal(server.requests.length, 1);
});

Deno.test("each shape that DingTalk documents is taken, and none that is nearly so", async (t) => {
  const url = "https://x.example.com/";
  const markdown = { msgtype: "markdown", markdown: { title: "t", text: "x" } };
  const link = { msgtype: "link", link: { title: "t", text: "x", messageUrl: url } };
  const single = { title: "t", text: "x", singleTitle: "s", singleURL: url };
  const several = { title: "t", text: "x", btnOrientation: "1", btns: [{ title: "b", actionURL: url }] };
  const feed = { title: "t", messageURL: url, picURL: "" };
  const people = (count: number): object => ({ atMobiles: Array.from({ length: count }, (_, i) => `${i}`) });
  const table: [string, unknown, number][] = [
    ["text", TEXT, 0],
    ["markdown", markdown, 0],
    ["link", link, 0],
    ["a link with a picture", { ...link, link: { ...link.link, picUrl: "" } }, 0],
    ["an action card with one button", { msgtype: "actionCard", actionCard: single }, 0],
    ["an action card with several", { msgtype: "actionCard", actionCard: several }, 0],
    ["a feed card", { msgtype: "feedCard", feedCard: { links: [feed] } }, 0],
    ["50 people", { ...TEXT, at: people(50) }, 0],
    ["51 people", { ...TEXT, at: people(51) }, 40035],
    ["an unknown type", { msgtype: "empty" }, 400105],
    ["no type", { text: { content: "x" } }, 400105],
    ["an empty text", { msgtype: "text", text: { content: "" } }, 40035],
    ["a text without its object", { msgtype: "text" }, 40035],
    ["an unknown field", { ...TEXT, title: "t" }, 40035],
    ["a markdown without a title", { ...markdown, markdown: { text: "x" } }, 40035],
    ["messageURL in a link", { ...link, link: { title: "t", text: "x", messageURL: url } }, 40035],
    ["messageUrl in a feed card", {
      msgtype: "feedCard",
      feedCard: { links: [{ ...feed, messageUrl: url }] },
    }, 40035],
    ["a feed card without links", { msgtype: "feedCard", feedCard: { links: [] } }, 40035],
    [
      "an action card without buttons",
      { msgtype: "actionCard", actionCard: { title: "t", text: "x" } },
      40035,
    ],
    [
      "an action card with both kinds",
      { msgtype: "actionCard", actionCard: { ...single, ...several } },
      40035,
    ],
    ["at in a link", { ...link, at: { isAtAll: true } }, 40035],
    ["at in a feed card", { msgtype: "feedCard", feedCard: { links: [feed] }, at: { isAtAll: true } }, 40035],
    ["a mobile as a number", { ...TEXT, at: { atMobiles: [138] } }, 40035],
    ["no JSON", "{", 40035],
    ["an array", [], 40035],
  ];
  for (const [name, body, errcode] of table) {
    await t.step(name, async () => {
      await using server = await start();
      const answer = await post(server, body);
      assert.equal(answer.errcode, errcode, answer.errmsg);
      assert.equal(server.robot("t").messages.length, errcode === 0 ? 1 : 0);
    });
  }
});

Deno.test("what is wrong before the message is read has DingTalk's own codes", async (t) => {
  const table: [string, Post, unknown, number, string][] = [
    ["GET", { method: "GET" }, "", 43002, "require POST method"],
    ["a form", { headers: { "content-type": "text/plain" } }, TEXT, 43004, "无效的HTTP HEADER Content-Type"],
    [
      "GBK",
      { headers: { "content-type": "application/json; charset=gbk" } },
      TEXT,
      43004,
      "无效的HTTP HEADER Content-Type",
    ],
    ["no token", { token: "" }, TEXT, 40035, "缺少参数 access_token"],
    ["another token", { token: "u" }, TEXT, 300005, "token is not exist"],
    [
      "too long",
      {},
      { msgtype: "text", text: { content: "满".repeat(6_700) } },
      460101,
      "message too long, exceed 20000 bytes",
    ],
  ];
  for (const [name, options, body, errcode, errmsg] of table) {
    await t.step(name, async () => {
      await using server = await start();
      assert.deepEqual(await post(server, body, options), { errcode, errmsg });
      assert.deepEqual(server.robot("t").messages, []);
    });
  }
});

Deno.test("UTF-8 may be named as the charset", async () => {
  await using server = await start();
  const headers = { "content-type": "application/json; charset=utf-8" };
  assert.equal((await post(server, TEXT, { headers })).errcode, 0);
});

Deno.test("a signature must be right, and not older than an hour", async (t) => {
  const sign = (timestamp: number): string =>
    createHmac("sha256", "SEC+/=").update(`${timestamp}\nSEC+/=`).digest("base64");
  const query = (timestamp: number, text = encodeURIComponent(sign(timestamp))): string =>
    `&timestamp=${timestamp}&sign=${text}`;
  const table: [string, string, string][] = [
    ["right", query(NOW), "ok"],
    ["an hour old", query(NOW - 60 * MINUTE), "ok"],
    ["older", query(NOW - 61 * MINUTE), "invalid timestamp"],
    ["from the future", query(NOW + 61 * MINUTE), "invalid timestamp"],
    ["in seconds", query(Math.floor(NOW / 1_000)), "invalid timestamp"],
    ["none", "", "sign not match"],
    ["another's", query(NOW, "AAAA"), "sign not match"],
    ["encoded twice", query(NOW, encodeURIComponent(encodeURIComponent(sign(NOW)))), "sign not match"],
  ];
  for (const [name, query, errmsg] of table) {
    await t.step(name, async () => {
      await using server = await start({ secret: "SEC+/=" });
      assert.deepEqual(await post(server, TEXT, { query }), {
        errcode: errmsg === "ok" ? 0 : 310000,
        errmsg,
      });
    });
  }
});

Deno.test("a message must have a keyword, a card in its title", async () => {
  await using server = await start({ keywords: ["alert", "告警"] });
  const refused = { errcode: 310000, errmsg: "keywords not in content" };
  const ok = { errcode: 0, errmsg: "ok" };
  const link = (title: string, text: string): object => ({
    msgtype: "link",
    link: { title, text, messageUrl: "http://x/" },
  });
  assert.deepEqual(await post(server, TEXT), refused);
  assert.deepEqual(await post(server, { msgtype: "text", text: { content: "an 告警" } }), ok);
  assert.deepEqual(await post(server, link("x", "alert")), refused);
  assert.deepEqual(await post(server, link("alert", "x")), ok);
});

Deno.test("a phone rings only when the text says so too", async () => {
  await using server = await start();
  const at = { atMobiles: ["138", "139"], atUserIds: ["u1"] };
  await post(server, { msgtype: "text", text: { content: "@138 @u1" }, at });
  assert.deepEqual(server.robot("t").messages[0]?.rings, ["u1", "138"]);
});

Deno.test("a repeated msgUuid is answered ok and not posted again", async () => {
  await using server = await start();
  for (const msgUuid of ["a", "a", "b"]) assert.equal((await post(server, { ...TEXT, msgUuid })).errcode, 0);
  assert.equal(server.robot("t").messages.length, 2);
});

Deno.test("20 a minute are taken; one more, and the robot is blocked for ten minutes", async () => {
  let now = NOW;
  await using server = await startDingTalk({ robots: [{ token: "t" }, { token: "u" }], now: () => now });
  const tooFast = { errcode: 130101, errmsg: "send too fast, exceed 20 times per minute" };
  const ok = { errcode: 0, errmsg: "ok" };

  for (let i = 0; i < 20; i++) {
    now += 3_000;
    assert.deepEqual(await post(server, TEXT), ok, `message ${i}`);
  }
  const last = now;
  assert.deepEqual(await post(server, TEXT), tooFast);
  assert.deepEqual(await post(server, TEXT, { token: "u" }), ok, "another robot has its own budget");
  now = last + 10 * MINUTE - 1;
  assert.deepEqual(await post(server, TEXT), tooFast);
  now = last + 10 * MINUTE;
  assert.deepEqual(await post(server, TEXT), ok);
  assert.equal(server.robot("t").messages.length, 21);
});

Deno.test("the minute slides", async () => {
  let now = NOW;
  await using server = await start({}, () => now);
  for (let i = 0; i < 20; i++) await post(server, TEXT);
  now = NOW + MINUTE;
  assert.equal((await post(server, TEXT)).errcode, 0);
});

Deno.test("each fault comes as often as it was asked for, and then the robot is well", async (t) => {
  const page = /^<!DOCTYPE html>/;
  const table = [
    ["throttle", 200, /^\{"errcode":130101,"errmsg":"send too fast/],
    ["410100", 200, /^\{"errcode":410100,/],
    ["gateway", 200, /^\{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"[^"]+"\}$/],
    ["merged", 200, /"punish":"deny".*"errcode":130101/],
    ["html", 200, page],
    ["busy", 200, /^\{"errcode":-1,/],
    ["removed", 200, /^\{"errcode":300005,"errmsg":"token is not exist"\}$/],
    ["errcode", 200, /^\{"errcode":430102,/],
    ["5xx", 503, /^upstream error$/],
    ["redirect", 302, /^$/],
  ] as const;
  for (const [kind, status, text] of table) {
    await t.step(kind, async () => {
      await using server = await start();
      server.fault(kind, { times: 2 });
      for (let i = 0; i < 2; i++) {
        const response = await fetch(`${server.url}/robot/send?access_token=t`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(TEXT),
          redirect: "manual",
        });
        assert.equal(response.status, status);
        assert.match(await response.text(), text);
      }
      assert.deepEqual(server.robot("t").messages, []);
      assert.equal((await post(server, TEXT)).errcode, 0);
      assert.deepEqual(server.requests.map(({ came }) => came), [kind, kind, { errcode: 0, errmsg: "ok" }]);
    });
  }
});

Deno.test("a fault can be of one's own choice, and be taken back", async () => {
  await using server = await start();
  server.fault("errcode", { errcode: 400102, errmsg: "robot stopped", times: Infinity });
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await post(server, TEXT), { errcode: 400102, errmsg: "robot stopped" });
  }
  server.heal();
  assert.equal((await post(server, TEXT)).errcode, 0);
});

Deno.test("a cut connection fails the client, with or without the message posted", async () => {
  await using server = await start();
  server.fault("cut");
  server.fault("cut_after_post");
  await assert.rejects(post(server, TEXT));
  assert.equal(server.robot("t").messages.length, 0);
  await assert.rejects(post(server, TEXT));
  assert.equal(server.robot("t").messages.length, 1);
});

Deno.test("a slow answer arrives whole", async () => {
  await using server = await start();
  server.fault("slow", { everyMs: 1 });
  assert.deepEqual(await post(server, TEXT), { errcode: 0, errmsg: "ok" });
});

Deno.test("what hangs is left to the client's patience", async () => {
  await using server = await start();
  server.fault("hang");
  const impatience = new AbortController();
  const waiting = assert.rejects(
    fetch(`${server.url}/robot/send?access_token=t`, {
      method: "POST",
      body: "{}",
      signal: impatience.signal,
    }),
  );
  await server.arrived(1);
  impatience.abort();
  await waiting;
});

Deno.test("closing releases what hangs and what dribbles", async () => {
  const server = await start();
  server.fault("hang");
  server.fault("slow", { everyMs: 60_000 });
  const waiting = [assert.rejects(post(server, TEXT)), assert.rejects(post(server, TEXT))];
  await server.arrived(2);
  await server.close();
  await Promise.all(waiting);
});

Deno.test("a robot that was not declared cannot be asked for", async () => {
  await using server = await start();
  assert.throws(() => server.robot("x"), { message: 'Cannot find robot: none has "x"' });
});

Deno.test("anything but /robot/send is not there", async () => {
  await using server = await start();
  const response = await fetch(`${server.url}/robots/send?access_token=t`, { method: "POST", body: "{}" });
  assert.equal(response.status, 404);
  await response.text();
});
