import { decode } from "../base/codec.ts";
import type { LoggedAlert } from "../domain/record.ts";
import type { LogPage } from "./commit.ts";

/** At most this many bytes of pages are cached. */
const MAX_BYTES = 2 ** 20;

/** A page as it is stored, and its alerts once one was requested. */
interface CachedPage {
  readonly bytes: Uint8Array;
  alerts?: readonly LoggedAlert[];
}

/**
 * The newest log pages, for the couriers that deliver what was just accepted. They are cached as bytes: as objects they
 * would take several times the memory, and in a storm the garbage collector would copy all of them for nothing. Only the
 * alert of a page that has no other is cached as an object.
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
