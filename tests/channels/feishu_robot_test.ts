import assert from "node:assert/strict";
import feishu from "../../channels/feishu_robot.ts";
import { startFeishu } from "../../simulator/feishu.ts";
import { TestClock } from "../kit/clock.ts";
import { visitor } from "../kit/console.ts";
import { testRelay } from "../kit/relay.ts";
import { HOSTILE, message, NOW } from "./_message.ts";
import { answer, requestOf, send } from "./_send.ts";

Deno.test("the documented signature is ours: the time and the secret are the key, the message is empty", async () => {
  const vectors = [
    ["xxx", 1_661_860_880, "QnWVTSBe6FmQDE0bG6X0mURbI+DnvVyu1h+j5dHOjrU="],
    ["feishu-test-secret", 1_700_000_000, "e3MJ8Q5llVxGJ8pVkGPBhexDAgjvYqpjPP1GkY9XceI="],
  ] as const;
  for (const [secret, seconds, sign] of vectors) {
    const { json } = await requestOf(feishu, { token: "t", secret }, message(), {
      now: seconds * 1_000 + 999,
    });
    const { timestamp, sign: ours } = json as Record<string, string>;
    assert.deepEqual([timestamp, ours], [String(seconds), sign]);
  }
});

Deno.test("each form × mentions × signature × keyword is taken by a strict robot", async (t) => {
  for (const form of ["card", "text"]) {
    for (const mentions of ["none", "all"]) {
      for (const secret of [undefined, "SEC+/=&"]) {
        for (const keyword of [undefined, "告警平台"]) {
          await t.step(`${form} ${mentions} ${secret} ${keyword}`, async () => {
            const robot = { token: "a+/=&%", ...secret ? { secret } : {}, ...keyword ? { keyword } : {} };
            await using server = await startFeishu({ robots: [robot], now: () => NOW });
            assert.equal(
              (await send(feishu, { ...robot, form, mentions, base: server.url }, message()))!.kind,
              "delivered",
            );
            const [posted] = server.messages;
            assert.equal(posted!.type, form === "card" ? "interactive" : "text");
            assert.equal(posted!.ringsAll, mentions === "all");
          });
        }
      }
    }
  }
});

Deno.test("hostile and long messages are taken, and call nobody", async () => {
  const long = message({ title: Object.values(HOSTILE)[0]!, body: `${"汉".repeat(4_600)}` });
  const calling = message({ body: '<at user_id="all">x</at> <at id=all></at>' });
  for (const text of [long, calling, { ...long, plain: true }, message({ body: " " })]) {
    for (const form of ["card", "text"]) {
      await using server = await startFeishu({ robots: [{ token: "t" }], now: () => NOW });
      // The relay escapes the text of a card before the channel gets it; a text is not escaped.
      const safe = form === "card" ? { ...text, body: text.body.replaceAll("<", "＜") } : text;
      assert.equal((await send(feishu, { token: "t", form, base: server.url }, safe))!.kind, "delivered");
      assert.equal(server.messages[0]!.ringsAll, false);
    }
  }
});

const SIGN_FAIL =
  '{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}';

/** The time of Feishu's clock, this many minutes from the relay's. */
function httpDate(minutes: number): string {
  return new Date(NOW + minutes * 60_000).toUTCString();
}

