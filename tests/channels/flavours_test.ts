/** Each vendor's form of a message that the templates wrote in the common markdown. */
import assert from "node:assert/strict";
import fc from "fast-check";
import dingtalk from "../../channels/dingtalk_robot.ts";
import feishu from "../../channels/feishu_robot.ts";
import wecomApp from "../../channels/wecom_app.ts";
import wecom from "../../channels/wecom_robot.ts";
import type { Alert } from "../../relay/domain/alert.ts";
import type { Channel, Message } from "../../relay/channel.ts";
import { sizeLimits } from "../../relay/channel/limits.ts";
import { cardOf, limitsOf } from "../../relay/channel/options.ts";
import { measure } from "../../relay/channel/size.ts";
import { jsonBytes } from "../../relay/base/text.ts";
import { startFeishu } from "../../simulator/feishu.ts";
import { NOW } from "./_message.ts";
import { requestOf, send } from "./_send.ts";
import { CRASH, type Writing, written } from "./_written.ts";

const full: Alert = {
  ...CRASH,
  severity: "warning",
  title: "DiskFull",
  labels: { instance: "db-1:9100" },
};

function write(channel: Channel, alerts: readonly Alert[], writing: Writing = {}): Message {
  const { message, problem } = written(channel, alerts, writing);
  assert.equal(problem, undefined);
  return message;
}

const CARD = { ...feishu.sample, form: "card" };
const ACTION = { ...dingtalk.sample, form: "actionCard" };

Deno.test("WeCom gets no list, which it would show as it is written, and its colours say something", () => {
  for (const channel of [wecom, wecomApp]) {
    const config = { ...channel.sample, form: "markdown" };
    for (const digest of [false, true]) {
      const { body } = write(channel, [CRASH, { ...full, status: "resolved", endsAt: NOW }], {
        config,
        isDigest: digest,
      });
      assert.doesNotMatch(body, /^\s*[-*] /m);
      assert.equal(body.split("<font ").length, body.split("</font>").length);
      assert.match(body, /\[[^\]]+\]\(https:\/\/fenghuo/);
    }
  }
});

Deno.test("a Feishu card's head has the colour of the severity, green when all is over", async () => {
  const table = [
    ["critical", "firing", "red"],
    ["error", "firing", "orange"],
    ["warning", "firing", "yellow"],
    ["info", "firing", "blue"],
    ["critical", "resolved", "green"],
  ] as const;
  for (const [severity, status, colour] of table) {
    const message = write(feishu, [{
      ...CRASH,
      severity,
      status,
      endsAt: status === "resolved" ? NOW : null,
    }], {
      config: CARD,
    });
    assert.equal(cardOf(feishu, feishu.config.parse(CARD), message)!.colour, colour);
    await using server = await startFeishu({ robots: [{ token: "t" }], now: () => NOW });
    assert.equal((await send(feishu, { token: "t", base: server.url }, message))!.kind, "delivered");
    // deno-lint-ignore no-explicit-any -- a test reads what it expects
    const { card } = server.messages[0]!.request as any;
    assert.equal(card.header.template, colour);
  }
});

Deno.test("the links of one thing are buttons or in the body, and never both", async () => {
  const links = ["https://fenghuo.example.com/a/01J", "https://runbooks.example.com/crash"];
  const other = { ...CRASH, labels: { ...CRASH.labels, pod: "cart-5f8c" } };
  const table: [name: string, alerts: Alert[], asButtons: boolean][] = [
    ["one alert", [CRASH], true],
    ["alike alerts", [CRASH, other], true],
    ["different alerts", [CRASH, full], false],
    ["what its sender wrote in its own layout", [{ ...CRASH, verbatim: true }], false],
  ];
  for (const [channel, config] of [[feishu, CARD], [dingtalk, ACTION]] as [Channel, unknown][]) {
    for (const [name, alerts, asButtons] of table) {
      const message = write(channel, alerts, { config });
      assert.deepEqual(message.buttons?.map(({ url }) => url), asButtons ? links : undefined, name);
      for (const url of links) {
        if (asButtons) assert.ok(!message.body.includes(url), `${name}: ${message.body}`);
      }
      const { json } = await requestOf(channel, config, message);
      if (asButtons) {
        for (const url of links) assert.equal(JSON.stringify(json).split(url).length, 2, name);
      }
    }
  }
});

Deno.test("addresses that are too long for buttons stay in the text", () => {
  const long = `https://x.example/?${"a".repeat(3_000)}`;
  const message = write(feishu, [{ ...CRASH, links: [{ kind: "source", url: long }] }], { config: CARD });
  assert.equal(message.buttons, undefined);
  assert.ok(message.body.includes(long));
});

const piece = fc.constantFrom(
  "a",
  "满",
  "🔴",
  "**",
  "- ",
  "\n",
  " · ",
  "</font>",
  "<font color=x>",
  "[a](https://x/)",
  "> ",
);
const words = fc.array(piece, { minLength: 1, maxLength: 60 }).map((pieces) => pieces.join(""));

const bytesOf = (json: unknown): number => new TextEncoder().encode(JSON.stringify(json)).length;

Deno.test("whatever it says, a body is within its vendor's bytes and its request within 20,000", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ title: words, text: words, times: fc.constantFrom(1, 300) }), {
        minLength: 1,
        maxLength: 30,
      }),
      fc.constantFrom<Channel>(wecom, wecomApp, feishu, dingtalk),
      fc.boolean(),
      async (all, channel, isDigest) => {
        const alerts = all.map(({ title, text, times }): Alert => ({
          ...CRASH,
          title,
          text: text.repeat(times),
        }));
        const message = write(channel, alerts, { isDigest });
        for (
          const { of, unit, most } of sizeLimits(limitsOf(channel, channel.config.parse(channel.sample)))
        ) {
          if (of !== "body") continue;
          assert.ok(measure(message.body, unit) <= most, `${measure(message.body, unit)} of ${most}`);
        }
        assert.equal(message.body.split("<font ").length, message.body.split("</font>").length);
        if (channel.request === undefined) return;
        const { json } = await requestOf(channel, channel.sample, message);
        assert.ok(jsonBytes(message.body) <= bytesOf(json) && bytesOf(json) < 20_000, `${bytesOf(json)}`);
      },
    ),
    { numRuns: 60 },
  );
});
