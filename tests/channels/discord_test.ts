import assert from "node:assert/strict";
import discord from "../../channels/discord.ts";
import { COMMONMARK, type Message } from "../../relay/channel.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, message } from "./_message.ts";
import { requestOf } from "./_send.ts";

const URL_OF_HOOK = "https://discord.com/api/webhooks/1/A0_-";
const QUERY = "?wait=true&with_components=true";

async function contentOf(text: Message, config: object = {}): Promise<Record<string, unknown>> {
  return (await requestOf(discord, { url: URL_OF_HOOK, ...config }, text)).json as Record<string, unknown>;
}

testFixtures(discord);

Deno.test("a message is a bold title, and a body beside a line in the colour of its severity", async () => {
  const actions = { open: "https://fenghuo.example.com/go/1" };
  const text = message({ title: "🔴node_3 *DiskFull*", body: "**97 %**", actions });
  const { method, url, headers, json } = await requestOf(
    discord,
    { url: URL_OF_HOOK, thread: 5550001 },
    text,
  );
  assert.deepEqual([method, url], ["POST", `${URL_OF_HOOK}${QUERY}&thread_id=5550001`]);
  assert.match(headers!["user-agent"]!, /^Fenghuo/);
  assert.deepEqual(json, {
    content: "**🔴node\\_3 \\*DiskFull\\***",
    embeds: [{ description: "**97 %**", color: 0xd32f2f }],
    components: [{ type: 1, components: [{ type: 2, style: 5, label: "查看", url: actions.open }] }],
    allowed_mentions: { parse: [] },
  });
});

Deno.test("an address that is too long for a button is none", async () => {
  const actions = { open: `https://fenghuo.example.com/${"x".repeat(500)}` };
  assert.deepEqual((await contentOf(message({ actions }))).components, []);
});

const MEMBERS = [{ id: "a", discord: "111" }, { id: "b", discord: "222" }, { id: "c", email: "c@x.example" }];
const MENTIONS: [mention: string, own: Partial<Message>, calls: string, allowed: object][] = [
  ["none", {}, "", { parse: [] }],
  ["members", {}, "\n<@111> <@222>", { users: ["111", "222"], parse: [] }],
  ["here", {}, "\n@here", { parse: ["everyone"] }],
  ["all", {}, "\n@everyone", { parse: ["everyone"] }],
  ["all", { status: "resolved" }, "", { parse: [] }],
];

for (const [mention, own, calls, allowed] of MENTIONS) {
  Deno.test(`mention "${mention}"${own.status ? " when it is over" : ""} calls "${calls.trim()}"`, async () => {
    const content = await contentOf(message({ recipients: MEMBERS, title: "t", ...own }), { mention });
    assert.equal(content.content, `**t**${calls}`);
    assert.deepEqual(content.allowed_mentions, allowed);
  });
}

Deno.test("hostile titles stay within the text, and every sign of them is escaped", async () => {
  for (const [name, title] of Object.entries(HOSTILE)) {
    const short = Array.from(title).slice(0, 200).join("");
    const { content } = await contentOf(message({ title: short })) as { content: string };
    assert.ok(content.length <= 2_000, name);
    assert.equal(content, `**${COMMONMARK.escape(short)}**`);
  }
  const [everybody, plain] = [
    await contentOf(message({ title: "@everyone <@1>" })),
    await contentOf(message({ body: COMMONMARK.escape("@everyone *x*"), plain: true })),
  ];
  for (const { allowed_mentions } of [everybody, plain]) {
    assert.deepEqual((allowed_mentions as { parse: unknown }).parse, []);
  }
  assert.equal(plain.content, "\\@everyone \\*x\\*");
});

const WORDS = message().words;
const FOLLOW: [follow: string, what: string, own: Partial<Message>, method: string][] = [
  ["edit", "an end", { status: "resolved" }, "PATCH"],
  [
    "edit",
    "an acknowledgement",
    { reason: "acknowledged", words: { ...WORDS, event: "李雷 已确认" } },
    "PATCH",
  ],
  ["edit", "a repeat", { reason: "repeat" }, "POST"],
  ["edit", "a change in a digest", { digest: { alerts: 2, incidents: 2 } }, "PATCH"],
  ["new", "an end", { status: "resolved" }, "POST"],
];

for (const [follow, what, own, expected] of FOLLOW) {
  Deno.test(`follow-ups "${follow}": ${what} is a ${expected}`, async () => {
    const text = message({ ...own, earlier: { message: "77" } });
    const { method, url } = await requestOf(discord, { url: URL_OF_HOOK, follow, thread: "5550001" }, text);
    assert.equal(method, expected);
    const path = expected === "PATCH" ? "/messages/77" : "";
    assert.equal(url, `${URL_OF_HOOK}${path}${QUERY}&thread_id=5550001`);
  });
}
