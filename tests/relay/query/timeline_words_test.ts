import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { HOUR } from "../../../relay/base/duration.ts";
import { translator } from "../../../relay/message/locale.ts";
import type { TimelineItem } from "../../../relay/query/timeline.ts";
import { timelineText, type TimelineWords } from "../../../relay/query/timeline_words.ts";

const at = Date.UTC(2026, 0, 31, 3);
const person = { at, by: "li.lei", account: "li.lei" } as const;
const follow = { at, group: "ops/default", alert: "a", deliveries: [] } as const;
const delivery = { id: "d", destination: "ops/default/robot", at, because: "ok" } as const;

/** A line with its words in English and in Chinese, without its time. */
const LINES: readonly [TimelineItem, en: readonly string[], zh: readonly string[]][] = [
  [
    { at, kind: "duplicates", count: 1 },
    ["1 more alert, of which nobody was notified."],
    ["又收到 1 条告警，未通知任何人。"],
  ],
  [
    {
      at,
      kind: "alert",
      alert: "a",
      status: "firing",
      severity: "critical",
      groups: [{
        group: "ops/default",
        outcome: { kind: "suppressed", by: "silence", silence: "s" },
        deliveries: [],
      }],
      run: { since: at - HOUR, times: 3, duplicates: 2 },
    },
    [
      "The alert fired again (Critical).",
      "  The same 3 times since 2026-01-31 02:00:00. 2 more alerts in between.",
      "  ops/default: Not notified: covered by the silence s.",
    ],
    [
      "再次收到告警（严重）。",
      "  自 2026-01-31 02:00:00 起相同情况共 3 次。其间另有 2 条告警。",
      "  ops/default：未通知：被静默 s 覆盖。",
    ],
  ],
  [
    { at, kind: "alert", alert: "a", assumed: true, status: "resolved", groups: [] },
    ["Resolved, because its sender no longer sends it."],
    ["发送方不再发送该告警，视为已恢复。"],
  ],
  [
    { kind: "notified", reason: "expired", ...follow },
    ["ops/default: Notified: its acknowledgement or snooze expired."],
    ["ops/default：已通知：确认或暂停通知的期限已过。"],
  ],
  [
    {
      kind: "escalated",
      step: 2,
      time: 1,
      to: { members: ["li.lei", "han.mei"] },
      early: "undeliverable",
      ...follow,
      deliveries: [
        { ...delivery, state: "delivered", to: ["li.lei"], missed: ["han.mei"] },
        { ...delivery, state: "suppressed", by: "fallback", next: "ops/default/mail" },
        { ...delivery, state: "suppressed", by: "channel" },
        { ...delivery, state: "dead", because: "gone" },
        { id: "d", destination: "ops/default/robot", state: "pending", because: "" },
      ],
    },
    [
      "ops/default: nobody had acknowledged it in time. Step 2 of the escalation notifies 李雷, 韩梅梅. " +
      "It was taken at once, because the step before could not be delivered.",
      "    ops/default/robot: delivered at 2026-01-31 03:00:00: ok. To 李雷. Not reached: 韩梅梅.",
      "    ops/default/robot: rerouted to ops/default/mail at 2026-01-31 03:00:00: ok.",
      "    ops/default/robot: nothing was sent: ok.",
      "    ops/default/robot: failed at 2026-01-31 03:00:00: gone.",
      "    ops/default/robot: not tried yet.",
    ],
    [
      "ops/default：未按时得到确认，升级第 2 步，通知 李雷、韩梅梅。上一步无法送达，因此立即执行。",
      "    ops/default/robot：已于 2026-01-31 03:00:00 送达：ok。通知了 李雷。未送达 韩梅梅。",
      "    ops/default/robot：2026-01-31 03:00:00 转由备用渠道 ops/default/mail 投递：ok。",
      "    ops/default/robot：未发送：ok。",
      "    ops/default/robot：2026-01-31 03:00:00 投递失败：gone。",
      "    ops/default/robot：尚未尝试投递。",
    ],
  ],
  [
    { kind: "escalated", step: 1, time: 3, to: { group: "dba/lead" }, ...follow },
    ["ops/default: still nobody has acknowledged it. Step 1 of the escalation notifies dba/lead again (no. 3)."],
    ["ops/default：仍无人确认，升级第 1 步第 3 次通知 dba/lead。"],
  ],
  [
    { at, kind: "expired", what: "acknowledgement", by: "li.lei" },
    ["The acknowledgement by 李雷 expired: nobody has it now."],
    ["李雷 的确认已到期：现在无人处理。"],
  ],
  [
    { at, kind: "expired", what: "snooze" },
    ["The snooze is over: nobody has it."],
    ["暂停通知已到期：现在无人处理。"],
  ],
  [
    { at, kind: "stale" },
    ["Its sender fell silent without resolving it, so it left the active incidents."],
    ["发送方未报告恢复就不再发送，事件已移出活跃列表。"],
  ],
  [
    { kind: "acknowledged", until: at + HOUR, via: "Slack", text: "looking", ...person },
    ["李雷 acknowledged it until 2026-01-31 04:00:00 (through Slack): looking"],
    ["李雷 确认了该事件，有效至 2026-01-31 04:00:00（通过 Slack）：looking"],
  ],
  [{ kind: "unacknowledged", ...person }, ["李雷 withdrew the acknowledgement."], ["李雷 撤回了确认。"]],
  [
    { kind: "taken", from: "韩梅梅", via: "Telegram", ...person },
    ["李雷 took it over from 韩梅梅 (through Telegram)."],
    ["李雷 从 韩梅梅 处接手了该事件（通过 Telegram）。"],
  ],
  [{ kind: "assigned", to: "han.mei", ...person }, ["李雷 assigned it to 韩梅梅."], [
    "李雷 将该事件指派给 韩梅梅。",
  ]],
  [
    { kind: "noted", text: "line one\nline two", ...person },
    ["李雷 wrote a note: line one line two"],
    ["李雷 写了备注：line one line two"],
  ],
  [
    { kind: "snoozed", until: at + HOUR, ...person },
    ["李雷 snoozed it until 2026-01-31 04:00:00."],
    ["李雷 暂停通知至 2026-01-31 04:00:00。"],
  ],
  [{ kind: "closed", ...person }, ["李雷 closed it."], ["李雷 关闭了该事件。"]],
  [{ kind: "reopened", ...person }, ["李雷 reopened it."], ["李雷 重新打开了该事件。"]],
  [
    { kind: "resent", delivery: "d", destination: "ops/default/robot", ...person },
    ["李雷 sent the failed message to ops/default/robot again."],
    ["李雷 重新发送了投递失败的消息：ops/default/robot。"],
  ],
];

for (const locale of ["en", "zh"] as const) {
  Deno.test(`each kind of line is one sentence, ${locale}`, () => {
    const names: Record<string, string> = { "li.lei": "李雷", "han.mei": "韩梅梅" };
    const words: TimelineWords = {
      t: translator(locale),
      locale,
      timezone: "UTC",
      nameOf: (member) => names[member] ?? member,
    };
    for (const [item, en, zh] of LINES) {
      const [first, ...rest] = locale === "en" ? en : zh;
      equal(timelineText([item], words), [`2026-01-31 03:00:00 ${first}`, ...rest]);
    }
  });
}

Deno.test("what a person or a vendor wrote cannot change the direction of the text", () => {
  const words: TimelineWords = {
    t: translator("en"),
    locale: "en",
    timezone: "UTC",
    nameOf: (member) => member,
  };
  const [line = ""] = timelineText([{ kind: "noted", ...person, text: "\u202eevil \u2066gnp" }], words);
  ok(!/[\u202a-\u202e\u2066-\u2069]/.test(line), line);
});
