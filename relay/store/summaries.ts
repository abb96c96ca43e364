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
import type { AlertLog } from "./alert_log.ts";
import type { Database, DatabaseView } from "./database.ts";
import type { Incidents } from "./incidents.ts";
import { logsKey, summariesKey, summaryKey } from "./keys.ts";

/** How the summaries are kept on this database. */
export interface SummariesOptions {
  /** Whether other processes write the log, too. */
  readonly isShared: boolean;
  readonly clock: Pick<Clock, "now">;
  readonly retention: { readonly alerts: number };
  readonly log: AlertLog;
  readonly incidents: Incidents;
}

/** One step back through the log. */
export interface LogStep {
  /** What is to be listed of it, the newest first. */
  readonly listed: readonly Summary[];
  /** The id down to which the log was looked at. */
  readonly reached: string;
}

/** Instances may still write a log page of an earlier time than one that is stored: clocks differ, and commits are tried again. */
const SETTLED = 120_000;

/** Log pages, and packs, that are read at a time. */
const PAGES = 20;
const PACKS = 8;

/** Packing may take so many milliseconds at a time, and then rests nine times as long: alerts come first. */
const SLICE = 10;
const REST = 9;

/** Incidents of which the words are remembered. */
const REMEMBERED = 2_000;

/**
 * The log in short: what lists and searches read. It is made of the log's own pages, afterwards and in the background,
 * so that accepting an alert pays nothing for it. A pack is written once, when it is full, and what is in it follows
 * from the log alone: who packs first, or again after a crash, writes the same. What is not packed yet is read from
 * the log.
 */
export class Summaries {
  readonly #kv: DatabaseView;
  readonly #options: SummariesOptions;
  readonly #words = new Map<string, Words>();
  #packing: Promise<void> | undefined;
  #stopped = false;

  constructor(database: Database, options: SummariesOptions) {
    this.#kv = database.of("the summaries");
    this.#options = options;
  }

  /**
   * Pack what is not yet packed and fills a pack.
   *
   * @param options `rest`: for how many times as long as it worked it rests. @throws StoreError
   */
  async pack({ rest = REST }: { rest?: number } = {}): Promise<void> {
    this.#packing ??= this.#pack(rest).finally(() => this.#packing = undefined);
    await this.#packing;
  }

  /** End the packing; what it leaves is packed later. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#packing?.catch(() => {});
  }

  /** The log from its newest alert back, step by step: who asks decides when it is enough. @throws StoreError */
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

  /** The words of an alert; of a folded one those of its incident. @throws StoreError */
  async wordsFor({ alert, incident }: LoggedAlert): Promise<Words> {
    if (isWhole(alert)) return wordsOf(alert);
    if (incident === null) return UNKNOWN;
    const known = this.#words.get(incident);
    if (known) return known;
    const { log, incidents } = this.#options;
    // An incident's first alert is never folded, and has the incident's id.
    const first = await log.alert(incident);
    const words = first && isWhole(first.alert)
      ? wordsOf(first.alert)
      : { ...UNKNOWN, ...namesOf(await incidents.get(incident)) };
    this.#words.set(incident, words);
    if (this.#words.size > REMEMBERED) this.#words.delete(this.#words.keys().next().value!);
    return words;
  }

  /** Log pages that are in no pack, from the newest back; of the last one maybe a part is. */
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

  /** Packs from the newest back: few at first, because a page of a list needs no more. */
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
      end: [...logsKey(), isShared ? encodeTime(clock.now() - SETTLED) : "~"],
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

  /** @returns `false` when another instance has written it. */
  async #write(pack: PackBuilder): Promise<boolean> {
    const { clock, retention } = this.#options;
    const key = summaryKey(pack.first);
    // It goes with its newest alert; what of it is over before is not listed any more.
    const expireIn = Math.max(1, timeOf(pack.last) + retention.alerts - clock.now());
    const atomic = this.#kv.atomic().check({ key, versionstamp: null })
      .set(key, encoder.encode(pack.finish()), { expireIn });
    return (await this.#kv.commit(atomic)).ok;
  }
}

/** Words that are kept nowhere. */
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
