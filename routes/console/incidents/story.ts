import { defined } from "../../../relay/base/defined.ts";
import { ULID } from "../../../relay/base/ulid.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import type { Outcome } from "../../../relay/domain/outcome.ts";
import type { Query } from "../../../relay/query/query.ts";
import type { TimelineDelivery, TimelineItem, TimelinePage } from "../../../relay/query/timeline.ts";
import { peopleWords, timelineSentences, type TimelineWords } from "../../../relay/query/timeline_words.ts";
import type { View } from "../shell.ts";
import { statusNow } from "../status_now.ts";
import { briefTime } from "../time_element.ts";
import { duplicatesLinks } from "./duplicates.ts";

/** Entries on one page. */
const SHOWN = 50;

/** The query of the timeline's part of the page. */
export interface StoryQuery {
  readonly order?: string;
  readonly from?: string;
}

/** A part of the timeline, and its words. */
interface Story {
  /** The lines in words, with the addresses of the other parts. */
  readonly shown: object;
  /** The newest lines of the timeline, whichever part is shown. */
  readonly newest: readonly TimelineItem[];
}

/** The timeline of an incident, for its page. @throws StoreError */
export async function storyOf(
  incident: Incident,
  { now, locale, t }: Pick<View, "now" | "locale" | "t">,
  { query, asked: { order: wanted, from } }: { query: Query; asked: StoryQuery },
): Promise<Story> {
  const order = wanted === "oldest" ? "oldest" : "newest";
  const place = from !== undefined && ULID.test(from) ? from : undefined;
  const read = (order: "newest" | "oldest", from?: string): Promise<TimelinePage> =>
    query.incidents.timeline(incident, { limit: SHOWN, order, from });
  const { items, next } = await read(order, place);
  const isNewest = order === "newest" && place === undefined;
  const words: TimelineWords = { t, locale, timezone: query.config.timezone, nameOf: query.nameOf };
  const other = order === "newest" ? "oldest" : "newest";
  const path = `/incidents/${incident.id}`;
  return {
    newest: isNewest ? items : (await read("newest")).items,
    shown: {
      rows: items.map((item, index) => ({
        ...rowOf(item, incident, words),
        ...item.kind === "duplicates" && duplicatesOf(item, {
          incident,
          until: items[order === "newest" ? index - 1 : index + 1]?.at ?? incident.lastAt,
          words,
          now,
        }),
      })),
      order,
      turned: `${path}?order=${other}#story`,
      more: next === undefined ? undefined : `${path}?order=${order}&from=${next}#story`,
      first: place === undefined ? undefined : `${path}?order=${order}#story`,
    },
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
    id: item.kind === "alert" ? item.alert : `${item.kind}-${item.at}`,
    at: item.at,
    tone: toneOf(item, incident),
    isPerson: "account" in item,
    text,
    run,
    ...item.kind === "alert" ? { alert: item.alert, status: statusNow(item.status, incident) } : {},
    notified: notified.map(({ text }, index) => ({
      text,
      ...item.kind === "alert" ? suppressedBy(item.groups[index]!.outcome) : {},
      deliveries: deliveries[index]!.map((delivery: TimelineDelivery) => ({
        ...delivery,
        people: peopleWords(delivery, words),
      })),
    })),
  };
}

function suppressedBy(outcome: Outcome): { silence?: string; inhibitor?: string } {
  if (outcome.kind !== "suppressed") return {};
  return defined({ silence: outcome.silence, inhibitor: outcome.incident });
}

/** The run of duplicates in words, and the address of their list. */
function duplicatesOf(
  { at, count }: { at: number; count: number },
  { incident, until, words: { t, timezone }, now }: {
    incident: Incident;
    until: number;
    words: TimelineWords;
    now: number;
  },
): object {
  const time = (ms: number): string => briefTime(ms, { now, timezone });
  return {
    id: `duplicates-${at}-${count}`,
    text: t(count === 1 ? "timeline.shown.duplicate" : "timeline.shown.duplicates", {
      count,
      since: time(at),
      until: time(until),
    }),
    duplicates: duplicatesLinks(incident, { from: at, to: until }, timezone),
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
