import assert from "node:assert/strict";
import { RICH_TEXT } from "../../channels/_chat/rich_text.ts";
import { richTextOf } from "../../channels/_slack/rich_text.ts";
import slack from "../../channels/slack.ts";
import webhook from "../../channels/slack_webhook.ts";
import type { Message, Receipt, Verdict } from "../../relay/channel.ts";
import { type Slack, type SlackChannel, startSlack } from "../../simulator/slack.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, message, NOW } from "./_message.ts";
import { deliver, requestOf } from "./_send.ts";

const TOKEN = "xoxb-1+/=&%23 cd";
const HOOK = "/services/T1/B1/x";

/** A workspace whose clock advances with each post, so that its rate limit is kept. */
async function start(
  channels: readonly SlackChannel[] = [{ id: "C0000001", name: "#alerts" }],
): Promise<Slack> {
  let posts = 0;
  return await startSlack({ token: TOKEN, channels, webhooks: [HOOK], now: () => NOW + 1_000 * posts++ });
}

async function post(server: Slack, text: Message, config: object = {}): Promise<Verdict> {
  return await deliver(slack, { token: TOKEN, channel: "C0000001", base: server.url, ...config }, text);
}

/** The receipt that the relay hands to the next message of the thread. */
function receiptOf(verdict: Verdict): Receipt {
  assert.equal(verdict.kind, "delivered", verdict.because);
  assert.ok("receipt" in verdict && verdict.receipt, "no receipt");
  return verdict.receipt;
}

testFixtures(slack);
testFixtures(webhook);

const LINK = { title: "Runbook", url: "https://runbooks.example.com/disk?a=1&b=2" };
const BODY = [RICH_TEXT.bold!(RICH_TEXT.escape("97 %")), RICH_TEXT.bullet!(RICH_TEXT.escape("a *b* <c>"))]
  .join("\n");

/** The content that both channels send. */
const CONTENT = {
  text: "🔴&lt;node-3&gt; DiskFull",
  blocks: [{
    type: "rich_text",
    elements: [{
      type: "rich_text_section",
      elements: [
        { type: "text", text: "🔴<node-3> DiskFull", style: { bold: true } },
        { type: "text", text: " " },
        { type: "broadcast", range: "here" },
      ],
    }],
  }],
  attachments: [{
    color: "#d32f2f",
    fallback: "🔴&lt;node-3&gt; DiskFull",
    blocks: [
      {
        type: "rich_text",
        elements: [
          { type: "rich_text_section", elements: [{ type: "text", text: "97 %", style: { bold: true } }] },
          {
            type: "rich_text_list",
            style: "bullet",
            elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "a *b* <c>" }] }],
          },
        ],
      },
      {
        type: "actions",
        elements: [{
          type: "button",
          action_id: "link-0",
          text: { type: "plain_text", text: "Runbook", emoji: false },
          url: LINK.url,
        }],
      },
    ],
  }],
};

Deno.test("a message is a title that calls people, and a body beside a line in the colour of its severity", async () => {
  const text = message({ title: "🔴<node-3> DiskFull", body: BODY, buttons: [LINK] });
  const { url, headers, json } = await requestOf(
    slack,
    { token: TOKEN, channel: "#alerts", mention: "here" },
    text,
  );
  assert.equal(url, "https://slack.com/api/chat.postMessage");
  assert.deepEqual(headers, { authorization: `Bearer ${TOKEN}` });
  assert.deepEqual(json, { channel: "#alerts", ...CONTENT, unfurl_links: false, unfurl_media: false });
  const hook = "https://hooks.slack.com/services/T1/B1/x";
  assert.deepEqual(await requestOf(webhook, { url: hook, mention: "here" }, text), {
    url: hook,
    json: CONTENT,
  });
});

Deno.test("plain lines that follow each other are one element, and a link between them stays one", () => {
  const body = ["a", "b", "", RICH_TEXT.link!("words", LINK.url), "c"].join("\n");
  assert.deepEqual(richTextOf(body), [{
    type: "rich_text_section",
    elements: [
      { type: "text", text: "a\nb\n\n" },
      { type: "link", url: LINK.url, text: "words" },
      { type: "text", text: "\nc" },
    ],
  }]);
});

Deno.test("hostile values are shown as they are, call nobody, and are no markup", async () => {
  const hostile = { ...HOSTILE, mentions: "<!channel> <@U1> @here *b* _i_ ~s~ `c` &lt; • x\n> y\n• z &#42;" };
  for (const [name, value] of Object.entries(hostile).filter(([name]) => !/^nothing|15,000/.test(name))) {
    const shown = value.toWellFormed();
    const text = RICH_TEXT.escape(shown);
    const body = [RICH_TEXT.bold!(text), RICH_TEXT.link!(text, LINK.url), RICH_TEXT.code!(shown)].join("\n");
    await using server = await start();
    for (const config of [{}, { mention: "members" }]) {
      assert.equal((await post(server, message({ title: "t", body }), config)).kind, "delivered", name);
    }
    for (const { head, body, links, rings } of server.messages) {
      assert.equal(head, "t");
      assert.equal(body, [shown, shown, shown].join("\n"), name);
      assert.ok(links.length >= 1 && links.every((url) => url === LINK.url), name);
      assert.deepEqual(rings, [], name);
    }
  }
});

Deno.test("an address with every special character stays whole", () => {
  const url = "https://a.example/x|y>z<w?q=*_`~•&r=%20#é";
  const [part] = richTextOf(RICH_TEXT.link!("*words*", url));
  assert.deepEqual(part, {
    type: "rich_text_section",
    elements: [{ type: "link", url, text: "words", style: { bold: true } }],
  });
});

