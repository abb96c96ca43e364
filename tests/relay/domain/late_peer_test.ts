import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Alert } from "../../../relay/domain/alert.ts";
import { isHeld, lagEnds, PEER_HOLD, PEER_LAG } from "../../../relay/domain/late_peer.ts";
import { CurrentIncidents } from "../../../relay/store/current_incidents.ts";
import { type Incident, isOver } from "../../../relay/domain/incident.ts";
import { advance } from "../../../relay/domain/window.ts";
import { MINUTE, SECOND } from "../../../relay/base/duration.ts";

const START = Date.UTC(2026, 0, 31, 8);

/** One thing that a peer says: which occurrence of the trouble fires, or is over. */
interface Said {
  readonly at: number;
  readonly occurrence: number;
  readonly status: Alert["status"];
  readonly startsAt: number;
  readonly endsAt: number | null;
}

/** A notification of the group. */
interface Heard {
  readonly at: number;
  readonly reason: string;
  readonly occurrence: number;
}

/**
 * One group's relay, which receives the peers' alerts; the cron runs each minute, and it may be restarted at any
 * moment.
 */
function hears(
  said: readonly Said[],
  restarts: ReadonlySet<number>,
): { heard: Heard[]; incident: Incident | undefined } {
  const group = { group: "ops/default", window: 5 * MINUTE, destinations: 1 };
  const heard: Heard[] = [];
  let known: Incident | undefined;
  let held: Said | undefined;
  let id = 0;
  const take = (one: Said, now: number): void => {
    const { status, startsAt, endsAt } = one;
    const alert = {
      dialect: "alertmanager",
      severity: "warning",
      title: "Test",
      status,
      startsAt,
      endsAt,
    } as const;
    const step = advance(known, alert, [group], {
      fingerprint: "f",
      id: `id-${String(id++).padStart(6, "0")}`,
      now,
      staleAfter: 24 * 60 * MINUTE,
    });
    known = step.incident ?? known;
    const [outcome] = step.outcomes;
    if (outcome!.kind === "told") {
      heard.push({ at: now, reason: outcome!.reason, occurrence: one.occurrence });
    }
    if (outcome!.kind === "suppressed" && outcome!.by === "late_peer" && status === "firing") held = one;
  };
  const tick = (now: number): void => {
    if (known?.late && isHeld(known) && known.late.until <= now) take(held!, now);
    if (known && isOver(known) && !isHeld(known) && lagEnds(known) <= now) known = undefined;
  };
  let minute = START;
  for (const [index, one] of said.entries()) {
    for (; minute <= one.at; minute += MINUTE) tick(minute);
    if (restarts.has(index) && known) {
      const memory = new CurrentIncidents();
      memory.set(JSON.parse(JSON.stringify(known)));
      known = memory.get("f");
    }
    take(one, one.at);
  }
  for (const end = minute + 2 * PEER_HOLD; minute <= end; minute += MINUTE) tick(minute);
  return { heard, incident: known };
}

const minutes = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min * 60, max: max * 60 }).map((seconds) => seconds * SECOND);

/** A peer's view of an occurrence: the delay of its begin, the times of its repeats, and the delay of its end. */
const view = fc.record({
  sleeps: fc.boolean(),
  fires: minutes(0, 12),
  again: minutes(0, 6),
  resolves: minutes(0, 5),
});

const history = fc.array(
  fc.record({ lasts: minutes(1, 15), calm: minutes(1, 15), peers: fc.tuple(view, view) }),
  { minLength: 1, maxLength: 4 },
);

