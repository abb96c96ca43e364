/**
 * Divides the stored configuration: its items are stored in order in chunks, so that a change of one item among
 * thousands writes one chunk.
 *
 * @module
 */
import { utf8Bytes } from "../base/text.ts";

/** The author and the time of an item's last change. */
export interface ConfigMark {
  readonly by: string;
  readonly at: number;
}

/** An item: its address, its value, and its last change. It is immutable: another state is another object. */
export type ConfigEntry = readonly [what: string, value: unknown, mark?: ConfigMark];

/** A stored chunk. */
export interface ConfigChunk {
  /** Never reused. */
  readonly id: string;
  /** The number of values of the database that store it. */
  readonly parts: number;
  readonly entries: readonly ConfigEntry[];
}

/** The most bytes of a chunk's JSON, unless it has only one entry. */
const CHUNK_BYTES = 40_000;

/** A chunk below this size absorbs the next one when it is written anyway. */
const SMALL_BYTES = 10_000;

/** A stored chunk, or the entries of a chunk to write. */
export type PlannedChunk = ConfigChunk | readonly ConfigEntry[];

/** Whether a planned chunk is already stored. */
export function isStored(planned: PlannedChunk): planned is ConfigChunk {
  return "id" in planned;
}

/** The chunks of these entries: unchanged stored ones, and new ones for the rest. */
export function planChunks(entries: readonly ConfigEntry[], stored: readonly ConfigChunk[]): PlannedChunk[] {
  const homes = new Map<string, ConfigChunk>();
  for (const chunk of stored) for (const [what] of chunk.entries) homes.set(what, chunk);
  // Consecutive entries of a chunk stay together; a new one joins the entry before it.
  const runs: { home: ConfigChunk | undefined; entries: ConfigEntry[] }[] = [];
  for (const entry of entries) {
    const last = runs.at(-1);
    const home = homes.get(entry[0]) ?? last?.home;
    if (last && last.home === home) last.entries.push(entry);
    else runs.push({ home, entries: [entry] });
  }
  const planned: PlannedChunk[] = [];
  let open: ConfigEntry[] = [];
  const close = (): void => {
    if (open.length > 0) planned.push(...divided(open));
    open = [];
  };
  for (const { home, entries } of runs) {
    if (home && isSame(home.entries, entries) && (open.length === 0 || sizeOf(open) >= SMALL_BYTES)) {
      close();
      planned.push(home);
    } else open.push(...entries);
  }
  close();
  return planned;
}

function isSame(a: readonly ConfigEntry[], b: readonly ConfigEntry[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}

function divided(entries: readonly ConfigEntry[]): ConfigEntry[][] {
  const chunks: ConfigEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const more = utf8Bytes(JSON.stringify(entry)) + 1;
    if (bytes + more > CHUNK_BYTES) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)!.push(entry);
    bytes += more;
  }
  return chunks;
}

function sizeOf(entries: readonly ConfigEntry[]): number {
  return entries.reduce((sum, entry) => sum + utf8Bytes(JSON.stringify(entry)) + 1, 2);
}
