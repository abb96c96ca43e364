import type { Queued } from "../domain/record.ts";
import type { Commit } from "../store/commit.ts";
import { encode } from "../base/codec.ts";

/** A page is one value of the database, which takes 64 KiB; what an entry takes is estimated, and never too low. */
const PAGE_BYTES = 60_000;

/** The entries of one lane that share a page. */
interface QueuePage {
  readonly lane: string;
  readonly id: string;
  /** Which of the lane's pages it is, of one log page. */
  readonly part: number;
  readonly entries: Queued[];
  bytes: number;
}

/** What one commit puts into the queues: a value for each lane and log page, and not one for each delivery. */
export class QueuePages {
  readonly #pages: QueuePage[] = [];
  /** The page of each lane that still grows. */
  readonly #open = new Map<string, QueuePage>();
  #logPage = "";

  /** How many values they are. */
  get size(): number {
    return this.#pages.length;
  }

  /** Add a delivery of an alert of this log page. @returns how many bytes the pages grew by, about. */
  add(lane: string, entry: Queued, logPage: string): number {
    if (logPage !== this.#logPage) {
      this.#open.clear();
      this.#logPage = logPage;
    }
    const bytes = bytesOf(entry);
    let page = this.#open.get(lane);
    if (!page || page.bytes + bytes > PAGE_BYTES) {
      // The first one of a lane has the log page's own id; those after it sort behind it.
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

  /** Add a delivery that is found by its own id. @returns how many bytes it takes, about. */
  addSingle(lane: string, entry: Queued): number {
    const bytes = bytesOf(entry);
    this.#pages.push({ lane, id: entry.id, part: 0, entries: [entry], bytes });
    return bytes;
  }

  /** What the store is to write. */
  finish(): Commit["queued"] {
    return this.#pages.map(({ lane, id, entries }) => {
      const [first] = entries as [Queued];
      return { lane, id, entries, bytes: encode(id === first.id ? first : entries) };
    });
  }
}

/** What an entry takes at most: names of fields, ids and numbers; of what people name, three bytes a letter. */
function bytesOf({ group, destination, payload }: Queued): number {
  return 480 + 3 * (group.length + destination.length + payload.length);
}
