import assert from "node:assert/strict";
import wecom from "../../channels/wecom_robot.ts";
import { cut, type Limits, type Message, type Verdict } from "../../relay/channel.ts";
import { startWeCom } from "../../simulator/wecom.ts";
import { alert, HOSTILE, message, NOW, PEOPLE } from "./_message.ts";
import { answer, exchange, requestOf, send } from "./_send.ts";

const FORMS = ["markdown", "text"] as const;
const MENTIONS = ["none", "members", "all"] as const;

const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;

// deno-lint-ignore no-explicit-any -- a test reads what it expects
async function jsonOf(input: object, text: Message): Promise<any> {
  return (await requestOf(wecom, { key: "k", ...input }, text)).json;
}

async function urlOf(input: object): Promise<string> {
  return (await requestOf(wecom, { key: "k", ...input }, message())).url;
}

function limitsOf(input: object): Limits {
  const { limits } = wecom;
  return typeof limits === "function" ? limits(wecom.config.parse({ key: "k", ...input })) : assert.fail();
}

Deno.test("the key stands in the address, percent-encoded once; base before the vendor's path", async () => {
  assert.equal(await urlOf({}), "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k");
  assert.equal(
    await urlOf({ key: "a+b/c=&%41" }),
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a%2Bb%2Fc%3D%26%2541",
  );
  for (
    const base of ["https://gw.example.com/wx", "https://gw.example.com/wx/", "https://gw.example.com/wx//"]
  ) {
    assert.equal(await urlOf({ base }), "https://gw.example.com/wx/cgi-bin/webhook/send?key=k");
  }
});

Deno.test("each form × mentions is taken by a strict robot, and rings whom it should", async (t) => {
  const rings: Record<string, unknown> = {
    "markdown none": [],
    "markdown members": ["LiLei"], // a mobile number calls nobody in markdown
    "markdown all": "all",
    "text none": [],
    "text members": ["LiLei", "13900000000"],
    "text all": "all",
  };
  for (const form of FORMS) {
    for (const mentions of MENTIONS) {
      await t.step(`${form} ${mentions}`, async () => {
        await using server = await startWeCom({ robots: ["k+/="], now: () => NOW });
        const config = { key: "k+/=", base: server.url, form, mentions };
        assert.deepEqual(await send(wecom, config, message({ recipients: PEOPLE })), {
          kind: "delivered",
          because: "ok",
        });
        const [posted] = server.robot("k+/=").messages;
        assert.equal(posted?.msgtype, mentions === "all" ? "text" : form);
        assert.deepEqual(posted.rings, rings[`${form} ${mentions}`]);
        assert.ok(posted.text.startsWith("firing: node-3 is 97 % full"));
      });
    }
  }
});

Deno.test("the forms are what WeCom documents, and say nothing more than they must", async () => {
  const content = "firing: node-3 is 97 % full";
  const text = message({ recipients: PEOPLE });
  assert.deepEqual(await jsonOf({}, text), { msgtype: "markdown", markdown: { content } });
  assert.deepEqual(await jsonOf({ mentions: "members" }, text), {
    msgtype: "markdown",
    markdown: { content: `${content}\n\n<@LiLei>` },
  });
  assert.deepEqual(await jsonOf({ form: "text" }, text), { msgtype: "text", text: { content } });
  assert.deepEqual(await jsonOf({ form: "text", mentions: "members" }, text), {
    msgtype: "text",
    text: { content, mentioned_list: ["LiLei"], mentioned_mobile_list: ["13900000000"] },
  });
  assert.deepEqual(await jsonOf({ mentions: "all" }, text), {
    msgtype: "text",
    text: { content, mentioned_list: ["@all"] },
  });
  assert.deepEqual(await jsonOf({ mentions: "members" }, message({ recipients: [{ id: "a" }] })), {
    msgtype: "markdown",
    markdown: { content },
  });
});

Deno.test("a message that WeCom refused as it was goes as text", async () => {
  assert.equal((await jsonOf({}, message({ plain: true }))).msgtype, "text");
});

Deno.test("an id that would be markup calls nobody", async () => {
  const recipients = ["a> **b**<@all", "a b", "", "ok.id@x-y_1"].map((wecom, i) => ({ id: `${i}`, wecom }));
  const { markdown } = await jsonOf({ mentions: "members" }, message({ body: "x", recipients }));
  assert.equal(markdown.content, "x\n\n<@ok.id@x-y_1>");
});

