import type { Response } from "../domain/response.ts";
import { Counter, Histogram, keyOf, type Metric } from "./instruments.ts";

/** From a minute, the reaction time of a person on call, to a week. */
const RESPONSE_BOUNDS = [
  60,
  120,
  300,
  600,
  900,
  1_800,
  3_600,
  7_200,
  14_400,
  43_200,
  86_400,
  259_200,
  604_800,
];

/** The most groups with samples of their own; the others are added up as `other`. */
const MAX_GROUPS = 100;

/** The response times of people to incidents, and the durations of incidents. */
export class ResponseMetrics {
  readonly #acknowledgeTime = new Histogram({
    name: "fenghuo_incident_acknowledge_seconds",
    help: "Time from the opening of an incident until a person first acknowledged, took or closed it",
    labels: ["group"],
  }, RESPONSE_BOUNDS);
  readonly #resolveTime = new Histogram({
    name: "fenghuo_incident_resolve_seconds",
    help: "Time from the opening of an incident until it was resolved or closed",
    labels: ["group"],
  }, RESPONSE_BOUNDS);
  readonly #ended = new Counter({
    name: "fenghuo_incidents_ended_total",
    help: "Incidents that were resolved or closed, and whether a person had acknowledged them by then",
    labels: ["group", "acknowledged"],
  });
  /** The groups that have samples of their own: the first ones that ended an incident. */
  readonly #responding = new Set<string>();

  /** Every metric, with its current samples. */
  all(): readonly Metric[] {
    return [this.#acknowledgeTime, this.#resolveTime, this.#ended];
  }

  /** Observes the responses to incidents. A histogram cannot remove an end: a reopened incident ends twice. */
  observe(responses: readonly Response[]): void {
    for (const { kind, ms, answered, groups } of responses) {
      for (const id of groups) {
        const group = this.#respondingAs(id);
        if (kind === "answered") this.#acknowledgeTime.observe(ms / 1_000, group);
        if (kind !== "ended") continue;
        this.#resolveTime.observe(ms / 1_000, group);
        this.#ended.add(keyOf(group, answered ? "yes" : "no"));
      }
    }
  }

  #respondingAs(group: string): string {
    if (this.#responding.size < MAX_GROUPS) this.#responding.add(group);
    return this.#responding.has(group) ? group : "other";
  }
}
