import type { Clock } from "../base/clock.ts";
import { decodeTime, encodeTime } from "../base/ulid.ts";
import { lastOf, listedIn, PackBuilder } from "./pack.ts";
import {
  isListed,
  type LogFilter,
  type LogPart,
  type Summary,
  summaryOf,
  type Words,
  wordsOf,
} from "../domain/summary.ts";
import { isWhole, type LoggedAlert } from "../domain/record.ts";
import { decode } from "../base/codec.ts";
import { HOUR } from "../base/duration.ts";
import type { AlertLog } from "./alert_log.ts";
import type { Database, DatabaseView } from "./database.ts";
import type { Incidents } from "./incidents.ts";
import { logsKey, summariesKey, summaryKey } from "./keys.ts";

/** The options of the summaries on this database. */
export interface SummariesOptions {
  /** Whether other processes also write the log. */
  readonly isShared: boolean;
  readonly clock: Pick<Clock, "now">;
  readonly retention: { readonly alerts: number };
  readonly log: AlertLog;
  readonly incidents: Incidents;
}

/** One step back through the log. */
export interface LogStep {
  /** The alerts that the filter lists, the newest first. */
  readonly listed: readonly Summary[];
  /** The id down to which the log was examined. */
  readonly reached: string;
}

/**
 * The time in which an instance may still write a log page with an earlier time: clocks differ, and commits are
 * retried.
 */
const MAX_LATE = 120_000;

/** The number of log pages, and packs, that are read at a time. */
const PAGES = 20;
const PACKS = 8;

/** The longest run of packing, in milliseconds; it then rests nine times as long: alerts come first. */
const SLICE = 10;
const REST = 9;

/** The most incidents whose words are cached. */
const MAX_CACHED = 2_000;

/**
 * The summaries of the log, for lists and searches. They are packed from the log's pages in the background, so that
 * accepting an alert costs nothing extra. A pack is written once, when it is full, and depends on the log alone:
 * another instance, or the same one after a crash, would write the same pack. Alerts that are not packed yet are read
 * from the log.
 */
export class Summaries {
  readonly #kv: DatabaseView;
  readonly #options: SummariesOptions;
  readonly #words = new Map<string, Words>();
  #packing: Promise<void> | undefined;
  #stopped = false;
  #tidiedAt = -Infinity;

  constructor(database: Database, options: SummariesOptions) {
    this.#kv = database.of("the summaries");
    this.#options = options;
  }

