/**
 * Collects all records of one alert.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import { decodeTime } from "../base/ulid.ts";
import { searchLog } from "./search.ts";
import { adviceOf } from "../channel/advice.ts";
import { ratesOf, roomIn } from "../delivery/budget.ts";
import { isCritical } from "../delivery/queued.ts";
import { findDestination, type GroupLookup } from "../domain/group.ts";
import { type Delivery, type LoggedAlert, parseAlertId, type Queued } from "../domain/record.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { holdOf, type LaneRecord } from "../store/lane_record.ts";
import type { StoreReader } from "../store/reader.ts";
import type { Followed } from "./shapes/deliveries.ts";
import type { DuplicateOf, Trace } from "./why.ts";

/** The sources of a trace. */
export interface TraceOptions {
  readonly store: StoreReader;
  readonly groups: Pick<GroupLookup, "get">;
  readonly channels: Pick<ChannelRegistry, "get">;
  readonly now: number;
}

/** The alert that was found, or the time that the search reached. */
export type AlertSearch = { readonly alert: LoggedAlert } | { readonly lookedBackTo: number | undefined };

/** Finds an alert by its id, or the newest one with a fingerprint. @throws StoreError */
export async function findAlert(name: string, store: StoreReader): Promise<AlertSearch> {
  const { log, incidents } = store;
  const alert = await log.alert(name);
  if (alert) return { alert };
  if (parseAlertId(name) || !/^[0-9a-f]{32}$/.test(name)) return { lookedBackTo: undefined };
  const incident = (await incidents.latest(new Set([name]))).get(name);
  const newest = incident && await log.alert(incident.lastId);
  if (newest) return { alert: newest };
  const { alerts: [found], lookedBackTo } = await searchLog(store, {
    filter: { fingerprint: name },
    limit: 1,
  });
  const last = found && await log.alert(found.id);
  return last ? { alert: last } : { lookedBackTo };
}

/** All records of an alert. @throws StoreError */
export async function traceOf(alert: LoggedAlert, options: TraceOptions): Promise<Trace> {
  const { store } = options;
  const incident = alert.incident === null ? undefined : await store.incidents.get(alert.incident);
  const into = new Map<string, DuplicateOf>();
  const end = performance.now() + store.searchBudget; // of all its searches together
  for (const { group, outcome } of alert.routing) {
    if (outcome.kind !== "folded") continue;
    const budget = end - performance.now();
    const window = incident?.windows[group];
    const repeat = outcome.still ? options.groups.get(group)?.repeat ?? 0 : 0;
    const until = window && Math.max(window.until, window.at + repeat);
    const found = await duplicateOf(alert, group, {
      store,
      window: window && { ...window, until: until! },
      budget,
    });
    if (found) into.set(group, found);
  }
  const silences = alert.routing.flatMap(({ outcome }) =>
    (outcome.kind === "suppressed" && outcome.silence && store.silences.get(outcome.silence)) || []
  );
  const inhibitors = await store.records.incidents(
    new Set(
      alert.routing.flatMap(({ outcome }) => (outcome.kind === "suppressed" && outcome.incident) || []),
    ),
  );
  return {
    alert,
    incident,
    into,
    inhibitors,
    silences: new Map(silences.map((silence) => [silence.id, silence])),
    deliveries: await follow(alert, options),
  };
}

/** The most notified alerts that are checked for a notification of this group. */
const TOLD = 20;

async function duplicateOf(
  { id, fingerprint, incident }: LoggedAlert,
  group: string,
  { store, window, budget }: {
    store: StoreReader;
    window: { told: string; until: number } | undefined;
    budget: number;
  },
): Promise<DuplicateOf | undefined> {
  // The alert belongs to the current window, unless the group was notified again since.
  if (window && window.told < id) return { alert: window.told, until: window.until };
  const { alerts } = await searchLog(store, {
    filter: { fingerprint, group, told: true },
    // No further back than the incident's first alert, of which a group was notified.
    part: { before: id, from: incident === null ? undefined : decodeTime(incident.slice(0, 26)) },
    limit: TOLD,
    budget,
  });
  for (const { id } of alerts) {
    const logged = await store.log.alert(id);
    const isNotified = logged?.routing.some((one) => one.group === group && one.outcome.kind === "told");
    if (isNotified) return { alert: id };
  }
  return undefined;
}