const VERDICTS: [string, Parameters<typeof answer>, string | undefined][] = [
  ["success", ['{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}'], "delivered"],
  ["an older success", ['{"Extra":null,"StatusCode":0,"StatusMessage":"success"}'], "delivered"],
  ["no such robot", ['{"code":19001,"msg":"param invalid"}'], "refused config"],
  ["a wrong signature", ['{"code":19021,"msg":"sign match fail"}'], "refused config"],
  ["a wrong signature by a right clock", [SIGN_FAIL, { headers: { date: httpDate(-58) } }], "refused config"],
  ["a signature by a clock that is behind", [SIGN_FAIL, { headers: { date: httpDate(61) } }], "retry"],
  ["a signature by a clock that is ahead", [SIGN_FAIL, { headers: { date: httpDate(-180) } }], "retry"],
  ["an address that is not allowed", ['{"code":19022,"msg":"Ip Not Allowed"}'], "refused config"],
  ["a missing keyword", ['{"code":19024,"msg":"Key Words Not Found"}'], "refused config"],
  ["a bad content", ['{"code":9499,"msg":"Bad Request"}', { status: 400 }], "refused payload"],
  ["a gateway in trouble", ['{"code":9499,"msg":"Bad Request"}', { status: 502 }], undefined],
  ["a wrong type", ['{"code":19002,"msg":"param invalid"}'], "refused payload"],
  ["too fast", ['{"code":11232,"msg":"frequency limited"}'], "throttled 5000"],
  ["too fast for the gateway", ['{"code":99991400}', {
    status: 429,
    headers: { "x-ogw-ratelimit-reset": "42" },
  }], "throttled 42000"],
  ["an unknown code", ['{"code":77,"msg":"?"}'], "refused payload"],
  ["a page", ["<html></html>"], "retry"],
  ["success in another status", ['{"code":0}', { status: 500 }], undefined],
  ["no JSON in 503", ["upstream", { status: 503 }], undefined],
];

for (const [name, [text, options], expected] of VERDICTS) {
  Deno.test(`an answer of ${name} is ${expected ?? "left to the HTTP status"}`, () => {
    const verdict = feishu.verdict!(answer(text, options), { now: NOW });
    const words = verdict && [
      verdict.kind,
      "what" in verdict ? verdict.what : undefined,
      verdict.kind === "throttled" ? verdict.waitMs : undefined,
    ].filter((word) => word !== undefined).join(" ");
    assert.equal(words, expected);
  });
}

Deno.test("through the house: an alert waits out a throttle and arrives once, in its colour", async () => {
  const clock = new TestClock();
  await using server = await startFeishu({ robots: [{ token: "t", secret: "s" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml:
      `groups: [{ owner: default, level: default, destinations: [{ channel: feishu_robot, config: { token: t, secret: s, base: "${server.url}" } }] }]`,
  });
  server.fault("gateway");
  await house.fire({ labels: { instance: "db-1", severity: "critical" } });
  await house.advance(41_999);
  assert.equal(server.requests.length, 1);
  await house.advance(1);
  assert.deepEqual(server.messages.map(({ title }) => title), ["🔴db-1 Test"]);
  const sent = JSON.parse(new TextDecoder().decode(server.requests[1]!.body));
  assert.equal(sent.card.header.template, "red");
});

Deno.test("the page of a delivery shows the card as it was sent: its head, and its buttons", async () => {
  const clock = new TestClock();
  await using server = await startFeishu({ robots: [{ token: "t" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml:
      `groups: [{ owner: default, level: default, destinations: [{ channel: feishu_robot, config: { token: t, base: "${server.url}" } }] }]`,
  });
  const runbook = "https://runbooks.example.com/disk?a=1&b=2";
  await (await house.post({ labels: { severity: "warning" }, annotations: { runbook_url: runbook } })).body
    ?.cancel();
  await house.settle();
  const [alert] = await house.relay.store.log.newest(1);
  const [delivery] = await house.relay.store.deliveries.of(alert!.id);
  const { html } = await (await visitor(house, "viewer")).get(`/deliveries/${delivery!.id}`);
  assert.match(html, /<article class="bubble framed head-yellow">/);
  assert.match(html, /<p class="buttons"><a href="https:\/\/runbooks\.example\.com\/disk\?a=1&amp;b=2"/);
  const { card } = server.messages[0]!.request as {
    card: { elements: { tag: string; actions?: unknown[] }[] };
  };
  assert.deepEqual(card.elements.map(({ tag }) => tag), ["markdown", "action"]);
});
