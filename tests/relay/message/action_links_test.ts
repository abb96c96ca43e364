import assert from "node:assert/strict";
import type { Message } from "../../../relay/channel.ts";
import { readCode, readLink } from "../../../relay/domain/action_link.ts";
import { alertId } from "../../../relay/domain/record.ts";
import { actionLinks } from "../../../relay/message/action_links.ts";

const KEY = "a key of the relay";
const id = alertId("01JD0000000000000000000000", 7);

function links(own: Partial<Message> = {}): ReturnType<typeof actionLinks> {
  const message = { alerts: [{ id }], status: "firing", reason: "first", ...own } as unknown as Message;
  return actionLinks(message, {
    destination: "ops/default/chat",
    now: 0,
    publicUrl: "https://fenghuo.example.com",
    key: KEY,
  });
}

Deno.test("the links of a message name its alerts, and what can be done", () => {
  const { codes, ...addresses } = links()!;
  assert.deepEqual(Object.keys(addresses), ["open", "acknowledge", "take", "snooze"]);
  for (const [act, url] of Object.entries(addresses)) {
    const [, text = ""] = url.split("https://fenghuo.example.com/l/");
    const read = readLink(text, { key: KEY, now: 0 });
    assert.ok(typeof read === "object" && read.act === act, url);
    assert.deepEqual([read.alerts, read.destination], [[id], "ops/default/chat"]);
  }
  for (const [act, code] of Object.entries({ ...codes })) {
    const read = readCode(code, { destination: "ops/default/chat", key: KEY, now: 0 });
    assert.ok(typeof read === "object" && read.act === act, code);
    assert.deepEqual(read.alerts, [id]);
  }
  assert.deepEqual(Object.keys(codes!), ["acknowledge", "take", "snooze"]);
  assert.deepEqual(Object.keys(links({ status: "resolved" })!), ["open"]);
  assert.deepEqual(Object.keys(links({ reason: "acknowledged" })!), ["open"]);
  assert.equal(links({ alerts: [] }), undefined);
});

Deno.test("a link is signed when a channel reads it, once", () => {
  const actions = links()!;
  const described = Object.getOwnPropertyDescriptors(actions) as PropertyDescriptorMap;
  assert.ok(described.open!.get && described.acknowledge!.get, "a signature takes longer than the message");
  assert.equal(actions.open, actions.open);
  assert.deepEqual(JSON.parse(JSON.stringify(actions)), { ...actions });
});
