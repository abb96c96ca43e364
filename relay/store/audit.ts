import type { Clock } from "../base/clock.ts";
import type { AuditEntry, AuditFilter, AuditNote } from "../domain/audit_note.ts";
import { encodeTime, monotonicFactory } from "../base/ulid.ts";
import { decode, encode } from "../base/codec.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { auditKey, auditsKey } from "./keys.ts";

/** A page is one value of the database, at most 64 KiB. */
const PAGE_BYTES = 60_000;

/** The most pages that one query reads: a search for something rare continues after the last query's end. */
const PAGES = 1_000;

/** The audit log: the author, the time and the object of each change, and the value before it. */
export class Audit {
  readonly #kv: DatabaseView;
  readonly #options: {
    readonly clock: Pick<Clock, "now">;
    readonly retention: () => number;
  };
  readonly #nextId = monotonicFactory();

  /** `retention`: the time that entries are stored, in milliseconds. */
  constructor(database: Database, options: { clock: Pick<Clock, "now">; retention: () => number }) {
    this.#kv = database.of("the audit");
    this.#options = options;
  }

  /** Add notes to the atomic that makes the changes. @returns their size in bytes */
  add(atomic: Atomic, notes: readonly AuditNote[]): number {
    const { clock, retention } = this.#options;
    const at = clock.now();
    let bytes = 0;
    for (const page of pagesOf(notes.map((note) => ({ at, ...note })))) {
      atomic.set(auditKey(this.#nextId(at)), page, { expireIn: retention() });
      bytes += page.byteLength + 100;
    }
    return bytes;
  }

  /** Write separate notes: for a change that is stored nowhere else, or was stored before. @throws StoreError */
  async note(note: AuditNote): Promise<void> {
    const atomic = this.#kv.atomic();
    this.add(atomic, [note]);
    await this.#kv.commit(atomic);
  }

  /**
   * Entries, the newest first.
   *
   * @returns the entries, and the position to continue from unless these were all.
   * @throws StoreError
   */
  async list(wanted: AuditFilter): Promise<{ entries: AuditEntry[]; next?: string }> {
    const { limit, before, from = 0, to } = wanted;
    const oldest = Math.max(from, this.#options.clock.now() - this.#options.retention() + 1);
    const entries: AuditEntry[] = [];
    const [beforePage, beforeIndex] = before?.split("-") ?? [];
    const end = beforePage === undefined
      ? to === undefined ? {} : { end: auditKey(encodeTime(Math.max(0, to))) }
      : { end: [...auditKey(beforePage), 0] };
    let pages = 0;
    let last: string | undefined;
    for await (
      const { key, value } of this.#kv.list({ prefix: auditsKey(), ...end }, { reverse: true })
    ) {
      const page = key[1] as string;
      const all = decode<Omit<AuditEntry, "id">[]>(value);
      for (const [index, entry] of [...all.entries()].reverse()) {
        if (page === beforePage && index >= Number(beforeIndex)) continue;
        if (entry.at < oldest) return { entries };
        if (entries.length === limit) return { entries, next: last! };
        last = `${page}-${index}`;
        if (isWanted(entry, wanted)) entries.push({ id: last, ...entry });
      }
      if (++pages === PAGES && last !== undefined) return { entries, next: last };
    }
    return { entries };
  }
}

function isWanted(entry: Omit<AuditEntry, "id">, { what, by }: AuditFilter): boolean {
  if (what !== undefined && entry.what !== what && !entry.what.startsWith(`${what}/`)) return false;
  return by === undefined || entry.by === by;
}

/** Notes grouped into values that fit the database. A single note that is too large is replaced by a remark. */
function pagesOf(notes: readonly object[]): Uint8Array[] {
  const pages: Uint8Array[] = [];
  let page: object[] = [];
  let bytes = 0;
  for (const note of notes) {
    const fits = encode(note).byteLength <= PAGE_BYTES - 100;
    const stored = fits ? note : { ...note, before: undefined, after: "too large to be kept here" };
    const size = encode(stored).byteLength + 1;
    if (bytes + size > PAGE_BYTES) {
      pages.push(encode(page));
      page = [];
      bytes = 0;
    }
    page.push(stored);
    bytes += size;
  }
  return page.length === 0 ? pages : [...pages, encode(page)];
}
