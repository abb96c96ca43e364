import { decode, encode } from "../base/codec.ts";
import type { DrillRecord } from "../domain/drill.ts";
import type { Database, DatabaseView } from "./database.ts";
import { drillKey } from "./keys.ts";
import type { Watch } from "./watch.ts";

/** The record of the last drill. */
export class Drills {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the fire drill");
  }

  /** Call a function when a drill is found, and when an instance changes its record. */
  onChanged(watch: Watch, changed: () => void): void {
    watch.on(drillKey(), ({ value }) => value !== null && changed());
  }

  /** The last drill. @throws StoreError */
  async last(): Promise<DrillRecord | undefined> {
    return await this.#kv.get<DrillRecord>(drillKey());
  }

  /**
   * Change the record of the last drill; `change` returns `undefined` to leave it.
   *
   * @returns the changed record; `undefined` when it was left, or another instance changed it first. @throws StoreError
   */
  async change(
    change: (last: DrillRecord | undefined) => DrillRecord | undefined,
  ): Promise<DrillRecord | undefined> {
    const entry = await this.#kv.entry(drillKey());
    const after = change(entry.value === null ? undefined : decode<DrillRecord>(entry.value));
    if (!after) return undefined;
    const { ok } = await this.#kv.commit(this.#kv.atomic().check(entry).set(drillKey(), encode(after)));
    return ok ? after : undefined;
  }
}
