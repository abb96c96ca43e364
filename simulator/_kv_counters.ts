import type { KvAnswer, KvMethod } from "./_kv_backend.ts";
import { CONFLICT, countEntries, readAtomicWrite, writeStatus, WRITTEN } from "./_kv_messages.ts";

/** The requests of an instance to the database since the start or the last reset of the counters. */
export interface KvCounters {
  /** Metadata exchanges. */
  metadata: number;
  /** Requests to read. */
  reads: number;
  /** Entries that reads returned. */
  entries: number;
  /** Bytes of the answers to reads. */
  bytesRead: number;
  /** Atomic writes, committed or not. */
  writes: number;
  /** Committed writes. */
  landed: number;
  /** Writes that a check refused. */
  conflicts: number;
  checks: number;
  mutations: number;
  /** Bytes of the requests to write. */
  bytesWritten: number;
  watches: number;
  /** Requests that a fault affected. */
  faults: number;
}

/** All at 0. */
export function noCounters(): KvCounters {
  return {
    metadata: 0,
    reads: 0,
    entries: 0,
    bytesRead: 0,
    writes: 0,
    landed: 0,
    conflicts: 0,
    checks: 0,
    mutations: 0,
    bytesWritten: 0,
    watches: 0,
    faults: 0,
  };
}

/** The sum of several. */
export function sumOf(all: readonly KvCounters[]): KvCounters {
  const sum = noCounters();
  for (const counters of all) for (const name of namesOf(sum)) sum[name] += counters[name];
  return sum;
}

/** Count a request as it arrives. */
export function countRequest(counters: KvCounters, method: KvMethod, body: Uint8Array): void {
  switch (method) {
    case "metadata":
      counters.metadata++;
      break;
    case "snapshot_read":
      counters.reads++;
      break;
    case "watch":
      counters.watches++;
      break;
    case "atomic_write": {
      counters.writes++;
      counters.bytesWritten += body.length;
      const { checks, mutations } = readAtomicWrite(body);
      counters.checks += checks.length;
      counters.mutations += mutations.length;
    }
  }
}

/** Count an answer of the database, whether it reaches the client or not. */
export function countAnswer(counters: KvCounters, method: KvMethod, { status, body }: KvAnswer): void {
  if (status !== 200 || !(body instanceof Uint8Array)) return;
  if (method === "snapshot_read") {
    counters.entries += countEntries(body);
    counters.bytesRead += body.length;
  }
  if (method === "atomic_write") {
    const outcome = writeStatus(body);
    if (outcome === WRITTEN) counters.landed++;
    if (outcome === CONFLICT) counters.conflicts++;
  }
}

function namesOf(counters: KvCounters): (keyof KvCounters)[] {
  return Object.keys(counters) as (keyof KvCounters)[];
}
