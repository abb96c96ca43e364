import { ULID } from "../../../relay/base/ulid.ts";
import { endOf, type Incident } from "../../../relay/domain/incident.ts";
import type { Query } from "../../../relay/query/query.ts";
import type { TimelineDelivery, TimelineItem } from "../../../relay/query/timeline.ts";
import { peopleWords, timelineSentences, type TimelineWords } from "../../../relay/query/timeline_words.ts";
import type { View } from "../shell.ts";
import { statusNow } from "../status_now.ts";

/** Entries on one page. */
const SHOWN = 50;

/** The width of the strip of ticks, in its own units. */
const WIDTH = 1_000;

/** The query of the timeline's part of the page. */
interface StoryQuery {
  readonly order?: string;
  readonly from?: string;
}

/** The timeline of an incident, for its page. @throws StoreError */
export async function storyOf(
  incident: Incident,
  { now, locale, t }: View,
  { query, asked: { order: wanted, from } }: { query: Query; asked: StoryQuery },
): Promise<object> {
  const order = wanted === "oldest" ? "oldest" : "newest";
  const { items, next } = await query.incidents.timeline(incident, {
    limit: SHOWN,
    order,
    from: from !== undefined && ULID.test(from) ? from : undefined,
  });
  const words: TimelineWords = { t, locale, timezone: query.config.timezone, nameOf: query.nameOf };
  const other = order === "newest" ? "oldest" : "newest";
  return {
    rows: items.map((item) => rowOf(item, incident, words)),
    ticks: ticksOf(items, Math.max(endOf(incident, now), ...items.map(({ at }) => at))),
    order,
    turned: `/incidents/${incident.id}?order=${other}#story`,
    more: next === undefined ? undefined : `/incidents/${incident.id}?order=${order}&from=${next}#story`,
    first: from === undefined ? undefined : `/incidents/${incident.id}?order=${order}#story`,
  };
}

function rowOf(item: TimelineItem, incident: Incident, words: TimelineWords): object {
  const { text, run, notified } = timelineSentences(item, words);
  const deliveries = item.kind === "alert"
    ? item.groups.map(({ deliveries }) => deliveries)
    : item.kind === "notified" || item.kind === "escalated"
    ? [item.deliveries]
    : [];
  return {
    at: item.at,
    tone: toneOf(item, incident),
    text,
    run,
    ...item.kind === "alert" ? { alert: item.alert, status: statusNow(item.status, incident) } : {},
    notified: notified.map(({ text }, index) => ({
      text,
      deliveries: deliveries[index]!.map((delivery: TimelineDelivery) => ({
        ...delivery,
        people: peopleWords(delivery, words),
      })),
    })),
  };
}

/** The colour of a line. */
function toneOf(item: TimelineItem, incident: Incident): string {
  switch (item.kind) {
    case "alert": {
      const status = statusNow(item.status, incident);
      return status === "firing" ? item.severity ?? incident.severity : status;
    }
    case "duplicates":
      return "untold";
    case "closed":
      return "resolved";
    case "escalated":
    case "expired":
    case "reopened":
      return "warning";
    case "notified":
    case "stale":
      return "";
    default:
      return "person";
  }
}

/** The times of events, as positions on a strip; `undefined` for fewer than three events, or no time between them. */
function ticksOf(items: readonly TimelineItem[], end: number): object | undefined {
  const events = items.filter(({ kind }) => kind !== "duplicates");
  const start = Math.min(...events.map(({ at, run }) => run?.since ?? at));
  if (events.length < 3 || end <= start) return undefined;
  const place = (at: number): number => Math.round((at - start) / (end - start) * WIDTH);
  return {
    width: WIDTH,
    start,
    end,
    ticks: events.map((item) => ({
      from: place(item.run?.since ?? item.at),
      to: place(item.at),
      isPerson: "account" in item,
      tone: item.kind === "alert" && item.status === "resolved" || item.kind === "closed" ? "resolved" : "",
    })),
  };
}