Deno.test("a group of more than 50 gets its message: 50 are called, and it says how many are not", async () => {
  const recipients = [
    ...Array.from({ length: 55 }, (_, i) => ({ id: `${i}`, wecom: `u${i}` })),
    ...Array.from({ length: 5 }, (_, i) => ({ id: `m${i}`, mobile: `1380000000${i}` })),
    { id: "nobody" },
  ];
  await using server = await startWeCom({ robots: ["k"], now: () => NOW });
  const ends = { markdown: "<@u49> … +5", text: "\n@… +10" };
  for (const form of FORMS) {
    const config = { key: "k", base: server.url, form, mentions: "members" };
    assert.equal((await send(wecom, config, message({ recipients })))!.kind, "delivered");
    const posted = server.robot("k").messages.at(-1)!;
    assert.equal(posted.rings.length, 50);
    assert.ok(posted.text.endsWith(ends[form]), posted.text);
  }
});

Deno.test("the room for the body follows the form, and leaves some for those who are called", () => {
  const table = FORMS.flatMap((form) =>
    MENTIONS.map((mentions) => [form, mentions, limitsOf({ form, mentions }).body!.bytes])
  );
  assert.deepEqual(table, [
    ["markdown", "none", 4_096],
    ["markdown", "members", 3_096],
    ["markdown", "all", 2_048],
    ["text", "none", 2_048],
    ["text", "members", 2_028],
    ["text", "all", 2_048],
  ]);
});

Deno.test("a body within the limits is sent whole, whoever is called", async () => {
  const recipients = Array.from({ length: 200 }, (_, i) => ({ id: `${i}`, wecom: `user.${i}` }));
  for (const form of FORMS) {
    for (const mentions of MENTIONS) {
      const body = "满".repeat(Math.floor(limitsOf({ form, mentions }).body!.bytes! / 3));
      const { markdown, text } = await jsonOf({ form, mentions }, message({ body, recipients }));
      assert.ok((markdown ?? text).content.startsWith(body), `${form} ${mentions}`);
    }
  }
});

Deno.test("whatever it is, a content stays within WeCom's bytes and a strict robot takes it", async (t) => {
  const recipients = Array.from({ length: 200 }, (_, i) => ({ id: `${i}`, wecom: `user.${i}` }));
  for (const [name, hostile] of Object.entries({ ...HOSTILE, "a flood": "🔥\u0000".repeat(20_000) })) {
    for (const form of FORMS) {
      await t.step(`${name}, ${form}`, async () => {
        await using server = await startWeCom({ robots: ["k"], now: () => NOW });
        const config = { key: "k", base: server.url, form, mentions: "members" };
        const text = message({
          title: cut(hostile, { chars: 100 }),
          body: cut(hostile, limitsOf({ form, mentions: "members" }).body as { bytes: number }),
          alerts: [alert({ title: hostile })],
          recipients,
        });
        assert.deepEqual(await send(wecom, config, text), { kind: "delivered", because: "ok" });
        const [posted] = server.robot("k").messages;
        assert.ok(utf8Bytes(posted!.text) <= { markdown: 4_096, text: 2_048 }[form]);
        assert.equal(posted!.text.isWellFormed(), hostile.isWellFormed(), "no half characters");
      });
    }
  }
});

Deno.test("robots with one key share a lane, whatever else they say", () => {
  const lane = (input: object): string => wecom.lane!(wecom.config.parse({ key: "k", ...input }));
  assert.equal(lane({}), lane({ form: "text", mentions: "all" }));
  assert.notEqual(lane({}), lane({ key: "l" }));
  assert.notEqual(lane({}), lane({ base: "https://elsewhere.example.com" }), "another server's answers");
});

