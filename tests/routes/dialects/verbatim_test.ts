import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Alert } from "../../../relay/domain/alert.ts";
import { type DingTalk, startDingTalk } from "../../../simulator/dingtalk.ts";
import { startFeishu } from "../../../simulator/feishu.ts";
import { startWeCom } from "../../../simulator/wecom.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const INNER = "https://grafana.example.com/d/1?from=now-1h&to=now";
const IN_APP = `dingtalk://dingtalkclient/page/link?url=${encodeURIComponent(INNER)}&pc_slide=false`;

/** The markdown of Grafana and others for a robot. */
const MARKDOWN = {
  msgtype: "markdown",
  markdown: {
    title: "[✅ Up] db-1 <b>",
    text: "## 🔴 db_1 is **down**  \n> since `10:43`, see [the panel](" + IN_APP +
      ')\n\n- a\n- b\n\n![shot](https://img.example.com/1.png)\n***\n| a | b |\n|---|---|\n<font color="#f00">red</font> @13800000000',
  },
  at: { atMobiles: ["13800000000"], atUserIds: [], isAtAll: false },
};
const CARD = {
  msgtype: "actionCard",
  actionCard: {
    title: "Disk",
    text: "# Disk\nnearly full",
    btnOrientation: "1",
    btns: [{ title: "确认 (ack)", actionURL: IN_APP }, {
      title: "Silence",
      actionURL: "https://a.example.com",
    }],
  },
  at: { atMobiles: [], atUserIds: ["user7"], isAtAll: false },
};
const SINGLE = {
  msgtype: "actionCard",
  actionCard: {
    title: "T",
    text: "**x**",
    btnOrientation: "0",
    singleTitle: "Open it",
    singleURL: IN_APP,
  },
};
const LINK = {
  msgtype: "link",
  link: { title: "T *1*", text: "firing: a_b", messageUrl: IN_APP, picUrl: "https://img.example.com/1.png" },
};
const FEED = {
  msgtype: "feedCard",
  feedCard: {
    links: [
      { title: "One", messageURL: "https://a.example.com", picURL: "https://img.example.com/1.png" },
      { title: "Two", messageURL: IN_APP, picURL: "" },
    ],
  },
};
const TEXT = {
  msgtype: "text",
  text: { content: "SELECT * FROM t WHERE a_b > 1 -- `x` @all\n# 1" },
  at: { atMobiles: [], atUserIds: [], isAtAll: true },
};

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly dingtalk: DingTalk;
  /** The group's messages, without DingTalk's own key. */
  posted(): Record<string, unknown>[];
}

async function scene(
  { destination = "", env = {}, window = "5m", members = "" }: {
    destination?: string;
    env?: Record<string, string>;
    window?: string;
    members?: string;
  } = {},
): Promise<Scene> {
  const clock = new TestClock();
  const dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  const house = await testRelay({
    clock,
    env,
    yaml: `
members:
  - { id: li.lei, name: 李雷, mobile: "13800000000", dingtalk: lilei }
groups:
  - owner: ops
    level: default
    robot_token: old-token
    aliases: [ops]
    window: ${window}
    members: [${members}]
    destinations:
      - { channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}"${destination} } }
`,
  });
  return {
    house,
    dingtalk,
    posted: () =>
      dingtalk.robot("T").messages.map(({ request }) => {
        const { msgUuid: _, ...rest } = request as Record<string, unknown>;
        return rest;
      }),
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await dingtalk.close();
    },
  };
}

async function send(house: TestRelay, body: unknown, token = "old-token"): Promise<void> {
  const response = await house.request(`/robot/send?access_token=${token}`, {
    method: "POST",
    headers: { authorization: "" },
    body: JSON.stringify(body),
  });
  equal(await response.json(), { errcode: 0, errmsg: "ok" });
  await house.settle();
}

