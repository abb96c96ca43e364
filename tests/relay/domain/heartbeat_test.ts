import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import {
  afterBeat,
  type Heartbeat,
  isHeartbeat,
  listeningSince,
  lostSince,
  patienceOf,
} from "../../../relay/domain/heartbeat.ts";
import { DAY, HOUR, MINUTE } from "../../../relay/base/duration.ts";

const START = Date.UTC(2026, 0, 31, 8);
const FIRING = { status: "firing", startsAt: null, endsAt: null } as const;
const BEAT = { fingerprint: "f", name: "Watchdog", labels: { alertname: "Watchdog" }, routes: [] };

/** The state of a heartbeat that came at these times after the start. */
function beating(
  times: readonly number[],
  { since = START, within, known }: { since?: number; within?: number; known?: Heartbeat } = {},
): Heartbeat {
  for (const time of times) {
    known = afterBeat(known, BEAT, { ...FIRING, since, within, now: START + time });
  }
  return known!;
}

/** Beats each `every` milliseconds, from one time to another. */
function every(ms: number, from: number, to: number): number[] {
  return Array.from({ length: Math.floor((to - from) / ms) + 1 }, (_, index) => from + index * ms);
}

const PATIENCE: [string, number[], at: number, expected: number][] = [
  ["one beat: a rhythm of 12 h is assumed", [0], 1, 24 * HOUR + 5 * MINUTE],
  ["still one beat after days", [0], 3 * DAY, 24 * HOUR + 5 * MINUTE],
  [
    "the first day does not trust what it sees",
    every(5 * MINUTE, 0, 3 * HOUR),
    3 * HOUR,
    24 * HOUR + 5 * MINUTE,
  ],
  ["every minute, for two days: at least 10 min", every(MINUTE, 0, 2 * DAY), 2 * DAY, 10 * MINUTE],
  ["every 5 min, for two days", every(5 * MINUTE, 0, 2 * DAY), 2 * DAY, 15 * MINUTE],
  ["every 12 h, for a week", every(12 * HOUR, 0, 7 * DAY), 7 * DAY, 24 * HOUR + 5 * MINUTE],
  [
    "an hour in which its group changed each 5 min says nothing of the quiet before it",
    [...every(12 * HOUR, 0, 3 * DAY), ...every(5 * MINUTE, 3 * DAY, 3 * DAY + HOUR)],
    3 * DAY + HOUR,
    24 * HOUR + 5 * MINUTE,
  ],
  [
    "a rhythm that has been quicker for a week",
    [...every(12 * HOUR, 0, DAY), ...every(5 * MINUTE, DAY, 10 * DAY)],
    10 * DAY,
    15 * MINUTE,
  ],
];

for (const [name, times, at, expected] of PATIENCE) {
  Deno.test(`how long may pass without a beat: ${name}`, () => {
    equal(patienceOf(beating(times), { within: undefined, now: START + at }), expected);
    equal(
      patienceOf(beating(times), { within: 90_000, now: START + at }),
      90_000,
      "what is configured counts",
    );
  });
}

Deno.test("an outage that was told does not make the next one take as long to notice", () => {
  const before = beating(every(5 * MINUTE, 0, 2 * DAY));
  const lost = { ...before, lost: { since: before.lastAt, at: before.lastAt + 16 * MINUTE } };
  const after = beating([2 * DAY + 3 * HOUR], { known: lost });
  equal(patienceOf(after, { within: undefined, now: after.lastAt }), 35 * MINUTE);
});

Deno.test("a sender whose rhythm has slowed down is believed after a few wrong alarms", () => {
  let known = beating(every(5 * MINUTE, 0, 2 * DAY));
  let alarms = 0;
  for (let time = 2 * DAY + 12 * HOUR; time <= 9 * DAY; time += 12 * HOUR) {
    const isLost = lostSince(known, { since: START, within: undefined, now: START + time - 1 }) !== undefined;
    if (isLost) {
      alarms++;
      known = { ...known, lost: { since: known.lastAt, at: START + time - 1 } };
    }
    const { lost: _, ...rest } = beating([time], { known });
    known = rest;
  }
  equal(alarms, 6);
});

Deno.test("the time in which the relay was down counts neither as silence nor as a gap", () => {
  const known = beating(every(5 * MINUTE, 0, 2 * DAY));
  const back = known.lastAt + 8 * HOUR;
  const lost = (now: number): number | undefined => lostSince(known, { since: back, within: undefined, now });
  equal([lost(back), lost(back + 15 * MINUTE), lost(back + 15 * MINUTE + 1)], [
    undefined,
    undefined,
    known.lastAt,
  ]);
  const after = afterBeat(known, BEAT, {
    ...FIRING,
    since: back,
    within: undefined,
    now: back + MINUTE,
  });
  equal(patienceOf(after, { within: undefined, now: after.lastAt }), 15 * MINUTE);
});

Deno.test("the relay was down when its upkeep paused for more than three minutes", () => {
  equal(listeningSince(undefined, START), START);
  const last = { since: START, at: START + HOUR };
  equal(listeningSince(last, last.at + 3 * MINUTE), START);
  equal(listeningSince(last, last.at + 3 * MINUTE + 1), last.at + 3 * MINUTE + 1);
});

Deno.test("a resolved heartbeat is lost at once, until it comes again", () => {
  const known = beating(every(5 * MINUTE, 0, 2 * DAY));
  const now = known.lastAt + MINUTE;
  const options = { since: START, within: undefined, now };
  const ended = afterBeat(known, BEAT, { ...FIRING, status: "resolved", ...options });
  equal(lostSince(ended, options), known.lastAt);
  const again = afterBeat(ended, BEAT, { ...FIRING, ...options });
  equal([lostSince(again, options), again.endedAt], [undefined, undefined]);
});

Deno.test("only a firing rule's own name is a heartbeat", () => {
  const rules = new Map([["Watchdog", {}], ["constructor", {}]]);
  const named = (alertname: string, dialect = "alertmanager"): boolean =>
    isHeartbeat({ dialect, labels: { alertname } }, rules);
  equal([named("Watchdog"), named("watchdog"), named("InfoInhibitor"), named("Watchdog", "fenghuo")], [
    true,
    false,
    false,
    false,
  ]);
  equal(isHeartbeat({ dialect: "alertmanager", labels: {} }, rules), false);
});

Deno.test("a sender that keeps its rhythm, however irregular within it, is never thought lost", () => {
  const rhythm = fc.integer({ min: 1, max: 12 * 60 });
  fc.assert(
    fc.property(
      rhythm,
      fc.array(fc.double({ min: 0.02, max: 1, noNaN: true }), { minLength: 50, maxLength: 400 }),
      (longest, parts) => {
        let known = beating([0]);
        // Each day has at least one gap of the greatest length.
        let sinceLongest = 0;
        for (const part of parts) {
          const isDue = sinceLongest + longest > 20 * 60;
          const minutes = isDue ? longest : Math.max(1, Math.floor(part * longest));
          sinceLongest = isDue || minutes === longest ? 0 : sinceLongest + minutes;
          const next = known.lastAt + minutes * MINUTE;
          equal(lostSince(known, { since: START, within: undefined, now: next }), undefined);
          known = beating([next - START], { known });
        }
      },
    ),
    { numRuns: 100 },
  );
});
