/**
 * The fault injector of a chaos run: it carries out the plan on relays, database, clocks and vendors, ends each fault, and
 * records it with the times of the relays' recovery.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "../_fleet.ts";
import type { Disturbance } from "./audit.ts";
import type { Clocks } from "./clocks.ts";
import { type Action, type Track, wordsOf } from "./plan.ts";
import type { Door } from "./senders.ts";
import type { Vendors } from "./vendors.ts";

/** The dependencies of the fault injector. */
export interface StageOptions {
  readonly fleet: Fleet;
  readonly vendors: Vendors;
  readonly clocks: Clocks | undefined;
  /** Sends an alert to a relay until it is answered 200. @returns milliseconds until then */
  readonly probe: (door: Door, options: { within: number }) => Promise<number | undefined>;
  /** Called with each event. */
  readonly say: (words: string) => void;
}

/** A fault that was injected, in epoch milliseconds. */
export interface Intervention extends Disturbance {
  readonly action: Action;
  readonly words: string;
}

/** The durations of the relays' recovery, in milliseconds. */
export interface Times {
  /** From SIGTERM to the end of the process. */
  readonly stops: number[];
  /** From the start of a process until it listened, and from then until its first 200. */
  readonly starts: number[];
  readonly afterStart: number[];
  /** From the end of a database outage, or of a partition, until the first 200. */
  readonly afterOutage: number[];
}

/** The longest probe of a relay for its first 200, in milliseconds. */
const PROBED = 15_000;

/** The wait before a relay that did not start is started again, in milliseconds. */
const AGAIN = 500;

/** A result is written at most this long after the end of a disturbance: hung requests of the database time out. */
const AFTERMATH = 10_000;

/** The stage. */
export class Stage {
  readonly interventions: Intervention[] = [];
  readonly times: Times = { stops: [], starts: [], afterStart: [], afterOutage: [] };
  failedStarts = 0;
  /** The times at which frozen relays continued, in epoch milliseconds. */
  readonly thaws: number[] = [];
  readonly #options: StageOptions;
  readonly #end = new AbortController();
  /** The number of current faults of each relay: it is down, frozen, or partitioned. */
  readonly #troubles = new Map<string, number>();
  readonly #starting = new Set<string>();
  #abandoned = false;
  /** The number of current outages of the database. */
  #outages = 0;
  readonly #probes = new Set<Promise<void>>();

  constructor(options: StageOptions) {
    this.#options = options;
  }

  /** Whether a relay is being started: its end is then not a crash. */
  isStarting(relay: string): boolean {
    return this.#starting.has(relay);
  }

