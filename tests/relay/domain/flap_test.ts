import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_FLAP, type FlapRule } from "../../../relay/domain/flap.ts";
import type { Severity } from "../../../relay/domain/severity.ts";
import { calm } from "../../../relay/domain/calm.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { advance } from "../../../relay/domain/window.ts";
import type { WindowPolicy } from "../../../relay/domain/window_policy.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

const RULE = { count: 5, per: 30 * MINUTE };
const GROUP: WindowPolicy = { group: "g/d", window: 5 * MINUTE, destinations: 1, flap: RULE };

/** One fingerprint and one group: alerts come, minutes pass, and a cron searches for settled incidents. */
class Story {
  now = Date.UTC(2026, 0, 31, 8);
  incident: Incident | undefined;
  readonly heard: { at: number; reason: string; severity: Severity }[] = [];
  readonly changes: number[] = [];
  readonly #group: WindowPolicy;
  #ids = 0;

  constructor(flap: FlapRule = RULE) {
    this.#group = { ...GROUP, flap };
  }

  alert(status: "firing" | "resolved", severity: Severity = "warning"): string {
    const id = `id-${String(this.#ids++).padStart(4, "0")}`;
    const wasOpen = this.incident?.closedAt === null;
    const { incident, outcomes } = advance(
      this.incident,
      { dialect: "test", status, severity, title: "Test", startsAt: null, endsAt: null },
      [this.#group],
      { fingerprint: "f", id, now: this.now, staleAfter: 365 * 24 * 60 * MINUTE },
    );
    if (wasOpen === (status === "resolved")) this.changes.push(this.now);
    this.incident = incident ?? this.incident;
    const [outcome] = outcomes as [typeof outcomes[number]];
    if (outcome.kind === "told") this.heard.push({ at: this.now, reason: outcome.reason, severity });
    if (outcome.kind === "told") return outcome.reason;
    return outcome.kind === "folded" ? "folded" : outcome.by;
  }

  wait(minutes: number): void {
    for (let minute = 0; minute < minutes; minute++) {
      this.now += MINUTE;
      const calmed = this.incident &&
        calm(this.incident, { group: "g/d", to: this.#group, now: this.now });
      if (!calmed) continue;
      this.incident = calmed.incident;
      if (calmed.notify === undefined) continue;
      const state = this.incident.closedAt === null ? "firing" : "resolved";
      this.heard.push({ at: this.now, reason: `settled ${state}`, severity: "warning" });
    }
  }
}

Deno.test("the fifth change in half an hour is told as flapping, then nothing until half an hour was calm", () => {
  const story = new Story();
  const outcomes: string[] = [];
  for (let round = 0; round < 5; round++) {
    outcomes.push(story.alert("firing"));
    story.wait(2);
    outcomes.push(story.alert("resolved"));
    story.wait(2);
  }
  equal(outcomes, ["first", "resolved", "first", "resolved", "flapping", ...Array(5).fill("flapping")]);
  equal(story.heard.map(({ reason }) => reason), ["first", "resolved", "first", "resolved", "flapping"]);
  story.wait(27);
  equal(story.heard.length, 5);
  story.wait(1);
  equal(story.heard.at(-1)!.reason, "settled resolved");
  story.wait(100);
  equal(story.heard.length, 6);
  equal(story.incident!.flaps, undefined, "nothing is kept of it");
  equal(story.alert("firing"), "first");
});

Deno.test("one that settles while it fires is told so, and its end is told", () => {
  const story = new Story();
  for (const status of ["firing", "resolved", "firing", "resolved", "firing"] as const) story.alert(status);
  story.wait(10);
  equal(story.alert("firing"), "flapping", "no change, and the group knows");
  story.wait(20);
  equal(story.heard.at(-1)!.reason, "settled firing");
  equal(story.alert("firing"), "folded", "into the window that began then");
  equal(story.alert("resolved"), "resolved");
});

Deno.test("a severity that rises to critical is told while it flaps, once", () => {
  const story = new Story();
  for (const status of ["firing", "resolved", "firing", "resolved", "firing"] as const) story.alert(status);
  equal(story.alert("firing", "error"), "flapping");
  equal(story.alert("firing", "critical"), "changed");
  equal(story.alert("firing", "critical"), "flapping");
  equal(story.alert("resolved", "critical"), "flapping");
  equal(story.alert("firing", "critical"), "flapping");
});

Deno.test("one that was critical all the time is not told again for that", () => {
  const story = new Story();
  for (const status of ["firing", "resolved", "firing", "resolved", "firing"] as const) {
    story.alert(status, "critical");
  }
  story.wait(1);
  equal(["resolved", "firing"].map((status) => story.alert(status as "firing", "critical")), [
    "flapping",
    "flapping",
  ]);
});

Deno.test("changes that are too far apart are told as ever", () => {
  const story = new Story();
  for (let round = 0; round < 10; round++) {
    equal(story.alert("firing"), "first");
    story.wait(8);
    equal(story.alert("resolved"), "resolved");
    story.wait(8);
  }
});

Deno.test("whatever comes when: flapping is told once, only after enough changes, and hushes all but a rise to critical", () => {
  const event = fc.record({
    wait: fc.integer({ min: 0, max: 12 }),
    status: fc.constantFrom("firing" as const, "resolved" as const),
    severity: fc.constantFrom("info" as const, "warning" as const, "critical" as const),
  });
  let flapped = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 10, maxLength: 60 }), (events) => {
      const story = new Story();
      for (const { wait, status, severity } of events) {
        story.wait(wait);
        story.alert(status, severity);
      }
      story.wait(31);
      let flapping = false;
      let knewCritical = false;
      for (const { at, reason, severity } of story.heard) {
        if (reason === "flapping") {
          ok(!flapping, "told twice");
          const recent = story.changes.filter((change) => change <= at && change > at - RULE.per);
          ok(recent.length >= RULE.count, `${recent.length} changes`);
          flapping = true;
          flapped++;
          knewCritical = severity === "critical";
        } else if (reason.startsWith("settled")) {
          ok(flapping, "settled without having been told that it flaps");
          ok(!story.changes.some((change) => change < at && change > at - RULE.per), "a change just before");
          flapping = false;
        } else if (flapping) {
          equal([reason, severity], ["changed", "critical"]);
          ok(!knewCritical, "critical was known");
          knewCritical = true;
        }
      }
      ok(!flapping, "it never settled");
      const open = story.incident?.closedAt === null;
      const last = story.heard.findLast(({ reason }) => reason.startsWith("settled"));
      if (last && !story.changes.some((change) => change >= last.at)) {
        equal(last.reason, `settled ${open ? "firing" : "resolved"}`);
      }
    }),
    { numRuns: 500 },
  );
  ok(flapped > 50, "the property has something to look at");
});

