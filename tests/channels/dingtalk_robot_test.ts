import assert from "node:assert/strict";
import dingtalk from "../../channels/dingtalk_robot.ts";
import type { Limits, Message, Verdict } from "../../relay/channel.ts";
import { startDingTalk } from "../../simulator/dingtalk.ts";
import { alert, HOSTILE, link, message, NOW, PEOPLE } from "./_message.ts";
import { answer, exchange, requestOf, send } from "./_send.ts";
import { MINUTE } from "../../relay/base/duration.ts";

const FORMS = ["markdown", "text", "link", "actionCard", "feedCard"] as const;
const MENTIONS = ["none", "members", "all"] as const;

// deno-lint-ignore no-explicit-any -- a test reads what it expects
async function jsonOf(input: object, text: Message): Promise<any> {
  return (await requestOf(dingtalk, { token: "t", ...input }, text)).json;
}

async function urlOf(input: object, now = NOW): Promise<string> {
  return (await requestOf(dingtalk, { token: "t", ...input }, message(), { now })).url;
}

Deno.test("the signature is DingTalk's, and percent-encoded once", async () => {
  assert.equal(
    await urlOf({ secret: "SECtest0123456789" }, 1_700_000_000_000),
    "https://oapi.dingtalk.com/robot/send?access_token=t&timestamp=1700000000000" +
      "&sign=yBKp5IlG6qCzcQWmgyRK%2FziJBdVNJmHfFE2ST%2FCzT%2Fg%3D",
  );
});

Deno.test("without a secret nothing is signed", async () => {
  assert.equal(
    await urlOf({ token: "a+b/c=" }),
    "https://oapi.dingtalk.com/robot/send?access_token=a%2Bb%2Fc%3D",
  );
});

Deno.test("base stands before the vendor's path, with or without slashes at its end", async () => {
  for (
    const base of [
      "https://gw.example.com/ding",
      "https://gw.example.com/ding/",
      "https://gw.example.com/ding//",
    ]
  ) {
    assert.equal(await urlOf({ base }), "https://gw.example.com/ding/robot/send?access_token=t");
  }
});

Deno.test("hostile tokens and secrets reach the robot and sign correctly", async () => {
  const hostile = ["+/=&%", "SEC+/=&%26%2B?#", "a b\tc", "机器人🔥", "\"\\n'", "%2541"];
  await using server = await startDingTalk({
    robots: hostile.map((text) => ({ token: `t${text}`, secret: text })),
    now: () => NOW,
  });
  for (const text of hostile) {
    const verdict = await send(dingtalk, { token: `t${text}`, secret: text, base: server.url }, message());
    assert.deepEqual(verdict, { kind: "delivered", because: "ok" }, text);
    assert.equal(server.robot(`t${text}`).messages.length, 1, text);
  }
});

Deno.test("each form × mentions × keyword is taken by a strict robot, and rings whom it should", async (t) => {
  for (const form of FORMS) {
    for (const mentions of MENTIONS) {
      for (const keyword of [undefined, "告警"]) {
        await t.step(`${form}, ${mentions}, ${keyword ?? "no keyword"}`, async () => {
          await using server = await startDingTalk({
            robots: [{ token: "t", secret: "SEC1", keywords: keyword === undefined ? [] : [keyword] }],
            now: () => NOW,
          });
          const config = { token: "t", secret: "SEC1", base: server.url, form, mentions, keyword };
          const links = [link("https://prom.example.com/graph?g0.expr=a%2Bb")];
          assert.equal(
            (await send(dingtalk, config, message({ links, recipients: PEOPLE })))?.kind,
            "delivered",
          );

          const [posted] = server.robot("t").messages;
          assert.equal(posted?.msgtype, form);
          const cannot = form === "link" || form === "feedCard";
          const rings = { none: [], members: ["user1", "13900000000"], all: "all" }[mentions];
          assert.deepEqual(posted.rings, cannot ? [] : rings);
        });
      }
    }
  }
});

