import type { Clock } from "../base/clock.ts";
import { MINUTE } from "../base/duration.ts";
import type { Send, SendAnswer } from "../delivery/sender.ts";
import type { OutgoingView } from "../query/shapes/heartbeats.ts";
import { vitalFault, type VitalSources } from "../query/vitals.ts";

/** The dependencies of {@linkcode OutgoingHeartbeat}. */
export interface OutgoingHeartbeatOptions {
  readonly store: VitalSources["store"];
  readonly config: VitalSources["config"] & { readonly heartbeatUrls: readonly string[] };
  readonly send: Send;
  readonly clock: Pick<Clock, "now">;
  /** The reason why the relay delivers nothing, if it does not. */
  readonly held: string | undefined;
  /** Aborted when the relay stops. */
  readonly cutOff: AbortSignal;
  /** Called with a line for the process log, without secrets. */
  readonly report: (words: string) => void;
}

/** Milliseconds that one call may take. */
const TIMEOUT = 10_000;

/** A good result of the check is believed for so long: the sum of the ledger reads a day's counters. */
const CHECK_EVERY = 5 * MINUTE;

/**
 * Calls other monitors each minute, while the outbox moves and the ledger adds up: they notify people when the calls stop.
 * As a job of the upkeep it also shows that the upkeep and the store work.
 */
export class OutgoingHeartbeat {
  readonly #options: OutgoingHeartbeatOptions;
  readonly #results = new Map<string, { lastAt?: number; because?: string }>();
  #withheld: string | undefined;
  #checkedAt = -Infinity;

  constructor(options: OutgoingHeartbeatOptions) {
    this.#options = options;
  }

  /** The state of the calls by this instance. */
  get state(): OutgoingView {
    return {
      ...this.#withheld === undefined ? {} : { withheld: this.#withheld },
      addresses: this.#options.config.heartbeatUrls.map((url) => ({
        address: `${new URL(url).origin}/…`,
        ...this.#results.get(url),
      })),
    };
  }

  /** Call every address, unless the relay has a fault. @throws StoreError */
  async beat(): Promise<void> {
    const { config: { heartbeatUrls }, report } = this.#options;
    if (heartbeatUrls.length === 0) return;
    const fault = await this.#fault();
    if (fault !== this.#withheld) {
      report(fault === undefined ? "The heartbeat is sent again" : `The heartbeat is withheld: ${fault}`);
    }
    this.#withheld = fault;
    if (fault === undefined) await Promise.all(heartbeatUrls.map((url) => this.#call(url)));
  }

  async #fault(): Promise<string | undefined> {
    const { held, clock } = this.#options;
    if (held !== undefined) return held;
    const now = clock.now();
    if (now < this.#checkedAt + CHECK_EVERY) return undefined;
    const fault = await vitalFault(this.#options, now);
    if (fault === undefined) this.#checkedAt = now; // a fault is looked at again in a minute
    return fault;
  }

  async #call(url: string): Promise<void> {
    const { send, clock, cutOff, report } = this.#options;
    const { origin, pathname, search } = new URL(url);
    const secrets = [url, pathname.slice(1), search.slice(1)].filter((text) => text !== "");
    const answer = await send({ method: "GET", url }, { secrets, signal: cutOff, timeout: TIMEOUT });
    const because = failureIn(answer);
    const before = this.#results.get(url);
    if (because === undefined) this.#results.set(url, { lastAt: clock.now() });
    else this.#results.set(url, { ...before, because });
    if (because !== before?.because && because !== undefined) {
      report(`Cannot send the heartbeat to ${origin}: ${because}; it is tried again each minute`);
    }
  }
}

function failureIn({ response, because = "no answer" }: SendAnswer): string | undefined {
  if (response === undefined) return because;
  return response.status >= 200 && response.status < 300 ? undefined : `it answers ${response.status}`;
}