  /** Packs each minute; on a shared store an instance that wrote nothing packs once an hour. @throws StoreError */
  async tidy(now: number): Promise<void> {
    const { isShared, log } = this.#options;
    const written = log.lastWritten === undefined ? -Infinity : timeOf(log.lastWritten);
    if (isShared && written < this.#tidiedAt - MAX_LATE && now < this.#tidiedAt + HOUR) return;
    this.#tidiedAt = now;
    await this.pack();
  }

  /**
   * Pack the alerts that are not packed yet, as long as they fill a pack.
   *
   * @param options `rest`: the ratio of rest to work. @throws StoreError
   */
  async pack({ rest = REST }: { rest?: number } = {}): Promise<void> {
    this.#packing ??= this.#pack(rest).finally(() => this.#packing = undefined);
    await this.#packing;
  }

  /** Stop packing; the rest is packed later. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#packing?.catch(() => {});
  }

  /** The log from its newest alert back, step by step: the caller decides when to stop. @throws StoreError */
  async *search(filter: LogFilter, part: LogPart = {}): AsyncGenerator<LogStep> {
    const { clock, retention } = this.#options;
    const oldest = Math.max(part.from ?? 0, clock.now() - retention.alerts, 0);
    const low = max(encodeTime(oldest), part.after ?? "");
    const high = min(part.to === undefined ? undefined : encodeTime(Math.max(0, part.to)), part.before);
    if (high !== undefined && low >= high) return;
    const isIn = (id: string): boolean => id >= low && id !== part.after && (high === undefined || id < high);
    const packed = (await this.#newestPack())?.last;
    if (packed === undefined || high === undefined || high > packed) {
      for await (const all of this.#unpacked({ packed, low, high })) {
        const alerts = all.filter(({ id }) => isIn(id));
        if (alerts.length === 0) continue;
        const listed: Summary[] = [];
        for (const logged of alerts.toReversed()) {
          const summary = summaryOf(logged, await this.wordsFor(logged));
          if (isListed(summary, filter)) listed.push(summary);
        }
        yield { listed, reached: alerts[0]!.id };
      }
    }
    if (packed === undefined || low > packed) return;
    for await (const { first, text } of this.#packs({ packed, low, high })) {
      yield { listed: listedIn(text, filter).filter(({ id }) => isIn(id)).reverse(), reached: first };
    }
  }

  /** The words of an alert; for a duplicate, those of its incident. @throws StoreError */
  async wordsFor({ alert, incident }: LoggedAlert): Promise<Words> {
    if (isWhole(alert)) return wordsOf(alert);
    if (incident === null) return UNKNOWN;
    const cached = this.#words.get(incident);
    if (cached) return cached;
    const { log, incidents } = this.#options;
    // An incident's first alert is never a duplicate, and has the incident's id.
    const first = await log.alert(incident);
    const words = first && isWhole(first.alert)
      ? wordsOf(first.alert)
      : { ...UNKNOWN, ...namesOf(await incidents.get(incident)) };
    this.#words.set(incident, words);
    if (this.#words.size > MAX_CACHED) this.#words.delete(this.#words.keys().next().value!);
    return words;
  }

  /** Log pages that are in no pack, from the newest back; the last one may be packed in part. */
  async *#unpacked(
    { packed = "", low, high }: { packed?: string | undefined; low: string; high: string | undefined },
  ): AsyncGenerator<LoggedAlert[]> {
    const from = max(low, packed).slice(0, 26);
    const selector: Deno.KvListSelector = {
      start: [...logsKey(), from],
      end: [...logsKey(), high === undefined ? "~" : `${high.slice(0, 26)}\0`],
    };
    for await (const pages of this.#kv.pages(selector, { batch: PAGES, reverse: true })) {
      const alerts = pages.reverse().flatMap(({ value }) => decode<LoggedAlert[]>(value));
      yield alerts.filter(({ id }) => id > packed);
    }
  }

  /** Packs from the newest back: few at first, which is enough for a page of a list. */
  async *#packs(
    { packed, low, high }: { packed: string; low: string; high: string | undefined },
  ): AsyncGenerator<{ first: string; text: string }> {
    let end = high === undefined || high > packed ? `${packed}\0` : high;
    for (let limit = 1;; limit = PACKS) {
      const range = { start: summaryKey(""), end: summaryKey(end) };
      const entries = await Array.fromAsync(this.#kv.list(range, { limit, reverse: true }));
      for (const { key, value } of entries) {
        const first = key[1] as string;
        yield { first, text: decoder.decode(value as Uint8Array) };
        if (first <= low) return;
        end = first;
      }
      if (entries.length < limit) return;
    }
  }

  async #newestPack(): Promise<{ last: string } | undefined> {
    const list = this.#kv.list({ prefix: summariesKey() }, { limit: 1, reverse: true });
    const [entry] = await Array.fromAsync(list);
    return entry && { last: lastOf(decoder.decode(entry.value as Uint8Array)) };
  }

  async #pack(rest: number): Promise<void> {
    const { isShared, clock } = this.#options;
    const packed = (await this.#newestPack())?.last ?? "";
    const selector: Deno.KvListSelector = {
      start: [...logsKey(), packed.slice(0, 26)],
      end: [...logsKey(), isShared ? encodeTime(clock.now() - MAX_LATE) : "~"],
    };
    let builder = new PackBuilder();
    let began = performance.now();
    for await (const pages of this.#kv.pages(selector, { batch: PAGES })) {
      for (const { value } of pages) {
        for (const logged of decode<LoggedAlert[]>(value)) {
          if (logged.id <= packed) continue;
          const summary = summaryOf(logged, await this.wordsFor(logged));
          if (builder.add(summary)) continue;
          if (!await this.#write(builder)) return;
          builder = new PackBuilder();
          builder.add(summary);
        }
        const spent = performance.now() - began;
        if (spent < SLICE) continue;
        await new Promise((resolve) => setTimeout(resolve, rest * spent));
        if (this.#stopped) return;
        began = performance.now();
      }
    }
  }

  /** @returns `false` when another instance has written the pack. */
  async #write(pack: PackBuilder): Promise<boolean> {
    const { clock, retention } = this.#options;
    const key = summaryKey(pack.first);
    // The pack expires with its newest alert; alerts in it that expire earlier are no longer listed.
    const expireIn = Math.max(1, timeOf(pack.last) + retention.alerts - clock.now());
    const atomic = this.#kv.atomic().check({ key, versionstamp: null })
      .set(key, encoder.encode(pack.finish()), { expireIn });
    return (await this.#kv.commit(atomic)).ok;
  }
}

/** The words of an alert that are stored nowhere. */
const UNKNOWN: Words = { dialect: "", title: "", text: "", labels: {} };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function namesOf(incident: { title: string; dialect: string } | undefined): Partial<Words> {
  return incident ? { title: incident.title, dialect: incident.dialect } : {};
}

function timeOf(id: string): number {
  return decodeTime(id.slice(0, 26));
}

function max(a: string, b: string): string {
  return a > b ? a : b;
}

function min(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}
