import { decode } from "../base/codec.ts";
import { type LoggedAlert, parseAlertId } from "../domain/record.ts";
import type { LogPage } from "./commit.ts";
import type { Database, DatabaseView } from "./database.ts";
import { logKey, logsKey, olderThan } from "./keys.ts";
import { LogCache } from "./log_cache.ts";

/** Every accepted alert, in pages: one page per commit. */
export class AlertLog {
  readonly #kv: DatabaseView;
  readonly #newest = new LogCache();
  #lastWritten: string | undefined;

  constructor(database: Database) {
    this.#kv = database.of("the log");
  }

  /** Cache a page that was just written: a courier will ask for its alerts. */
  written(page: LogPage): void {
    this.#newest.set(page);
    this.#lastWritten = page.id;
  }

  /** The id of the page that this process wrote last. */
  get lastWritten(): string | undefined {
    return this.#lastWritten;
  }

  /** The log's record of an alert; `undefined` when there is none, or its retention has ended. @throws StoreError */
  async alert(id: string): Promise<LoggedAlert | undefined> {
    const parsed = parseAlertId(id);
    if (!parsed) return undefined;
    const cached = this.#newest.get(parsed.page);
    if (cached) return cached[parsed.index];
    const entry = await this.#kv.entry(logKey(parsed.page));
    if (entry.value === null) return undefined;
    this.#newest.set({ id: parsed.page, bytes: entry.value as Uint8Array });
    return this.#newest.get(parsed.page)?.[parsed.index];
  }

  /** The newest alerts, the newest first; with `before`, those older than that alert. @throws StoreError */
  async newest(limit: number, before?: string): Promise<LoggedAlert[]> {
    const page = before === undefined ? undefined : parseAlertId(before)?.page ?? before;
    const alerts: LoggedAlert[] = [];
    for await (const { value } of this.#kv.list(olderThan(logsKey(), page), { reverse: true, batch: 20 })) {
      const older = decode<LoggedAlert[]>(value).filter(({ id }) => before === undefined || id < before);
      alerts.push(...older.reverse());
      if (alerts.length >= limit) break;
    }
    return alerts.slice(0, limit);
  }

  /** The id of the newest page; `undefined` when the log is empty. */
  async newestPage(): Promise<string | undefined> {
    for await (const entry of this.#kv.list({ prefix: logsKey() }, { reverse: true, limit: 1 })) {
      return entry.key[1] as string;
    }
    return undefined;
  }
}
