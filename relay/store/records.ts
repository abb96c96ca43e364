import { encodeTime } from "../base/ulid.ts";
import { decode } from "../base/codec.ts";
import { alertIdOf, type Delivery, type LoggedAlert, parseAlertId, type Queued } from "../domain/record.ts";
import type { Tally } from "../domain/tally.ts";
import type { Incident } from "../domain/incident.ts";
import type { Database, DatabaseView } from "./database.ts";
import { entriesIn } from "./held_queue.ts";
import {
  allDeliveriesKey,
  closedIncidentKey,
  deliveriesKey,
  deliveryKey,
  logKey,
  logsKey,
  openIncidentsKey,
  queuedKey,
  queueKey,
  queuesKey,
} from "./keys.ts";
import { openIn, openKeys } from "./open_incidents.ts";
import { type PeriodTally, readAccepted, readHours, readResponses, readTallies } from "./tallies.ts";

/** The number of deliveries that are read at a time for counting. */
const DELIVERIES = 500;

/** The number of entries that are read at a time for a list. */
const STEP = 100;

/** A range of alert ids, `to` excluded; the beginning of an id is enough. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

/** The backlog of a lane. */
export interface WaitingInLane {
  /** The number of waiting deliveries; at most 999 are counted. */
  readonly count: number;
  /** Whether there are more. */
  readonly more: boolean;
  /** The ids of the counted deliveries' destinations. */
  readonly destinations: readonly string[];
  /** The delivery with the oldest alert. */
  readonly oldest?: Queued;
  /** If all counted deliveries wait for the end of quiet hours: the earliest end. */
  readonly quietUntil?: number;
}

/** The most deliveries of a queue that are counted: a list reads at most 1,000 at a time. */
const MAX_COUNTED = 999;

const decoder = new TextDecoder();

/** The number of log pages that are read at a time. */
const LOG_PAGES = 20;

/** The number of queue pages that are counted at a time. After a storm each is as large as a value may be. */
const QUEUE_PAGES = 200;