Deno.test("a keyword is added only where it is missing", async () => {
  const keyword = "DiskFull";
  const missing = message({
    title: "Other",
    body: "other",
    alerts: [alert({ title: "Other", links: [link("http://x/")] })],
  });
  const present = message({ body: "DiskFull!", links: [link("http://x/")] });
  const titled = (json: Record<string, { title: string }>, key: string): string => json[key]!.title;

  assert.equal((await jsonOf({ form: "text", keyword }, missing)).text.content, "DiskFull\nother");
  assert.equal((await jsonOf({ form: "text", keyword }, present)).text.content, "DiskFull!");
  assert.equal((await jsonOf({ form: "markdown", keyword }, missing)).markdown.text, "DiskFull\n\nother");
  assert.equal((await jsonOf({ form: "markdown", keyword }, present)).markdown.text, "DiskFull!");
  assert.equal(titled(await jsonOf({ form: "link", keyword }, missing), "link"), "DiskFull Other");
  assert.equal(titled(await jsonOf({ form: "link", keyword }, present), "link"), "DiskFull");
  assert.equal(
    titled(await jsonOf({ form: "actionCard", keyword }, missing), "actionCard"),
    "DiskFull Other",
  );
  assert.equal(titled(await jsonOf({ form: "actionCard", keyword }, present), "actionCard"), "DiskFull");
  const { feedCard } = await jsonOf({ form: "feedCard", keyword }, missing);
  assert.equal(feedCard.links[0].title, "DiskFull firing: Other · node-3 is 97 % full");
});

Deno.test("a keyword that shortening would take away is added again", async () => {
  const body = `${"x".repeat(20_000)}告警`;
  const { text } = await jsonOf({ form: "text", keyword: "告警" }, message({ body }));
  assert.ok(text.content.startsWith("告警\nxxx"));
  assert.ok(text.content.endsWith("x…"));
});

Deno.test("a link carries the alert's name, its status and text, and its first link", async () => {
  const links = [link("http://first/"), link("http://second/")];
  assert.deepEqual(await jsonOf({ form: "link" }, message({ links })), {
    msgtype: "link",
    link: { title: "DiskFull", text: "firing: node-3 is 97 % full", messageUrl: "http://first/", picUrl: "" },
    msgUuid: message().id,
  });
});

Deno.test("what a link or a card cannot hold goes in the nearest form that can", async (t) => {
  const linked = alert({ links: [link("http://x/")] });
  const endless = link(`http://x/${"y".repeat(6_000)}`);
  const many = Array.from({ length: 100 }, () => alert({ links: [link(`http://x/${"y".repeat(300)}`)] }));
  const table: [string, typeof FORMS[number], Message, string][] = [
    ["a link without a link", "link", message(), "text"],
    ["a link for a digest", "link", message({ alerts: [linked, linked] }), "text"],
    ["a link with an endless address", "link", message({ links: [endless] }), "text"],
    ["a feed card without links", "feedCard", message(), "text"],
    [
      "a feed card of which one alert has no link",
      "feedCard",
      message({ alerts: [linked, alert()] }),
      "text",
    ],
    ["a feed card of too many alerts", "feedCard", message({ alerts: many }), "text"],
    ["a feed card without alerts", "feedCard", message({ alerts: [] }), "text"],
    ["an action card without links", "actionCard", message(), "markdown"],
    ["an action card with an endless address", "actionCard", message({ links: [endless] }), "markdown"],
    ["a plain markdown", "markdown", message({ plain: true }), "text"],
    ["a plain link", "link", message({ plain: true, links: [link("http://x/")] }), "text"],
    ["a plain action card", "actionCard", message({ plain: true, links: [link("http://x/")] }), "text"],
    ["a plain feed card", "feedCard", message({ plain: true, alerts: [linked] }), "text"],
  ];
  for (const [name, form, text, msgtype] of table) {
    await t.step(name, async () => {
      const json = await jsonOf({ form }, text);
      assert.equal(json.msgtype, msgtype);
      assert.equal(json.text?.content ?? json.markdown.text, text.body);
    });
  }
});

