import { deepStrictEqual as equal } from "node:assert/strict";
import {
  type Breaker,
  type BreakerEvent,
  type BreakerStep,
  PROBE_EVERY,
  REPORT_EVERY,
  startingBreaker,
  step,
} from "../../../relay/store/breaker.ts";

const closed: Breaker = { kind: "closed", reportAt: 0 };
const failed: BreakerEvent = { kind: "failed", because: "it hangs" };
const due: BreakerEvent = { kind: "due" };
const answered: BreakerEvent = { kind: "answered" };

function open(of: Partial<Extract<Breaker, { kind: "open" }>> = {}): Breaker {
  const { since = 1_000, probeAt = since + PROBE_EVERY, reportAt = since + REPORT_EVERY } = of;
  return { kind: "open", since, because: "it hangs", probeAt, reportAt, isReported: true, ...of };
}

for (
  const [name, before, event, now, after] of [
    [
      "an operation that is not answered opens it: a probe starts at once, and the outage is reported",
      closed,
      failed,
      1_000,
      {
        breaker: open(),
        probe: true,
        report: "outage",
      },
    ],
    ["a closed breaker needs no probe", closed, due, 1_000, { breaker: closed }],
    ["a closed breaker stays closed when a late probe is answered", closed, answered, 1_000, {
      breaker: closed,
    }],
    ["no probe starts before it is due", open(), due, 1_400, { breaker: open() }],
    ["a probe that is due starts, and the next one is due later", open(), due, 1_500, {
      breaker: open({ probeAt: 2_000 }),
      probe: true,
    }],
    [
      "a probe that fails is the newest reason, and starts no other",
      open(),
      { kind: "failed", because: "503" },
      1_600,
      {
        breaker: open({ because: "503" }),
      },
    ],
    ["an outage is reported once a minute", open({ reportAt: 61_000 }), failed, 61_000, {
      breaker: open({ reportAt: 121_000 }),
      report: "outage",
    }],
    ["an answer closes it, and the recovery is reported", open(), answered, 3_000, {
      breaker: { kind: "closed", reportAt: 61_000 },
      report: "recovery",
    }],
    ["a second outage within a minute is not reported", { kind: "closed", reportAt: 61_000 }, failed, 5_000, {
      breaker: open({ since: 5_000, reportAt: 61_000, isReported: false }),
      probe: true,
    }],
    ["nor is the end of an outage that was not reported", open({ isReported: false }), answered, 6_000, {
      breaker: { kind: "closed", reportAt: 61_000 },
    }],
    [
      "an outage that lasts is reported when a minute has passed",
      open({ isReported: false }),
      failed,
      61_000,
      {
        breaker: open({ reportAt: 121_000 }),
        report: "outage",
      },
    ],
  ] as [string, Breaker, BreakerEvent, number, BreakerStep][]
) {
  Deno.test(name, () => equal(step(before, event, { now }), after));
}

Deno.test("a start probes at once, and reports the first failure", () => {
  const { breaker, ...first } = step(startingBreaker(1_000), due, { now: 1_000 });
  equal(first, { probe: true });
  equal(step(breaker, failed, { now: 1_020 }).report, "outage");
});

Deno.test("a start that succeeds reports nothing", () => {
  const { breaker } = step(startingBreaker(1_000), due, { now: 1_000 });
  equal(step(breaker, answered, { now: 1_020 }).report, undefined);
});

Deno.test("probes that nothing cancels are further apart", () => {
  const { breaker } = step(open(), due, { now: 1_500, probeEvery: 8_000 });
  equal(breaker, open({ probeAt: 9_500 }));
});