Deno.test("a config that cannot work is refused", () => {
  for (const wrong of [{}, { key: "" }, { key: "k", base: "ftp://x/" }, { key: "k", form: "news" }]) {
    assert.equal(wecom.config.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

Deno.test("each answer of WeCom has its verdict", async (t) => {
  const no = (what: "config" | "payload", because: string): Verdict => ({ kind: "refused", what, because });
  const ok: Verdict = { kind: "delivered", because: "ok" };
  const wait: Verdict = { kind: "throttled", waitMs: 60_000, because: "45009 api freq out of limit" };
  const without: Verdict = { kind: "retry", because: "HTTP 200 without an errcode" };
  const hint =
    "hint: [1772352000], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e=1";
  const table: [string, Verdict | undefined, { status?: number }?][] = [
    ['{"errcode":0,"errmsg":"ok"}', ok],
    ['{"errcode":"0","errmsg":"ok"}', ok],
    ['{"errcode":0}', { kind: "delivered", because: "0" }],
    ['{"errcode":0,"errmsg":"ok. Warning: wrong json format. "}', {
      kind: "delivered",
      because: "0 ok. Warning: wrong json format.",
    }],
    ['{"errcode":0,"errmsg":"ok"}', undefined, { status: 502 }],
    ['{"errcode":-1,"errmsg":"system busy"}', { kind: "retry", because: "-1 system busy" }],
    [`{"errcode":45009,"errmsg":"api freq out of limit, ${hint}"}`, wait],
    ['{"errcode":45009,"errmsg":"api freq out of limit"}', wait, { status: 429 }],
    ['{"errcode":45033,"errmsg":"x"}', { kind: "retry", because: "45033 x" }],
    [`{"errcode":93000,"errmsg":"invalid webhook url, ${hint}"}`, no("config", "93000 invalid webhook url")],
    ['{"errcode":93000,"errmsg":"invalid webhook url"}', no("config", "93000 invalid webhook url"), {
      status: 403,
    }],
    [
      '{"errcode":93000,"errmsg":"content exceed max length"}',
      no("payload", "93000 content exceed max length"),
    ],
    ...[93004, 93008].map((
      code,
    ): [string, Verdict] => [`{"errcode":${code},"errmsg":"x"}`, no("config", `${code} x`)]),
    ...[40058, 45002, 44004, 40008, 40035].map((code): [string, Verdict] => [
      `{"errcode":${code},"errmsg":"x"}`,
      no("payload", `${code} x`),
    ]),
    ['{"errcode":99999,"errmsg":"new"}', no("payload", "99999 new")],
    ['{"errcode":99999,"errmsg":{}}', no("payload", "99999")],
    ["", without],
    ["<html>", without],
    ["[]", without],
    ['{"errmsg":"ok"}', without],
    ['{"errcode":null}', without],
    ['{"errcode":false}', without],
    ["", undefined, { status: 500 }],
    ["<html>", undefined, { status: 302 }],
  ];
  for (const [text, verdict, how] of table) {
    await t.step(`${how?.status ?? 200} ${text.slice(0, 70)}`, () => {
      assert.deepEqual(wecom.verdict!(answer(text, how), { now: NOW }), verdict);
    });
  }
});

Deno.test("each way in which the simulator throttles or refuses is understood", async (t) => {
  await using server = await startWeCom({ robots: ["k"], now: () => NOW });
  const table = [
    ["throttle", "throttled"],
    ["concurrent", "retry"],
    ["busy", "retry"],
    ["removed", "refused config"],
    ["errcode", "refused payload"],
    ["html", "retry"],
    ["5xx", undefined],
    ["redirect", undefined],
    ["slow", "delivered"],
  ] as const;
  for (const [fault, expected] of table) {
    await t.step(fault, async () => {
      server.fault(fault, { everyMs: 1 });
      const verdict = await send(wecom, { key: "k", base: server.url }, message());
      assert.equal(
        verdict && ("what" in verdict ? `${verdict.kind} ${verdict.what}` : verdict.kind),
        expected,
      );
      for (const part of ["hint", "203.0.113.7"]) assert.ok(!verdict?.because.includes(part));
    });
  }
  assert.equal(server.robot("k").messages.length, 1);
});

Deno.test("another key is a matter of config", async () => {
  await using server = await startWeCom({ robots: ["k"], now: () => NOW });
  const verdict = await send(wecom, { key: "removed", base: server.url }, message());
  assert.deepEqual(verdict, { kind: "refused", what: "config", because: "93000 invalid webhook url" });
});

Deno.test("a cut connection is no answer", async () => {
  await using server = await startWeCom({ robots: ["k"], now: () => NOW });
  server.fault("cut");
  await assert.rejects(exchange(await requestOf(wecom, { key: "k", base: server.url }, message())));
});
