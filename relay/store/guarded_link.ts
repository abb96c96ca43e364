import type { Clock } from "../base/clock.ts";
import { turnOfLoop } from "../base/event_loop.ts";
import type { Atomic } from "./atomic.ts";
import { type Breaker, type BreakerEvent, PROBE_EVERY, startingBreaker, step } from "./breaker.ts";
import { StoreAwayError } from "./errors.ts";
import { probeKey } from "./keys.ts";
import type { Kv } from "./kv.ts";
import type { LinkedOperation, Outage, SharedLink } from "./link.ts";

/** A connection to a shared database. */
export interface Connection {
  /** Its client, once it is connected. Rejects when the database refuses it. */
  readonly opened: Promise<Kv>;
  /** Closes it; pending requests fail. */
  end(): void;
}

/** Connects to a shared database. */
export interface Connector {
  /** Starts to connect. `lost`: called when an opened connection ends without a call of `end`. */
  connect(lost: (because: string) => void): Connection;
  /** Whether the end of a connection also ends the requests that wait on it. */
  readonly cancels: boolean;
}

/** The options of a link. */
export interface GuardedLinkOptions {
  readonly clock: Clock;
  /** Called with the beginning of an outage, once a minute while it lasts, and with its end. */
  readonly report: (words: string) => void;
}

/** The time limit of a probe, in milliseconds: it connects, and writes one value. */
const PROBE_WITHIN = 2_000;

/** The longest interval between probes that cannot be cancelled, in milliseconds. */
const MAX_PROBE_EVERY = 60_000;

/** An operation that waits for its answer. */
interface Waiting {
  readonly fail: () => void;
}

/**
 * The link to a shared database, behind a breaker. When an operation is not answered in time, all pending operations
 * fail at once, and the connection is given up: Deno's client would retry on it for ever, and an answer may never
 * come. Until a probe on a new connection is answered, every operation fails at once, and only probes reach the
 * database.
 */
export class GuardedLink implements SharedLink {
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #report: (words: string) => void;
  readonly #waiting = new Set<Waiting>();
  readonly #probes = new Set<Connection>();
  readonly #listeners: (() => void)[] = [];
  #breaker: Breaker;
  #connection: Connection | undefined;
  #kv: Kv | undefined;
  #up = Promise.withResolvers<void>();
  #cancelProbe = (): void => {};
  #isStopped = false;
  /** Whether it was ever connected. */
  #isProven = false;
  /** Unanswered probes that cannot be cancelled. */
  #leftBehind = 0;
  #openings = 0;

  /** Starts to connect at once. */
  constructor(connector: Connector, { clock, report }: GuardedLinkOptions) {
    this.#connector = connector;
    this.#clock = clock;
    this.#report = report;
    this.#breaker = startingBreaker(clock.now());
    this.#take({ kind: "due" });
  }

  get state(): Breaker["kind"] {
    return this.#breaker.kind;
  }

  get openings(): number {
    return this.#openings;
  }

  get outage(): Outage | undefined {
    return this.#breaker.kind === "open" ? this.#breaker : undefined;
  }

  async whenUp(): Promise<void> {
    while (this.state === "open") await this.#up.promise;
  }

  whenBack(listener: () => void): void {
    this.#listeners.push(listener);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelProbe();
    for (const probe of this.#probes) probe.end();
    this.#disconnect();
  }

  atomic(action: string): Atomic {
    return this.#connected(action).atomic();
  }

  watch(keys: readonly Deno.KvKey[], action: string): ReadableStream<Deno.KvEntryMaybe<unknown>[]> {
    return this.#connected(action).watch(keys);
  }

  async run<T>(operation: (kv: Kv) => Promise<T>, { action, within }: LinkedOperation): Promise<T> {
    const kv = this.#connected(action);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiting = { fail: () => reject(new StoreAwayError(action)) };
    this.#waiting.add(waiting);
    const late = async (): Promise<void> => {
      await turnOfLoop(); // this process may have been busy while the answer came
      if (this.#waiting.has(waiting)) this.#lose(`it did not answer within ${within} ms`);
    };
    const cancel = this.#clock.at(this.#clock.now() + within, late);
    operation(kv).then(resolve, reject);
    try {
      return await promise;
    } finally {
      cancel();
      this.#waiting.delete(waiting);
    }
  }

  #connected(action: string): Kv {
    if (!this.#kv) throw new StoreAwayError(action);
    return this.#kv;
  }

  /** Gives up the connection. */
  #lose(because: string): void {
    if (this.#isStopped) return;
    if (this.#breaker.kind === "closed") this.#openings++;
    this.#disconnect();
    this.#take({ kind: "failed", because });
  }

  #disconnect(): void {
    this.#kv = undefined;
    for (const { fail } of this.#waiting) fail();
    this.#waiting.clear();
    this.#connection?.end();
    this.#connection = undefined;
  }

  #take(event: BreakerEvent): void {
    const before = this.#breaker;
    const now = this.#clock.now();
    const probeEvery = Math.min(MAX_PROBE_EVERY, PROBE_EVERY * 2 ** this.#leftBehind);
    const { breaker, probe, report } = step(before, event, { now, probeEvery });
    this.#breaker = breaker;
    if (report === "outage" && breaker.kind === "open") this.#report(outageWords(breaker, now));
    if (report === "recovery" && before.kind === "open") this.#report(recoveryWords(before, now));
    this.#cancelProbe();
    if (breaker.kind === "open") {
      this.#cancelProbe = this.#clock.at(breaker.probeAt, () => this.#take({ kind: "due" }));
    }
    if (probe) void this.#probe();
  }

  /** Connects, and writes a value. The very first connection needs no proof: the next read is one. */
  async #probe(): Promise<void> {
    const late = Promise.withResolvers<never>();
    const connection = this.#connector.connect((because) => {
      if (connection === this.#connection) this.#lose(because);
    });
    this.#probes.add(connection);
    const cancel = this.#clock.at(this.#clock.now() + PROBE_WITHIN, () => {
      if (!this.#connector.cancels) this.#leftBehind++;
      late.reject(new Error(`it did not answer within ${PROBE_WITHIN} ms`));
    });
    const answered = async (): Promise<Kv> => {
      const kv = await connection.opened;
      if (this.#isProven) await kv.set(probeKey(), true);
      return kv;
    };
    try {
      const kv = await Promise.race([answered(), late.promise]);
      if (this.#kv || this.#isStopped) connection.end(); // another probe was faster
      else this.#connect(connection, kv);
    } catch (error) {
      connection.end();
      const because = error instanceof Error ? error.message : String(error);
      if (!this.#kv && !this.#isStopped) this.#take({ kind: "failed", because });
    } finally {
      cancel();
      this.#probes.delete(connection);
    }
  }

  #connect(connection: Connection, kv: Kv): void {
    const isBack = this.#isProven;
    this.#probes.delete(connection);
    for (const slower of this.#probes) slower.end();
    this.#connection = connection;
    this.#kv = kv;
    this.#isProven = true;
    this.#leftBehind = 0;
    this.#take({ kind: "answered" });
    this.#up.resolve();
    this.#up = Promise.withResolvers();
    if (isBack) { for (const listener of this.#listeners) listener(); }
  }
}

function outageWords({ since, because }: Outage, now: number): string {
  const seconds = Math.round((now - since) / 1_000);
  const so = seconds === 0 ? "" : ` for ${seconds} s`;
  return `The database does not answer${so}: ${because}; alerts are refused with 503 until it does`;
}

function recoveryWords({ since }: Outage, now: number): string {
  return `The database answers again, after ${Math.round((now - since) / 1_000)} s`;
}