Deno.test("by default a pod that flaps every two to five minutes for an hour is told a handful of times", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 30, maxLength: 30 }), (waits) => {
      const story = new Story(DEFAULT_FLAP);
      let minutes = 0;
      for (const [index, wait] of waits.entries()) {
        if (minutes > 60) break;
        story.alert(index % 2 === 0 ? "firing" : "resolved");
        story.wait(wait);
        minutes += wait;
      }
      story.wait(60);
      equal(story.heard.map(({ reason }) => reason).slice(0, 7), [
        ...["first", "resolved", "first", "resolved", "first", "resolved"],
        "flapping",
      ]);
      equal(story.heard.length, 8);
      ok(story.heard[7]!.reason.startsWith("settled"));
    }),
    { numRuns: 100 },
  );
});

Deno.test("by default an incident that is over and comes back twice within an hour is told as ever", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 6, maxLength: 6 }), (waits) => {
      const story = new Story(DEFAULT_FLAP);
      story.alert("firing");
      story.alert("resolved");
      story.wait(60); // what was an hour before does not count
      const heard = waits.map((wait, index) => {
        const reason = story.alert(index % 2 === 0 ? "firing" : "resolved");
        story.wait(wait);
        return reason;
      });
      equal(heard, ["first", "resolved", "first", "resolved", "first", "resolved"]);
    }),
    { numRuns: 100 },
  );
});

Deno.test("nothing is stored of an incident's first change, which its opening is, and what was calm expires by itself", () => {
  const story = new Story(DEFAULT_FLAP);
  story.alert("firing");
  equal(story.incident!.flaps, undefined);
  story.wait(10);
  story.alert("resolved");
  const { changes, until, told } = story.incident!.flaps!["g/d"]!;
  equal([changes.length, until, told], [2, story.now + DEFAULT_FLAP.per, undefined]);
});
