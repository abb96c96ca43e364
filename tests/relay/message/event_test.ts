import assert from "node:assert/strict";
import type { Locale } from "../../../relay/base/locale.ts";
import type { Reason } from "../../../relay/channel.ts";
import { render } from "../../../relay/message/render.ts";
import type { Entry } from "../../../relay/message/entry.ts";
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
    // A closed incident is over.
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

const MINUTE = 60_000;
const HELD = { since: NOW, by: "李雷", holder: "李雷" } as const;

/** The event of the incident, and the words of its message in Chinese and in English. */
const LIFE: readonly [what: string, own: Partial<Entry>, zh: string, en: string][] = [
  [
    "acknowledged",
    { reason: "acknowledged", handling: { since: NOW, by: "李雷" } },
    "李雷 已确认（10:43 起）",
    "李雷 has acknowledged it (since 10:43)",
  ],
  [
    "acknowledged for two hours",
    { reason: "acknowledged", handling: { since: NOW, by: "李雷", until: NOW + 120 * MINUTE } },
    "李雷 已确认（10:43 起，至 12:43）",
    "李雷 has acknowledged it (since 10:43, until 12:43)",
  ],
  [
    "acknowledged for days",
    { reason: "acknowledged", handling: { since: NOW, by: "李雷", until: NOW + 72 * 60 * MINUTE } },
    "李雷 已确认（10:43 起，至 2026-11-23 10:43）",
    "李雷 has acknowledged it (since 10:43, until 2026-11-23 10:43)",
  ],
  [
    "taken",
    { reason: "acknowledged", handling: HELD },
    "李雷 已接手（10:43 起）",
    "李雷 has taken it (since 10:43)",
  ],
  [
    "assigned",
    { reason: "acknowledged", handling: { ...HELD, holder: "韩梅梅" } },
    "李雷 已指派给 韩梅梅（10:43 起）",
    "李雷 has assigned it to 韩梅梅 (since 10:43)",
  ],
  [
    "snoozed",
    { reason: "acknowledged", handling: { since: NOW, by: "李雷", until: NOW + 60 * MINUTE, snoozed: true } },
    "李雷 已暂停通知（10:43 起，至 11:43）",
    "李雷 has snoozed it (since 10:43, until 11:43)",
  ],
  [
    "withdrawn",
    { reason: "unacknowledged" },
    "李雷 已撤回确认（10:43）",
    "李雷 has withdrawn the acknowledgement (10:43)",
  ],
  [
    "expired, on the card",
    { reason: "unacknowledged", by: "" },
    "确认已到期，当前无人处理（10:43）",
    "nobody has it now: the acknowledgement has expired (10:43)",
  ],
  [
    "expired",
    { reason: "expired" },
    "李雷 的确认已到期，当前无人处理（10:43）",
    "nobody has it now: the acknowledgement of 李雷 has expired (10:43)",
  ],
  ["escalated", { reason: "escalated" }, "已升级给 李雷（10:43）", "escalated to 李雷 (10:43)"],
  [
    "closed with a reason",
    { reason: "closed", remark: "换了磁盘\n**好了**" },
    "李雷 已关闭（10:43）：换了磁盘 **好了**",
    "李雷 has closed it (10:43): 换了磁盘 **好了**",
  ],
  [
    "reopened",
    { reason: "reopened", remark: "又满了" },
    "李雷 已重新打开（10:43）：又满了",
    "李雷 has reopened it (10:43): 又满了",
  ],
  [
    "resolved while held",
    { reason: "resolved", handling: HELD },
    "由 李雷 处理（10:43 起）",
    "handled by 李雷 (since 10:43)",
  ],
  [
    "resolved after an acknowledgement",
    { reason: "resolved", handling: { since: NOW, by: "李雷" } },
    "由 李雷 确认（10:43）",
    "acknowledged by 李雷 (10:43)",
  ],
];

for (const [what, own, zh, en] of LIFE) {
  Deno.test(`the message of an incident that is ${what} says so, in the first line`, () => {
    const isOver = own.reason === "resolved" || own.reason === "closed";
    const shown = alert({
      title: "DiskFull",
      startsAt: NOW - 12 * MINUTE,
      ...isOver ? { status: "resolved", endsAt: NOW } : {},
    });
    for (const [locale, words] of [["zh", zh], ["en", en]] as const) {
      const { message } = render([entry(shown, 1, { by: "李雷", at: NOW, ...own })], {
        now: NOW + MINUTE,
        group: group({ locale }),
        form: "text",
        limits: {},
        templates,
        rewrite: (url) => url,
        messageId: () => "m",
      });
      const { event, handled } = message.words;
      assert.deepEqual([event, handled], own.reason === "resolved" ? [undefined, words] : [words, undefined]);
      const [first = ""] = message.body.split("\n");
      assert.ok(first.includes(words), first);
      assert.equal(message.handling?.since, own.handling?.since);
      assert.equal(message.handling?.by, own.handling?.holder ?? own.handling?.by);
    }
  });
}

Deno.test("a message about several incidents names nobody who takes care of one of them", () => {
  const { message } = render([entry(alert(), 1, { handling: HELD }), entry(alert(), 2)], {
    now: NOW,
    group: group(),
    form: "text",
    limits: {},
    templates,
    rewrite: (url) => url,
    messageId: () => "m",
  });
  assert.ok(!("handling" in message));
});