/** Two peers' alerts about a history, each in its own order; one of them may miss an occurrence. */
function saidOf(told: typeof history extends fc.Arbitrary<infer T> ? T : never): Said[] {
  const all: Said[] = [];
  for (const peer of [0, 1]) {
    let begins = START;
    let last = START;
    for (const [occurrence, { lasts, calm, peers }] of told.entries()) {
      const { sleeps, fires, again, resolves } = peers[peer]!;
      const ends = begins + lasts;
      const say = (at: number, status: Alert["status"]): void => {
        last = Math.max(at, last + SECOND);
        const endsAt = status === "resolved" ? ends : null;
        all.push({ at: last, occurrence, status, startsAt: begins, endsAt });
      };
      if (!sleeps || peer === 1 && peers[0]!.sleeps) {
        say(begins + fires, "firing");
        say(last + again, "firing");
        say(Math.max(ends, last) + resolves, "resolved");
      }
      begins = ends + calm;
    }
  }
  return all.sort((a, b) => a.at - b.at || a.occurrence - b.occurrence);
}

/** Whether no peer is later than one can be that works. */
function isBounded(said: readonly Said[]): boolean {
  return said.every((one) => {
    if (one.status === "resolved") return true;
    const over = said.find(({ status, occurrence }) =>
      status === "resolved" && occurrence >= one.occurrence
    )!.at;
    if (one.at < over) return true;
    const own = said.find(({ at, status, occurrence }) =>
      at > one.at && status === "resolved" && occurrence === one.occurrence
    );
    return one.at < over + PEER_LAG && own !== undefined && own.at < one.at + PEER_HOLD - MINUTE;
  });
}

Deno.test("whatever two peers say in whatever order, each occurrence is told once and ended once, through restarts", () => {
  let late = 0;
  fc.assert(
    fc.property(history, fc.array(fc.nat(30)), (told, restarts) => {
      const said = saidOf(told);
      fc.pre(isBounded(said));
      const { heard, incident } = hears(said, new Set(restarts));
      if (
        said.some(({ at, status, occurrence }) =>
          status === "firing" &&
          said.some((one) => one.status === "resolved" && one.occurrence === occurrence && one.at < at)
        )
      ) late++;
      ok(!incident || isOver(incident), "nothing is left open");
      let open = false;
      for (const { reason } of heard) {
        if (reason === "first") ok(!open, "no first while it is open");
        if (reason === "resolved") ok(open, "no end of what is not open");
        open = reason !== "resolved";
      }
      ok(!open, "who was told that it fires was told that it is over");
      for (const { occurrence, at } of heard.filter(({ reason }) => reason === "first")) {
        ok(
          !heard.some((one) => one.reason === "resolved" && one.occurrence === occurrence && one.at < at),
          "nobody is told again of what they were told is over",
        );
      }
      for (const [occurrence] of told.entries()) {
        const firsts = heard.filter((one) => one.occurrence === occurrence && one.reason === "first");
        ok(firsts.length <= 1, "an occurrence is told once");
        const fires = said.find((one) => one.occurrence === occurrence && one.status === "firing")!.at;
        const before = heard.filter(({ at }) => at <= fires).at(-1);
        // An occurrence older than the last notification is held, and its end arrives before a notification.
        const isOlder = before !== undefined && before.occurrence > occurrence;
        ok(isOlder || before && before.reason !== "resolved", "the group knows that something fires");
      }
    }),
    { numRuns: 2_000 },
  );
  ok(late > 50, `only ${late} of the stories had a late peer`);
});

Deno.test("a late firing that nothing contradicts is told after the moment, whatever else was said before it", () => {
  fc.assert(
    fc.property(history, minutes(0, 9), fc.array(fc.nat(30)), (told, later, restarts) => {
      const said = saidOf(told);
      fc.pre(isBounded(said));
      const last = said.at(-1)!;
      const alone = { ...last, at: last.at + later, status: "firing", endsAt: null } as const;
      const { heard, incident } = hears([...said, alone], new Set(restarts));
      const { at, reason } = heard.at(-1)!;
      equal(reason, "first");
      ok(at >= alone.at && at <= alone.at + PEER_HOLD + MINUTE);
      equal(incident?.closedAt, null);
    }),
    { numRuns: 500 },
  );
});
