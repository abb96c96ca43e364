import assert from "node:assert/strict";
import matrix from "../../channels/matrix.ts";
import type { Markup, Message, Receipt } from "../../relay/channel.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, message, NOW } from "./_message.ts";
import { answer, requestOf } from "./_send.ts";

const CONFIG = { base: "https://matrix.example.com/", room: "!a+b:example.com", token: "syt_x+/=" };
const markup = matrix.form as Required<Markup>;

testFixtures(matrix);

async function contentOf(own: Partial<Message>, config: object = {}): Promise<Record<string, unknown>> {
  return (await requestOf(matrix, { ...CONFIG, ...config }, message(own))).json as Record<string, unknown>;
}

Deno.test("a message is an event with a text beside its HTML, and a transaction of its own", async () => {
  const body = `${markup.bold("97 %")}<br>${markup.link("graph", "https://prom.example.com/?a=1&b=2")}`;
  const { method, url, headers, json } = await requestOf(matrix, CONFIG, message({ body }));
  assert.equal(method, "PUT");
  assert.match(
    url,
    /^https:\/\/matrix\.example\.com\/_matrix\/client\/v3\/rooms\/!a%2Bb%3Aexample\.com\/send\/m\.room\.message\/[0-9a-f]{32}$/,
  );
  assert.deepEqual(headers, { authorization: "Bearer syt_x+/=" });
  assert.deepEqual(json, {
    msgtype: "m.text",
    body: "97 %\ngraph (https://prom.example.com/?a=1&b=2)",
    format: "org.matrix.custom.html",
    formatted_body: '<b>97 %</b><br><a href="https://prom.example.com/?a=1&amp;b=2">graph</a>',
    "m.mentions": {},
  });
  assert.equal((await requestOf(matrix, CONFIG, message({ body: "x" }))).url, url);
  assert.notEqual((await requestOf(matrix, CONFIG, message({ id: "another" }))).url, url);
});

Deno.test("hostile values come back from the HTML as they are", async () => {
  for (const [name, value] of Object.entries(HOSTILE)) {
    const shown = value.toWellFormed();
    const { body, formatted_body } = await contentOf({ body: markup.escape(shown) });
    assert.equal(body, shown, name);
    assert.deepEqual([...String(formatted_body).matchAll(/<(?!br>)[^>]*>/g)], [], name);
  }
});

Deno.test("members are called by their id, and not when it is over", async () => {
  const recipients = [{ id: "a", matrix: "@li.lei:example.com" }, { id: "b" }];
  const called = await contentOf({ body: "b", recipients }, { mention: true });
  assert.deepEqual(called["m.mentions"], { user_ids: ["@li.lei:example.com"] });
  assert.equal(called.body, "b\n@li.lei:example.com");
  const link = '<a href="https://matrix.to/#/%40li.lei%3Aexample.com">@li.lei:example.com</a>';
  assert.equal(called.formatted_body, `b<br>${link}`);
  const over = await contentOf({ body: "b", recipients, status: "resolved" }, { mention: true });
  assert.deepEqual([over.body, over["m.mentions"]], ["b", {}]);
});

const EARLIER: Receipt = { event: "$first" };
const RESOLVED: Partial<Message> = { status: "resolved", reason: "resolved", earlier: EARLIER, body: "over" };

Deno.test("an end is an edit of the first event, and a repeat a reply to it", async () => {
  const edit = await contentOf(RESOLVED);
  const content = {
    msgtype: "m.text",
    body: "over",
    format: "org.matrix.custom.html",
    formatted_body: "over",
  };
  assert.deepEqual(edit, {
    ...content,
    body: "* over",
    "m.mentions": {},
    "m.new_content": { ...content, "m.mentions": {} },
    "m.relates_to": { rel_type: "m.replace", event_id: "$first" },
  });
  const reply = await contentOf({ reason: "repeat", earlier: EARLIER });
  assert.deepEqual(reply["m.relates_to"], { "m.in_reply_to": { event_id: "$first" } });
  const alone = await contentOf(RESOLVED, { follow: "new" });
  assert.equal(alone["m.relates_to"], undefined);
});

Deno.test("the thread goes on at its first event, because an edit cannot be edited", () => {
  const response = answer('{"event_id":"$edit"}');
  const verdict = matrix.verdict!(response, { now: NOW, earlier: EARLIER });
  assert.deepEqual(verdict?.kind === "delivered" && verdict.receipt, EARLIER);
});

Deno.test("a plain message is text alone", async () => {
  assert.deepEqual(await contentOf({ body: markup.escape("<b> & x"), plain: true }), {
    msgtype: "m.text",
    body: "<b> & x",
    "m.mentions": {},
  });
});

Deno.test("an alias of a room is refused with a sentence", () => {
  const { error } = matrix.config.safeParse({ ...CONFIG, room: "#ops:example.com" });
  assert.match(error!.issues[0]!.message, /not an alias/);
});
