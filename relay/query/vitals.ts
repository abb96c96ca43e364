import { HOUR, MINUTE } from "../base/duration.ts";
import { formatTime } from "../base/time.ts";
import type { Queued } from "../domain/record.ts";
import type { StoreReader } from "../store/reader.ts";
import { sum, wholeHours } from "./ledger.ts";

/** A delivery that has been due for this long, although its vendor is healthy, is stuck inside the relay. */
const STUCK = 15 * MINUTE;

/** The number of a lane's deliveries that are examined. */
const LOOKAHEAD = 100;

/** The period of the ledger that must be balanced. */
const PERIOD = 24 * HOUR;

/** The sources of the vital signs. */
export interface VitalSources {
  readonly store: Pick<StoreReader, "records" | "outbox" | "proofs">;
  readonly config: { readonly timezone: string; readonly retention: { readonly alerts: number } };
}

/**
 * Checks whether the relay can be trusted to deliver. @returns the fault as a sentence; `undefined` while the outbox
 * moves and the ledger is balanced. A failing vendor is not a fault of the relay.
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
