import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Incident } from "../../../relay/domain/incident.ts";
import { monotonicFactory } from "../../../relay/base/ulid.ts";
import type { TimelineEntry, TimelineFact, TimelineRecord } from "../../../relay/domain/timeline.ts";
import { isTimelineFull, MAX_ACTS, MAX_ENTRIES, recorded } from "../../../relay/domain/timeline_state.ts";
import { incident } from "../../kit/domain.ts";

const START = 1_769_846_400_000;

/** A timeline as it is stored: an entry is replaced under its id. */
function written(
  entries: readonly (TimelineFact & { at: number; alerts?: number })[],
): { incident: Incident; entries: TimelineEntry[] } {
  const nextId = monotonicFactory();
  const stored = new Map<string, TimelineRecord>();
  let after = incident({ id: "i", at: START });
  for (const entry of entries) {
    const next = recorded({ ...after, count: entry.alerts ?? after.count }, entry, nextId);
    stored.set(next.record.id, next.record);
    after = next.incident;
  }
  return { incident: after, entries: [...stored.values()].map(({ entry }) => entry) };
}

const repeat = (at: number, as = "r"): TimelineFact & { at: number; alerts: number } => ({
  kind: "alert",
  alert: `a${at}`,
  as,
  at: START + at,
  alerts: at,
});

const note = (at: number): TimelineFact & { at: number; alerts: number } => ({
  kind: "noted",
  text: "n",
  by: "李雷",
  account: "li.lei",
  at: START + at,
  alerts: at,
});

Deno.test("equal facts in a row share an entry: the newest of them, and since when and how often", () => {
  const { entries, incident: { timeline } } = written([repeat(5), repeat(9), repeat(12)]);
  equal(entries, [{ ...repeat(12), run: { at: START + 5, alerts: 5, times: 3 } }]);
  equal([timeline?.entries, timeline?.acts], [1, 0]);
});

Deno.test("another fact, or what a person does, ends the run", () => {
  const facts = [repeat(5), repeat(6, "other"), repeat(7), note(8), note(9), repeat(10)];
  const { entries, incident: { timeline } } = written(facts);
  equal(entries, facts);
  equal([timeline?.entries, timeline?.acts], [4, 2]);
});

Deno.test("a reminder of another group, and another step, have entries of their own", () => {
  const reminder = (group: string, at: number): TimelineFact & { at: number; alerts: number } => ({
    kind: "notified",
    reason: "reminder",
    group,
    alert: "a",
    deliveries: `a-reminder${at}`,
    destinations: [],
    at: START + at,
    alerts: 1,
  });
  const { entries } = written([
    reminder("a/b", 1),
    reminder("a/b", 2),
    reminder("c/d", 3),
    reminder("a/b", 4),
  ]);
  equal(entries.map(({ at, run }) => [at - START, run?.times]), [[2, 2], [3, undefined], [4, undefined]]);
});

Deno.test("beyond its bound the relay's facts share the newest entry, and people's still have their own", () => {
  const facts = Array.from({ length: MAX_ENTRIES + 50 }, (_, index) => repeat(index, `as ${index}`));
  const { entries, incident: { timeline } } = written([...facts, note(2_000)]);
  equal(entries.length, MAX_ENTRIES + 1);
  equal([timeline?.entries, timeline?.acts], [MAX_ENTRIES, 1]);
  const last = entries.at(-2)!;
  equal(last.run, { at: START + MAX_ENTRIES - 1, alerts: MAX_ENTRIES - 1, times: 51, mixed: true });
  equal(last.kind === "alert" && last.alert, `a${MAX_ENTRIES + 49}`);
  equal(entries.at(-1)!.kind, "noted");
});

Deno.test("a timeline is full at its bound of people's entries", () => {
  const { timeline } = written([note(1)]).incident;
  ok(!isTimelineFull({ timeline: { ...timeline!, acts: MAX_ACTS - 1 } }));
  ok(isTimelineFull({ timeline: { ...timeline!, acts: MAX_ACTS } }));
  ok(!isTimelineFull({}));
});

Deno.test("an entry sorts after the newest one, even when its clock is behind", () => {
  const mine = monotonicFactory();
  const theirs = monotonicFactory();
  const first = recorded(incident({ id: "i", at: START }), note(60_000), mine);
  const second = recorded(first.incident, note(1), theirs);
  ok(second.record.id > first.record.id);
});
