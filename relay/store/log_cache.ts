import { decode } from "../base/codec.ts";
import type { LoggedAlert } from "../domain/record.ts";
import type { LogPage } from "./commit.ts";

/** The most bytes of cached pages. */
const MAX_BYTES = 2 ** 20;

/** A stored page, and its alerts once one was requested. */
interface CachedPage {
  readonly bytes: Uint8Array;
  alerts?: readonly LoggedAlert[];
}

/**
 * The newest log pages, for the couriers that deliver accepted alerts. They are cached as bytes: as objects they
 * would take several times the memory, and in a storm the garbage collector would copy all of them for nothing. Only
 * the single alert of a page is cached as an object.
 */
export class LogCache {
  readonly #pages = new Map<string, CachedPage>();
  #bytes = 0;

  /** The alerts of a page; `undefined` when it is not cached. */
  get(id: string): readonly LoggedAlert[] | undefined {
    const page = this.#pages.get(id);
    return page && (page.alerts ??= decode<LoggedAlert[]>(page.bytes));
  }

  /** Cache a page, and drop the oldest ones over the limit. */
  set({ id, bytes, only }: LogPage): void {
    this.#drop(id);
    this.#pages.set(id, only ? { bytes, alerts: [only] } : { bytes });
    this.#bytes += bytes.byteLength;
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#bytes -= this.#pages.get(id)?.bytes.byteLength ?? 0;
    this.#pages.delete(id);
  }
}
