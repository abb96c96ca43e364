import assert from "node:assert/strict";
import { startWeCom, type WeCom } from "../../simulator/wecom.ts";
import { MINUTE } from "../../relay/base/duration.ts";

const NOW = 1_772_352_000_000;
const TEXT = { msgtype: "text", text: { content: "hello" } };

interface Post {
  readonly key?: string;
  readonly method?: string;
}

async function post(
  { url }: WeCom,
  body: unknown,
  { key = "k", method = "POST" }: Post = {},
): Promise<{ errcode: number; errmsg: string }> {
  const response = await fetch(`${url}/cgi-bin/webhook/send?key=${encodeURIComponent(key)}`, {
    method,
    body: method === "GET" ? null : typeof body === "string" ? body : JSON.stringify(body),
    redirect: "manual",
  });
  assert.equal(response.status, 200, "WeCom refuses in HTTP 200");
  return await response.json();
}

function start(now = (): number => NOW): Promise<WeCom> {
  return startWeCom({ robots: ["k", "l"], now });
}

Deno.test("a message that is right is posted once, and is kept as the group sees it", async () => {
  await using server = await start();
  const request = { msgtype: "text", text: { content: "hello", mentioned_list: ["@all"] } };
  assert.deepEqual(await post(server, request), { errcode: 0, errmsg: "ok" });
  assert.deepEqual(server.robot("k").messages, [{
    at: NOW,
    msgtype: "text",
    text: "hello",
    rings: "all",
    request,
  }]);
  assert.deepEqual(server.robot("l").messages, []);
  assert.equal(server.requests.length, 1);
});

Deno.test("each shape that WeCom documents is taken, and none that is nearly so", async (t) => {
  const markdown = (content: string): object => ({ msgtype: "markdown", markdown: { content } });
  const text = (content: string): object => ({ msgtype: "text", text: { content } });
  const table: [string, unknown, number][] = [
    ["text", TEXT, 0],
    ["markdown", markdown("**x**"), 0],
    ["markdown_v2", { msgtype: "markdown_v2", markdown_v2: { content: "- x" } }, 0],
    ["2,048 bytes of text", text("满".repeat(682) + "ab"), 0],
    ["2,049 bytes of text", text("满".repeat(683)), 40058],
    ["4,096 bytes of markdown", markdown("满".repeat(1_365) + "a"), 0],
    ["4,097 bytes of markdown", markdown("满".repeat(1_365) + "ab"), 40058],
    ["an empty text", text(""), 44004],
    ["a text of spaces", text(" \n"), 44004],
    ["an unknown type", { msgtype: "empty" }, 40008],
    ["no type", { text: { content: "x" } }, 40008],
    ["a text without its object", { msgtype: "text" }, 40035],
    [
      "a mention in markdown",
      { msgtype: "markdown", markdown: { content: "x", mentioned_list: ["a"] } },
      40035,
    ],
    ["DingTalk's at", { ...TEXT, at: { isAtAll: true } }, 40035],
    [
      "a mobile as a number",
      { msgtype: "text", text: { content: "x", mentioned_mobile_list: [138] } },
      40035,
    ],
    ["no JSON", "{", 40035],
    ["an array", [], 40035],
  ];
  for (const [name, body, errcode] of table) {
    await t.step(name, async () => {
      await using server = await start();
      const answer = await post(server, body);
      assert.equal(answer.errcode, errcode, answer.errmsg);
      assert.equal(server.robot("k").messages.length, errcode === 0 ? 1 : 0);
    });
  }
});

Deno.test("what is wrong before the message is read has WeCom's own codes", async () => {
  await using server = await start();
  assert.equal((await post(server, "", { method: "GET" })).errcode, 43002);
  assert.equal((await post(server, TEXT, { key: "" })).errcode, 41055);
  assert.equal((await post(server, TEXT, { key: "removed" })).errcode, 93000);
});

Deno.test("the words of a refusal carry a hint, our address and a link, as the real ones do", async () => {
  await using server = await start();
  const { errmsg } = await post(server, TEXT, { key: "removed" });
  assert.match(errmsg, /^invalid webhook url, hint: \[\d+\], from ip: \S+, more info at https:\S+$/);
});

Deno.test("a text rings by lists and markdown by user id, and markdown_v2 rings nobody", async () => {
  await using server = await start();
  await post(server, {
    msgtype: "text",
    text: { content: "<@a>", mentioned_list: ["b"], mentioned_mobile_list: ["138"] },
  });
  await post(server, { msgtype: "markdown", markdown: { content: "x <@a> <@b.c> <@all" } });
  await post(server, { msgtype: "markdown_v2", markdown_v2: { content: "<@a>" } });
  assert.deepEqual(server.robot("k").messages.map(({ rings }) => rings), [["b", "138"], ["a", "b.c"], []]);
});

Deno.test("20 a minute are taken, and one more when the first is a minute old", async () => {
  let now = NOW;
  await using server = await start(() => now);
  for (let i = 0; i < 20; i++) assert.equal((await post(server, TEXT)).errcode, 0, `message ${i}`);
  assert.equal((await post(server, TEXT)).errcode, 45009);
  assert.equal((await post(server, TEXT, { key: "l" })).errcode, 0, "another robot has its own budget");
  now = NOW + MINUTE - 1;
  assert.equal((await post(server, TEXT)).errcode, 45009);
  now = NOW + MINUTE;
  assert.equal((await post(server, TEXT)).errcode, 0, "what was refused did not count");
  assert.equal(server.robot("k").messages.length, 21);
});

Deno.test("each fault comes as often as it was asked for, and then the robot is well", async (t) => {
  const table = [
    ["throttle", 200, /^\{"errcode":45009,/],
    ["concurrent", 200, /^\{"errcode":45033,/],
    ["busy", 200, /^\{"errcode":-1,/],
    ["removed", 200, /^\{"errcode":93000,/],
    ["errcode", 200, /^\{"errcode":40058,/],
    ["html", 200, /^<!DOCTYPE html>/],
    ["5xx", 503, /^upstream error$/],
    ["redirect", 302, /^$/],
  ] as const;
  for (const [kind, status, text] of table) {
    await t.step(kind, async () => {
      await using server = await start();
      server.fault(kind, { times: 2 });
      for (let i = 0; i < 2; i++) {
        const response = await fetch(`${server.url}/cgi-bin/webhook/send?key=k`, {
          method: "POST",
          body: JSON.stringify(TEXT),
          redirect: "manual",
        });
        assert.equal(response.status, status);
        assert.match(await response.text(), text);
      }
      assert.deepEqual(server.robot("k").messages, []);
      assert.equal((await post(server, TEXT)).errcode, 0);
      assert.deepEqual(server.requests.map(({ came }) => came), [kind, kind, { errcode: 0, errmsg: "ok" }]);
    });
  }
});

Deno.test("a cut connection fails the client, with or without the message posted", async () => {
  await using server = await start();
  server.fault("cut");
  server.fault("cut_after_post");
  await assert.rejects(post(server, TEXT));
  assert.equal(server.robot("k").messages.length, 0);
  await assert.rejects(post(server, TEXT));
  assert.equal(server.robot("k").messages.length, 1);
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
