/**
 * The records of a chaos run's relays, read from their API: the ledger, pending and dead deliveries, and traces.
 *
 * @module
 */
import type { DeliveryRow, FoundDeliveries } from "../../relay/query/shapes/deliveries.ts";
import type { Recounted, Sum } from "../../relay/query/shapes/ledger.ts";
import { FLEET_PASSWORD } from "../_fleet.ts";
import type { RecordedDelivery } from "./audit.ts";
import type { Door } from "./senders.ts";

/** The time limit of an answer, in milliseconds: the ledger is recounted from all records. */
const PATIENCE = 180_000;

/** The most alerts of a fingerprint whose traces are printed. */
const MAX_TRACES = 20;

/** The most searches of the log for them. */
const SEARCHES = 200;

/** The page size of a read of deliveries. */
const PAGE = 500;

/** The ledger of a relay. `verify`: with a recount. @throws Error */
export async function ledgerOf(
  door: Door,
  { verify = false }: { verify?: boolean } = {},
): Promise<Sum & { verified?: Recounted }> {
  return await ask(door, `api/ledger?from=6h${verify ? "&verify=1" : ""}`);
}

/** The waiting deliveries, at most `limit`. @throws Error */
export async function waitingAt(door: Door, limit: number): Promise<readonly DeliveryRow[]> {
  const { deliveries }: FoundDeliveries = await ask(door, `api/deliveries?list=waiting&limit=${limit}`);
  return deliveries;
}

/** Send all dead deliveries again. @returns their number @throws Error */
export async function sendDeadAgain(door: Door): Promise<number> {
  const { sent }: { sent: number } = await ask(door, "api/dead/send", { ended: true });
  return sent;
}

/** All attempted deliveries to a destination, each with its message. @throws Error */
export async function deliveriesTo(destination: string, door: Door): Promise<RecordedDelivery[]> {
  const found: RecordedDelivery[] = [];
  let from: string | undefined;
  do {
    const query = new URLSearchParams({
      list: "recent",
      destination,
      limit: String(PAGE),
      ...from ? { from } : {},
    });
    const { deliveries, next }: FoundDeliveries = await ask(door, `api/deliveries?${query}`);
    for (const { id, fingerprint, state, digest } of deliveries) {
      found.push({ id, fingerprint, state, message: digest ?? await messageOf(id, door) });
    }
    from = next;
  } while (from !== undefined);
  return found;
}

/** The deliveries of escalations to a destination. @throws Error */
export async function escalationsTo(destination: string, door: Door): Promise<RecordedDelivery[]> {
  const found: RecordedDelivery[] = [];
  let from: string | undefined;
  do {
    const query = new URLSearchParams({
      list: "recent",
      destination,
      reason: "escalation",
      limit: String(PAGE),
    });
    if (from) query.set("from", from);
    const { deliveries, next }: FoundDeliveries = await ask(door, `api/deliveries?${query}`);
    found.push(...deliveries.map(({ id, fingerprint, state }) => ({ id, fingerprint, state })));
    from = next;
  } while (from !== undefined);
  return found;
}

/** The traces of one alert, or of each alert of a fingerprint, in sentences; or the error that prevents them. */
export async function storyAt(door: Door, alert: string): Promise<string[]> {
  try {
    const alerts = /^[0-9a-f]{32}$/.test(alert) ? await alertsOf(alert, door) : [alert];
    const stories: string[] = [];
    for (const id of alerts) {
      const { sentences }: { sentences: string[] } = await ask(door, `api/alerts/${id}/why?lang=en`);
      stories.push(id, ...sentences, "");
    }
    return stories;
  } catch (error) {
    return [String(error), ""];
  }
}

/** The newest alerts of a fingerprint, the oldest first. A search stops at its time limit, and is continued. */
async function alertsOf(fingerprint: string, door: Door): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = "";
  for (let page = 0; page < SEARCHES && cursor !== null && ids.length < MAX_TRACES; page++) {
    const query = new URLSearchParams({ fingerprint, limit: String(MAX_TRACES), cursor });
    const found: { alerts: { id: string }[]; next: string | null } = await ask(door, `api/alerts?${query}`);
    ids.push(...found.alerts.map(({ id }) => id));
    cursor = found.next;
  }
  return ids.reverse();
}

/** The idempotency key of the message that a delivery was sent with. */
async function messageOf(id: string, door: Door): Promise<string | undefined> {
  const { delivery }: { delivery: { sent?: { id: string } } } = await ask(door, `api/deliveries/${id}`);
  return delivery.sent?.id;
}

/** @throws Error */
async function ask<T>({ name, url }: Door, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${url}/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Basic ${btoa(`admin:${FLEET_PASSWORD}`)}` },
    ...body === undefined ? {} : { body: JSON.stringify(body) },
    signal: AbortSignal.timeout(PATIENCE),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${name} answered ${path}: ${response.status} ${text.slice(0, 300)}`);
  return JSON.parse(text);
}
