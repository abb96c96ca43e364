import assert from "node:assert/strict";
import googleChat from "../../channels/google_chat.ts";
import type { Message } from "../../relay/channel.ts";
import { testFixtures } from "./_fixtures.ts";
import { link, message } from "./_message.ts";
import { requestOf } from "./_send.ts";

const HOOK = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=t%2B%2F%3D";
const REPLY = "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD";

testFixtures(googleChat);

async function sent(
  text: Message,
  config: object = {},
): Promise<{ url: string; json: Record<string, unknown> }> {
  const { url, json } = await requestOf(googleChat, { url: HOOK, ...config }, text);
  return { url, json: json as Record<string, unknown> };
}

Deno.test("a message is a card in the thread of its alert, with the links as buttons", async () => {
  const runbook = link("https://runbooks.example.com/disk?a=1&b=2", "Runbook");
  const text = message({ title: "🔴<node-3> DiskFull", body: "<b>97 %</b>", buttons: [runbook] });
  const { url, json } = await sent(text);
  assert.match(
    url,
    /^https:\/\/chat\.googleapis\.com\/v1\/spaces\/AAAA\/messages\?key=k&token=t%2B%2F%3D&requestId=[0-9a-f]{32}/,
  );
  assert.ok(url.endsWith(REPLY));
  assert.deepEqual(json, {
    fallbackText: "🔴<node-3> DiskFull",
    cardsV2: [{
      cardId: "alert",
      card: {
        sections: [{
          widgets: [
            { textParagraph: { text: "<b>🔴&lt;node-3&gt; DiskFull</b>" } },
            { textParagraph: { text: "<b>97 %</b>" } },
            { buttonList: { buttons: [{ text: "Runbook", onClick: { openLink: { url: runbook.url } } }] } },
          ],
        }],
      },
    }],
    thread: { threadKey: "3f524cdc07a11d7c6220bdb049fe8dd4" },
  });
});

Deno.test("each attempt at a message has its requestId, and each thread its key", async () => {
  const idOf = async (own: Partial<Message>): Promise<string | null> =>
    new URL((await sent(message(own))).url).searchParams.get("requestId");
  assert.equal(await idOf({}), await idOf({ body: "another" }));
  assert.notEqual(await idOf({}), await idOf({ id: "another" }));
  const keyOf = async (own: Partial<Message>): Promise<unknown> => (await sent(message(own))).json.thread;
  assert.deepEqual(await keyOf({ status: "resolved" }), await keyOf({}));
  assert.notDeepEqual(await keyOf({ thread: "another" }), await keyOf({}));
});

Deno.test("a digest, and a space without threads, have no thread", async () => {
  for (
    const [own, config] of [[{ digest: { alerts: 2, incidents: 2 } }, {}], [{}, { thread: false }]] as const
  ) {
    const { url, json } = await sent(message(own), config);
    assert.ok(!url.includes("messageReplyOption"));
    assert.equal(json.thread, undefined);
  }
});

const MEMBERS = [{ id: "a", google_chat: "111" }, { id: "b", email: "b@x.example" }];
const MENTIONS: [mention: string, own: Partial<Message>, text: string | undefined][] = [
  ["none", {}, undefined],
  ["members", {}, "<users/111>"],
  ["all", {}, "<users/all>"],
  ["all", { status: "resolved" }, undefined],
  ["members", { status: "resolved" }, undefined],
];

for (const [mention, own, text] of MENTIONS) {
  Deno.test(`mention "${mention}"${own.status ? " when it is over" : ""} is ${text}`, async () => {
    assert.equal((await sent(message({ recipients: MEMBERS, ...own }), { mention })).json.text, text);
  });
}

Deno.test("a plain message calls nobody", async () => {
  const { json } = await sent(message({ body: "&lt;users/all&gt; down", plain: true }), { mention: "all" });
  assert.equal(json.text, "<\u200busers/all> down");
  assert.equal(json.cardsV2, undefined);
});

Deno.test("an address without its token is refused with a sentence", () => {
  const { error } = googleChat.config.safeParse({ url: HOOK.split("&token")[0] });
  assert.match(error!.issues[0]!.message, /whole address/);
});
