import { endOf, type Incident } from "../../../relay/domain/incident.ts";
import type { TimelineEntry } from "../../../relay/domain/timeline.ts";
import type { TimelineItem } from "../../../relay/query/timeline.ts";

/** The width of the strip, in its own units. */
const WIDTH = 1_000;

/** The rows of the strip. */
export const STRIP_ROWS = ["alerts", "notified", "people"] as const;

/** A point or a period on a row of the strip, in its units. */
export interface StripMark {
  readonly from: number;
  readonly to: number;
  readonly tone: "" | "resolved" | "duplicates";
}

/** The events of an incident's life, on a strip. */
export interface Strip {
  readonly width: number;
  readonly start: number;
  readonly middle: number;
  readonly end: number;
  readonly rows: readonly { readonly row: typeof STRIP_ROWS[number]; readonly marks: readonly StripMark[] }[];
  readonly counts: { readonly alerts: number; readonly notified: number; readonly people: number };
}

/** A mark in epoch milliseconds. */
type Span = readonly [row: typeof STRIP_ROWS[number], from: number, to: number, tone?: StripMark["tone"]];

/**
 * The strip of an incident; `undefined` with too few events to compare.
 *
 * @param entries The entries of its timeline, the oldest first.
 * @param items The newest lines of its timeline, with more details of the same entries.
 */
export function stripOf(
  incident: Incident,
  { entries, items, now }: {
    entries: readonly TimelineEntry[];
    items: readonly TimelineItem[];
    now: number;
  },
): Strip | undefined {
  const shown = new Map(items.flatMap((item) => item.kind === "alert" ? [[item.alert, item] as const] : []));
  const isNotified = (alert: string): boolean => {
    const item = shown.get(alert);
    return item === undefined || item.groups.some(({ outcome }) => outcome.kind === "told");
  };
  const { openedAt, lastAt, lastId, closedAt } = incident;
  const spans: Span[] = [["alerts", openedAt, openedAt]];
  if (isNotified(incident.id)) spans.push(["notified", openedAt, openedAt]);
  let [notified, people] = [spans.length - 1, 0];
  let before = { at: openedAt, alerts: 1 };
  for (const entry of entries) {
    const { at, alerts, run } = entry;
    const from = run?.at ?? at;
    const own = entry.kind === "alert" ? run?.times ?? 1 : 0;
    if (alerts !== undefined) {
      if (alerts - before.alerts > own) spans.push(["alerts", before.at, at, "duplicates"]);
      before = { at, alerts };
    }
    if (entry.kind === "alert") {
      const isEnd = shown.get(entry.alert)?.status === "resolved" ||
        closedAt !== null && entry.alert === lastId;
      spans.push(["alerts", from, at, isEnd ? "resolved" : ""]);
      if (isNotified(entry.alert)) {
        spans.push(["notified", from, at]);
        notified += run?.times ?? 1;
      }
    } else if (entry.kind === "notified" || entry.kind === "escalated") {
      spans.push(["notified", from, at]);
      notified += run?.times ?? 1;
    } else if ("account" in entry) {
      spans.push(["people", at, at]);
      people++;
    }
  }
  if (incident.count > before.alerts) spans.push(["alerts", before.at, lastAt, "duplicates"]);
  const start = Math.min(...spans.map(([, from]) => from));
  const end = Math.max(endOf(incident, now), ...spans.map(([, , to]) => to));
  if (spans.length < 3 || end - start < 1_000) return undefined;
  const place = (at: number): number => Math.round((at - start) / (end - start) * WIDTH);
  return {
    width: WIDTH,
    start,
    middle: Math.round((start + end) / 2),
    end,
    rows: STRIP_ROWS.map((row) => ({
      row,
      // Periods are below points.
      marks: spans.filter(([of]) => of === row)
        .map(([, from, to, tone = ""]) => ({ from: place(from), to: place(to), tone }))
        .toSorted((a, b) => (b.to - b.from) - (a.to - a.from)),
    })),
    counts: { alerts: incident.count, notified, people },
  };
}