for (const body of [TEXT, MARKDOWN, LINK, CARD, SINGLE, FEED]) {
  const { msgtype } = body;
  for (const form of ["markdown", "text", "link", "feedCard"]) {
    Deno.test(`a ${msgtype} arrives as it was sent, field by field, at a robot of the form ${form}: ${JSON.stringify(body).length}`, async () => {
      await using s = await scene({ destination: `, form: ${form}` });
      await send(s.house, body);
      // Of a robot that posts links, each alert has a message of its own.
      const isApart = form === "link" && body === FEED;
      equal(
        s.posted(),
        isApart ? FEED.feedCard.links.map((link) => ({ msgtype, feedCard: { links: [link] } })) : [body],
      );
      equal(s.house.reports, []);
    });
  }
}

Deno.test("a message of 16,000 bytes arrives whole, and a longer one is cut within DingTalk's limit", async () => {
  await using s = await scene();
  const text = (bytes: number): string => "**长** ".repeat(Math.floor(bytes / 8));
  for (const bytes of [16_000, 40_000]) {
    await send(s.house, { msgtype: "markdown", markdown: { title: "t", text: text(bytes) } });
  }
  const [whole, cut] = s.posted().map(({ markdown }) => (markdown as { text: string }).text);
  equal(whole, text(16_000));
  ok(cut!.endsWith("…") && cut!.startsWith("**长** **长**"), cut!.slice(0, 50));
});

Deno.test("what the relay adds stands below: that it is a repeat; the robot's own keyword and calls", async () => {
  await using s = await scene({ destination: ", keyword: 告警, mentions: members", members: "li.lei" });
  await send(s.house, MARKDOWN);
  await s.house.advance(6 * 60_000);
  await send(s.house, MARKDOWN);
  await send(s.house, MARKDOWN);
  await s.house.advance(6 * 60_000);
  await send(s.house, MARKDOWN);
  const [first, second, repeat] = s.posted() as unknown as [
    typeof MARKDOWN,
    typeof MARKDOWN,
    typeof MARKDOWN,
  ];
  equal(first.markdown.text, `告警\n\n${MARKDOWN.markdown.text}`);
  equal(first.markdown.title, MARKDOWN.markdown.title);
  equal(first.at, { atMobiles: ["13800000000"], atUserIds: ["lilei"], isAtAll: false });
  equal(second, first, "nobody said that it is still so");
  equal(repeat.markdown.text, `告警\n\n${MARKDOWN.markdown.text}\n\n上次通知后又发生 1 次`);
});

