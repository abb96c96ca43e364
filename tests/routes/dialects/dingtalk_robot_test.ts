import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { Alert } from "../../../relay/domain/alert.ts";
import type { LoggedAlert } from "../../../relay/domain/record.ts";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const TOKEN = "old+robot/token=1";
const SECRET = "SECrobot+/=&%";

const YAML = `
groups:
  - owner: ops
    level: default
    robot_token: "${TOKEN}"
    destinations: [{ channel: inbox, config: {} }]
  - owner: dba
    level: default
    robot_token: [first, second]
    robot_secret: "${SECRET}"
    destinations: [{ channel: inbox, config: {} }]
`;

const TEXT = { msgtype: "text", text: { content: "磁盘已满\n剩余 4 %" } };

interface Answer {
  readonly status: number;
  readonly errcode: number;
  readonly errmsg: string;
}

async function send(
  house: TestRelay,
  body: unknown,
  { query = { access_token: TOKEN }, method = "POST" }: {
    query?: Readonly<Record<string, string>>;
    method?: string;
  } = {},
): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await house.request(`/robot/send?${new URLSearchParams(query)}`, {
    method,
    headers: { authorization: "" },
    ...method === "GET" ? {} : { body: text },
  });
  const { errcode, errmsg, ...more } = await response.json();
  equal(more, {}, "nothing but DingTalk's two fields");
  return { status: response.status, errcode, errmsg };
}

async function logged(house: TestRelay): Promise<LoggedAlert[]> {
  return (await house.relay.store.log.newest(100)).toReversed();
}

Deno.test("the answer is DingTalk's own, to the letter", async () => {
  await using house = await testRelay({ yaml: YAML });
  const response = await house.request(`/robot/send?access_token=${encodeURIComponent(TOKEN)}`, {
    method: "POST",
    body: JSON.stringify(TEXT),
  });
  equal([response.status, await response.text()], [200, '{"errcode":0,"errmsg":"ok"}']);
});

const MESSAGES: [msgtype: string, body: object, alerts: Partial<Alert>[]][] = [
  ["text", { text: { content: "磁盘已满\n剩余 4 %" }, at: { isAtAll: true } }, [
    { title: "磁盘已满", text: "磁盘已满\n剩余 4 %", verbatim: true, links: [] },
  ]],
  ["markdown", { markdown: { title: "CPU", text: "## 负载\n> **81 %**" } }, [
    { title: "CPU", text: "## 负载\n> **81 %**", verbatim: true, links: [] },
  ]],
  ["markdown", { markdown: { text: "\n## 没有标题\n> x" } }, [
    { title: "没有标题", text: "\n## 没有标题\n> x", verbatim: true, links: [] },
  ]],
  ["link", { link: { title: "T", text: "firing: d", messageUrl: "http://p:30027/graph", picUrl: "" } }, [
    {
      title: "T",
      text: "firing: d",
      verbatim: true,
      links: [{ kind: "source", url: "http://p:30027/graph" }],
    },
  ]],
  ["link", { link: { title: "T", text: "x", messageUrl: "no link" } }, [{
    title: "T",
    text: "x",
    verbatim: true,
    links: [],
  }]],
  ["actionCard", { actionCard: { title: "T", text: "x", singleTitle: "More", singleURL: "https://a.b/c" } }, [
    {
      title: "T",
      text: "x",
      verbatim: true,
      links: [{ kind: "source", url: "https://a.b/c", title: "More" }],
    },
  ]],
  [
    "actionCard",
    {
      actionCard: { title: "T", text: "x", btns: [{ title: "1", actionURL: "https://a/" }, { title: "2" }] },
    },
    [{ title: "T", text: "x", verbatim: true, links: [{ kind: "source", url: "https://a/", title: "1" }] }],
  ],
  [
    "feedCard",
    { feedCard: { links: [{ title: "A", messageURL: "https://a/", picURL: "" }, { title: "B" }] } },
    [
      { title: "A", text: "", verbatim: true, links: [{ kind: "source", url: "https://a/" }] },
      { title: "B", text: "", verbatim: true, links: [] },
    ],
  ],
];

