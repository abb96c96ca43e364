import type { Clock } from "../base/clock.ts";
import { decode, encode } from "../base/codec.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import type { StoredOverride } from "../domain/override.ts";
import type { Atomic } from "./atomic.ts";
import type { Audit } from "./audit.ts";
import type { Database, DatabaseView } from "./database.ts";
import { overrideKey, overridesKey, overridesVersionKey } from "./keys.ts";
import type { Watch } from "./watch.ts";

/** The same list each time: callers compare it by identity. */
const NONE: readonly StoredOverride[] = [];

/** The overrides of on-call calendars: in memory, and in the database for other instances and the next start. */
export class Overrides {
  readonly #kv: DatabaseView;
  readonly #options: {
    readonly isShared: boolean;
    readonly clock: Pick<Clock, "now">;
    readonly retention: () => number;
    readonly audit: Audit;
  };
  /** By the group's id. */
  #byGroup = new Map<string, StoredOverride[]>();
  /** The versionstamp of {@linkcode overridesVersionKey} at the last read. */
  #version: string | null | undefined;

  /** `retention`: the time that an override is stored after its end, in milliseconds. */
  constructor(
    database: Database,
    options: { isShared: boolean; clock: Pick<Clock, "now">; retention: () => number; audit: Audit },
  ) {
    this.#kv = database.of("the on-call overrides");
    this.#options = options;
  }

  /** Read all for a start, in one round trip: the first notice of their version reads them again. @throws StoreError */
  async open(): Promise<void> {
    this.#put(await this.#kv.all<StoredOverride>(overridesKey()));
  }

  /** Read all. @throws StoreError */
  async load(): Promise<void> {
    const { versionstamp } = await this.#kv.entry(overridesVersionKey()); // before them, so that it is never newer
    await this.open();
    this.#version = versionstamp;
  }

  /** Read the overrides again whenever another instance has changed them. `report`: called when that fails. */
  follow(watch: Watch, report: (error: unknown) => void): void {
    watch.on(overridesVersionKey(), ({ versionstamp }) => {
      if (versionstamp !== this.#version) this.load().catch(report);
    });
  }

  /** Read the overrides again if another instance has changed them. @throws StoreError */
  async refresh(): Promise<void> {
    if (!this.#options.isShared) return;
    const { versionstamp } = await this.#kv.entry(overridesVersionKey());
    if (versionstamp !== this.#version) await this.load();
  }

  /** The overrides of a group, the oldest first, including those that ended recently. */
  of(group: string): readonly StoredOverride[] {
    return this.#byGroup.get(group) ?? NONE;
  }

  /** All overrides, the oldest first. */
  all(): StoredOverride[] {
    return [...this.#byGroup.values()].flat().toSorted((a, b) => a.id < b.id ? -1 : 1);
  }

  /** One override, by its id. */
  get(id: string): StoredOverride | undefined {
    return this.all().find((one) => one.id === id);
  }

  /** Store a new override, with its audit note. @throws StoreError */
  async add(override: StoredOverride, note: AuditNote): Promise<void> {
    const atomic = this.#kv.atomic();
    this.#set(atomic, override);
    this.#options.audit.add(atomic, [note]);
    await this.#write(atomic);
    this.#put([...this.all(), override]);
  }

  /**
   * Change an override, or removes it when `change` returns `undefined`.
   *
   * @returns `false` if it no longer exists, or another instance changed it first. @throws StoreError
   */
  async change(
    id: string,
    change: (override: StoredOverride) => StoredOverride | undefined,
    note: AuditNote,
  ): Promise<boolean> {
    const entry = await this.#kv.entry(overrideKey(id));
    if (entry.value === null) return false;
    const changed = change(decode<StoredOverride>(entry.value));
    const atomic = this.#kv.atomic().check(entry);
    if (changed) this.#set(atomic, changed);
    else atomic.delete(overrideKey(id));
    this.#options.audit.add(atomic, [note]);
    if (!await this.#write(atomic)) return false;
    this.#put([...this.all().filter((one) => one.id !== id), ...changed ? [changed] : []]);
    return true;
  }

  #set(atomic: Atomic, override: StoredOverride): void {
    const { clock, retention } = this.#options;
    const expireIn = Math.max(1, override.until + retention() - clock.now());
    atomic.set(overrideKey(override.id), encode(override), { expireIn });
  }

  async #write(atomic: Atomic): Promise<boolean> {
    atomic.set(overridesVersionKey(), true);
    return (await this.#kv.commit(atomic)).ok;
  }

  #put(all: readonly StoredOverride[]): void {
    const now = this.#options.clock.now();
    const kept = all.filter(({ until }) => until + this.#options.retention() > now);
    this.#byGroup = Map.groupBy(kept.toSorted((a, b) => a.id < b.id ? -1 : 1), ({ group }) => group);
  }
}
