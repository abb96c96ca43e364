import type { Queued } from "../domain/record.ts";
import type { Commit } from "../store/commit.ts";
import { encode } from "../base/codec.ts";

/** Bytes of a page, at most: it is one value of the database (64 KiB). Sizes of entries are upper estimates. */
const PAGE_BYTES = 60_000;

/** The entries of one lane that share a page. */
interface OpenQueuePage {
  readonly lane: string;
  readonly id: string;
  /** Its number among the lane's pages of one log page, from 0. */
  readonly part: number;
  readonly entries: Queued[];
  bytes: number;
}

/** Collects the queue entries of one commit: one value for each lane and log page instead of one for each delivery. */
export class QueuePages {
  readonly #pages: OpenQueuePage[] = [];
  /** The page of each lane that accepts more entries. */
  readonly #open = new Map<string, OpenQueuePage>();
  #logPage = "";

  /** The number of values. */
  get size(): number {
    return this.#pages.length;
  }

  /** Add a delivery of an alert of this log page. @returns the approximate number of added bytes */
  add(lane: string, entry: Queued, logPage: string): number {
    if (logPage !== this.#logPage) {
      this.#open.clear();
      this.#logPage = logPage;
    }
    const bytes = bytesOf(entry);
    let page = this.#open.get(lane);
    if (!page || page.bytes + bytes > PAGE_BYTES) {
      // The first page of a lane has the log page's own id; later ones sort after it.
      const part = page ? page.part + 1 : 0;
      const id = part === 0 ? logPage : `${logPage}.${String(part).padStart(6, "0")}`;
      page = { lane, id, part, entries: [], bytes: 2 };
      this.#pages.push(page);
      this.#open.set(lane, page);
    }
    page.entries.push(entry);
    page.bytes += bytes;
    return bytes;
  }

  /** Add a delivery as a value under its own id. @returns the approximate number of added bytes */
  addSingle(lane: string, entry: Queued): number {
    const bytes = bytesOf(entry);
    this.#pages.push({ lane, id: entry.id, part: 0, entries: [entry], bytes });
    return bytes;
  }

  /** The values to store. */
  finish(): Commit["queued"] {
    return this.#pages.map(({ lane, id, entries }) => {
      const [first] = entries as [Queued];
      return { lane, id, entries, bytes: encode(id === first.id ? first : entries) };
    });
  }
}

/** Bytes of an entry, at most: field names, ids and numbers, and three bytes for each character of a configured name. */
function bytesOf({ group, destination, payload, person = "", remark = "", handling }: Queued): number {
  const { by = "", holder = "" } = handling ?? {};
  const names = person.length + remark.length + by.length + holder.length;
  return 480 + (handling ? 120 : 0) + 3 * (group.length + destination.length + payload.length + names);
}