for (const [msgtype, body, alerts] of MESSAGES) {
  Deno.test(`${msgtype} ${JSON.stringify(body).slice(0, 60)}… becomes alerts of the token's group`, async () => {
    await using house = await testRelay({ yaml: YAML });
    equal(await send(house, { msgtype, ...body }), { status: 200, errcode: 0, errmsg: "ok" });
    const records = await logged(house);
    equal(
      records.map(({ routing }) => routing.map(({ group, by }) => [group, by])),
      alerts.map(() => [[
        "ops/default",
        "named",
      ]]),
    );
    equal(
      records.map(({ alert }) => {
        const { title, text, verbatim, links, dialect, status } = alert as Alert;
        equal([dialect, status], ["dingtalk", "firing"]);
        return { title, text, ...verbatim ? { verbatim } : {}, links };
      }),
      alerts,
    );
    await house.settle();
    equal(house.reports, []);
  });
}

Deno.test("different words never merge, and the same ones are folded within the window", async () => {
  await using house = await testRelay({ yaml: YAML });
  const said = ["a", "b", "a ", "a"].map((content) => ({ msgtype: "text", text: { content } }));
  for (const body of said) await send(house, body);
  await send(house, { msgtype: "markdown", markdown: { title: "", text: "a" } });
  await send(house, { msgtype: "markdown", markdown: { title: "t", text: "a" } });
  equal((await logged(house)).map(({ routing }) => routing[0]!.outcome.kind), [
    "told",
    "told",
    "told",
    "folded",
    "told",
    "told",
  ]);
  await house.advance(6 * 60_000);
  await send(house, said[0]);
  equal((await logged(house)).at(-1)!.routing[0]!.outcome, { kind: "told", reason: "repeat", folded: 1 });
});

const REFUSED: [
  what: string,
  body: unknown,
  options: Parameters<typeof send>[2],
  errcode: number,
  words: RegExp,
][] = [
  ["no token", TEXT, { query: {} }, 40035, /access_token/],
  ["an empty token", TEXT, { query: { access_token: "" } }, 40035, /access_token/],
  ["an unknown token", TEXT, { query: { access_token: "nope" } }, 300005, /^token is not exist$/],
  ["a token of another case", TEXT, { query: { access_token: TOKEN.toUpperCase() } }, 300005, /not exist/],
  ["the method GET", "", { method: "GET" }, 43002, /POST/],
  ["the method PUT", TEXT, { method: "PUT" }, 43002, /POST/],
  ["an empty body", "", {}, 40035, /not JSON: it is empty/],
  ["no JSON", "{", {}, 40035, /not JSON/],
  ["a list", [], {}, 40035, /msgtype/],
  ["null", "null", {}, 40035, /msgtype/],
  ["a number", "7", {}, 40035, /msgtype/],
  ["deep nesting", "[".repeat(100_000), {}, 40035, /nested too deeply/],
  ["no msgtype", { text: { content: "x" } }, {}, 40035, /msgtype/],
  ["an unknown msgtype", { msgtype: "image" }, {}, 400105, /msgtype/],
  ["a msgtype that is none", { msgtype: 1 }, {}, 400105, /msgtype/],
  ["a msgtype of every object", { msgtype: "constructor" }, {}, 400105, /msgtype/],
  ["a msgtype without its part", { msgtype: "text" }, {}, 40035, /text$/],
  ["an empty text", { msgtype: "text", text: { content: " \n" } }, {}, 40035, /text\.content$/],
  ["a text that is no string", { msgtype: "text", text: { content: {} } }, {}, 40035, /text\.content$/],
  [
    "a markdown without text",
    { msgtype: "markdown", markdown: { title: "t" } },
    {},
    40035,
    /markdown\.text$/,
  ],
  ["a link without title", { msgtype: "link", link: { text: "t" } }, {}, 40035, /link\.title$/],
  [
    "a feed card without links",
    { msgtype: "feedCard", feedCard: { links: [] } },
    {},
    40035,
    /feedCard\.links$/,
  ],
  [
    "a feed card with half a link",
    { msgtype: "feedCard", feedCard: { links: [{ title: "a" }, {}] } },
    {},
    40035,
    /feedCard\.links\.1\.title$/,
  ],
];