  /** Play all tracks until {@linkcode Stage.end}. Resolves when all faults have ended. */
  async play(tracks: readonly Track[]): Promise<void> {
    const began = performance.now();
    await Promise.all(tracks.map(async (track) => {
      for (const { at, action } of track) {
        await this.#wait(at - (performance.now() - began) / 1_000);
        if (this.#end.signal.aborted) return;
        await this.#perform(action);
      }
    }));
    await Promise.all(this.#probes);
  }

  /** End all tracks and their current faults at once. */
  end(): void {
    this.#end.abort();
    this.#options.fleet.proxy.heal();
  }

  /** End all tracks, and start no more relays. */
  abandon(): void {
    this.#abandoned = true;
    this.end();
  }

  /** Start a relay until it listens. */
  async start(relay: string): Promise<void> {
    const { fleet, say } = this.#options;
    this.#starting.add(relay);
    while (!this.#abandoned && !fleet.relay(relay).running) {
      const began = performance.now();
      try {
        await fleet.start(relay);
        this.times.starts.push(performance.now() - began);
      } catch (error) {
        this.failedStarts++;
        say(`${relay} does not start: ${reasonIn(error instanceof Error ? error.message : String(error))}`);
        await fleet.end(relay, "SIGKILL");
        await delay(AGAIN);
      }
    }
    this.#starting.delete(relay);
  }

  async #perform(action: Action): Promise<void> {
    const from = Date.now();
    const words = wordsOf(action);
    this.#options.say(words);
    const intervention = { from, to: Infinity, action, words };
    this.interventions.push(intervention);
    await this.#act(action);
    intervention.to = Date.now() + AFTERMATH;
  }

  async #act(action: Action): Promise<void> {
    const { fleet, vendors, clocks } = this.#options;
    const { proxy } = fleet;
    switch (action.kind) {
      case "kill":
      case "stop": {
        const { relay, seconds } = action;
        this.#trouble(relay, 1);
        const ms = await fleet.end(relay, action.kind === "kill" ? "SIGKILL" : "SIGTERM");
        if (action.kind === "stop") this.times.stops.push(ms);
        await this.#wait(seconds);
        await this.start(relay);
        this.#trouble(relay, -1);
        return this.#probe(relay, this.times.afterStart);
      }
      case "freeze": {
        const { pid, name, running } = fleet.relay(action.relay);
        if (!running) return; // it crashed, and is being started again
        this.#trouble(name, 1);
        Deno.kill(pid, "SIGSTOP");
        await this.#wait(action.seconds);
        Deno.kill(pid, "SIGCONT");
        this.thaws.push(Date.now());
        return this.#trouble(name, -1);
      }
      case "partition": {
        const { relay: instance, seconds } = action;
        this.#trouble(instance, 1);
        proxy.fault({ kind: "partition", instance, seconds });
        await this.#wait(seconds);
        this.#trouble(instance, -1);
        return this.#probe(instance, this.times.afterOutage);
      }
      case "database": {
        const { fault, seconds } = action;
        const isOutage = fault.share === 1;
        if (isOutage) this.#outages++;
        proxy.fault(fault);
        await this.#wait(seconds);
        if (!isOutage) return;
        this.#outages--;
        for (const { name } of fleet.relays) {
          if ((fault.instance ?? name) === name) this.#probe(name, this.times.afterOutage);
        }
        return;
      }
      case "latency": {
        const { ms, jitterMs, seconds } = action;
        proxy.latency({ ms, jitterMs });
        await this.#wait(seconds);
        return proxy.latency({ ms: 0 });
      }
      case "clock":
        return await clocks?.set(action.relay, action.aheadMs);
      case "vendor": {
        const { vendor, fault, times, seconds } = action;
        await vendors.fault(vendor, fault, times);
        await this.#wait(seconds);
        return await vendors.heal(vendor);
      }
    }
  }

  /** Measure the time to a relay's first 200 from now on. Another fault of the relay in between discards the result. */
  #probe(relay: string, times: number[]): void {
    if (this.#end.signal.aborted || this.#isTroubled(relay)) return;
    const { fleet, probe } = this.#options;
    const interventions = this.interventions.length;
    const done: Promise<void> = probe(fleet.relay(relay), { within: PROBED }).then((ms) => {
      const later = this.interventions.slice(interventions).some(({ action }) =>
        "relay" in action && action.relay === relay || action.kind === "database"
      );
      if (later || this.#isTroubled(relay)) return;
      times.push(ms ?? Infinity);
    }).finally(() => this.#probes.delete(done));
    this.#probes.add(done);
  }

  #isTroubled(relay: string): boolean {
    return this.#outages > 0 || (this.#troubles.get(relay) ?? 0) > 0 ||
      !this.#options.fleet.relay(relay).running;
  }

  #trouble(relay: string, by: 1 | -1): void {
    this.#troubles.set(relay, (this.#troubles.get(relay) ?? 0) + by);
  }

  async #wait(seconds: number): Promise<void> {
    if (seconds > 0) await delay(seconds * 1_000, undefined, { signal: this.#end.signal }).catch(() => {});
  }
}

/** The line of a relay's output with the reason why it does not start. */
function reasonIn(output: string): string {
  const lines = output.split("\n");
  return (lines.find((line) => line.startsWith("Cannot start:")) ?? lines[0]!).slice(0, 300);
}
