import { decodeTime } from "../base/ulid.ts";
import type { Incident } from "./incident.ts";
import type { Run, TimelineEntry, TimelineFact, TimelineRecord } from "./timeline.ts";

/** The most entries of the relay: later facts share the newest one. */
export const MAX_ENTRIES = 1_000;

/** The most entries of people: a note beyond them is refused. */
export const MAX_ACTS = 2_000;

/** Whether the timeline has no room for another entry of a person. */
export function isTimelineFull({ timeline }: Pick<Incident, "timeline">): boolean {
  return (timeline?.acts ?? 0) >= MAX_ACTS;
}

/**
 * The incident after a fact, and the entry to store. The relay's equal facts in a row share an entry, so an incident that
 * notifies for months has a short timeline.
 *
 * @param nextId Makes an id of a time, later than those that it made before.
 */
export function recorded(
  incident: Incident,
  entry: TimelineEntry,
  nextId: (time: number) => string,
): { readonly incident: Incident; readonly record: TimelineRecord } {
  const { entries = 0, acts = 0, last, run } = incident.timeline ?? {};
  const { at, alerts = incident.count } = entry;
  const as = likeness(entry);
  const isEqual = run !== undefined && run.as === as;
  if (as !== undefined && last !== undefined && run && (isEqual || entries >= MAX_ENTRIES)) {
    const { as: _, ...before } = run;
    const now: Run = { ...before, times: run.times + 1, ...isEqual ? {} : { mixed: true } };
    return {
      incident: { ...incident, timeline: { entries, acts, last, run: { ...now, as } } },
      record: { incident: incident.id, id: last, entry: { ...entry, run: now } },
    };
  }
  // Later than the newest one, even when another instance's clock is ahead.
  const id = nextId(last === undefined ? at : Math.max(at, decodeTime(last) + 1));
  const counted = as === undefined ? { entries, acts: acts + 1 } : { entries: entries + 1, acts };
  return {
    incident: {
      ...incident,
      timeline: { ...counted, last: id, ...as === undefined ? {} : { run: { as, at, alerts, times: 1 } } },
    },
    record: { incident: incident.id, id, entry },
  };
}

/**
 * Equal for facts of the relay that may share an entry; `undefined` for people's actions, which always have their
 * own.
 */
function likeness(fact: TimelineFact): string | undefined {
  switch (fact.kind) {
    case "alert":
      return `alert ${fact.as}`;
    case "notified":
      return `notified ${fact.reason} ${fact.group}`;
    case "escalated":
      return `escalated ${fact.step} ${fact.group}`;
    case "expired":
      return `expired ${fact.what} ${fact.by ?? ""}`;
    case "stale":
      return "stale";
    default:
      return undefined;
  }
}