/** Read-only access to the records, for lists and for counting. */
export class Records {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the records");
  }

  /** The tallies of some hours since the epoch, `to` excluded. @throws StoreError */
  async tallies(hours: { from: number; to: number }): Promise<PeriodTally> {
    return await readTallies(this.#kv, hours);
  }

  /** The counts of accepted alerts, hour by hour; without the cells of the destinations. @throws StoreError */
  async accepted(hours: { from: number; to: number }): Promise<Map<number, Tally>> {
    return await readAccepted(this.#kv, hours);
  }

  /** The counts of responses to incidents, hour by hour. @throws StoreError */
  async responses(hours: { from: number; to: number }): Promise<Map<number, Tally>> {
    return await readResponses(this.#kv, hours);
  }

  /** The tallies, hour by hour. @throws StoreError */
  async hours(hours: { from: number; to: number }): Promise<Map<number, PeriodTally>> {
    return await readHours(this.#kv, hours);
  }

  /** The log, the oldest first, some pages at a time. @throws StoreError */
  async *log({ from, to }: IdRange): AsyncGenerator<LoggedAlert[]> {
    const selector = { start: [...logsKey(), from], end: [...logsKey(), to] };
    for await (const pages of this.#kv.pages(selector, { batch: LOG_PAGES })) {
      yield pages.flatMap(({ value }) => decode<LoggedAlert[]>(value));
    }
  }

  /**
   * The alerts of the log pages that contain a text, the newest pages first, some at a time. Most pages do not contain it,
   * and are not parsed.
   *
   * @returns `back`: the oldest page that was examined · `found`: all alerts of the pages that contain the text
   * @throws StoreError
   */
  async *mentioning(
    text: string,
    { from, to }: IdRange,
  ): AsyncGenerator<{ back: string; found: LoggedAlert[] }> {
    for await (const pages of this.#pagesBack({ from, to })) {
      const texts = pages.map(({ value }) => decoder.decode(value as Uint8Array));
      const found = texts.filter((page) => page.includes(text))
        .flatMap((page) => JSON.parse(page) as LoggedAlert[]);
      yield { back: pages.at(-1)!.key[1] as string, found };
    }
  }

  /** A range of the log, the newest first, some pages at a time; `back`: the oldest of these pages. @throws StoreError */
  async *backwards(
    { from, to }: { from: number; to: number },
  ): AsyncGenerator<{ back: string; logged: LoggedAlert[] }> {
    const range = { from: encodeTime(Math.max(0, from)), to: encodeTime(to) };
    for await (const pages of this.#pagesBack(range)) {
      const logged = pages.flatMap(({ value }) => decode<LoggedAlert[]>(value).reverse());
      yield { back: pages.at(-1)!.key[1] as string, logged };
    }
  }

  #pagesBack({ from, to }: IdRange): AsyncGenerator<Deno.KvEntry<unknown>[]> {
    const selector = { start: [...logsKey(), from], end: [...logsKey(), to] };
    return this.#kv.pages(selector, { batch: LOG_PAGES, reverse: true });
  }

  /** The records of deliveries, in the order of their alerts. @throws StoreError */
  async *deliveries({ from, to }: IdRange): AsyncGenerator<Delivery> {
    const selector = { start: deliveriesKey(from), end: deliveriesKey(to) };
    for await (const { value } of this.#kv.list(selector, { batch: DELIVERIES })) {
      yield decode<Delivery>(value);
    }
  }

  /** The waiting deliveries of a range of alerts, lane by lane. @throws StoreError */
  async *waiting({ from, to }: IdRange): AsyncGenerator<Queued> {
    for (const lane of await this.lanes()) {
      // A page of the queue has the id of a page of the log.
      const selector = { start: queuedKey(lane, from.slice(0, 26)), end: queuedKey(lane, to) };
      for await (const { value } of this.#kv.list(selector, { batch: DELIVERIES })) {
        yield* entriesIn(value).filter(({ id }) => id >= from && id < to);
      }
    }
  }

  /** All waiting deliveries, some at a time. @throws StoreError */
  async *allWaiting(): AsyncGenerator<Queued[]> {
    for await (const page of this.#kv.pages({ prefix: queuesKey() }, { batch: QUEUE_PAGES, ahead: true })) {
      yield page.flatMap(({ value }) => entriesIn(value));
    }
  }

  /**
   * The waiting deliveries of all lanes, the oldest alerts first; with `after`, those after that delivery. @throws
   * StoreError
   */
  async *queue(after = ""): AsyncGenerator<{ lane: string; entry: Queued }> {
    // After a storm a value holds a hundred deliveries, and of most lanes only one is examined.
    const options = { first: 5, batch: STEP };
    const heads: { lane: string; entry: Queued; rest: AsyncGenerator<Queued> }[] = [];
    for (const lane of await this.lanes()) {
      const selector = { start: queuedKey(lane, after.slice(0, 26)), end: queuedKey(lane, "\uffff") };
      const rest = entriesOf(this.#kv.pages(selector, options), after);
      const { value: entry, done } = await rest.next();
      if (!done) heads.push({ lane, entry, rest });
    }
    while (heads.length > 0) {
      const first = heads.reduce((a, b) => a.entry.id <= b.entry.id ? a : b);
      yield { lane: first.lane, entry: first.entry };
      const { value: entry, done } = await first.rest.next();
      if (done) heads.splice(heads.indexOf(first), 1);
      else first.entry = entry;
    }
  }

  /** The attempted deliveries, the newest alerts first; with `before`, those before that one. @throws StoreError */
  async *newestDeliveries(before?: string): AsyncGenerator<Delivery> {
    const selector = before === undefined
      ? { prefix: allDeliveriesKey() }
      : { start: allDeliveriesKey(), end: deliveryKey(alertIdOf(before), before) };
    for await (const { value } of this.#kv.list(selector, { batch: STEP, reverse: true })) {
      yield decode<Delivery>(value);
    }
  }

  /** The backlog of each lane. @throws StoreError */
  async waitingByLane(): Promise<Map<string, WaitingInLane>> {
    const waiting = new Map<string, WaitingInLane>();
    for (const lane of await this.lanes()) {
      const found = await this.#firstOf(lane, MAX_COUNTED + 1);
      if (found.length === 0) continue; // the last one was settled meanwhile
      const entries = found.slice(0, MAX_COUNTED);
      waiting.set(lane, {
        count: entries.length,
        more: found.length > MAX_COUNTED,
        destinations: [...new Set(entries.map(({ destination }) => destination))],
        oldest: entries[0]!,
        ...entries.every(({ held }) => held === "quiet")
          ? { quietUntil: Math.min(...entries.map(({ due = 0 }) => due)) }
          : {},
      });
    }
    return waiting;
  }

  /**
   * The first deliveries of each lane in which some wait, in their stored form; a few more than `most`. @throws
   * StoreError
   */
  async *heads(most: number): AsyncGenerator<{ lane: string; entries: Queued[] }> {
    for (const lane of await this.lanes()) yield { lane, entries: await this.#firstOf(lane, most) };
  }

  async #firstOf(lane: string, most: number): Promise<Queued[]> {
    const found: Queued[] = [];
    for await (const { value } of this.#kv.list({ prefix: queueKey(lane) }, { batch: 50 })) {
      found.push(...entriesIn(value));
      if (found.length >= most) break;
    }
    return found;
  }

  /** Alerts of the log by their ids, each page read once; deleted ones are missing. @throws StoreError */
  async alerts(ids: Iterable<string>): Promise<Map<string, LoggedAlert>> {
    const wanted = new Set(ids);
    const pages = [...new Set([...wanted].flatMap((id) => parseAlertId(id)?.page ?? []))];
    const entries = await this.#kv.entries(pages.map(logKey));
    const alerts = entries.flatMap(({ value }) => value === null ? [] : decode<LoggedAlert[]>(value));
    return new Map(alerts.filter(({ id }) => wanted.has(id)).map((alert) => [alert.id, alert]));
  }

  /** Incidents, open or closed, by their ids; deleted ones are missing. @throws StoreError */
  async incidents(ids: Iterable<string>): Promise<Map<string, Incident>> {
    const all = [...new Set(ids)];
    const keys = all.flatMap((id) => [...openKeys(id), closedIncidentKey(id)]);
    // The three keys of one incident are read together, so their values are from one moment.
    const entries = await this.#kv.entries(keys, { atOnce: 9 });
    const found = all.map((id, index) => {
      const [own, page, over] = entries.slice(3 * index, 3 * index + 3).map(({ value }) => value);
      return over === null ? openIn(id, { own, page }) : decode<Incident>(over);
    });
    return new Map(found.flatMap((incident) => incident ? [[incident.id, incident]] : []));
  }

  /** The id of the open incident that began first; `undefined` when none is open. @throws StoreError */
  async oldestOpen(): Promise<string | undefined> {
    const [entry] = await Array.fromAsync(this.#kv.list({ prefix: openIncidentsKey() }, { limit: 1 }));
    return entry?.key[2] as string | undefined;
  }

  /** Every lane in which deliveries wait. @throws StoreError */
  async lanes(): Promise<string[]> {
    const lanes: string[] = [];
    for (let start = queueKey("");;) {
      const rest = { start, end: [...queuesKey(), true] };
      const [entry] = await Array.fromAsync(this.#kv.list(rest, { limit: 1 }));
      if (!entry) return lanes;
      const lane = entry.key[1] as string;
      lanes.push(lane);
      start = queueKey(`${lane}\0`);
    }
  }

  /**
   * The state of one delivery at one moment: its record, and whether it waits in one of these lanes. @throws
   * StoreError
   */
  async delivery(
    { id, alert, lanes }: { id: string; alert: string; lanes: readonly string[] },
  ): Promise<{ record: Delivery | undefined; entry: Queued | undefined }> {
    let record: Delivery | undefined;
    const page = id.slice(0, 26);
    // A getMany reads ten keys, whose values are from one moment. A lane rarely has more than two pages of one commit.
    for (let from = 0; from === 0 || from < lanes.length; from += 3) {
      const keys = lanes.slice(from, from + 3)
        .flatMap((lane) => [id, page, `${page}.000001`].map((key) => queuedKey(lane, key)));
      const [first, ...others] = await this.#kv.entries([deliveryKey(alert, id), ...keys]);
      record = first!.value === null ? undefined : decode<Delivery>(first!.value);
      const entry = others.flatMap(({ value }) => value === null ? [] : entriesIn(value))
        .find((entry) => entry.id === id);
      if (entry) return { record, entry };
    }
    return { record, entry: undefined };
  }
}

async function* entriesOf(
  pages: AsyncGenerator<Deno.KvEntry<unknown>[]>,
  after: string,
): AsyncGenerator<Queued> {
  for await (const page of pages) {
    for (const { value } of page) yield* entriesIn(value).filter(({ id }) => id > after);
  }
}
