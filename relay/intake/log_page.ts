import { utf8 } from "../base/codec.ts";
import { type LoggedAlert, PAGE_ALERTS } from "../domain/record.ts";

/** A page is one value of the database, which takes 64 KiB. */
export const PAGE_BYTES = 65_536;

/** A page is full at this size, because the size of the next record is only estimated before it is made. */
const FULL_BYTES = 64_000;

/** A page of the log: a JSON array, put together from records that are written once. */
export class LogPageBuilder {
  readonly id: string;
  readonly #records: string[] = [];
  /** Its alert, while it has only one. */
  only: LoggedAlert | undefined;
  #size = 2;

  constructor(id: string) {
    this.id = id;
  }

  /** Alerts in it. */
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

  /** `record`: the alert as it is written; `bytes`: its size with the comma before the next one. */
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
