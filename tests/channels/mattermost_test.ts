import assert from "node:assert/strict";
import { marked } from "marked";
import mattermost from "../../channels/mattermost.ts";
import type { Markup, Message } from "../../relay/channel.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, message } from "./_message.ts";
import { requestOf } from "./_send.ts";

const HOOK = "https://chat.example.com/hooks/x";
const markup = mattermost.form as Markup;

testFixtures(mattermost);

async function sent(own: Partial<Message>, config: object = {}): Promise<Record<string, unknown>> {
  return (await requestOf(mattermost, { url: HOOK, ...config }, message(own))).json as Record<
    string,
    unknown
  >;
}

Deno.test("a message is an attachment in the colour of its severity, with its actions as links", async () => {
  const actions = { open: "https://fenghuo.example.com/1", acknowledge: "https://fenghuo.example.com/1/ack" };
  assert.deepEqual(await sent({ title: "🔴node_3", body: "**97 %**", actions }, { channel: "ops" }), {
    channel: "ops",
    text: "",
    attachments: [{
      fallback: "🔴node_3",
      color: "#d32f2f",
      text: `**97 %**\n[确认](${actions.acknowledge}) · [查看](${actions.open})`,
    }],
  });
  assert.deepEqual(await sent({ status: "resolved", body: "ok" }), {
    text: "",
    attachments: [{ fallback: "DiskFull", color: "#388e3c", text: "ok" }],
  });
});

const MEMBERS = [{ id: "a", mattermost: "li.lei" }, { id: "b", mattermost: "han" }, { id: "c" }];
for (
  const [mention, text] of [["none", ""], ["members", "@li.lei @han"], ["here", "@here"], ["all", "@all"]]
) {
  Deno.test(`mention "${mention}" is "${text}"`, async () => {
    assert.equal((await sent({ recipients: MEMBERS }, { mention })).text, text);
    assert.equal((await sent({ recipients: MEMBERS, status: "resolved" }, { mention })).text, "");
  });
}

Deno.test("hostile values are shown as they are, and call nobody", () => {
  const hostile = { ...HOSTILE, mentions: "@channel @here, (@all) x@y.example a @li.lei" };
  for (const [name, value] of Object.entries(hostile)) {
    const shown = value.toWellFormed().replace(/\s+/g, " ").trim();
    const escaped = markup.escape(shown);
    const html = marked.parse(escaped, { async: false }).replace(/<\/?p>|<a href="[^"]*">|<\/a>|\n$/g, "");
    const text = html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'").replaceAll("&amp;", "&").replaceAll("\u2060", "");
    assert.equal(text.trim(), shown, name);
    assert.doesNotMatch(escaped, /(?:^|[\s(])\\?@[a-z]/, name);
  }
});

Deno.test("a plain message is text alone, and calls nobody", async () => {
  assert.deepEqual(await sent({ body: markup.escape("@channel *x*"), plain: true }), {
    text: "@\u2060channel \\*x\\*",
  });
});
