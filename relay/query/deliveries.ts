/**
 * Lists of deliveries: pending ones, dead ones, and those of the newest alerts. A search has a time limit, returns
 * the position that it reached, and can be continued from there.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import { aboutOf } from "../domain/about.ts";
import type { WhereRules } from "../domain/where.ts";
import type { Ending } from "../domain/incident.ts";
import { endingsOf } from "../delivery/endings.ts";
import { type LoggedAlert, type Queued, shownState, wholeIn } from "../domain/record.ts";
import { findDestination, type GroupLookup } from "../domain/group.ts";
import { holdOf, type LaneState } from "../store/lane_record.ts";
import type { StoreReader } from "../store/reader.ts";
import { take } from "../base/take.ts";
import type { DeliveryRow, FoundDeliveries, Wait } from "./shapes/deliveries.ts";

/** The lists. */
export const LISTS = ["waiting", "dead", "recent"] as const;

/** A list: pending deliveries, the oldest first · dead ones · attempted ones, both with the newest alerts first. */
export type List = typeof LISTS[number];

/** The filter of a list. */
export interface DeliveryFilter {
  /** The destination's id. */
  readonly destination?: string | undefined;
  readonly group?: string | undefined;
  readonly reason?: string | undefined;
  /**
   * For attempted deliveries, the state, or `skipped` for those suppressed by the channel; for pending ones, the
   * reason of the wait.
   */
  readonly state?: string | undefined;
  /** For dead deliveries: those that died at this time or later. */
  readonly since?: number | undefined;
}

/** Searches a list. `from`: the position at which an earlier search ended. @throws StoreError */
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
      ...await lastResponse(row, store),
    })),
  );
  return { ...found, deliveries };
}

/** The response to the last attempt of a delivery that waits for a retry. */
async function lastResponse(row: DeliveryRow, { deliveries }: StoreReader): Promise<Partial<DeliveryRow>> {
  const record = row.wait?.for === "due" ? await deliveries.get(row) : undefined;
  return record && row.wait
    ? { because: record.because, wait: { ...row.wait, because: record.because } }
    : {};
}

interface Source {
  readonly store: StoreReader;
  readonly groups: Pick<GroupLookup, "get">;
  /** The labels that name an alert's object. */
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

/** The reason why a delivery is not sent now. */
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
  if (due > now) return { for: held ?? "due", until: due };
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
    const { again: _again, dropped: _dropped, sent: _sent, ...row } of store.records
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
    (state === undefined || (wait?.for ?? shownState(row)) === state) &&
    (since === undefined || row.settledAt === undefined || row.settledAt >= since);
}

function wordsOf(logged: LoggedAlert | undefined, where: WhereRules): Pick<DeliveryRow, "title" | "about"> {
  const alert = wholeIn(logged);
  return alert ? { title: alert.title, about: aboutOf(alert, where) } : {};
}
