import assert from "node:assert/strict";
import teams from "../../channels/teams.ts";
import { type Markup, utf8Bytes } from "../../relay/channel.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, link, message } from "./_message.ts";
import { requestOf } from "./_send.ts";
import { CRASH, written } from "./_written.ts";

const HOOK = "https://x.environment.api.powerplatform.com/powerautomate/workflows/a?sig=s";
const markup = teams.form as Markup;

testFixtures(teams);

async function cardOf(
  text: Parameters<typeof message>[0],
  config: object = {},
): Promise<Record<string, unknown>> {
  const { json } = await requestOf(teams, { url: HOOK, ...config }, message(text));
  const { type, attachments } = json as { type: string; attachments: Record<string, unknown>[] };
  assert.equal(type, "message");
  assert.deepEqual(Object.keys(attachments[0]!), ["contentType", "contentUrl", "content"]);
  return attachments[0]!.content as Record<string, unknown>;
}

/** The visible text of a card, a line for each of its elements. */
function linesOf({ body }: Record<string, unknown>): string[] {
  return (body as { text?: string; inlines?: { text: string }[] }[])
    .map(({ text, inlines }) => text ?? inlines!.map(({ text }) => text).join(""));
}

Deno.test("a message is a card of text runs, in the colour of its severity, with links as buttons", async () => {
  const runbook = link("https://runbooks.example.com/disk", "Runbook");
  const body = `${markup.bold!("97 %")}\n${markup.bullet!(markup.escape("a_b"))}`;
  const card = await cardOf({ title: "🔴node_3", body, buttons: [runbook] });
  assert.deepEqual(card, {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    msteams: { width: "Full" },
    body: [
      {
        type: "RichTextBlock",
        inlines: [{
          type: "TextRun",
          text: "🔴node_3",
          size: "Medium",
          color: "Attention",
          weight: "Bolder",
        }],
      },
      {
        type: "RichTextBlock",
        inlines: [{ type: "TextRun", text: "97 %", weight: "Bolder" }],
        spacing: "None",
      },
      {
        type: "RichTextBlock",
        inlines: [{ type: "TextRun", text: "• " }, { type: "TextRun", text: "a_b" }],
        spacing: "None",
      },
    ],
    actions: [{ type: "Action.OpenUrl", title: "Runbook", url: runbook.url }],
  });
});

Deno.test("hostile values are text, and nothing else", async () => {
  for (const [name, value] of Object.entries(HOSTILE).filter(([name]) => name !== "nothing")) {
    const shown = value.toWellFormed();
    const card = await cardOf({ title: "t", body: markup.escape(shown) });
    const expected = shown.split("\n").map((line) => line === "" ? " " : line);
    assert.deepEqual(linesOf(card), ["t", ...expected], name);
  }
});

Deno.test("members are called by their address, with a name that cannot end the mention, and not when it is over", async () => {
  const recipients = [{ id: "li", name: "李<at>雷", teams: "li@x.example" }, { id: "no" }];
  const card = await cardOf({ recipients }, { mention: true });
  assert.deepEqual((card.msteams as { entities: unknown }).entities, [
    { type: "mention", text: "<at>李 at 雷</at>", mentioned: { id: "li@x.example", name: "李 at 雷" } },
  ]);
  assert.equal(linesOf(card).at(-1), "<at>李 at 雷</at>");
  const over = await cardOf({ recipients, status: "resolved" }, { mention: true });
  assert.deepEqual(over.msteams, { width: "Full" });
});

Deno.test("a storm of alerts fits into what a workflow takes, and each is counted", () => {
  const storm = Array.from({ length: 400 }, (_, at) => ({
    ...CRASH,
    title: `Alert ${at} of a storm`,
    labels: { ...CRASH.labels, alertname: `Alert${at}`, pod: `pod-${at}` },
  }));
  const { message: digest } = written(teams, storm, { isDigest: true, locale: "en" });
  assert.equal(digest.digest?.alerts, 400);
  assert.ok(utf8Bytes(digest.body) < 100_000);
});

Deno.test("a connector that Microsoft has ended is refused with a sentence", () => {
  const { error } = teams.config.safeParse({ url: "https://x.webhook.office.com/webhookb2/a" });
  assert.match(error!.issues[0]!.message, /has ended/);
});
