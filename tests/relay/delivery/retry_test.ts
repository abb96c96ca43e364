import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { delivered, refused, retry, retryAlone, throttled, type Verdict } from "../../../relay/channel.ts";
import type { Queued } from "../../../relay/domain/record.ts";
import { retryAfter, verdictByStatus } from "../../../relay/channel.ts";
import { backoff, fateOf, laneAfter } from "../../../relay/delivery/retry.ts";
import { firstAttemptOf } from "../../../relay/delivery/settle.ts";
import { queued } from "../../kit/queued.ts";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";

const NOW = Date.UTC(2026, 0, 31, 8);

const entry = queued({ at: NOW });

const STATUSES: [number, string][] = [
  [200, "delivered"],
  [204, "delivered"],
  [301, "refused config"],
  [302, "refused config"],
  [400, "refused payload"],
  [401, "refused config"],
  [403, "refused config"],
  [404, "refused config"],
  [408, "retry"],
  [410, "refused config"],
  [413, "refused payload"],
  [422, "refused payload"],
  [425, "retry"],
  [429, "throttled"],
  [500, "retry"],
  [503, "retry"],
];

for (const [status, expected] of STATUSES) {
  Deno.test(`HTTP ${status} is ${expected}`, () => {
    const verdict = verdictByStatus({ status, headers: new Headers(), text: "so\nit  is", json: undefined }, {
      now: NOW,
    });
    equal(verdict.kind === "refused" ? `refused ${verdict.what}` : verdict.kind, expected);
    match(verdict.because, status < 300 ? /^HTTP 20\d$/ : /^HTTP \d+: so it is/);
  });
}

Deno.test("a vendor's Retry-After is the wait of its throttle, and a hint for its failure", () => {
  const verdict = (status: number, headers: Record<string, string>): Verdict =>
    verdictByStatus({ status, headers: new Headers(headers), text: "", json: undefined }, { now: NOW });
  equal(verdict(429, { "retry-after": "7" }), throttled("HTTP 429", { waitMs: 7 * SECOND }));
  equal(verdict(429, {}), throttled("HTTP 429", { waitMs: MINUTE }));
  equal(verdict(503, { "retry-after": "7" }), retry("HTTP 503", { waitMs: 7 * SECOND }));
});

Deno.test("Retry-After is read as seconds and as a date, and has a limit", () => {
  const wait = (value: string): number | undefined =>
    retryAfter(new Headers({ "retry-after": value }), { now: NOW });
  equal(wait("30"), 30 * SECOND);
  equal(wait(new Date(NOW + MINUTE).toUTCString()), MINUTE);
  equal(wait(new Date(NOW - MINUTE).toUTCString()), 0);
  equal(wait("86400"), 15 * MINUTE);
  equal(wait("soon"), undefined);
  equal(retryAfter(new Headers(), { now: NOW }), undefined);
});

Deno.test("the waits grow from seconds to an hour, spread by a fifth", () => {
  equal(
    [1, 2, 3, 8, 11, 100].map((tries) => backoff(tries, () => 0.5)),
    [5, 10, 20, 640, 3600, 3600].map((s) => s * SECOND),
  );
  equal([backoff(1, () => 0), backoff(1, () => 1)], [4 * SECOND, 6 * SECOND]);
});

/** Try until the delivery is dead, each time at its due time. */
function untilDead(verdict: Verdict): { at: number[]; because: string } {
  let current = entry;
  let now = NOW;
  const at: number[] = [];
  for (;;) {
    at.push(now);
    const fate = fateOf(current, verdict, { now, random: () => 0.5 });
    if (fate.state !== "pending") return { at, because: fate.because };
    current = fate.entry;
    now = Math.max(now + 1, current.due ?? now);
  }
}

