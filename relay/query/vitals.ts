import { HOUR, MINUTE } from "../base/duration.ts";
import { formatTime } from "../base/time.ts";
import type { Queued } from "../domain/record.ts";
import type { StoreReader } from "../store/reader.ts";
import { sum, wholeHours } from "./ledger.ts";

/** A delivery that is due for so long, although its vendor is healthy, is stuck inside the relay. */
const STUCK = 15 * MINUTE;

/** Deliveries of a lane that are looked at. */
const LOOKAHEAD = 100;

/** The ledger of this long a time must add up. */
const PERIOD = 24 * HOUR;

/** What the vital signs are read from. */
export interface VitalSources {
  readonly store: Pick<StoreReader, "records" | "outbox" | "proofs">;
  readonly config: { readonly timezone: string; readonly retention: { readonly alerts: number } };
}

/**
 * Why the relay cannot be trusted to deliver, as a sentence; `undefined` while the outbox moves and the ledger adds up. A
 * vendor that fails is no fault of the relay.
 *
 * @throws StoreError
 */
export async function vitalFault(sources: VitalSources, now: number): Promise<string | undefined> {
  return await stuckLane(sources, now) ?? await ledgerFault(sources, now);
}

async function stuckLane({ store, config }: VitalSources, now: number): Promise<string | undefined> {
  const { records, outbox, proofs } = store;
  for await (const { lane, entries } of records.heads(LOOKAHEAD)) {
    const stuck = entries.find((entry) => dueSince(entry) < now - STUCK);
    if (!stuck) continue;
    const { failures = 0, pause, sick, refused, last = 0 } = await outbox.record(lane) ?? {};
    const isSick = failures > 0 || sick !== undefined || refused !== undefined ||
      (pause !== undefined && pause.until > now);
    if (isSick) continue;
    const proof = await proofs.of(stuck.destination);
    if (Math.max(last, proof?.at ?? 0) >= now - STUCK) continue; // it moves, slower than alerts arrive
    return `a delivery to ${stuck.destination} is due since ${
      formatTime(dueSince(stuck), config)
    }, and nothing is sent`;
  }
}

function dueSince({ at, since = at, due = since }: Queued): number {
  return Math.max(since, due);
}

async function ledgerFault({ store, config }: VitalSources, now: number): Promise<string | undefined> {
  const period = wholeHours({ from: now - PERIOD, to: now }, { now, retention: config.retention.alerts });
  const { addsUp, wrong } = await sum(period, store.records);
  return addsUp ? undefined : `the ledger of the last day does not add up: ${wrong.slice(0, 3).join(", ")}`;
}
