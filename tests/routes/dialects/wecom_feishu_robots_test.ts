/**
 * Messages to the robots of WeCom and Feishu: they arrive unchanged, and other vendors' channels show their content.
 */
import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { createHmac } from "node:crypto";
import type { Alert } from "../../../relay/domain/alert.ts";
import { TestClock } from "../../kit/clock.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const TOKEN = "0123-abcd";
const WECOM = `/cgi-bin/webhook/send?key=${TOKEN}`;
const FEISHU = `/open-apis/bot/v2/hook/${TOKEN}`;
const OK_WECOM = { errcode: 0, errmsg: "ok" };
const OK_FEISHU = { StatusCode: 0, StatusMessage: "success", code: 0, data: {}, msg: "success" };

/** The requests that the vendors were sent, by the channel's host. */
interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly posted: (host: string) => Record<string, unknown>[];
}

async function scene(
  { wecom = "", feishu = "" }: { wecom?: string; feishu?: string } = {},
): Promise<Scene> {
  const requests: { host: string; json: Record<string, unknown> }[] = [];
  const house = await testRelay({
    yaml: `
members:
  - { id: li.lei, name: 李雷, mobile: "13800000000", wecom: LiLei, feishu: ou_1 }
groups:
  - owner: ops
    level: default
    robot_token: ${TOKEN}
    members: [li.lei]
    destinations:
      - { channel: wecom_robot, config: { key: k${wecom} } }
      - { channel: feishu_robot, config: { token: f${feishu} } }
      - { channel: dingtalk_robot, config: { token: d } }
      - { channel: inbox }
links:
  - { from: "http://prometheus-*:9090/", to: "https://prom.example.com/" }
`,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { host } = new URL(request.url);
      requests.push({ host, json: await request.json() });
      return Response.json(host.includes("feishu") ? OK_FEISHU : OK_WECOM);
    },
  });
  return {
    house,
    posted: (host) => requests.filter((request) => request.host.includes(host)).map(({ json }) => json),
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

async function send(house: TestRelay, path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await house.request(path, {
    method: "POST",
    headers: { authorization: "" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const answer = await response.json();
  await house.settle();
  return { status: response.status, ...answer };
}

async function newest(house: TestRelay): Promise<Alert> {
  return (await house.relay.store.log.newest(1))[0]!.alert as Alert;
}

/** The examples of each type on WeCom's page. */
const WECOM_MESSAGES: readonly Record<string, unknown>[] = [
  {
    msgtype: "text",
    text: {
      content: "广州今日天气：29度\n<@LiLei>",
      mentioned_list: ["wangqing"],
      mentioned_mobile_list: ["13900000000"],
    },
  },
  { msgtype: "text", text: { content: "all", mentioned_list: ["@all"] } },
  {
    msgtype: "markdown",
    markdown: {
      content:
        '实时新增用户反馈<font color="warning">132例</font>，请相关同事注意。\n> 类型:<font color="comment">用户反馈</font>\n<@LiLei>',
    },
  },
  {
    msgtype: "markdown_v2",
    markdown_v2: { content: "# 标题\n| a | b |\n| --- | --- |\n| 1 | 2 |\n```\ncode\n```" },
  },
  { msgtype: "image", image: { base64: "aGVsbG8=", md5: "5d41402abc4b2a76b9719d911017c592" } },
  {
    msgtype: "news",
    news: {
      articles: [
        {
          title: "中秋节礼品领取",
          description: "今年中秋节公司有豪礼相送",
          url: "https://www.example.com/1",
          picurl: "https://img.example.com/1.png",
        },
        { title: "第二条", url: "https://www.example.com/2" },
      ],
    },
  },
  { msgtype: "file", file: { media_id: "3a8asd892asd8asd" } },
  { msgtype: "voice", voice: { media_id: "MEDIA_ID" } },
  {
    msgtype: "template_card",
    template_card: {
      card_type: "text_notice",
      source: { icon_url: "https://img.example.com/i.png", desc: "企业微信", desc_color: 0 },
      main_title: { title: "磁盘将满", desc: "db-1" },
      emphasis_content: { title: "97 %", desc: "使用率" },
      quote_area: { type: 1, url: "https://www.example.com/q", title: "引用", quote_text: "Jack：请看" },
      sub_title_text: "请及时处理",
      horizontal_content_list: [
        { keyname: "负责人", value: "李雷" },
        { keyname: "面板", value: "点击访问", type: 1, url: "https://www.example.com/panel" },
      ],
      jump_list: [{ type: 1, url: "https://www.example.com/jump", title: "官网" }],
      card_action: { type: 1, url: "https://www.example.com/card" },
    },
  },
];

const FEISHU_MESSAGES: readonly Record<string, unknown>[] = [
  {
    msg_type: "text",
    content: { text: '新更新提醒 <at user_id="ou_1">名字</at><at user_id="all">所有人</at>' },
  },
  {
    msg_type: "post",
    content: {
      post: {
        zh_cn: {
          title: "项目更新通知",
          content: [
            [{ tag: "text", text: "项目有更新: " }, {
              tag: "a",
              text: "请查看",
              href: "https://www.example.com/",
            }, {
              tag: "at",
              user_id: "ou_1",
            }],
            [{ tag: "text", text: "第二行" }],
          ],
        },
      },
    },
  },
  { msg_type: "image", content: { image_key: "img_ecffc3b9" } },
  { msg_type: "share_chat", content: { share_chat_id: "oc_f5b1a7eb" } },
  {
    msg_type: "interactive",
    card: {
      header: { title: { tag: "plain_text", content: "磁盘将满" }, template: "red" },
      elements: [
        { tag: "div", text: { tag: "lark_md", content: "**db-1** 97 %<at id=ou_1></at>" } },
        { tag: "div", fields: [{ is_short: true, text: { tag: "lark_md", content: "**负责人**\n李雷" } }] },
        { tag: "hr" },
        {
          tag: "action",
          actions: [{
            tag: "button",
            text: { tag: "plain_text", content: "查看" },
            url: "https://www.example.com/",
            type: "primary",
          }],
        },
        { tag: "note", elements: [{ tag: "plain_text", content: "来自监控" }] },
      ],
    },
  },
  {
    msg_type: "interactive",
    card: {
      schema: "2.0",
      header: { title: { tag: "plain_text", content: "磁盘将满" } },
      body: {
        elements: [
          { tag: "markdown", content: "**db-1** 97 %" },
          {
            tag: "column_set",
            columns: [{ tag: "column", elements: [{ tag: "markdown", content: "负责人 李雷" }] }],
          },
          {
            tag: "button",
            text: { tag: "plain_text", content: "查看" },
            behaviors: [{ type: "open_url", default_url: "https://www.example.com/" }],
          },
        ],
      },
    },
  },
  {
    msg_type: "interactive",
    card: {
      type: "template",
      data: { template_id: "AAqi", template_variable: { title: "磁盘将满", host: "db-1" } },
    },
  },
];

for (
  const [vendor, path, messages, accepted] of [
    ["weixin", WECOM, WECOM_MESSAGES, OK_WECOM],
    ["feishu", FEISHU, FEISHU_MESSAGES, OK_FEISHU],
  ] as const
) {
  for (const [index, body] of messages.entries()) {
    Deno.test(`${vendor}: message ${index} arrives as it was sent, field by field: ${JSON.stringify(body).slice(0, 60)}`, async () => {
      await using s = await scene();
      equal(await send(s.house, path, body), { status: 200, ...accepted });
      equal(s.posted(vendor), [body]);
      const [logged] = await s.house.relay.store.log.newest(1);
      equal(logged!.routing.map(({ group, by }) => [group, by]), [["ops/default", "named"]]);
      equal(s.house.reports, []);
    });
  }
}

/** The message, its title, and its text at DingTalk and in the inbox. */
const CONVERTED: [
  what: string,
  path: string,
  body: unknown,
  title: string,
  dingtalk: RegExp,
  inbox: RegExp,
][] = [
  ["text", WECOM, WECOM_MESSAGES[0], "广州今日天气：29度", /@李雷[^]*@wangqing/, /@李雷[^]*@13900000000/],
  ["a text for all", WECOM, WECOM_MESSAGES[1], "all", /@所有人/, /@所有人/],
  [
    "markdown",
    WECOM,
    WECOM_MESSAGES[2],
    "实时新增用户反馈132例，请相关同事注意。",
    /反馈132例，[^]*类型:用户反馈[^]*@李雷/,
    /@李雷/,
  ],
  ["markdown_v2", WECOM, WECOM_MESSAGES[3], "标题", /\*\*标题\*\*/, /^标题/],
  ["image", WECOM, WECOM_MESSAGES[4], "[图片]", /图片/, /图片/],
  [
    "news",
    WECOM,
    WECOM_MESSAGES[5],
    "中秋节礼品领取",
    /\*\*中秋节礼品领取\*\*\s+今年[^]*\[第二条\]\(https:\/\/www\.example\.com\/2\)/,
    /第二条/,
  ],
  ["file", WECOM, WECOM_MESSAGES[6], "[文件]", /文件/, /文件/],
  ["voice", WECOM, WECOM_MESSAGES[7], "[语音]", /语音/, /语音/],
  [
    "template card",
    WECOM,
    WECOM_MESSAGES[8],
    "磁盘将满",
    /97 %\*\* 使用率[^]*Jack：请看[^]*请及时处理[^]*负责人: 李雷[^]*\[官网\]\(https:\/\/www\.example\.com\/jump\)/,
    /面板: 点击访问/,
  ],
  [
    "Feishu text",
    FEISHU,
    FEISHU_MESSAGES[0],
    "新更新提醒 @名字@所有人",
    /新更新提醒 @李雷@所有人/,
    /@李雷@所有人/,
  ],
  [
    "post",
    FEISHU,
    FEISHU_MESSAGES[1],
    "项目更新通知",
    /\[请查看\]\(https:\/\/www\.example\.com\/\)@李雷\s+第二行/,
    /@李雷/,
  ],
  ["Feishu image", FEISHU, FEISHU_MESSAGES[2], "[图片]", /图片/, /图片/],
  ["shared chat", FEISHU, FEISHU_MESSAGES[3], "[群名片]", /群名片/, /群名片/],
  [
    "card",
    FEISHU,
    FEISHU_MESSAGES[4],
    "磁盘将满",
    /\*\*db-1\*\* 97 %@李雷[^]*负责人[^]*来自监控[^]*\[查看\]\(https:\/\/www\.example\.com\/\)/,
    /来自监控/,
  ],
  ["card 2.0", FEISHU, FEISHU_MESSAGES[5], "磁盘将满", /负责人 李雷[^]*\[查看\]/, /负责人 李雷/],
  ["card of a template", FEISHU, FEISHU_MESSAGES[6], "磁盘将满", /host: db-1/, /host: db-1/],
];

for (const [what, path, body, title, dingtalk, inbox] of CONVERTED) {
  Deno.test(`${what}: other channels show what it says, with people by their names and without the vendor's tags`, async () => {
    await using s = await scene();
    equal((await send(s.house, path, body)).status, 200);
    ok((await newest(s.house)).title.startsWith(title), (await newest(s.house)).title);
    const [{ markdown }] = s.posted("dingtalk") as [{ markdown: { text: string } }];
    match(markdown.text, dingtalk);
    doesNotMatch(markdown.text, /<\/?(?:at|font)|<@|告警中|警告/);
    const [kept] = await s.house.relay.store.caches.newest("inbox", 1) as [{ title: string; body: string }];
    match(`${kept.title}\n${kept.body}`, inbox);
    doesNotMatch(kept.body, /\*\*|<at|<@/);
  });
}

Deno.test("the relay's own additions stand below, in a text, a markdown, a card and a rich text", async () => {
  await using s = await scene({ wecom: ", mentions: members", feishu: ", keyword: 告警, mentions: all" });
  const repeat = async (path: string, body: unknown): Promise<void> => {
    await send(s.house, path, body);
    await send(s.house, path, body);
    await s.house.advance(6 * 60_000);
    await send(s.house, path, body);
  };
  for (const index of [0, 2, 3]) await repeat(WECOM, WECOM_MESSAGES[index]);
  const [text, textAgain, markdown, markdownAgain, v2, v2Again] = s.posted("weixin") as Record<
    string,
    { content: string; mentioned_list?: string[] }
  >[];
  equal(text!.text!.mentioned_list, ["wangqing", "LiLei"]);
  equal(textAgain!.text!.content, "广州今日天气：29度\n<@LiLei>\n\n上次通知后又发生 1 次");
  match(markdown!.markdown!.content, /\n\n<@LiLei>$/);
  match(markdownAgain!.markdown!.content, /\n\n上次通知后又发生 1 次\n\n<@LiLei>$/);
  equal(v2, WECOM_MESSAGES[3]);
  match(v2Again!.markdown_v2!.content, /```\n\n上次通知后又发生 1 次$/);

  const before = s.posted("feishu").length;
  for (const index of [0, 1, 4, 5]) await repeat(FEISHU, FEISHU_MESSAGES[index]);
  const posted = s.posted("feishu").slice(before).map((json) => JSON.stringify(json));
  equal(posted.length, 8);
  for (const [index, json] of posted.entries()) {
    match(json, /告警/);
    match(json, /id=all>|"user_id":"all"|user_id=\\"all\\"/);
    equal(json.includes("上次通知后又发生 1 次"), index % 2 === 1, json);
  }
});

Deno.test("an address that only resolves in the cluster is rewritten inside a card, and nothing else of it", async () => {
  await using s = await scene();
  const card = (url: string): unknown => ({
    msg_type: "interactive",
    card: {
      elements: [{
        tag: "action",
        actions: [{ tag: "button", text: { tag: "plain_text", content: "x" }, url }],
      }, { tag: "markdown", content: "http://prometheus-0:9090/ is down" }],
    },
  });
  await send(s.house, FEISHU, card("http://prometheus-0:9090/graph"));
  equal(s.posted("feishu"), [card("https://prom.example.com/graph")]);
});

Deno.test("an address without a scheme, as in WeCom's own examples, stays a link", async () => {
  await using at = await scene();
  const articles = [{ title: "中秋节礼品领取", url: "www.qq.com" }, {
    title: "no address",
    url: "see below",
  }];
  await send(at.house, WECOM, { msgtype: "news", news: { articles } });
  const [logged] = await at.house.relay.store.log.newest(1);
  const { links, origin } = logged!.alert as Alert;
  equal(links.map(({ url }) => url), ["http://www.qq.com"]);
  match(origin!.notice!, /消息中有 1 个链接/);
});

Deno.test("a picture that is too large for the log is left out visibly", async () => {
  await using s = await scene();
  const image = { base64: "A".repeat(2_000_000), md5: "x" };
  equal((await send(s.house, WECOM, { msgtype: "image", image })).errcode, 0);
  match(JSON.stringify(s.posted("weixin")), /\[图片\][^]*原消息超过 12 kB/);
  match(JSON.stringify(s.posted("dingtalk")), /原消息超过 12 kB/);
});

Deno.test("content and card may be JSON inside a text, as Feishu takes them", async () => {
  await using s = await scene();
  const { card } = FEISHU_MESSAGES[4] as { card: unknown };
  await send(s.house, FEISHU, { msg_type: "interactive", card: JSON.stringify(card) });
  await send(s.house, FEISHU, { msg_type: "text", content: JSON.stringify({ text: "x" }) });
  equal(s.posted("feishu"), [FEISHU_MESSAGES[4], { msg_type: "text", content: { text: "x" } }]);
});

const REFUSED: [what: string, path: string, body: unknown, code: number, words: RegExp][] = [
  ["no key", "/cgi-bin/webhook/send", WECOM_MESSAGES[0], 93000, /invalid webhook url.*key is missing/],
  ["an unknown key", "/cgi-bin/webhook/send?key=x", WECOM_MESSAGES[0], 93000, /invalid webhook url/],
  ["no type", WECOM, { text: { content: "x" } }, 40035, /msgtype/],
  ["an unknown type", WECOM, { msgtype: "link" }, 40008, /invalid message type/],
  ["a type of every object", WECOM, { msgtype: "constructor" }, 40008, /invalid message type/],
  ["a type that is a list", WECOM, { msgtype: ["text"] }, 40008, /invalid message type/],
  ["an empty text", WECOM, { msgtype: "text", text: { content: " " } }, 40035, /text\.content/],
  ["a text without its part", WECOM, { msgtype: "text" }, 40035, /text/],
  [
    "an article without a title",
    WECOM,
    { msgtype: "news", news: { articles: [{ url: "u" }] } },
    40035,
    /news\.articles\.0\.title/,
  ],
  [
    "a card without a type",
    WECOM,
    { msgtype: "template_card", template_card: {} },
    40035,
    /template_card\.card_type/,
  ],
  ["garbage", WECOM, "{", 40035, /not JSON/],
  ["a list", WECOM, [], 40035, /msgtype/],
  ["deep nesting", WECOM, "[".repeat(100_000), 40035, /nested too deeply/],
  ["an upload", `/cgi-bin/webhook/upload_media?key=${TOKEN}&type=file`, "x", 48002, /WeCom's own host/],
  ["an unknown token", "/open-apis/bot/v2/hook/x", FEISHU_MESSAGES[0], 19001, /access token invalid/],
  [
    "a robot of the first version",
    `/open-apis/bot/hook/${TOKEN}`,
    { title: "t", text: "x" },
    19001,
    /only \/open-apis/,
  ],
  ["no Feishu type", FEISHU, { content: { text: "x" } }, 19002, /msg_type need/],
  ["an unknown Feishu type", FEISHU, { msg_type: "__proto__" }, 19002, /msg_type need/],
  ["no content", FEISHU, { msg_type: "text" }, 19002, /content/],
  ["an empty Feishu text", FEISHU, { msg_type: "text", content: { text: "" } }, 19002, /content\.text/],
  ["a content that is no JSON", FEISHU, { msg_type: "text", content: "{" }, 19002, /content/],
  ["a card that is a list", FEISHU, { msg_type: "interactive", card: [] }, 19002, /card/],
  ["Feishu garbage", FEISHU, "", 9499, /not JSON: it is empty/],
  ["null", FEISHU, "null", 19002, /msg_type/],
];

for (const [what, path, body, code, words] of REFUSED) {
  Deno.test(`${what} is refused with ${code}, in HTTP 200, and nothing of it is kept`, async () => {
    await using s = await scene();
    const { status, errcode, errmsg, msg, code: answered, ...rest } = await send(s.house, path, body);
    equal([status, errcode ?? answered], [200, code]);
    match(String(errmsg ?? msg), words);
    equal(rest, errcode === undefined ? { data: {} } : {});
    equal(await s.house.relay.store.log.newest(1), []);
    ok(!JSON.stringify(s.house.reports).includes(TOKEN));
  });
}

Deno.test("only POST is accepted", async () => {
  await using s = await scene();
  const answers = await Promise.all(
    [WECOM, FEISHU].map(async (path) => (await s.house.request(path)).json()),
  );
  equal(answers.map(({ errcode, code }) => errcode ?? code), [43002, 9499]);
});

const SECRET = "feishu-test-secret";
const SIGNED = `
groups:
  - { owner: ops, level: default, robot_token: ${TOKEN}, robot_secret: ${SECRET}, destinations: [{ channel: inbox }] }`;

Deno.test("Feishu's signature is in the body; a robot with a secret cannot be used at WeCom's address", async () => {
  await using house = await testRelay({ yaml: SIGNED });
  const now = Math.floor(house.clock.now() / 1_000);
  const signed = (time: number, secret = SECRET): Record<string, unknown> => ({
    timestamp: String(time),
    sign: createHmac("sha256", `${time}\n${secret}`).digest("base64"),
    ...FEISHU_MESSAGES[0],
  });
  const table: [body: unknown, code: number][] = [
    [signed(now), 0],
    [{ ...signed(now), timestamp: now }, 0], // as a number, too
    [signed(now - 3_590), 0],
    [signed(now - 3_610), 19021],
    [signed(now + 3_610), 19021],
    [signed(now * 1_000), 19021],
    [signed(now, "other"), 19021],
    [FEISHU_MESSAGES[0], 19021],
    ["{", 9499],
  ];
  for (const [body, code] of table) equal((await send(house, FEISHU, body)).code, code, JSON.stringify(body));
  equal((await send(house, WECOM, WECOM_MESSAGES[0])).errcode, 93000);
});

Deno.test("a signature that was made elsewhere is valid", async () => {
  const clock = new TestClock(1_700_000_000_000);
  await using house = await testRelay({ clock, yaml: SIGNED });
  const sign = "e3MJ8Q5llVxGJ8pVkGPBhexDAgjvYqpjPP1GkY9XceI=";
  equal((await send(house, FEISHU, { timestamp: "1700000000", sign, ...FEISHU_MESSAGES[0] })).code, 0);
});

Deno.test("the intake token and an API token are known, too, and the rules decide", async () => {
  await using s = await scene();
  const { text: token } = await s.house.relay.commands.access.issueToken(
    { name: "t", scope: "intake", doors: ["in"], lasts: 60_000 },
    { by: "admin", now: s.house.clock.now() },
  );
  for (const key of [SECRETS.intakeToken, token]) {
    equal((await send(s.house, `/cgi-bin/webhook/send?key=${key}`, WECOM_MESSAGES[0])).errcode, 0);
    equal((await send(s.house, `/open-apis/bot/v2/hook/${key}`, FEISHU_MESSAGES[0])).code, 0);
  }
  const logged = await s.house.relay.store.log.newest(4);
  equal(logged.map(({ routing }) => routing[0]!.group), Array(4).fill("default/default"));
});

Deno.test("an unknown sender has no markup, mentions nobody and has no card", async () => {
  await using stranger = await testRelay({ env: { FENGHUO_OPEN_INTAKE: "1" } });
  for (const body of FEISHU_MESSAGES) await send(stranger, "/open-apis/bot/v2/hook/x", body);
  for (const body of WECOM_MESSAGES) await send(stranger, "/cgi-bin/webhook/send?key=x", body);
  const logged = await stranger.relay.store.log.newest(50);
  equal(logged.length, FEISHU_MESSAGES.length + WECOM_MESSAGES.length);
  for (const { alert } of logged) equal((alert as Alert).authored, undefined);
});

Deno.test("a store that fails is answered busy, so that the program knows", async () => {
  const kv = await Deno.openKv(":memory:");
  await using house = await testRelay({ yaml: SIGNED.replace(/robot_secret: \S+,/, ""), kv });
  kv.close();
  const wecom = await send(house, WECOM, WECOM_MESSAGES[0]);
  const feishu = await send(house, FEISHU, FEISHU_MESSAGES[0]);
  equal([wecom.status, wecom.errcode, feishu.status, feishu.code], [503, -1, 503, 9499]);
});

Deno.test("whatever a card contains, it is taken or refused, kept within the log's limit, and breaks nothing", async () => {
  await using s = await scene();
  const tag = fc.constantFrom(
    "div",
    "markdown",
    "column_set",
    "table",
    "button",
    "action",
    "note",
    "img",
    "at",
    "a",
    "text",
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.constant(null),
      tie("object"),
      tie("list"),
    ),
    list: fc.array(tie("any"), { maxLength: 5 }),
    object: fc.dictionary(
      fc.constantFrom(
        ..."tag text content elements columns fields actions url header title rows card_type main_title post zh_cn body data href"
          .split(" "),
      ),
      fc.oneof(tie("any"), tag),
    ),
  })).object;
  await fc.assert(
    fc.asyncProperty(value, fc.constantFrom("interactive", "post", "template_card"), async (part, type) => {
      const answer = type === "template_card"
        ? await send(s.house, WECOM, { msgtype: type, [type]: part })
        : await send(s.house, FEISHU, { msg_type: type, card: part, content: { post: part } });
      equal(answer.status, 200);
    }),
    { numRuns: 100 },
  );
  await s.house.advance(60 * 60_000);
  for (const { alert } of await s.house.relay.store.log.newest(100)) {
    ok(JSON.stringify(alert).length <= 20_000);
  }
  equal(s.house.reports, []);
});

const GBK: readonly (readonly [path: string, type: string])[] = [
  [WECOM, "application/json; charset=gbk"],
  [WECOM, "application/json"],
  [`/robot/send?access_token=${TOKEN}`, "application/json; charset=GB18030"],
  ["/ops", "text/plain"],
];

for (const [path, type] of GBK) {
  Deno.test(`${path.split("?")[0]} reads GBK that is sent as ${type}`, async () => {
    await using there = await scene();
    const isText = type === "text/plain";
    // {"msgtype":"text","text":{"content":"告警"}} in GBK: 告 is B8 E6, 警 is BE AF
    const [before, after] = isText ? ["", ""] : ['{"msgtype":"text","text":{"content":"', '"}}'];
    const body = new Uint8Array([
      ...new TextEncoder().encode(before),
      ...[0xb8, 0xe6, 0xbe, 0xaf],
      ...new TextEncoder().encode(after),
    ]);
    const response = await there.house.request(path, {
      method: "POST",
      headers: { "content-type": type, ...isText ? { authorization: `Bearer ${TOKEN}` } : {} },
      body,
    });
    equal(response.status, 200, await response.text());
    const [logged] = await there.house.relay.store.log.newest(1);
    match((logged!.alert as Alert).text, /告警/);
  });
}
