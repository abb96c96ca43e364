import type { Clock } from "../base/clock.ts";
import { MINUTE } from "../base/duration.ts";
import type { SettlementRow } from "../delivery/delivery_result.ts";
import type { Receipt } from "../intake/accept.ts";
import { isNotified } from "../domain/outcome.ts";
import { VERSION } from "../base/version.ts";
import type { Gaps } from "../query/gaps.ts";
import { Counter, Gauge, Histogram, keyOf, type Metric, Reading } from "./instruments.ts";
import { incidentGauges, type OpenIncidents } from "./incident_gauges.ts";
import { channelOf } from "./lane_channel.ts";
import { onCallGauges } from "./oncall_gauges.ts";
import { type LaneDepth, queueGauges } from "./queue_gauges.ts";
import { ResponseMetrics } from "./response_metrics.ts";

/** This process's own file, or one that instances share. */
export type DatabaseKind = "local" | "shared";

/** The data in memory that a scrape reads; it sends no request to the store. */
export interface MetricSources {
  readonly database: DatabaseKind;
  readonly clock: Pick<Clock, "now">;
  /** The lanes that this instance works on. */
  readonly lanes: () => Iterable<LaneDepth>;
  /** The breaker before a shared database; `undefined` for a local file. */
  readonly link: () => { readonly state: "closed" | "open"; readonly openings: number } | undefined;
  /** `undefined` on a shared store, which counts them at intervals: see {@linkcode Metrics.counted}. */
  readonly open: () => OpenIncidents | undefined;
  /** Whether a person is on call in each group with a calendar. */
  readonly gaps: Pick<Gaps, "coverage" | "onCall">;
}

/** Bounds in seconds: a commit takes a millisecond on a local disk, and a remote database is given up after five seconds. */
const COMMIT_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A send has ten seconds unless the destination sets another time. */
const SEND_BOUNDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A message may wait for a vendor's budget, and is retried for a day. */
const DELIVERY_BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];

/** The verdicts and the final states that are counted. */
const VERDICTS = [
  "delivered",
  "throttled",
  "retry",
  "refused_payload",
  "refused_recipient",
  "refused_config",
  "skipped",
];
const STATES = ["delivered", "suppressed", "dead"];

/** Prometheus scrapes every minute or more often. */
const SCRAPED_WITHIN = 5 * MINUTE;

/**
 * All metrics of the relay: their names, their meanings, and the places that count them. Labels have few values:
 * channels, doors, reasons; of groups, the hundred with the most open incidents.
 */
export class Metrics {
  readonly #clock: Pick<Clock, "now">;
  #tidiedAt: number | undefined;
  #scrapedAt = -Infinity;
  /** The open incidents of the last count, if they are not in memory. */
  #counted: { readonly open: OpenIncidents; readonly at: number } | undefined;