for (const [what, body, options, errcode, words] of REFUSED) {
  Deno.test(`a message with ${what} is refused with ${errcode}, in HTTP 200, and nothing of it is kept`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const answer = await send(house, body, options);
    equal([answer.status, answer.errcode], [200, errcode], answer.errmsg);
    match(answer.errmsg, words);
    equal(await logged(house), []);
    equal(house.reports, []);
  });
}

Deno.test("a body over the limit is refused, and so is one that is no UTF-8", async () => {
  await using house = await testRelay({ yaml: YAML });
  for (const body of [new Uint8Array(9_000_000).fill(0x20), new Uint8Array([0x22, 0xff, 0x22])]) {
    const response = await house.request("/robot/send?access_token=test-token", { method: "POST", body });
    equal([response.status, (await response.json()).errcode], [200, 40035]);
  }
});

Deno.test("the intake token names no group: the rules route the alert", async () => {
  await using house = await testRelay({ yaml: YAML });
  equal((await send(house, TEXT, { query: { access_token: SECRETS.intakeToken } })).errcode, 0);
  equal((await logged(house))[0]!.routing.map(({ group, by }) => [group, by]), [[
    "default/default",
    "default",
  ]]);
});

Deno.test("an open intake takes any token; one that stands for a group still does", async () => {
  await using house = await testRelay({ yaml: YAML, env: { FENGHUO_OPEN_INTAKE: "1" } });
  equal((await send(house, TEXT, { query: { access_token: "nope" } })).errcode, 0);
  equal((await send(house, TEXT)).errcode, 0);
  equal((await logged(house)).map(({ routing }) => routing[0]!.group), ["default/default", "ops/default"]);
});

const sign = (timestamp: number, secret = SECRET): string =>
  createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64");

const SIGNED: [
  what: string,
  query: (now: number) => Record<string, string>,
  errcode: number,
  words: RegExp,
][] = [
  ["a right signature", (now) => ({ timestamp: `${now}`, sign: sign(now) }), 0, /ok/],
  [
    "a right one with bare plus signs",
    (now) => ({ timestamp: `${now}`, sign: sign(now).replaceAll("+", " ") }),
    0,
    /ok/,
  ],
  ["one of 59 minutes ago", (now) => stamped(now - 59 * 60_000), 0, /ok/],
  ["one of 61 minutes ago", (now) => stamped(now - 61 * 60_000), 310000, /^invalid timestamp$/],
  ["one of 61 minutes ahead", (now) => stamped(now + 61 * 60_000), 310000, /^invalid timestamp$/],
  ["none", () => ({}), 310000, /^sign not match$/],
  [
    "another secret's",
    (now) => ({ timestamp: `${now}`, sign: sign(now, "other") }),
    310000,
    /^sign not match$/,
  ],
  ["another time's", (now) => ({ timestamp: `${now}`, sign: sign(now - 1) }), 310000, /^sign not match$/],
  ["no timestamp", (now) => ({ sign: sign(now) }), 310000, /^sign not match$/],
];

function stamped(at: number): Record<string, string> {
  return { timestamp: `${at}`, sign: sign(at) };
}

