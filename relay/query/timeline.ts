/**
 * The timeline of an incident: the stored entries, with the alerts and the deliveries that they refer to. A page costs as
 * much for an incident of thousands of alerts as for one of eight.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import type { Incident } from "../domain/incident.ts";
import type { Outcome } from "../domain/outcome.ts";
import { type Delivery, deliveryId, derivedId, type LoggedAlert } from "../domain/record.ts";
import type { Severity } from "../domain/severity.ts";
import type { Status } from "../domain/alert.ts";
import type { AlertFact, TimelineEntry, TimelineFact } from "../domain/timeline.ts";
import type { StoreReader } from "../store/reader.ts";
import { derivedEntries } from "./timeline_derived.ts";

/** A delivery as a timeline shows it. */
export interface TimelineDelivery {
  readonly id: string;
  readonly destination: string;
  readonly state: Delivery["state"];
  readonly by?: NonNullable<Delivery["by"]>;
  /** The vendor's words, or the relay's; empty before the first attempt. */
  readonly because: string;
  /** The time at which its state was written; absent before the first attempt. */
  readonly at?: number;
  /** The members whom the message notified. */
  readonly to?: readonly string[];
  /** The members whom it did not reach. */
  readonly missed?: readonly string[];
  /** The destination that took over. */
  readonly next?: string;
}

/** The outcome of an alert for one group. */
export interface TimelineGroup {
  readonly group: string;
  readonly outcome: Outcome;
  /** The title of the incident that inhibited it. */
  readonly inhibitor?: string;
  readonly deliveries: readonly TimelineDelivery[];
}

/** An alert that notified a group, that is newly silenced or inhibited, or that resolved the incident. */
export interface AlertItem {
  readonly kind: "alert";
  readonly alert: string;
  /** Set for the first alert of the incident. */
  readonly first?: true;
  readonly assumed?: true;
  readonly status: Status;
  /** Absent if the log no longer has the alert. */
  readonly severity?: Severity;
  readonly groups: readonly TimelineGroup[];
}

/** Alerts that notified nobody. */
interface DuplicatesItem {
  readonly kind: "duplicates";
  readonly count: number;
}

/** Facts that share a line with the newest of them. */
export interface ItemRun {
  /** The time of the first of them. */
  readonly since: number;
  readonly times: number;
  /** The alerts between them that notified nobody. */
  readonly duplicates: number;
  readonly mixed?: true;
}

type WithDeliveries<T> = T extends { readonly deliveries: string }
  ? Omit<T, "deliveries" | "destinations"> & { readonly deliveries: readonly TimelineDelivery[] }
  : T;

/** The content of one line. */
export type TimelineWhat = AlertItem | DuplicatesItem | WithDeliveries<Exclude<TimelineFact, AlertFact>>;

/** A line of a timeline. */
export type TimelineItem = TimelineWhat & {
  /** Epoch milliseconds; of duplicates, from when on they came. */
  readonly at: number;
  readonly run?: ItemRun;
};

/** A part of a timeline. */
export interface TimelinePage {
  readonly items: readonly TimelineItem[];
  /** The position to continue from; `undefined` at the end. */
  readonly next?: string;
}

/** Which part of a timeline, and in which order. */
export interface TimelinePart {
  /** The most entries; the lines of duplicates between them come in addition. */
  readonly limit: number;
  readonly order: "newest" | "oldest";
  /** The `next` of the page before. */
  readonly from?: string | undefined;
}

/** The sources of a timeline. */
type Sources = Pick<StoreReader, "timeline" | "records" | "deliveries">;

/** Reads a part of an incident's timeline. @throws StoreError */
export async function timelineOf(
  incident: Incident,
  store: Sources,
  { limit, order, from }: TimelinePart,
): Promise<TimelinePage> {
  const reverse = order === "newest";
  const read = await store.timeline.of(incident.id, { limit: limit + 1, reverse, from });
  const page = read.slice(0, limit);
  const isLast = read.length <= limit;
  const isOldest = reverse ? isLast : from === undefined;
  const isNewest = reverse ? from === undefined : isLast;
  const before = reverse
    ? read[limit]
    : from === undefined
    ? undefined
    : await store.timeline.get(incident.id, from);
  const stored = reverse ? page.toReversed() : page;
  const entries = derivedEntries(incident, stored, {
    from: before?.at ?? -Infinity,
    to: isNewest ? Infinity : stored.at(-1)?.at ?? -Infinity,
  });
  const items = await itemsOf(incident, store, { entries, before, isOldest, isNewest });
  return {
    items: reverse ? items.reverse() : items,
    ...isLast ? {} : { next: page.at(-1)!.id },
  };
}

/** An incident's alerts for its timeline, without those that the log no longer has. @throws StoreError */
export async function alertItemsOf(
  incident: Incident,
  ids: readonly string[],
  store: Pick<Sources, "records" | "deliveries">,
): Promise<AlertItem[]> {
  const alerts = await store.records.alerts(ids);
  const titles = await inhibitorTitles(alerts.values(), store);
  return await Promise.all(ids.flatMap((alert) => {
    const logged = alerts.get(alert);
    return logged ? [alertItem({ kind: "alert", alert, as: "" }, { incident, logged, titles, store })] : [];
  }));
}