Deno.test("attempts are spread over 24 hours, the last one at their end", () => {
  const { at, because } = untilDead(retry("HTTP 503"));
  equal(at.at(-1)! - at[0]!, 24 * HOUR);
  ok(at.length > 10 && at.length < 40, `${at.length} attempts`);
  match(because, /^given up after \d+ attempts in 24 h: HTTP 503$/);
});

Deno.test("a vendor's hint makes a wait longer, never shorter than the backoff", () => {
  const due = (waitMs?: number): number => {
    const fate = fateOf(entry, retry("x", { waitMs }), { now: NOW, random: () => 0.5 });
    return fate.state === "pending" ? fate.entry.due! - NOW : NaN;
  };
  equal([due(), due(1), due(MINUTE)], [5 * SECOND, 5 * SECOND, MINUTE]);
});

Deno.test("what was handed over with unknown fate waits a minute, then four times as long each time, an hour at most", () => {
  const verdict = retry("no answer within 10 s", { handedOver: true });
  const waits: number[] = [];
  let current = entry;
  let now = NOW;
  for (let tries = 0; tries < 6; tries++) {
    const fate = fateOf(current, verdict, { now, random: () => 0.5 });
    ok(fate.state === "pending");
    equal(fate.entry.handedOver, true);
    waits.push(fate.entry.due! - now);
    current = fate.entry;
    now = current.due!;
  }
  equal(waits, [1, 4, 16, 60, 60, 60].map((minutes) => minutes * MINUTE));
  const hinted = fateOf(entry, retry("x", { handedOver: true, waitMs: 2 * HOUR }), {
    now: NOW,
    random: () => 0.5,
  });
  equal(
    hinted.state === "pending" && hinted.entry.due,
    NOW + 2 * HOUR,
    "what the vendor asks for counts, too",
  );
});

Deno.test("a message that failed before it was handed over waits a minute, too; one of an earlier version goes on", () => {
  const verdict = retry("no answer within 10 s", { handedOver: true });
  const waitOf = (queued: Partial<typeof entry>): number | undefined => {
    const fate = fateOf({ ...entry, ...queued }, verdict, { now: NOW, random: () => 0.5 });
    return fate.state === "pending" ? fate.entry.due! - NOW : undefined;
  };
  const rows: [queued: Partial<typeof entry>, minutes: number][] = [
    [{ tries: 3, firstTry: NOW }, 1],
    [{ tries: 3, firstTry: NOW, doubts: 1 }, 4],
    [{ tries: 2, firstTry: NOW, handedOver: true }, 16],
  ];
  for (const [queued, minutes] of rows) equal(waitOf(queued), minutes * MINUTE, JSON.stringify(queued));
});

Deno.test("where a repeat does no harm, what may have arrived is tried again as soon as anything else", () => {
  const fate = fateOf(entry, retry("x", { handedOver: true }), {
    now: NOW,
    random: () => 0.5,
    isIdempotent: true,
  });
  equal(fate.state === "pending" && fate.entry.due, NOW + 5 * SECOND);
});

Deno.test("an answer ends the doubt whether a message arrived", () => {
  const inDoubt = { ...entry, handedOver: true as const, tries: 1 };
  for (const verdict of [retry("HTTP 503"), throttled("slow", { waitMs: 1 }), refused("payload", "x")]) {
    const fate = fateOf(inDoubt, verdict, { now: NOW, random: () => 0.5 });
    equal(fate.state === "pending" && "handedOver" in fate.entry, false, verdict.kind);
  }
});

Deno.test("a throttle is a wait and no attempt", () => {
  const fate = fateOf({ ...entry, tries: 3 }, throttled("slow", { waitMs: MINUTE }), {
    now: NOW,
    random: () => 0.5,
  });
  equal(fate.state === "pending" && fate.entry.tries, 3);
});

