/**
 * Senders that behave like Alertmanager: they send the alerts of a group in one payload, retry it until it is
 * answered 200, each time at any of the relays, and send firing alerts again with the next state of their group. Some
 * groups have two senders, one behind the other, like a high-availability pair.
 *
 * @module
 */
import { type Account, labelsOf, type SentAlert } from "./account.ts";
import type { Dice } from "./plan.ts";

/** A relay as a sender sees it. */
export interface Door {
  readonly name: string;
  readonly url: string;
}

/** An attempt to send a payload. */
export interface Answer {
  readonly relay: string;
  /** Epoch milliseconds of the begin. */
  readonly at: number;
  readonly ms: number;
  /** 0: the connection failed, or there was no answer in time. */
  readonly status: number;
}

/** The dependencies of the senders. */
export interface SenderOptions {
  readonly doors: readonly Door[];
  readonly token: string;
  readonly account: Account;
  readonly dice: Dice;
}

/** The number of concurrent groups of alerts. */
const GROUPS = 10;

/** The alerts of a group: mostly few, sometimes more than fit into a commit of the shared store. */
const FEW = [1, 5] as const;
const MANY = [20, 60] as const;

/** Milliseconds between two states of a group, and the delay of the second sender of a pair. */
const PAUSE = [0, 2_500] as const;
const BEHIND = [0, 4_000] as const;

/**
 * The longest wait of a sender for an answer, in milliseconds: longer than a freeze. Alertmanager sets no limit. If a
 * sender gave up earlier, the relay would accept its request after the freeze, and after newer requests.
 */
export const PATIENCE = 40_000;

/**
 * The first wait between two attempts, and the longest, in milliseconds: Alertmanager's grows the same way, more
 * slowly.
 */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 2_000;

/**
 * The time after which some senders drop a payload without resolved alerts and send the next state instead, in
 * milliseconds.
 */
const DROPPED_AFTER = 8_000;

/** The states of a group of alerts, in their order. */
type Script = readonly (readonly SentAlert[])[];

/** The senders of a run. */
export class Senders {
  /** All attempts, in the order of their ends. */
  readonly answers: Answer[] = [];
  readonly #options: SenderOptions;
  readonly #stop = new AbortController();
  #abandoned = false;
  readonly #ended: Promise<unknown>;
  #groups = 0;
  #probes = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#ended = Promise.all(Array.from({ length: GROUPS }, () => this.#work()));
  }

  /** Begin no more groups. Resolves when all begun groups are completely accepted. */
  async finish(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** Stop sending, whether accepted or not. */
  abandon(): void {
    this.#abandoned = true;
    this.#stop.abort();
  }

  /**
   * Send one alert to one relay repeatedly until it is answered 200.
   *
   * @returns milliseconds until then; `undefined` after more than `within`
   */
  async probe({ name, url }: Door, { within }: { within: number }): Promise<number | undefined> {
    const occurrence = { occurrence: 1, status: "firing", startsAt: Date.now() } as const;
    const alert = { incident: `probe-${++this.#probes}`, severity: "warning", ...occurrence };
    const began = performance.now();
    let accepted: number | undefined;
    const tries: Promise<void>[] = [];
    while (accepted === undefined && performance.now() - began < within) {
      tries.push(
        this.#post([alert], { name, url }).then((isAccepted) => {
          if (isAccepted) accepted ??= performance.now() - began;
        }),
      );
      await pause(PROBE_EVERY);
    }
    await Promise.all(tries);
    return accepted;
  }

  async #work(): Promise<void> {
    const { dice } = this.#options;
    while (!this.#stop.signal.aborted) {
      const script = this.#script();
      await Promise.all([
        this.#play(script),
        ...dice.chance(0.3) ? [pause(dice.between(BEHIND)).then(() => this.#play(script))] : [],
      ]);
    }
  }

  /** One or two occurrences of each alert of a group: all fire, some are resolved, then the rest is resolved. */
  #script(): Script {
    const { dice } = this.#options;
    const group = ++this.#groups;
    const size = Math.round(dice.between(dice.chance(0.04) ? MANY : FEW));
    const severity = dice.chance(0.25) ? "critical" : "warning";
    const states: SentAlert[][] = [];
    let clock = Date.now();
    const occurrences = dice.chance(0.4) ? 2 : 1;
    for (let occurrence = 1; occurrence <= occurrences; occurrence++) {
      const startsAt = clock += 1_000;
      const endsAt = clock += 1_000;
      const early = new Set(
        Array.from({ length: size }, (_, number) => number).filter(() => dice.chance(0.4)),
      );
      const payload = (isResolved: (number: number) => boolean): SentAlert[] =>
        Array.from({ length: size }, (_, number) => ({
          incident: `${group}-${number}`,
          severity,
          occurrence,
          startsAt,
          ...isResolved(number) ? { status: "resolved", endsAt } as const : { status: "firing" } as const,
        }));
      states.push(payload(() => false));
      if (early.size > 0) states.push(payload((number) => early.has(number)));
      states.push(payload(() => true));
    }
    return states;
  }

  async #play(script: Script): Promise<void> {
    const { dice } = this.#options;
    // A dropped request may still have been stored: the next occurrence would be counted in its window.
    const isOnly = script.flat().every(({ occurrence }) => occurrence === 1);
    for (const alerts of script) {
      const mayDrop = isOnly && dice.chance(0.2) && alerts.every(({ status }) => status === "firing");
      await this.#send(alerts, mayDrop ? DROPPED_AFTER : Infinity);
      await pause(dice.between(PAUSE));
    }
  }

  async #send(alerts: readonly SentAlert[], within: number): Promise<void> {
    const { dice, doors } = this.#options;
    const began = performance.now();
    for (let wait = FIRST_WAIT; !this.#abandoned; wait = Math.min(LONGEST_WAIT, 1.5 * wait)) {
      if (performance.now() - began > within) return;
      if (await this.#post(alerts, dice.pick(doors))) return;
      await pause(wait);
    }
  }

  /** @returns whether it was answered 200 */
  async #post(alerts: readonly SentAlert[], { name, url }: Door): Promise<boolean> {
    const { account, token } = this.#options;
    account.noteSent(alerts);
    const at = Date.now();
    const began = performance.now();
    let status = 0;
    try {
      const response = await fetch(`${url}/webhook`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify(payloadOf(alerts)),
        signal: AbortSignal.timeout(PATIENCE),
      });
      status = response.status;
      await response.body?.cancel();
    } catch {
      // The relay is gone, or does not answer.
    }
    this.answers.push({ relay: name, at, ms: performance.now() - began, status });
    if (status === 200) account.noteAccepted(alerts, name);
    return status === 200;
  }
}

/** Milliseconds between two attempts of a probe. */
const PROBE_EVERY = 100;

/** Alertmanager's webhook. Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export function payloadOf(alerts: readonly SentAlert[]): unknown {
  return {
    version: "4",
    status: alerts.some(({ status }) => status === "firing") ? "firing" : "resolved",
    alerts: alerts.map(({ incident, occurrence, status, severity, startsAt, endsAt }) => ({
      status,
      labels: labelsOf(incident, severity),
      annotations: { summary: `Chaos ${incident}`, occurrence: String(occurrence) },
      startsAt: new Date(startsAt).toISOString(),
      endsAt: endsAt === undefined ? "0001-01-01T00:00:00Z" : new Date(endsAt).toISOString(),
    })),
  };
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
