import { MINUTE, SECOND } from "../../relay/base/duration.ts";
import type { TestRelay } from "./relay.ts";

/** Prometheus's resend delay, and the end that it gives each firing alert: four of them. */
export const RESEND = MINUTE;
const LIFE = 4 * RESEND;

/** An alert as a client posts it. */
export interface PostedAlert {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

/** Post alerts to `/api/v2/alerts`, and wait until all that is due now is done. */
export async function postAlerts(house: TestRelay, ...alerts: readonly PostedAlert[]): Promise<void> {
  const response = await house.request("/api/v2/alerts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alerts),
  });
  const answer = await response.text();
  if (response.status !== 200) throw new Error(`Cannot post alerts: ${response.status} ${answer}`);
  await house.settle();
}

/** A rule of Prometheus that fires, and is sent by its clock. */
export class Rule {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #startsAt: number;

  constructor(house: TestRelay, labels: Readonly<Record<string, string>> = {}) {
    this.#labels = { alertname: "Test", ...labels };
    this.#startsAt = house.clock.now();
  }

  /** Send it as it fires. */
  async fires(house: TestRelay, annotations: Readonly<Record<string, string>> = {}): Promise<void> {
    await postAlerts(house, this.#alert(house.clock.now() + LIFE, annotations));
  }

  /** Send its end. */
  async resolves(house: TestRelay, at = house.clock.now()): Promise<void> {
    await postAlerts(house, this.#alert(at));
  }

  #alert(endsAt: number, annotations: Readonly<Record<string, string>> = {}): PostedAlert {
    return {
      labels: this.#labels,
      annotations,
      startsAt: new Date(this.#startsAt).toISOString(),
      endsAt: new Date(endsAt).toISOString(),
    };
  }
}

/** Let seconds pass, with the upkeep of each full minute. */
export async function seconds(house: TestRelay, count: number): Promise<void> {
  for (let left = count * SECOND; left > 0;) {
    const step = Math.min(left, MINUTE - house.clock.now() % MINUTE);
    await house.advance(step);
    left -= step;
    if (house.clock.now() % MINUTE !== 0) continue;
    await house.relay.tidy();
    await house.settle();
  }
}
