import { utf8 } from "../base/codec.ts";
import { type LoggedAlert, PAGE_ALERTS } from "../domain/record.ts";

/** Bytes of a page, at most: it is one value of the database. */
export const PAGE_BYTES = 65_536;

/** A page is full at this size, because the size of the next record is only estimated before it is made. */
const FULL_BYTES = 64_000;

/** Builds a page of the log: a JSON array of records that are serialised once. */
export class LogPageBuilder {
  readonly id: string;
  readonly #records: string[] = [];
  /** The alert of a page that has only one. */
  only: LoggedAlert | undefined;
  #size = 2;

  constructor(id: string) {
    this.id = id;
  }

  /** The number of alerts in the page. */
  get count(): number {
    return this.#records.length;
  }

  /** Whether a record of this estimated size may be added. */
  hasRoomFor(bytes: number): boolean {
    return this.#size + bytes < FULL_BYTES && this.count < PAGE_ALERTS;
  }

  /** Whether a record of exactly this size can be stored in it. */
  fits(bytes: number): boolean {
    return this.#size + bytes <= PAGE_BYTES;
  }

  /** Add an alert. `record`: its JSON; `bytes`: the size of `record` and one comma. */
  add(alert: LoggedAlert, { record, bytes }: { record: string; bytes: number }): void {
    this.only = this.#records.length === 0 ? alert : undefined;
    this.#records.push(record);
    this.#size += bytes;
  }

  /** The value to store. */
  bytes(): Uint8Array {
    return utf8(`[${this.#records.join(",")}]`);
  }
}
