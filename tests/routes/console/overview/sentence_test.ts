import { deepStrictEqual as equal } from "node:assert/strict";
import { translator } from "../../../../relay/message/locale.ts";
import { type VerdictFacts, verdictOf } from "../../../../routes/console/overview/sentence.ts";

const NONE = { critical: 0, error: 0, warning: 0, info: 0 };
const FINE: VerdictFacts = {
  open: NONE,
  unacknowledged: NONE,
  quiet: { silenced: NONE, inhibited: NONE },
  more: false,
  destinations: { healthy: 58, failing: 0, broken: 0 },
  ledger: { dead: 0, addsUp: true },
};

/** Facts → colour, English, Chinese. */
const TABLE: [what: string, facts: Partial<VerdictFacts>, tone: string, en: string, zh: string][] = [
  [
    "nothing is active",
    {},
    "resolved",
    "All clear: nothing active, 58 destinations healthy, every delivery accounted for",
    "一切正常：没有活跃事件，58 个投递目标正常，每条投递均有着落",
  ],
  [
    "the ledger is still being counted",
    { ledger: undefined, destinations: { healthy: 1, failing: 0, broken: 0 } },
    "resolved",
    "All clear: nothing active, 1 destination healthy",
    "一切正常：没有活跃事件，1 个投递目标正常",
  ],
  [
    "some critical ones are taken, and two destinations fail",
    {
      open: { ...NONE, critical: 13 },
      unacknowledged: { ...NONE, critical: 11 },
      destinations: { healthy: 56, failing: 2, broken: 0 },
    },
    "critical",
    "13 critical, 11 that nobody has taken; 2 destinations fail",
    "13 个严重事件，其中 11 个未确认；2 个投递目标异常",
  ],
  [
    "the worst that nobody has taken come first, the others are counted",
    { open: { ...NONE, critical: 2, error: 1, info: 3 }, unacknowledged: { ...NONE, error: 1, info: 3 } },
    "critical",
    "1 error that nobody has taken, 5 more active",
    "1 个错误事件未确认，另有 5 个活跃事件",
  ],
  [
    "a warning wakes nobody",
    { open: { ...NONE, warning: 1 }, unacknowledged: { ...NONE, warning: 1 } },
    "warning",
    "1 warning that nobody has taken",
    "1 个警告事件未确认",
  ],
  [
    "somebody has all of them",
    { open: { ...NONE, critical: 2, warning: 1 } },
    "warning",
    "3 active, all of them taken",
    "3 个活跃事件，均已确认",
  ],
  [
    "somebody has the only one",
    { open: { ...NONE, critical: 1 } },
    "warning",
    "1 active, and somebody has it",
    "1 个活跃事件，已确认",
  ],
  [
    "a storm is silenced, and one more nobody has taken",
    {
      open: { ...NONE, critical: 32 },
      unacknowledged: { ...NONE, critical: 32 },
      quiet: { silenced: { ...NONE, critical: 31 }, inhibited: NONE },
    },
    "critical",
    "1 critical that nobody has taken; 31 silenced",
    "1 个严重事件未确认；31 个已静默",
  ],
  [
    "some are silenced, some inhibited",
    {
      open: { ...NONE, critical: 1, warning: 5 },
      unacknowledged: { ...NONE, critical: 1, warning: 5 },
      quiet: { silenced: { ...NONE, warning: 1 }, inhibited: { ...NONE, warning: 4 } },
    },
    "critical",
    "1 critical that nobody has taken; 1 silenced; 4 inhibited",
    "1 个严重事件未确认；1 个已静默；4 个被抑制",
  ],
  [
    "everything active is silenced or inhibited",
    {
      open: { ...NONE, critical: 1, info: 1 },
      unacknowledged: { ...NONE, critical: 1, info: 1 },
      quiet: { silenced: { ...NONE, critical: 1 }, inhibited: { ...NONE, info: 1 } },
    },
    "warning",
    "2 active, all silenced or inhibited",
    "2 个活跃事件，均已静默或被抑制",
  ],
  [
    "everything active is silenced",
    {
      open: { ...NONE, critical: 1 },
      unacknowledged: { ...NONE, critical: 1 },
      quiet: { silenced: { ...NONE, critical: 1 }, inhibited: NONE },
    },
    "warning",
    "1 active, all silenced",
    "1 个活跃事件，均已静默",
  ],
  [
    "a destination retries",
    { destinations: { healthy: 57, failing: 1, broken: 0 } },
    "warning",
    "Nothing active; 1 destination fails",
    "没有活跃事件；1 个投递目标异常",
  ],
  [
    "a destination is broken: what comes next reaches nobody",
    { destinations: { healthy: 57, failing: 1, broken: 1 } },
    "critical",
    "Nothing active; 1 destination fails",
    "没有活跃事件；1 个投递目标异常",
  ],
  [
    "deliveries failed",
    { ledger: { dead: 4, addsUp: true } },
    "warning",
    "Nothing active; 4 deliveries failed in 24 hours",
    "没有活跃事件；24 小时内 4 条投递失败",
  ],
  [
    "the ledger does not add up",
    { ledger: { dead: 1, addsUp: false } },
    "critical",
    "Nothing active; 1 delivery failed in 24 hours; the delivery accounting is not balanced",
    "没有活跃事件；24 小时内 1 条投递失败；投递对账不平",
  ],
  [
    "more are open than a shared database lets one count",
    { open: { ...NONE, critical: 2_000 }, unacknowledged: { ...NONE, critical: 2_000 }, more: true },
    "critical",
    "2,000+ critical that nobody has taken",
    "2,000+ 个严重事件未确认",
  ],
];

for (const [what, facts, tone, en, zh] of TABLE) {
  Deno.test(`the home page says in one sentence: ${what}`, () => {
    const all = { ...FINE, ...facts };
    equal(verdictOf(all, translator("en")), { tone, text: en });
    equal(verdictOf(all, translator("zh")), { tone, text: zh });
  });
}