for (const [what, query, errcode, words] of SIGNED) {
  for (const access_token of ["first", "second"]) {
    Deno.test(`a robot with a secret answers ${errcode} to ${what}, with its ${access_token} token`, async () => {
      await using house = await testRelay({ yaml: YAML });
      const answer = await send(house, TEXT, { query: { access_token, ...query(house.clock.now()) } });
      equal([answer.status, answer.errcode], [200, errcode]);
      match(answer.errmsg, words);
      equal((await logged(house)).length, errcode === 0 ? 1 : 0);
    });
  }
}

Deno.test("a signature is not looked at where the group has no secret", async () => {
  await using house = await testRelay({ yaml: YAML });
  const query = { access_token: TOKEN, timestamp: "1", sign: "x" };
  equal((await send(house, TEXT, { query })).errcode, 0);
});

Deno.test("no answer shows a token or a secret, and hostile words reach the group as text", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "t" }] });
  await using house = await testRelay({
    yaml: YAML.replace(
      "{ channel: inbox, config: {} }",
      `{ channel: dingtalk_robot, config: { token: t, base: "${dingtalk.url}" } }`,
    ),
  });
  const evil = `<img src=x onerror=alert(1)> ](javascript:alert(1)) \u0000 ${"长".repeat(30_000)}`;
  equal((await send(house, { msgtype: "text", text: { content: evil } })).errcode, 0);
  await send(house, {
    msgtype: "actionCard",
    actionCard: { title: evil, text: evil, singleURL: "javascript:1" },
  });
  for (const query of [{ access_token: `${TOKEN}x` }, { access_token: "first", sign: SECRET }]) {
    const { errmsg } = await send(house, TEXT, { query });
    ok(!errmsg.includes(TOKEN) && !errmsg.includes(SECRET));
  }
  await house.settle();
  equal(dingtalk.robot("t").messages.length, 2);
  equal(house.reports, []);
});

Deno.test("a store that fails is answered busy, so that the program knows", async () => {
  const kv = await Deno.openKv(":memory:");
  {
    await using house = await testRelay({ yaml: YAML, kv });
    kv.close();
    const answer = await send(house, TEXT);
    equal([answer.status, answer.errcode], [503, -1]);
  }
});

Deno.test("of a card with more links than anybody reads a hundred are alerts, which say how many were left out", async () => {
  await using house = await testRelay();
  const links = Array.from(
    { length: 130 },
    (_, index) => ({ title: `t${index}`, messageURL: "https://a.example/" }),
  );
  const response = await house.request("/robot/send?access_token=test-token", {
    method: "POST",
    body: JSON.stringify({ msgtype: "feedCard", feedCard: { links } }),
  });
  equal(await response.json(), { errcode: 0, errmsg: "ok" });
  const logged = await house.relay.store.log.newest(200);
  equal(logged.length, 100);
  const alerts = logged.map(({ alert }) => alert as { title: string; origin?: { truncated?: number } });
  equal([alerts.at(-1)!.title, alerts.at(-1)!.origin], ["t0", { truncated: 30 }]);
});

Deno.test("buttons and people that a message has no room for are left out visibly", async () => {
  await using house = await testRelay({ yaml: YAML });
  const btns = [
    ...Array.from({ length: 23 }, (_, index) => ({ title: `b${index}`, actionURL: `https://a/${index}` })),
    { title: "nowhere", actionURL: "not an address" },
    { title: "none", actionURL: "" },
  ];
  const atMobiles = Array.from({ length: 57 }, (_, index) => `${13_800_000_000 + index}`);
  const body = { msgtype: "actionCard", actionCard: { title: "T", text: "x", btns }, at: { atMobiles } };
  equal((await send(house, body)).errcode, 0);
  const [alert] = (await logged(house)).map((record) => record.alert as Alert) as [Alert];
  equal([alert.links.length, alert.authored?.mentions?.mobiles.length], [20, 50]);
  equal(
    alert.origin?.notice,
    "消息中有 4 个链接或按钮未送出：最多 20 个，且地址须有效 · 另有 7 人未被 @：一条消息最多 50 人",
  );
});