/** The lines, the oldest first: each entry after the duplicates that came before it. */
async function itemsOf(
  incident: Incident,
  store: Sources,
  { entries, before, isOldest, isNewest }: {
    entries: readonly TimelineEntry[];
    before: TimelineEntry | undefined;
    isOldest: boolean;
    isNewest: boolean;
  },
): Promise<TimelineItem[]> {
  const first: TimelineEntry = {
    kind: "alert",
    alert: incident.id,
    as: "",
    at: incident.openedAt,
    alerts: 1,
  };
  const all = isOldest ? [first, ...entries] : entries;
  const alerts = await store.records.alerts(
    all.flatMap((entry) => entry.kind === "alert" ? entry.alert : []),
  );
  const titles = await inhibitorTitles(alerts.values(), store);
  const lines = await Promise.all(all.map((entry) => lineOf(entry, { incident, alerts, titles, store })));
  const items: TimelineItem[] = [];
  let last = { at: before?.at ?? incident.openedAt, alerts: before?.alerts };
  for (const [index, entry] of all.entries()) {
    const { alerts = last.alerts, run } = entry;
    const own = entry.kind === "alert" ? 1 : 0;
    if (entry !== first && entry.alerts !== undefined && last.alerts !== undefined) {
      const count = (run?.alerts ?? entry.alerts) - last.alerts - own;
      if (count > 0) items.push({ kind: "duplicates", count, at: last.at });
    }
    items.push({ ...lines[index]!, at: entry.at, ...run && { run: runOf(entry, run, own) } });
    last = { at: entry.at, alerts };
  }
  const rest = isNewest && last.alerts !== undefined ? incident.count - last.alerts : 0;
  if (rest > 0) items.push({ kind: "duplicates", count: rest, at: last.at });
  return items;
}

function runOf(
  { alerts }: TimelineEntry,
  { at, times, mixed, alerts: atFirst }: NonNullable<TimelineEntry["run"]>,
  own: 0 | 1,
): ItemRun {
  const duplicates = Math.max(0, (alerts ?? atFirst) - atFirst - own * (times - 1));
  return { since: at, times, duplicates, ...mixed && { mixed } };
}

async function lineOf(
  { id: _id, at: _at, alerts: _alerts, run: _run, ...fact }: TimelineEntry & { readonly id?: string },
  { incident, alerts, titles, store }: {
    incident: Incident;
    alerts: ReadonlyMap<string, LoggedAlert>;
    titles: ReadonlyMap<string, string>;
    store: Sources;
  },
): Promise<TimelineWhat> {
  if (fact.kind === "alert") {
    return await alertItem(fact, { incident, logged: alerts.get(fact.alert), titles, store });
  }
  if (fact.kind !== "notified" && fact.kind !== "escalated") return fact;
  const { deliveries: stem, destinations, ...rest } = fact;
  const records = await store.deliveries.startingWith(fact.alert, { from: `${stem}-`, to: `${stem}-~` });
  const ids = destinations.map((destination) => ({ id: derivedId(stem, destination), destination }));
  return { ...rest, deliveries: deliveriesOf(ids, records) };
}

async function alertItem(
  { alert: id, assumed }: AlertFact,
  { incident, logged, titles, store }: {
    incident: Incident;
    logged: LoggedAlert | undefined;
    /** The titles of incidents that inhibit others, by id. */
    titles: ReadonlyMap<string, string>;
    store: Pick<Sources, "deliveries">;
  },
): Promise<AlertItem> {
  // Numbers sort before the names of follow-ups, such as reminders, of which there may be any number.
  const records = await store.deliveries.startingWith(id, { from: `${id}-0`, to: `${id}-:` });
  let number = 0;
  const groups = (logged?.routing ?? []).map(({ group, outcome, destinations = [] }): TimelineGroup => {
    const ids = destinations.map((destination) => ({ id: deliveryId(id, number++), destination }));
    const inhibitor = inhibitorOf(outcome).map((id) => titles.get(id))[0];
    return { group, outcome, ...defined({ inhibitor }), deliveries: deliveriesOf(ids, records) };
  });
  const isEnd = id === incident.lastId && id !== incident.id && incident.closedAt !== null;
  return {
    kind: "alert",
    alert: id,
    ...id === incident.id && { first: true },
    ...assumed && { assumed },
    status: logged?.alert.status ?? (isEnd ? "resolved" : "firing"),
    ...defined({ severity: logged?.alert.severity }),
    groups,
  };
}

/** The titles of the incidents that inhibited alerts, by id. @throws StoreError */
async function inhibitorTitles(
  alerts: Iterable<LoggedAlert>,
  { records }: Pick<Sources, "records">,
): Promise<Map<string, string>> {
  const ids = new Set(
    [...alerts].flatMap(({ routing }) => routing.flatMap(({ outcome }) => inhibitorOf(outcome))),
  );
  if (ids.size === 0) return new Map();
  return new Map(Array.from(await records.incidents(ids), ([id, { title }]) => [id, title]));
}

function inhibitorOf(outcome: Outcome): string[] {
  return outcome.kind === "suppressed" && outcome.incident !== undefined ? [outcome.incident] : [];
}

/** The deliveries of these ids, each followed by its fallbacks. One without an attempt has no record. */
function deliveriesOf(
  ids: readonly { readonly id: string; readonly destination: string }[],
  records: readonly Delivery[],
): TimelineDelivery[] {
  return ids.flatMap(({ id, destination }) => {
    const own = records.filter((record) => record.id === id || record.id.startsWith(`${id}-fallback`));
    if (own.length === 0) return [{ id, destination, state: "pending" as const, because: "" }];
    return own.map((record) => shown(record, records));
  });
}

function shown(record: Delivery, all: readonly Delivery[]): TimelineDelivery {
  const { id, destination, state, by, because, at, settledAt, to, recipients } = record;
  const next = all.find(({ instead }) => instead?.delivery === id)?.destination;
  const failed = state === "delivered" ? recipients?.failed ?? [] : [];
  return {
    id,
    destination,
    state,
    because,
    at: settledAt ?? record.attempts.at(-1)?.at ?? at,
    ...failed.length > 0 && { missed: failed },
    ...defined({ by, to, next }),
  };
}
