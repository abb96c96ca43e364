import { decode } from "../base/codec.ts";
import type { LoggedAlert } from "../domain/record.ts";
import type { LogPage } from "./commit.ts";

/** Bytes of pages that are kept. */
const CACHED_BYTES = 2 ** 20;

/** A page as it is stored, and its alerts once somebody has asked for one. */
interface CachedPage {
  readonly bytes: Uint8Array;
  alerts?: readonly LoggedAlert[];
}

/**
 * The newest log pages, for the couriers that come for what was just accepted. They are kept as bytes: as objects they
 * would take several times as much, and in a storm the garbage collector would carry each of them along for nothing. Only
 * an alert that came alone is kept as it is.
 */
export class LogCache {
  readonly #pages = new Map<string, CachedPage>();
  #bytes = 0;

  /** The alerts of a page; `undefined` when it is not kept. */
  get(id: string): readonly LoggedAlert[] | undefined {
    const page = this.#pages.get(id);
    return page && (page.alerts ??= decode<LoggedAlert[]>(page.bytes));
  }

  /** Keep a page, and forget the oldest ones for it. */
  set({ id, bytes, only }: LogPage): void {
    this.#drop(id);
    this.#pages.set(id, only ? { bytes, alerts: [only] } : { bytes });
    this.#bytes += bytes.byteLength;
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= CACHED_BYTES) break;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#bytes -= this.#pages.get(id)?.bytes.byteLength ?? 0;
    this.#pages.delete(id);
  }
}