Deno.test("a refusal has the fate of its kind", () => {
  const state = (verdict: Verdict, of: Queued = entry, now = NOW): string =>
    fateOf(of, verdict, { now, random: () => 0.5 }).state;
  equal(state(delivered()), "delivered");
  equal(state(refused("payload", "x")), "pending");
  equal(state(refused("payload", "x"), { ...entry, plain: true }), "dead");
  equal(state(refused("recipient", "x")), "dead");
  equal(state(refused("config", "x")), "pending");
  equal(state(refused("config", "x"), entry, NOW + 24 * HOUR), "dead");
});

Deno.test("a lane pauses when it is throttled, or has failed five times in a row", () => {
  equal(laneAfter({ failures: 2 }, throttled("slow", { waitMs: MINUTE }), NOW), {
    failures: 2,
    pause: { kind: "throttled", until: NOW + MINUTE, at: NOW, because: "slow" },
  });
  equal(laneAfter({ failures: 3 }, retry("x"), NOW), { failures: 4 });
  equal(laneAfter({ failures: 4 }, retry("x"), NOW), {
    failures: 5,
    pause: { kind: "failing", until: NOW + 10 * SECOND, at: NOW, because: "x" },
    sick: { since: NOW, because: "x" },
  });
  const sick = { since: NOW - HOUR, because: "y" };
  equal(laneAfter({ failures: 60, sick }, retry("x"), NOW).sick, sick, "since when, and why at first");
  equal(laneAfter({ failures: 60, sick }, throttled("x", { waitMs: 1 }), NOW).sick, sick);
  equal(laneAfter({ failures: 60 }, retry("x"), NOW).pause!.until, NOW + 10 * MINUTE);
  equal(laneAfter({ failures: 9, sick }, delivered(), NOW), { failures: 0 });
  equal(laneAfter({ failures: 9 }, refused("payload", "x"), NOW), { failures: 0 });
  equal(laneAfter({ failures: 9, sick }, refused("config", "x"), NOW), { failures: 0 }, "it answered");
});

Deno.test("messages that fail together pause their lane once; the next failure after that pause doubles it", () => {
  const burst = Array.from({ length: 16 }, () => retry("x"));
  const after = burst.reduce(
    (state: ReturnType<typeof laneAfter>, verdict) => laneAfter(state, verdict, NOW),
    {
      failures: 0,
    },
  );
  equal([after.failures, after.pause!.until], [5, NOW + 10 * SECOND]);
  const late = laneAfter(after, retry("x"), NOW + 9 * SECOND);
  equal([late.failures, late.pause], [5, after.pause], "it was in flight when the pause began");
  const next = laneAfter(after, retry("x"), NOW + 10 * SECOND);
  equal([next.failures, next.pause!.until], [6, NOW + 30 * SECOND]);
  const setBack = laneAfter(after, retry("x"), NOW - HOUR);
  equal(setBack.pause!.at, NOW - HOUR, "the clock was set back, so the pause is not in force");
});

Deno.test("what some recipients have says nothing of the vendor, is never dead, and is delivered to a caller who waits", () => {
  const partial = retryAlone("450 busy", { reached: ["li"], left: ["han"] });
  equal(laneAfter({ failures: 4 }, partial, NOW), { failures: 0 });
  const context = { now: NOW + 25 * HOUR, random: () => 0.5 };
  const fate = fateOf({ ...entry, tries: 9, firstTry: NOW, partly: "message" }, partial, context);
  equal(fate, {
    state: "delivered",
    because: "to some of its recipients: given up after 10 attempts in 25 h: 450 busy",
  });
  const refusal = refused("payload", "too big");
  equal(fateOf({ ...entry, partly: "message" }, refusal, context).state, "delivered");
  equal(fateOf(entry, refusal, context).state, "pending", "one plain try, where nobody has it");
  const waiting = { state: "pending", because: "450 busy", entry: { ...entry, partly: "message" } } as const;
  equal(firstAttemptOf(waiting, partial), "delivered");
  equal(firstAttemptOf({ ...waiting, entry }, retryAlone("450 busy", { left: ["han"] })), "failed");
});
