import { deepStrictEqual as equal, match } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import words from "../../../locales/schema_zh.json" with { type: "json" };
import { fileSchema, inputSchema } from "../../../relay/config/mod.ts";
import { type ChannelWords, exactTranslation, inWordsOf } from "../../../relay/message/dictionary.ts";
import { api } from "../../kit/api.ts";
import { testRelay } from "../../kit/relay.ts";

const channels = await discover();

/** Sections that have pages of their own, or none. */
const ELSEWHERE = ["rules", "defaults", "groups", "members", "departments"];

/**
 * Texts that need no entry of their own: the help of `server()`, which is a pattern of the dictionary, and an example
 * of an address.
 */
const NO_ENTRY = /^(?:What stands before \/\S+\.|https:\/\/\S+)$/;

/** Titles and helps that a form shows. */
function textsIn(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  const { title, description } = node as { title?: unknown; description?: unknown };
  const own = [title, description].filter((text): text is string => typeof text === "string");
  return [...own, ...Object.values(node).flatMap(textsIn)];
}

const { properties = {} } = inputSchema(fileSchema);
const inner = ["groups", "members"].map((section) =>
  (properties[section] as { items: { properties: unknown } }).items
);
const SHOWN: readonly [string, unknown, own?: ChannelWords][] = [
  [
    "the configuration",
    Object.entries(properties).filter(([key]) => !ELSEWHERE.includes(key)).map(([, node]) => node),
  ],
  ["groups and members", inner.map(({ properties }) => properties)],
  ...channels.names().map((name): [string, unknown, ChannelWords] => {
    const { config, address, words: { zh } = { zh: {} } } = channels.get(name)!;
    return [name, [inputSchema(config).properties, address], zh];
  }),
];

for (const [name, nodes, own] of SHOWN) {
  Deno.test(`${name}: what its forms say is there in Chinese`, () => {
    // Texts that a destination's form does not show.
    const never = ["Destination", "Destinations", "A channel plus its config", "Channel", "Config"];
    const missing = textsIn(nodes).filter((text) =>
      !never.includes(text) &&
      !/channel's settings|file in channels|^(Member|Group|Limit|Department)/.test(text)
    );
    equal(
      [...new Set(missing)].filter((text) =>
        exactTranslation("zh", text, own) === undefined && !/^(From|To)$/.test(text) &&
        !NO_ENTRY.test(text)
      ),
      [],
    );
  });
}

const WRONG: readonly [string, unknown][] = [
  ["groups/a/1", { members: ["li.leii"] }],
  ["groups/a/1", { window: "soon", timezone: "Mars", locale: "fr", aliases: ["a/b"] }],
  ["groups/a/1", { robot_secret: "x", remind: 0, flap: { count: 1, per: "x" }, quiet: { from: "9" } }],
  ["groups/a/1", { oncall: { rotation: ["nobody"], start: "today", every: "5" } }],
  ["groups/adhoc/1", {}],
  ["groups/a/1", { destinations: [{ channel: "inbox", fallback: "x" }, { channel: "inbox" }] }],
  ["groups/a/1", {
    destinations: [{ channel: "inbox", name: "b", fallback: "c" }, {
      channel: "inbox",
      name: "c",
      fallback: "b",
    }],
  }],
  ["groups/a/1", { destinations: [{ channel: "inbx", limits: [{ messages: 0, per: "x" }] }] }],
  ["groups/a/1", {
    destinations: [{
      channel: "webhook",
      config: { url: "x", secret: "y", headers: { "a b": "c", d: "机" } },
    }],
  }],
  ["groups/a/1", {
    destinations: [{
      channel: "email",
      config: { host: "a b", port: "x", from: "x", to: ["y"], tls: "no", ca: "z", user: "u" },
    }],
  }],
  ["groups/a/1", {
    destinations: [{
      channel: "ocp",
      config: { base: "x", access_key: "a:b", alarm_type: "a b", repeat_seconds: -1, target_labels: ["="] },
    }],
  }],
  ["groups/a/1", { destinations: [{ channel: "ocp", config: { base: "http://x/", alarm_type: "a" } }] }],
  ["groups/a/1", { destinations: [{ channel: "dingtalk_chat", config: { chatName: "x".repeat(30) } }] }],
  ["groups/a/1", { destinations: [{ channel: "dingtalk_chat", config: { appKey: "a", appSecret: "b" } }] }],
  ["groups/a/1", { destinations: [{ channel: "wecom_app", config: { agentid: 0 } }] }],
  ["groups/a/1", { destinations: [{ channel: "wecom_robot", config: { key: 1, colour: "red" } }] }],
  ["groups/a/1", { robot_secret: "${X}" }],
  ["groups/a/1", {
    destinations: [{
      channel: "dingtalk_robot",
      config: { token: "https://oapi.dingtalk.com/robot/send?access_token=x", secret: "x" },
    }],
  }],
  ["groups/a/1", { destinations: [{ channel: "wecom_robot", config: { key: "https://x/send?key=x" } }] }],
  ["groups/a/1", { destinations: [{ channel: "feishu_robot", config: { token: "https://x/hook/x" } }] }],
  ["groups/a/1", {
    destinations: [{
      channel: "email",
      config: { host: "mail.example.com:25", from: "机 <机@x.example>", bounces_to: "机@x.example" },
    }],
  }],
  ["members/x", { email: "x", mobile: {} }],
  ["departments/x", { environments: [] }],
  ["links", [{ from: "x", to: "y" }]],
  ["severities", { A: "info", a: "info", b: "worse" }],
  ["allowed_targets", ["a b"]],
  ["retention", { alerts: "x", dead: 0 }],
  ["ocp", { rules: { x: { level: 9 } } }],
];

for (const [what, body] of WRONG) {
  Deno.test(`${what} ${JSON.stringify(body).slice(0, 90)}: what is wrong is said in Chinese`, async () => {
    await using house = await testRelay({ yaml: "members: [{ id: li.lei }]" });
    const answer = await api(house, "PUT", `config/${what}`, { body });
    equal(answer.status, 422);
    for (const { message } of answer.body.complaints) {
      match(inWordsOf("zh", message), /\p{Script=Han}/u, message);
    }
  });
}

Deno.test("a complaint's own words, such as names, stay as they are; in English nothing changes", () => {
  equal(
    inWordsOf("zh", 'there is no member "li {x}"; did you mean "li.lei"?'),
    "没有成员“li {x}”；你是不是要写“li.lei”？",
  );
  equal(
    inWordsOf("zh", 'there is no member "x"; did you mean "x_a" or "x_b"?'),
    "没有成员“x”；你是不是要写“x_a”或“x_b”？",
  );
  equal(inWordsOf("zh", "is missing; a string or a list is needed"), "没有填写，需要文本或列表");
  equal(inWordsOf("zh", "What stands before /send."), "/send 前面的部分。");
  equal(inWordsOf("zh", "the words of a plugin"), "the words of a plugin");
  equal(inWordsOf("en", "is missing; a string is needed"), "is missing; a string is needed");
});

Deno.test("every translation has the gaps of its English text", () => {
  const gaps = (text: string): string[] => [...text.matchAll(/(?<!\$)\{(\w+)\}/g)].map(([gap]) => gap).sort();
  for (const [english, chinese] of Object.entries(words)) equal(gaps(chinese), gaps(english), english);
});