/** Every delivery of an alert: those that it was routed to, and their fallbacks. */
async function follow(
  { id: alert, routing }: LoggedAlert,
  options: TraceOptions,
): Promise<Followed[]> {
  const { store: { records, outbox, deliveries } } = options;
  const followed = new Map<string, Followed>();
  let number = 0;
  for (const { group, destinations = [] } of routing) {
    for (const destination of destinations) {
      const id = `${alert}-${number++}`;
      followed.set(id, { id, group, destination, record: undefined, entry: undefined });
    }
  }
  // Queue entries before records: a delivery that is settled in between has a record.
  for await (const entry of records.waiting({ from: alert, to: `${alert}~` })) {
    const { id, group, destination } = entry;
    followed.set(id, { id, group, destination, record: undefined, entry });
  }
  for (const record of await deliveries.of(alert)) {
    const { id, group, destination, state } = record;
    const entry = state === "pending" ? followed.get(id)?.entry : undefined;
    followed.set(id, { id, group, destination, record, entry });
  }
  return await Promise.all([...followed.values()].map(async (delivery) => {
    const { destination } = findDestination(delivery.destination, options.groups) ?? {};
    const advice = (because: string | undefined): Followed["advice"] =>
      because === undefined ? undefined : adviceOf(options.channels.get(destination?.channel ?? ""), because);
    if (!delivery.entry) {
      const missed = missedNames(delivery.record, options.groups);
      return { ...delivery, advice: advice(refusalOf(delivery.record)), ...defined({ missed }) };
    }
    const record = destination && await outbox.record(destination.lane);
    const pause = record && holdOf(record, destination.configHash, options.now);
    return {
      ...delivery,
      pause,
      budget: budgetOf(delivery.entry, record, options),
      advice: advice(pause?.because ?? refusalOf(delivery.record)),
    };
  }));
}

/**
 * The names of the members whom a delivery did not reach, with the reason, if it was reported; `undefined` if it
 * reached all.
 */
export function missedNames(
  record: Pick<Delivery, "group" | "state" | "recipients"> | undefined,
  groups: Pick<GroupLookup, "get">,
): string[] | undefined {
  if (record?.state !== "delivered") return undefined;
  const { failed } = recipientNames(record, groups);
  return failed.length === 0 ? undefined : failed;
}

/** The names of a delivery's recipients by their results; of failed ones with the reason, if it is known. */
export function recipientNames(
  record: Pick<Delivery, "group" | "recipients"> | undefined,
  groups: Pick<GroupLookup, "get">,
): Readonly<Record<"reached" | "left" | "failed", string[]>> {
  const { reached = [], left = [], failed = [], because = {} } = record?.recipients ?? {};
  const members = record === undefined ? [] : groups.get(record.group)?.members ?? [];
  const nameOf = (id: string): string => members.find((member) => member.id === id)?.name ?? id;
  return {
    reached: reached.map(nameOf),
    left: left.map(nameOf),
    failed: failed.map((id) => Object.hasOwn(because, id) ? `${nameOf(id)} (${because[id]})` : nameOf(id)),
  };
}

/** The last error of an undelivered delivery: the vendor's response, or our own explanation. */
function refusalOf(record: Delivery | undefined): string | undefined {
  if (!record || record.state === "delivered") return undefined;
  const last = record.attempts.at(-1);
  return last && last.verdict !== "delivered" ? last.because : record.because;
}

/** The budget that a delivery waits for: if it has no room for single messages, the one with the least room. */
function budgetOf(
  entry: Queued,
  { spent = {} }: Pick<LaneRecord, "spent"> = {},
  { groups, channels, now }: TraceOptions,
): Followed["budget"] {
  const { destination } = findDestination(entry.destination, groups) ?? {};
  const channel = destination && channels.get(destination.channel);
  if (!destination || !channel) return undefined;
  const full = ratesOf(channel, destination)
    .map((rate) => ({ rate, room: roomIn(spent, [rate], { now, critical: isCritical(entry) }) }))
    .filter(({ room }) => room.calm <= 0)
    .toSorted((a, b) => a.room.free - b.room.free);
  const [first] = full;
  if (!first) return undefined;
  const { messages, per } = first.rate;
  return { messages, per, used: messages - roomIn(spent, [first.rate], { now, critical: true }).free };
}