Deno.test("an action card has one button for one link, and several for several", async () => {
  const one = await jsonOf({ form: "actionCard" }, message({ links: [link("http://1/", "源")] }));
  assert.deepEqual(one.actionCard, {
    title: "DiskFull",
    text: "firing: node-3 is 97 % full",
    singleTitle: "源",
    singleURL: "http://1/",
  });
  const two = await jsonOf(
    { form: "actionCard" },
    message({ links: [link("http://1/", "源"), link("http://2/", "图")] }),
  );
  assert.deepEqual(two.actionCard.btns, [
    { title: "源", actionURL: "http://1/" },
    { title: "图", actionURL: "http://2/" },
  ]);
  assert.equal("singleURL" in two.actionCard, false);
});

Deno.test("an action card says how many of its buttons it has no room for", async () => {
  const links = Array.from({ length: 20 }, (_, index) => link(`http://a/${index}/${"x".repeat(500)}`, "b"));
  const { actionCard: { btns, text } } = await jsonOf({ form: "actionCard" }, message({ links }));
  assert.ok(btns.length > 5 && btns.length < 20);
  assert.equal(text, `firing: node-3 is 97 % full\n\n… +${20 - btns.length}`);
  const pictured = links.map((one) => ({ ...one, picture: "" }));
  const authored = { form: "actionCard", title: "T", text: "x", links: pictured, notes: "" } as const;
  const sent = await jsonOf({}, message({ authored }));
  assert.equal(sent.actionCard.text, `x\n\n… +${20 - sent.actionCard.btns.length}`);
});

Deno.test("a feed card has a line for each alert, which says whether it fires", async () => {
  const alerts = [
    alert({ links: [link("http://1/"), link("http://1b/")], text: "line one\nline two" }),
    alert({ links: [link("http://2/")], status: "resolved", text: "" }),
  ];
  assert.deepEqual((await jsonOf({ form: "feedCard" }, message({ alerts }))).feedCard.links, [
    { title: "firing: DiskFull · line one", messageURL: "http://1/", picURL: "" },
    { title: "resolved: DiskFull", messageURL: "http://2/", picURL: "" },
  ]);
});

Deno.test("a line of a feed card names the object, unless its words do", async () => {
  const object = { parts: [], text: "prod/cart-5f8c", place: "cart" };
  const lines = [
    alert({ links: [link("http://1/")], object, text: "crashes" }),
    alert({ links: [link("http://2/")], object, text: "prod/cart-5f8c crashes" }),
  ];
  const { feedCard } = await jsonOf({ form: "feedCard" }, message({ alerts: lines }));
  assert.deepEqual(feedCard.links.map(({ title }: { title: string }) => title), [
    "firing: DiskFull · prod/cart-5f8c · crashes",
    "firing: DiskFull · prod/cart-5f8c crashes",
  ]);
});

Deno.test("people are mentioned by user id, or else by mobile, in the text as well", async () => {
  const json = await jsonOf({ form: "text", mentions: "members" }, message({ recipients: PEOPLE }));
  assert.deepEqual(json.at, { atUserIds: ["user1"], atMobiles: ["13900000000"], isAtAll: false });
  assert.equal(json.text.content, "firing: node-3 is 97 % full\n@user1 @13900000000");
});

Deno.test("nobody whom DingTalk knows means no mention at all", async () => {
  const json = await jsonOf(
    { mentions: "members" },
    message({ recipients: [{ id: "a" }, { id: "b", dingtalk: "" }] }),
  );
  assert.equal("at" in json, false);
});

