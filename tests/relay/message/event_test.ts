import assert from "node:assert/strict";
import type { Locale } from "../../../relay/base/locale.ts";
import type { Reason } from "../../../relay/channel.ts";
import { render } from "../../../relay/message/render.ts";
import { alert, entry, group } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

const NOW = Date.UTC(2026, 10, 20, 2, 43);

Deno.test("a message about what a person did begins with the person", () => {
  const table: [reason: Reason, locale: Locale, by: string, title: string, event: string][] = [
    ["acknowledged", "zh", "李雷", "👀db-1 DiskFull", "李雷 已确认"],
    ["acknowledged", "en", "Li Lei", "👀db-1 DiskFull", "Li Lei has acknowledged it"],
    ["closed", "zh", "李雷", "✅db-1 DiskFull", "李雷 已关闭"],
    ["closed", "en", "**[x](y)**\n\x1b", "✅db-1 DiskFull", "**[x](y)** ␛ has closed it"],
  ];
  const firing = alert({ title: "DiskFull", labels: { instance: "db-1:9100" }, startsAt: NOW - 480_000 });
  for (const [reason, locale, by, title, event] of table) {
    // What a person has closed is over.
    const shown = reason === "closed" ? { ...firing, status: "resolved" as const, endsAt: NOW } : firing;
    const { message } = render([entry(shown, 1, { reason, by })], {
      now: NOW,
      group: group({ locale }),
      form: "text",
      limits: {},
      templates,
      rewrite: (url) => url,
      messageId: () => "m",
    });
    assert.deepEqual([message.reason, message.by, message.title], [reason, by, title]);
    assert.equal(message.words.event, event);
    const [first = ""] = message.body.split("\n");
    assert.ok(first.includes(` · ${event} · `), first);
    assert.ok(!/已恢复|Resolved/.test(message.body), "no sender has said that it is resolved");
  }
});

Deno.test("a message about an alert names no person", () => {
  const { message } = render([entry(alert())], {
    now: NOW,
    group: group(),
    form: "text",
    limits: {},
    templates,
    rewrite: (url) => url,
    messageId: () => "m",
  });
  assert.ok(!("by" in message) && !("event" in message.words));
});
