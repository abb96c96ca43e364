/**
 * Looking through deliveries: those that wait, those that were given up, and those of the newest alerts. A search ends
 * with its time, says how far it has looked, and goes on from there when asked.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import { aboutOf } from "../domain/about.ts";
import type { WhereRules } from "../domain/where.ts";
import type { Ending } from "../domain/incident.ts";
import { endingsOf } from "../delivery/endings.ts";
import { type LoggedAlert, type Queued, wholeIn } from "../domain/record.ts";
import { findDestination, type GroupLookup } from "../domain/group.ts";
import { holdOf, type LaneState } from "../store/lane_record.ts";
import type { StoreReader } from "../store/reader.ts";
import { take } from "../base/take.ts";
import type { DeliveryRow, FoundDeliveries, Wait } from "./shapes/deliveries.ts";

/** The lists that there are. */
export const LISTS = ["waiting", "dead", "recent"] as const;

/** One of the lists: what waits, the oldest first · what was given up · what was tried, both with the newest alerts first. */
export type List = typeof LISTS[number];

/** What a delivery may be looked for by. */
export interface DeliveryFilter {
  /** The destination's id. */
  readonly destination?: string | undefined;
  readonly group?: string | undefined;
  readonly reason?: string | undefined;
  /** Of what was tried: what it came to. Of what waits: why. */
  readonly state?: string | undefined;
  /** Of the dead: those that died then or later. */
  readonly since?: number | undefined;
}

/** Look through a list. `from`: where an earlier search says to go on. @throws StoreError */
export async function findDeliveries(
  list: List,
  filter: DeliveryFilter,
  { store, groups, where, now, from, limit }: Source & { readonly limit: number },
): Promise<FoundDeliveries> {
  const { taken, ...found } = await take(SOURCES[list]({ store, groups, where, now, from }), {
    idOf: ({ id }) => id,
    isWanted: (row) => isWanted(row, list === "dead" ? filter : { ...filter, since: undefined }),
    limit,
    budget: store.searchBudget,
  });
  const alerts = await store.records.alerts(taken.map(({ alert }) => alert));
  const endings = list === "dead" ? await endingsOf(taken, store) : new Map<string, Ending>();
  const endingOf = ({ id }: DeliveryRow): Pick<DeliveryRow, "ending"> => {
    const ending = endings.get(id);
    return ending ? { ending } : {};
  };
  const deliveries = await Promise.all(
    taken.map(async (row) => ({
      ...row,
      ...endingOf(row),
      ...wordsOf(alerts.get(row.alert), where),
      ...await told(row, store),
    })),
  );
  return { ...found, deliveries };
}

/** What one that is tried again was told the last time. */
async function told(row: DeliveryRow, { outbox }: StoreReader): Promise<Partial<DeliveryRow>> {
  const record = row.wait?.for === "due" ? await outbox.delivery(row) : undefined;
  return record && row.wait
    ? { because: record.because, wait: { ...row.wait, because: record.because } }
    : {};
}

interface Source {
  readonly store: StoreReader;
  readonly groups: Pick<GroupLookup, "get">;
  /** Which labels name an alert's object. */
  readonly where: WhereRules;
  readonly now: number;
  readonly from?: string | undefined;
}

const SOURCES: Readonly<Record<List, (source: Source) => AsyncGenerator<DeliveryRow>>> = {
  waiting,
  dead,
  recent,
};

async function* waiting({ store, groups, now, from }: Source): AsyncGenerator<DeliveryRow> {
  const states = await store.outbox.states();
  for await (const { lane, entry } of store.records.queue(from)) {
    const { id, alert, fingerprint, group, destination, reason, severity, at, instead } = entry;
    const { configHash = "" } = findDestination(destination, groups)?.destination ?? {};
    const wait = waitOf(entry, { lane: states.get(lane), configHash, now });
    yield defined({
      id,
      alert,
      fingerprint,
      group,
      destination,
      reason,
      severity,
      at,
      state: "pending" as const,
      because: wait.because ?? "",
      wait,
      instead,
    });
  }
}

/** What keeps a delivery from being sent now. */
export function waitOf(
  { due = 0, held }: Queued,
  { lane = { failures: 0 }, configHash, now }: {
    lane: LaneState | undefined;
    configHash: string;
    now: number;
  },
): Wait {
  const hold = holdOf(lane, configHash, now);
  if (hold) return { for: "pause", kind: hold.kind, until: hold.until, because: hold.because };
  if (due > now) return { for: held === "quiet" ? "quiet" : "due", until: due };
  return { for: "turn" };
}

async function* dead({ store, where, from }: Source): AsyncGenerator<DeliveryRow> {
  for await (const { entry, because, diedAt, alert } of store.dead.list(from)) {
    const { id, alert: alertId, fingerprint, group, destination, reason, severity, at } = entry;
    yield {
      id,
      alert: alertId,
      ...alert ? { title: alert.title, about: aboutOf(alert, where) } : {},
      fingerprint,
      group,
      destination,
      reason,
      severity,
      state: "dead",
      because,
      at,
      settledAt: diedAt,
    };
  }
}

async function* recent({ store, from }: Source): AsyncGenerator<DeliveryRow> {
  for await (
    const { by: _by, again: _again, dropped: _dropped, sent: _sent, ...row } of store.records
      .newestDeliveries(from)
  ) {
    yield row;
  }
}

function isWanted(
  { wait, ...row }: DeliveryRow,
  { destination, group, reason, state, since }: DeliveryFilter,
): boolean {
  return (destination === undefined || row.destination === destination) &&
    (group === undefined || row.group === group) &&
    (reason === undefined || row.reason === reason) &&
    (state === undefined || (wait?.for ?? row.state) === state) &&
    (since === undefined || row.settledAt === undefined || row.settledAt >= since);
}

function wordsOf(logged: LoggedAlert | undefined, where: WhereRules): Pick<DeliveryRow, "title" | "about"> {
  const alert = wholeIn(logged);
  return alert ? { title: alert.title, about: aboutOf(alert, where) } : {};
}