Deno.test("a group of more than 50 gets its message: 50 are mentioned, and it says how many are not", async () => {
  const recipients = Array.from(
    { length: 80 },
    (_, i) => ({ id: `${i}`, mobile: String(13_800_000_000 + i) }),
  );
  const { at, markdown } = await jsonOf({ mentions: "members" }, message({ recipients }));
  assert.equal(at.atMobiles.length, 50);
  assert.equal(markdown.text.match(/@/g).length, 50);
  assert.match(markdown.text, /@13800000049 … \+30$/);
  await using server = await startDingTalk({ robots: [{ token: "t" }], now: () => NOW });
  const config = { token: "t", base: server.url, mentions: "members" };
  assert.equal((await send(dingtalk, config, message({ recipients })))!.kind, "delivered");
  assert.equal(server.robot("t").messages[0]!.rings.length, 50);
});

Deno.test("whatever it carries, a request stays under 18,000 bytes and a strict robot takes it", async (t) => {
  const people = Array.from({ length: 60 }, (_, i) => ({ id: `${i}`, dingtalk: `用户${i}`.repeat(20) }));
  const links = Array.from(
    { length: 9 },
    (_, i) => link(`https://prom.example.com/${i}?q=${"e".repeat(900)}`, "看"),
  );
  for (const [name, hostile] of Object.entries({ ...HOSTILE, "a flood": "🔥\u0000".repeat(20_000) })) {
    for (const form of FORMS) {
      await t.step(`${name}, ${form}`, async () => {
        await using server = await startDingTalk({
          robots: [{ token: "t", keywords: ["告警"] }],
          now: () => NOW,
        });
        const config = { token: "t", base: server.url, form, mentions: "members", keyword: "告警" };
        const text = message({
          title: hostile,
          body: hostile,
          alerts: [alert({ title: hostile, text: hostile, links })],
          recipients: people,
        });
        const verdict = await send(dingtalk, config, text);
        assert.deepEqual([verdict, server.requests[0]?.came], [
          { kind: "delivered", because: "ok" },
          { errcode: 0, errmsg: "ok" },
        ]);
        assert.ok(
          server.requests[0]!.body.byteLength < 18_000,
          `${server.requests[0]!.body.byteLength} bytes`,
        );
      });
    }
  }
});

Deno.test("a body within the limits is sent whole, with 50 mobiles and a keyword", async () => {
  const limits = dingtalk.limits as Limits;
  const body = "满".repeat(Math.floor((limits.bodyBytes! - 2) / 3));
  const recipients = Array.from(
    { length: 50 },
    (_, i) => ({ id: `${i}`, mobile: String(13_800_000_000 + i) }),
  );
  const json = await jsonOf({ mentions: "members", keyword: "k" }, message({ body, recipients }));
  assert.ok(json.markdown.text.includes(body));
});

Deno.test("the form of the body and the sharing of a message follow the config", () => {
  const table = FORMS.map((form) => {
    const config = dingtalk.config.parse({ token: "t", form });
    const { form: formOf, combine } = dingtalk;
    return [
      form,
      typeof formOf === "function" && formOf(config),
      typeof combine === "function" && combine(config),
    ];
  });
  assert.deepEqual(table, [
    ["markdown", "markdown", "payload"],
    ["text", "text", "payload"],
    ["link", "text", "single"],
    ["actionCard", "markdown", "payload"],
    ["feedCard", "text", "payload"],
  ]);
});

Deno.test("robots with one token share a lane, whatever else they say", () => {
  const lane = (input: object): string => dingtalk.lane!(dingtalk.config.parse({ token: "t", ...input }));
  assert.equal(lane({ form: "text" }), lane({ form: "link", keyword: "k" }));
  assert.notEqual(lane({}), lane({ token: "u" }));
  assert.equal(lane({}), lane({ base: "HTTPS://OAPI.dingtalk.com/" }));
  assert.notEqual(lane({}), lane({ base: "https://elsewhere.example.com" }), "another server's answers");
});