  readonly #accepted = new Counter({
    name: "fenghuo_alerts_accepted_total",
    help: "Alerts that were stored before their sender was answered",
    labels: ["dialect"],
  });
  readonly #duplicates = new Counter({
    name: "fenghuo_alerts_duplicate_total",
    help: "Accepted alerts that were duplicates for each of their groups",
  });
  readonly #renewed = new Counter({
    name: "fenghuo_alerts_renewed_total",
    help: "Repeats that only said that an alert still fires, or is still over: they are not stored",
    labels: ["dialect"],
  });
  readonly #notifications = new Counter({
    name: "fenghuo_notifications_total",
    help: "Notifications of accepted alerts, one for each notified group",
    labels: ["reason"],
  });
  readonly #suppressed = new Counter({
    name: "fenghuo_notifications_suppressed_total",
    help: "Groups that were intentionally not notified of an accepted alert",
    labels: ["by"],
  });
  readonly #refused = new Counter({
    name: "fenghuo_requests_refused_total",
    help: "Requests that a door refused, by its HTTP status or its own code; 5xx: the sender retries",
    labels: ["door", "code"],
  });
  readonly #attempts = new Counter({
    name: "fenghuo_attempts_total",
    help: "Messages sent to a vendor, by its verdict",
    labels: ["channel", "verdict"],
  });
  readonly #deliveries = new Counter({
    name: "fenghuo_deliveries_total",
    help: "Deliveries that ended: delivered, suppressed (a fallback took over) or dead",
    labels: ["channel", "state"],
  });
  readonly #commit = new Histogram({
    name: "fenghuo_commit_duration_seconds",
    help: "Time that the store took for a commit of accepted alerts",
  }, COMMIT_BOUNDS);
  readonly #send = new Histogram({
    name: "fenghuo_attempt_duration_seconds",
    help: "Time that a vendor took for one message",
    labels: ["channel"],
  }, SEND_BOUNDS);
  readonly #latency = new Histogram({
    name: "fenghuo_delivery_latency_seconds",
    help: "Time from the acceptance of an alert to the vendor's confirmation",
    labels: ["channel"],
  }, DELIVERY_BOUNDS);
  /** The responses to incidents. */
  readonly responses = new ResponseMetrics();
  readonly #upkeepRuns = new Counter({
    name: "fenghuo_upkeep_runs_total",
    help: "Runs of the upkeep of each minute",
    labels: ["result"],
  });
  readonly #gauges: readonly Metric[];

  constructor({ clock, database, lanes, link, open: inMemory, gaps }: MetricSources) {
    this.#clock = clock;
    const open = (): OpenIncidents | undefined => inMemory() ?? this.#counted?.open;
    this.#gauges = [
      new Gauge({
        name: "fenghuo_build_info",
        help: "Always 1: the version of the relay and of its runtime, and the kind of its database",
        labels: ["version", "deno", "database"],
      }, () => [[[VERSION, Deno.version.deno, database], 1]]),
      ...queueGauges(lanes, clock),
      new Gauge({
        name: "fenghuo_store_available",
        help: "Whether the database answers: 0 while the breaker is open, and the doors refuse at once",
      }, () => [[[], link()?.state === "open" ? 0 : 1]]),
      new Reading({
        name: "fenghuo_store_outages_total",
        help: "How often the database has stopped answering",
      }, () => [[[], link()?.openings ?? 0]]),
      ...incidentGauges(open),
      ...onCallGauges(gaps, clock),
      new Gauge({
        name: "fenghuo_upkeep_last_success_timestamp_seconds",
        help: "When the upkeep of each minute last finished",
      }, () => this.#tidiedAt === undefined ? [] : [[[], this.#tidiedAt / 1_000]]),
      new Gauge({
        name: "process_resident_memory_bytes",
        help: "Resident memory of the process",
      }, () => [[[], Deno.memoryUsage().rss]]),
      new Gauge({
        name: "process_start_time_seconds",
        help: "When the process started",
      }, () => [[[], performance.timeOrigin / 1_000]]),
    ];
  }

  /** Every metric, with its current samples. */
  all(): readonly Metric[] {
    this.#scrapedAt = this.#clock.now();
    return [
      this.#accepted,
      this.#duplicates,
      this.#renewed,
      this.#notifications,
      this.#suppressed,
      this.#refused,
      this.#attempts,
      this.#deliveries,
      this.#commit,
      this.#send,
      this.#latency,
      ...this.responses.all(),
      this.#upkeepRuns,
      ...this.#gauges,
    ];
  }

  /**
   * Begin the counts of channels at 0. Prometheus sees no increase in a count that appears with its first event, so an alert
   * rule would miss the first dead delivery.
   */
  expect(channels: Iterable<string>): void {
    for (const channel of channels) {
      for (const verdict of VERDICTS) this.#attempts.add(keyOf(channel, verdict), 0);
      for (const state of STATES) this.#deliveries.add(keyOf(channel, state), 0);
    }
  }

  /** Count the alerts of a payload, all of one dialect. */
  accepted({ accepted, renewed, duplicates, logged }: Receipt, dialect: string): void {
    this.#accepted.add(dialect, accepted);
    if (renewed > 0) this.#renewed.add(dialect, renewed);
    if (duplicates > 0) this.#duplicates.add("", duplicates);
    if (duplicates === accepted) return;
    for (const { routing } of logged) {
      for (const { outcome } of routing) {
        if (isNotified(outcome)) this.#notifications.add(outcome.reason);
        else if (outcome.kind === "suppressed") this.#suppressed.add(outcome.by);
      }
    }
  }

  /** Count a refused request. */
  refused(door: string, code: number): void {
    this.#refused.add(keyOf(door, String(code)));
  }

  /** Observe a commit of accepted alerts, in milliseconds. */
  committed(ms: number): void {
    this.#commit.observe(ms / 1_000);
  }

  /** Count written results of a lane. */
  settled(rows: readonly SettlementRow[], lane: string): void {
    const channel = channelOf(lane);
    for (const row of rows) {
      if ("movedTo" in row) continue;
      const { entry, fate, attempt, fallback, feedback } = row;
      // One of the deliveries that shared a message has its feedback.
      if (feedback && attempt) {
        const { verdict } = feedback;
        const what = verdict.kind === "refused" ? `refused_${verdict.what}` : verdict.kind;
        this.#attempts.add(keyOf(channel, what));
        this.#send.observe(attempt.ms / 1_000, channel);
      }
      const state = fallback ? "suppressed" : fate.state;
      if (state === "pending") continue;
      this.#deliveries.add(keyOf(channel, state));
      if (state === "delivered" && attempt) {
        const latency = attempt.at + attempt.ms - (entry.since ?? entry.at);
        this.#latency.observe(Math.max(0, latency) / 1_000, channel);
      }
    }
  }

  /** Whether a scrape came recently. */
  get isScraped(): boolean {
    return this.#scrapedAt > this.#clock.now() - SCRAPED_WITHIN;
  }

  /** The time of the last count of open incidents. */
  get countedAt(): number {
    return this.#counted?.at ?? -Infinity;
  }

  /** Record the number of open incidents. */
  counted(open: OpenIncidents, at: number): void {
    this.#counted = { open, at };
  }

  /** Count a run of the upkeep. */
  tidied(result: "success" | "failure"): void {
    this.#upkeepRuns.add(result);
    if (result === "success") this.#tidiedAt = this.#clock.now();
  }
}