Deno.test("quotes, lists and paragraphs are parts of their own, and an empty body is none", () => {
  const body = ["a", "", RICH_TEXT.bullet!("b\nc"), RICH_TEXT.bullet!("d"), RICH_TEXT.quote!("e\nf"), "", "g"]
    .join(
      "\n",
    );
  assert.deepEqual(richTextOf(body).map(({ type }) => type), [
    "rich_text_section",
    "rich_text_list",
    "rich_text_quote",
    "rich_text_section",
  ]);
  assert.deepEqual(richTextOf(" \n"), []);
});

Deno.test("members are called by their id, fifty at most, and never when it is over", async () => {
  await using server = await start();
  const recipients = Array.from({ length: 60 }, (_, at) => ({ id: `m${at}`, slack: `U${at}` }));
  const members = [...recipients, { id: "x", email: "x@example.com" }];
  await post(server, message({ recipients: members }), { mention: "members" });
  await post(server, message({ recipients: members, status: "resolved" }), { mention: "members" });
  await post(server, message({ recipients: members }), { mention: "all" });
  const [called, over, everybody] = server.messages;
  assert.equal(called!.rings.length, 50);
  assert.match(called!.head, /^DiskFull @U0 @U1 .* \+10$/);
  assert.deepEqual(over!.rings, []);
  assert.equal(over!.colour, "#388e3c");
  assert.deepEqual(everybody!.rings, ["channel"]);
});

Deno.test("a plain message is text alone", async () => {
  await using server = await start();
  await post(server, message({ body: RICH_TEXT.escape("<b> & *x*"), plain: true, buttons: [LINK] }));
  const [{ head, body, buttons }] = server.messages as [Slack["messages"][number]];
  assert.deepEqual([head, body, buttons], ["<b> & *x*", "", []]);
});

const WORDS = message().words;
const RESOLVED: Partial<Message> = { status: "resolved", reason: "resolved" };
const FOLLOW: [follow: string, what: string, own: Partial<Message>, seen: string][] = [
  ["edit", "an acknowledgement", {
    by: "李雷",
    reason: "acknowledged",
    words: { ...WORDS, event: "李雷 已确认" },
  }, "edited"],
  ["edit", "an end", RESOLVED, "edited"],
  ["edit", "a repeat", { reason: "repeat" }, "loud reply"],
  ["edit", "a change in a digest", { digest: { alerts: 3, incidents: 3 } }, "edited"],
  ["reply", "an end", RESOLVED, "reply"],
  ["reply", "a reminder", { reason: "reminder" }, "loud reply"],
  ["new", "an end", RESOLVED, "new"],
];

for (const [follow, what, own, seen] of FOLLOW) {
  for (const channel of ["C0000001", "#alerts"]) {
    Deno.test(`follow-ups "${follow}" in ${channel}: ${what} is ${seen}`, async () => {
      await using server = await start();
      const earlier = receiptOf(await post(server, message({ body: "first" }), { follow, channel }));
      const next = receiptOf(
        await post(server, message({ body: "next", ...own, earlier }), { follow, channel }),
      );
      const [first, second] = server.messages;
      assert.deepEqual([first!.body, first!.edits], seen === "edited" ? ["next", 1] : ["first", 0]);
      assert.equal(second?.body, seen === "edited" ? undefined : "next");
      assert.equal(second?.thread, seen.endsWith("reply") ? first!.ts : undefined);
      assert.equal(second?.isBroadcast ?? false, seen === "loud reply");
      // The thread continues at its first message.
      assert.equal(next.ts, seen === "new" ? second!.ts : first!.ts);
    });
  }
}

Deno.test("when a member has deleted the first message, it is forgotten", async () => {
  await using server = await start();
  const earlier = receiptOf(await post(server, message()));
  server.remove(server.messages[0]!.ts);
  const verdict = await post(server, message({ ...RESOLVED, earlier }));
  assert.equal(verdict.kind === "retry" && verdict.forget, true, verdict.because);
});

Deno.test("an earlier message in another channel is left alone", async () => {
  await using server = await start([{ id: "C0000001" }, { id: "C0000002" }]);
  const earlier = receiptOf(await post(server, message({ body: "first" })));
  await post(server, message({ ...RESOLVED, body: "over", earlier }), { channel: "C0000002" });
  assert.deepEqual(server.messages.map(({ channel, body }) => [channel, body]), [
    ["C0000001", "first"],
    ["C0000002", "over"],
  ]);
});

Deno.test("Slack refuses in HTTP 200: an app outside of its channel, a wrong token", async () => {
  await using server = await start([{ id: "C0000001", hasApp: false }]);
  const verdicts = [await post(server, message()), await post(server, message(), { token: "x" })];
  assert.deepEqual(verdicts.map((verdict) => [verdict.kind, verdict.because]), [
    ["refused", "not_in_channel"],
    ["refused", "invalid_auth"],
  ]);
});

Deno.test("a webhook posts the same, and says ok", async () => {
  await using server = await start();
  const verdict = await deliver(
    webhook,
    { url: server.url + HOOK, mention: "here" },
    message({ buttons: [LINK] }),
  );
  assert.equal(verdict.kind, "delivered");
  const [{ head, colour, buttons, rings }] = server.messages as [Slack["messages"][number]];
  assert.deepEqual([head, colour, buttons, rings], ["DiskFull @here", "#d32f2f", [LINK], ["here"]]);
});
