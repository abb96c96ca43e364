import { decode, encode } from "../base/codec.ts";
import { pieces, sumOf, type Tally, type TallyChange } from "../domain/tally.ts";
import type { Atomic } from "./atomic.ts";
import type { DatabaseView } from "./database.ts";
import { doneKey, donesKey, responsesKey, talliesKey } from "./keys.ts";
import { HOUR } from "../base/duration.ts";

/** A cell of a tally to write. */
export interface TallyCell {
  readonly key: Deno.KvKey;
  readonly tally: Tally;
}

/**
 * Counts the effects of consecutive commits, hour by hour, in cells with no other writer. Memory is authoritative:
 * nothing is read. It continues only from commits that have landed; after an unknown outcome it begins new cells in
 * addition to the old ones, because that commit may still land. Concurrent commits have tallies of their own.
 */
export class CommitTally {
  readonly #keyOf: (hour: number, name: string) => Deno.KvKey;
  #name = crypto.randomUUID();
  #hour = 0;
  #tally: Tally = {};

  constructor(keyOf: (hour: number, name: string) => Deno.KvKey) {
    this.#keyOf = keyOf;
  }

  /** The cells of a commit of this hour, which only grows: an earlier hour is never counted again. */
  after(hour: number, tally: Tally): { readonly cells: readonly TallyCell[]; readonly landed: () => void } {
    const [first, ...more] = pieces(hour === this.#hour ? sumOf(this.#tally, tally) : tally);
    // A full cell gets a successor, which begins with this commit.
    const parts = more.length === 0 ? [first!] : pieces(tally);
    const names = parts.map(() => more.length === 0 ? this.#name : crypto.randomUUID());
    return {
      cells: parts.map((tally, index) => ({ key: this.#keyOf(hour, names[index]!), tally })),
      landed: () => {
        this.#hour = hour;
        this.#name = names.at(-1)!;
        this.#tally = parts.at(-1)!;
      },
    };
  }

  /** Handles a commit with an unknown outcome: it may have landed, or may still land. */
  doubt(): void {
    this.#name = crypto.randomUUID();
    this.#tally = {};
  }
}

/** The most cached cells of a lane. */
const MAX_CACHED = 5_000;

/**
 * Counts of deliveries by their outcome, by hour and destination. As with {@linkcode CommitTally}, the cells are this
 * process's own and nothing is read. Each lane has its own cells, because lanes are written concurrently.
 */
export class DoneTallies {
  readonly #lanes = new Map<string, Map<string, TallyCell>>();

  /** A lane's cells after some changes. */
  after(lane: string, changes: readonly TallyChange[]): TallyCell[] {
    const cached = this.#lanes.get(lane);
    const cells = new Map<string, { readonly key: Deno.KvKey; readonly tally: Record<string, number> }>();
    for (const { hour, destination, what, by } of changes) {
      const name = `${hour} ${destination}`;
      let cell = cells.get(name);
      if (!cell) {
        const before = cached?.get(name);
        const key = before?.key ?? doneKey(hour, crypto.randomUUID(), destination);
        cells.set(name, cell = { key, tally: { ...before?.tally } });
      }
      cell.tally[what] = (cell.tally[what] ?? 0) + by;
    }
    return [...cells.values()];
  }

  /** Cells of a lane have landed. */
  landed(lane: string, cells: readonly TallyCell[]): void {
    let cached = this.#lanes.get(lane);
    if (!cached) this.#lanes.set(lane, cached = new Map());
    for (const cell of cells) {
      const name = `${String(cell.key[1])} ${String(cell.key[3])}`;
      cached.delete(name);
      cached.set(name, cell);
    }
    for (const name of cached.keys()) {
      if (cached.size <= MAX_CACHED) break;
      cached.delete(name);
    }
  }

  /** Handles cells with an unknown outcome: begins new ones in addition to them. */
  doubt(lane: string): void {
    this.#lanes.delete(lane);
  }
}

/** The number of cells that are read at a time. */
const CELLS = 500;

/** The tallies of a period. */
export interface PeriodTally {
  readonly accepted: Tally;
  /** By destination. */
  readonly done: ReadonlyMap<string, Tally>;
}

/**
 * The counts of accepted alerts in a range of hours since the epoch, hour by hour, `to` excluded. @throws StoreError
 */
export async function readAccepted(
  kv: DatabaseView,
  hours: { from: number; to: number },
): Promise<Map<number, Tally>> {
  return await readCells(kv, talliesKey(), hours);
}

/** The counts of responses to incidents in a range of hours since the epoch, hour by hour. @throws StoreError */
export async function readResponses(
  kv: DatabaseView,
  hours: { from: number; to: number },
): Promise<Map<number, Tally>> {
  return await readCells(kv, responsesKey(), hours);
}

async function readCells(
  kv: DatabaseView,
  prefix: Deno.KvKey,
  { from, to }: { from: number; to: number },
): Promise<Map<number, Tally>> {
  const hours = new Map<number, Tally>();
  const selector = { start: [...prefix, from], end: [...prefix, to] };
  for await (const { key, value } of kv.list(selector, { batch: CELLS })) {
    const hour = Number(key[1]);
    hours.set(hour, sumOf(hours.get(hour) ?? {}, decode(value)));
  }
  return hours;
}

/** The tallies of a range of hours since the epoch, hour by hour, `to` excluded. @throws StoreError */
export async function readHours(
  kv: DatabaseView,
  { from, to }: { from: number; to: number },
): Promise<Map<number, PeriodTally>> {
  const hours = new Map<number, PeriodTally & { done: Map<string, Tally> }>();
  for (const [hour, accepted] of await readAccepted(kv, { from, to })) {
    hours.set(hour, { accepted, done: new Map() });
  }
  const selector = { start: [...donesKey(), from], end: [...donesKey(), to] };
  for await (const { key, value } of kv.list(selector, { batch: CELLS })) {
    const hour = Number(key[1]);
    let counted = hours.get(hour);
    if (!counted) hours.set(hour, counted = { accepted: {}, done: new Map() });
    add(counted.done, String(key[3]), decode(value));
  }
  return hours;
}

/** Sums the tallies of a range of hours, `to` excluded. @throws StoreError */
export async function readTallies(
  kv: DatabaseView,
  hours: { from: number; to: number },
): Promise<PeriodTally> {
  let accepted: Tally = {};
  const done = new Map<string, Tally>();
  for (const counted of (await readHours(kv, hours)).values()) {
    accepted = sumOf(accepted, counted.accepted);
    for (const [destination, tally] of counted.done) add(done, destination, tally);
  }
  return { accepted, done };
}

function add(done: Map<string, Tally>, destination: string, tally: Tally): void {
  done.set(destination, sumOf(done.get(destination) ?? {}, tally));
}

/** A tally counts for its whole hour. */

/** Adds cells to an atomic. They are stored for as long as the counted records. */
export function setCells(
  atomic: Atomic,
  cells: readonly TallyCell[],
  { alerts, dead }: { readonly alerts: number; readonly dead: number },
): void {
  const expireIn = Math.max(alerts, dead) + HOUR;
  for (const { key, tally } of cells) atomic.set(key, encode(tally), { expireIn });
}