Deno.test("a config that cannot work is refused", () => {
  for (
    const wrong of [{}, { token: "" }, { token: "t", base: "ftp://x/" }, {
      token: "t",
      form: "card",
    }]
  ) {
    assert.equal(dingtalk.config.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

const HTML = "<!DOCTYPE html><html><body>punish</body></html>";

Deno.test("each answer of DingTalk has its verdict", async (t) => {
  const wait = (minutes: number, because: string): Verdict => ({
    kind: "throttled",
    waitMs: minutes * MINUTE,
    because,
  });
  const no = (what: "config" | "payload", because: string): Verdict => ({ kind: "refused", what, because });
  const ok: Verdict = { kind: "delivered", because: "ok" };
  const without = (status: number): Verdict => ({
    kind: "retry",
    because: `HTTP ${status} without an errcode`,
  });
  const page = (status: number): Verdict => wait(5, `HTTP ${status} with a page instead of an answer`);
  const table: [string, Verdict | undefined, { status?: number; headers?: HeadersInit }?][] = [
    ['{"errcode":0,"errmsg":"ok"}', ok],
    ['{"errcode":"0","errmsg":"ok"}', ok],
    ['{"errcode":0}', ok],
    ['{"errcode":0,"errmsg":"ok"}', undefined, { status: 500 }],
    ['{"errcode":0,"errmsg":"ok"}', undefined, { status: 302 }],
    ['{"errcode":-1,"errmsg":"系统繁忙"}', { kind: "retry", because: "-1 系统繁忙" }],
    ['{"errcode":130101,"errmsg":"send too fast"}', wait(10, "130101 send too fast")],
    ['{"errcode":"130101","errmsg":"send too fast"}', wait(10, "130101 send too fast")],
    ['{"errcode":130101,"errmsg":"send too fast"}', wait(10, "130101 send too fast"), { status: 429 }],
    ['{"errcode":410100,"errmsg":"limited"}', wait(10, "410100 limited")],
    ['{"errcode":302033,"errmsg":"send too fast"}', wait(10, "302033 send too fast")],
    ['{"errcode":90002,"errmsg":"busy"}', wait(5 / 60, "90002 busy")],
    ['{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u"}', wait(5, "1111 deny")],
    ['{"status":1111,"wait":5,"punish":"deny"}', wait(5, "1111 deny"), { status: 403 }],
    ['{"punish":"deny"}', wait(5, "deny")],
    ['{"status":1111,"punish":"deny","errcode":130101,"errmsg":"fast"}', wait(10, "1111 deny 130101 fast")],
    ['{"status":1111,"punish":"deny","errcode":90002}', wait(5, "1111 deny 90002")],
    ['{"status":1111,"punish":"deny","errcode":0,"errmsg":"ok"}', wait(5, "1111 deny 0 ok")],
    [HTML, page(200)],
    [` \n${HTML.toLowerCase()}`, page(403), { status: 403 }],
    ["blocked", page(200), { headers: { "content-type": "text/html; charset=utf-8" } }],
    [HTML, undefined, { status: 502 }],
    [HTML, undefined, { status: 404 }],
    [HTML, undefined, { status: 302 }],
    ['{"errcode":310000,"errmsg":"keywords not in content"}', no("config", "310000 keywords not in content")],
    ['{"errcode":310000,"errmsg":"sign not match"}', no("config", "310000 sign not match")],
    [
      '{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}',
      no("config", "310000 ip 1.2.3.4 not in whitelist"),
    ],
    ['{"errcode":310000,"errmsg":"invalid timestamp"}', {
      kind: "retry",
      because: "310000 invalid timestamp",
    }],
    ...[300001, 300005, 400101, 400102, 400106, 400013, 43004].map((code): [string, Verdict] => [
      `{"errcode":${code},"errmsg":"x"}`,
      no("config", `${code} x`),
    ]),
    ...[400105, 430101, 430102, 430103, 430104, 460101].map((code): [string, Verdict] => [
      `{"errcode":${code},"errmsg":"x"}`,
      no("payload", `${code} x`),
    ]),
    ['{"errcode":40035,"errmsg":"缺少参数 access_token"}', no("config", "40035 缺少参数 access_token")],
    ['{"errcode":40035,"errmsg":"缺少参数 json"}', no("payload", "40035 缺少参数 json")],
    ['{"errcode":777,"errmsg":"brand\\n new"}', no("payload", "777 brand\n new")],
    ['{"errcode":777}', no("payload", "777")],
    ['{"errcode":777}', undefined, { status: 500 }],
    ["", without(200)],
    ["", without(204), { status: 204 }],
    ["ok", without(200)],
    ["{}", without(200)],
    ["null", without(200)],
    ["0", without(200)],
    ["[0]", without(200)],
    ['"errcode"', without(200)],
    ['{"errcode":null}', without(200)],
    ['{"errcode":""}', without(200)],
    ['{"errcode":false,"errmsg":"ok"}', without(200)],
    ['{"errcode":[0],"errmsg":"ok"}', without(200)],
    ['{"errmsg":"ok"}', without(200)],
    ["", undefined, { status: 500 }],
    ["", undefined, { status: 429 }],
    ["", undefined, { status: 301 }],
  ];
  for (const [text, verdict, how] of table) {
    await t.step(`${how?.status ?? 200} ${text.trim().slice(0, 70)}`, () => {
      assert.deepEqual(dingtalk.verdict!(answer(text, how), { now: NOW }), verdict);
    });
  }
});

Deno.test("a refused timestamp names how far the relay's clock is off", async () => {
  for (const [skew, words] of [[125, "125 min ahead"], [-90, "90 min behind"]] as const) {
    await using server = await startDingTalk({ robots: [{ token: "t", secret: "s" }], now: () => NOW });
    const config = { token: "t", secret: "s", base: server.url };
    assert.deepEqual(await send(dingtalk, config, message(), { now: NOW + skew * MINUTE }), {
      kind: "retry",
      because: `310000 invalid timestamp: the relay's clock is ${words}`,
    });
  }
});

Deno.test("a refused timestamp by a right clock is the fault of the config: the signing secret is missing", () => {
  const headers = { date: new Date(NOW + 2 * MINUTE).toUTCString() };
  const verdict = dingtalk.verdict!(answer('{"errcode":310000,"errmsg":"invalid timestamp"}', { headers }), {
    now: NOW,
  });
  assert.deepEqual(verdict, {
    kind: "refused",
    what: "config",
    because:
      "310000 invalid timestamp: the relay's clock is right; the robot's signing secret is missing or wrong",
  });
});

Deno.test("each way in which the simulator throttles or refuses is understood", async (t) => {
  await using server = await startDingTalk({ robots: [{ token: "t" }], now: () => NOW });
  const table = [
    ["throttle", "throttled"],
    ["410100", "throttled"],
    ["gateway", "throttled"],
    ["merged", "throttled"],
    ["html", "throttled"],
    ["busy", "retry"],
    ["removed", "refused"],
    ["errcode", "refused"],
    ["5xx", undefined],
    ["redirect", undefined],
    ["slow", "delivered"],
  ] as const;
  for (const [fault, kind] of table) {
    await t.step(fault, async () => {
      server.fault(fault, { everyMs: 1 });
      assert.equal(
        (await send(dingtalk, { token: "t", base: server.url }, message({ id: fault })))?.kind,
        kind,
      );
    });
  }
  assert.deepEqual(
    server.robot("t").messages.map(({ request }) => (request as { msgUuid: string }).msgUuid),
    ["slow"],
  );
});

Deno.test("after a lost answer, the same message again is not posted twice", async () => {
  await using server = await startDingTalk({ robots: [{ token: "t" }], now: () => NOW });
  server.fault("cut_after_post");
  await assert.rejects(exchange(await requestOf(dingtalk, { token: "t", base: server.url }, message())));
  assert.equal((await send(dingtalk, { token: "t", base: server.url }, message()))?.kind, "delivered");
  assert.equal(server.robot("t").messages.length, 1);
  assert.equal(server.requests.length, 2);
});
