import assert from "node:assert/strict";
import inbox from "../../channels/inbox.ts";
import type { Tools } from "../../relay/channel.ts";
import { alert, message, NOW } from "./_message.ts";

Deno.test("a message is kept for a week under its id, with what it is about", async () => {
  const kept: unknown[] = [];
  const tools: Tools = {
    kept: new Map(),
    now: NOW,
    signal: AbortSignal.any([]),
    fetch: () => assert.fail("an inbox asks nobody"),
    cache: {
      get: () => assert.fail(),
      set: (...entry) => Promise.resolve(void kept.push(entry)),
      delete: () => assert.fail(),
    },
  };
  const verdict = await inbox.send!(
    {},
    message({ alerts: [alert(), alert({ id: "b", reason: "repeat", folded: 2 })] }),
    tools,
  );
  assert.equal(verdict.kind, "delivered");
  const about = [{ id: alert().id, reason: "first", folded: 0 }, { id: "b", reason: "repeat", folded: 2 }];
  const { id, group, title, body, severity, status, reason } = message();
  assert.deepEqual(kept, [[
    id,
    { id, at: NOW, group, title, body, severity, status, reason, alerts: 2, about },
    { until: Date.parse("2026-03-08T08:00:00Z") },
  ]]);
});

Deno.test("an inbox has no settings", () => {
  assert.equal(inbox.config.safeParse({}).success, true);
  assert.equal(inbox.config.safeParse({ token: "t" }).success, false);
});