Deno.test("whoever is not known to be the sender has no markup, no words for links and no calls", async () => {
  await using s = await scene({ env: { FENGHUO_OPEN_INTAKE: "1" } });
  await using stranger = await testRelay({
    env: { FENGHUO_OPEN_INTAKE: "1" },
    yaml: `
groups:
  - { owner: default, level: default, destinations: [{ channel: dingtalk_robot, config: { token: T, base: "${s.dingtalk.url}" } }] }
`,
  });
  for (const body of [MARKDOWN, { ...CARD, at: { isAtAll: true } }, TEXT]) {
    await send(stranger, body, "whoever");
  }
  await stranger.request("/ocp/default/default", {
    method: "POST",
    headers: { authorization: "" },
    body: JSON.stringify({ message: "# H\n**bold** [a](https://evil.example.com)", at: { isAtAll: true } }),
  });
  await stranger.settle();
  const posted = s.posted();
  equal(posted.length, 4);
  for (const message of posted) {
    equal(message.at, undefined, "nobody is called");
    const text = JSON.stringify(message);
    doesNotMatch(text, /\*\*down\*\*|\*\*bold\*\*|\[the panel\]\(|\[a\]\(|确认|"## /);
  }
  const other = { ...MARKDOWN, markdown: { ...MARKDOWN.markdown, title: "other" } };
  await send(stranger, other, "test-token"); // the intake token proves it
  equal(s.posted().at(-1), other);
});

Deno.test("labels and annotations of an ordinary alert are no markup, at every door that takes a webhook", async () => {
  for (const path of ["/webhook/ops/default", "/dingtalk/ops/send", "/prometheusalert?type=dd"]) {
    await using s = await scene();
    const hostile = "## x **bold** [a](https://evil.example.com) <@all>";
    const response = await s.house.request(path, {
      method: "POST",
      body: JSON.stringify({
        alerts: [{
          status: "firing",
          labels: { alertname: hostile, team: "ops", instance: hostile },
          annotations: { summary: `line\n${hostile}` },
        }],
      }),
    });
    equal(response.status, 200, path);
    await s.house.settle();
    const [{ markdown } = { markdown: undefined }] = s.posted() as [{ markdown: { text: string } }];
    doesNotMatch(markdown!.text, /\*\*bold\*\*|\]\(https:\/\/evil|^#|<@all>/m);
  }
});

const OCP_MESSAGE =
  "### OCP 告警通知 exporter进程数量不够\n- 级别：**严重**\n- 详情：`a_b` [OCP](http://h:8080/alarm/1)\n第二行";

Deno.test("OCP's message arrives in its own markup, as plain text, as JSON and from a script for a robot", async () => {
  const bodies: [unknown, string, object?][] = [
    [OCP_MESSAGE, "text/plain"],
    [OCP_MESSAGE, "application/x-www-form-urlencoded"], // as curl has it, unless it is told
    [JSON.stringify({ message: OCP_MESSAGE, alarm_name: "x" }), "application/json"],
    [
      JSON.stringify({
        msgtype: "markdown",
        markdown: { title: "t", text: OCP_MESSAGE },
        at: { isAtAll: true },
      }),
      "application/json",
      { atMobiles: [], atUserIds: [], isAtAll: true },
    ],
  ];
  for (const [body, type, at] of bodies) {
    await using s = await scene();
    const response = await s.house.request("/ocp/ops/default", {
      method: "POST",
      headers: { authorization: "Bearer test-token", "content-type": type },
      body: body as string,
    });
    equal(response.status, 200);
    await s.house.settle();
    const [posted] = s.posted() as [
      { msgtype: string; markdown: { title: string; text: string }; at?: object },
    ];
    equal([posted.msgtype, posted.markdown.text, posted.at], ["markdown", OCP_MESSAGE, at]);
    doesNotMatch(posted.markdown.title, /告警中/, "OCP said no status");
  }
});

Deno.test("a title has the status that OCP said", async () => {
  await using s = await scene();
  await s.house.request("/ocp/ops/default", {
    method: "POST",
    headers: { authorization: "Bearer test-token" },
    body: JSON.stringify({
      message: "a **b**",
      alarm_status: "Active",
      alarm_name: "Name",
      alarm_target: "h",
    }),
  });
  await s.house.settle();
  const [{ markdown }] = s.posted() as [{ markdown: { title: string; text: string } }];
  equal(markdown.title, "🟡h Name");
  match(markdown.text, /a \*\*b\*\*/, "one line is shown with the rest of the alarm, and its markup passes");
});

Deno.test("another vendor gets a readable conversion: no dead link, no mark that it would show, no status", async () => {
  const clock = new TestClock();
  const now = (): number => clock.now();
  await using wecom = await startWeCom({ robots: ["K"], now });
  await using feishu = await startFeishu({ robots: [{ token: "F" }], now });
  await using house = await testRelay({
    clock,
    yaml: `
members:
  - { id: li.lei, name: 李雷, mobile: "13900000000" }
groups:
  - owner: ops
    level: default
    robot_token: old-token
    members: [li.lei]
    destinations:
      - { channel: wecom_robot, config: { key: K, base: "${wecom.url}" } }
      - { channel: feishu_robot, config: { token: F, base: "${feishu.url}" } }
      - { channel: inbox, config: {} }
`,
  });
  const at = { atMobiles: ["13900000000"], isAtAll: false };
  for (const body of [MARKDOWN, { ...CARD, at }, LINK, FEED]) {
    await send(house, body);
    await house.advance(10_000);
  }
  const [markdown, card, link, feed] = wecom.robot("K").messages.map(({ text }) => text);
  match(markdown!, /^\*\*🔴 db_1 is down\*\*\nsince `10:43`, see \[the panel\]\(https:\/\/grafana/);
  match(markdown!, /\[shot\]\(https:\/\/img\.example\.com\/1\.png\)/);
  match(markdown!, /red @13800000000$/);
  match(
    card!,
    /\[确认 \(ack\)\]\(https:\/\/grafana\.example\.com[^)]*\) · \[Silence\]\(https:\/\/a\.example\.com\/\)/,
  );
  match(card!, /@李雷/);
  match(link!, /^\*\*T ＊1＊\*\*\nfiring: a_b\n\[[^\]]+\]\(https:\/\/grafana/);
  match(feed!, /\*\*💬One\*\*/);
  const kept = await house.relay.store.caches.newest("inbox", 9) as { title: string; body: string }[];
  const plain = kept.find(({ body }) => body.includes("db_1"))!;
  equal(plain.title, "[✅ Up] db-1 <b>");
  ok(plain.body.startsWith(`🔴 db_1 is down\nsince 10:43, see the panel ${INNER}`), plain.body);
  for (const text of [markdown, card, link, feed, ...kept.map(({ title, body }) => title + body)]) {
    doesNotMatch(text!, /dingtalk:\/\/|告警中|警告/);
  }
  equal(feishu.robot("F").messages.length, 4);
  equal(house.reports, []);
});

Deno.test("a digest has a line for each message, and shows none of their markup", async () => {
  await using s = await scene({ window: "0" });
  for (let index = 0; index < 40; index++) {
    const response = await s.house.request("/robot/send?access_token=old-token", {
      method: "POST",
      body: JSON.stringify({
        msgtype: "markdown",
        markdown: { title: `**T${index}**`, text: `## ${index}` },
      }),
    });
    equal((await response.json()).errcode, 0);
  }
  await s.house.settle();
  for (let minute = 0; minute < 3; minute++) await s.house.advance(60_000);
  const texts = s.posted().map(({ markdown }) => (markdown as { text: string }).text);
  const digest = texts.find((text) => text.includes("合并了"))!;
  match(digest, /^\*\*＊＊T\d+＊＊ 等 \d+ 类\*\* · \d+ 条消息\n/);
  match(digest, /^\*\*💬＊＊T\d+＊＊\*\*$/m);
  for (let index = 0; index < 40; index++) {
    ok(texts.some((text) => text === `## ${index}` || text.includes(`T${index}＊`)), `${index} is told`);
  }
});

Deno.test("a message that DingTalk refuses is sent once more as plain text", async () => {
  await using s = await scene();
  s.dingtalk.fault("errcode", { errcode: 430101 });
  await send(s.house, MARKDOWN);
  const [posted] = s.posted() as [{ msgtype: string; text: { content: string } }];
  equal(posted.msgtype, "text");
  doesNotMatch(posted.text.content, /https?:\/\/|dingtalk:/);
  match(posted.text.content, /db_1 is down/);
});

Deno.test("whatever a sender writes is taken, kept within the log's limit, and posted within DingTalk's rules", async () => {
  await using s = await scene({ window: "0" });
  const wild = fc.record({
    msgtype: fc.constantFrom("text", "markdown", "actionCard", "link", "feedCard"),
    title: fc.string({ unit: "binary", minLength: 1, maxLength: 300 }),
    text: fc.string({ unit: "binary", minLength: 1, maxLength: 30_000 }),
    url: fc.oneof(fc.webUrl(), fc.constant("javascript:alert(1)"), fc.string({ maxLength: 4_000 })),
    at: fc.anything(),
  });
  await fc.assert(
    fc.asyncProperty(wild, async ({ msgtype, title, text, url, at }) => {
      fc.pre(title.trim() !== "" && text.trim() !== "");
      const before = s.posted().length;
      const parts = {
        text: { content: text },
        markdown: { title, text },
        link: { title, text, messageUrl: url, picUrl: url },
        actionCard: { title, text, btns: Array(30).fill({ title, actionURL: url }) },
        feedCard: { links: Array(5).fill({ title, messageURL: url, picURL: url }) },
      };
      const { alert } = (await (async () => {
        await send(s.house, { msgtype, [msgtype]: parts[msgtype as keyof typeof parts], at });
        return (await s.house.relay.store.log.newest(1))[0]!;
      })()) as { alert: Alert };
      ok(JSON.stringify(alert).length <= 20_000);
      await s.house.advance(11 * 60_000);
      ok(s.posted().length > before, JSON.stringify(s.dingtalk.requests.at(-1)));
      doesNotMatch(JSON.stringify(s.posted().at(-1)), /"(?:actionURL|messageUrl|singleURL)":"javascript:/);
    }),
    { numRuns: 25 },
  );
  equal(s.house.reports, []);
});
