import type { Clock } from "../base/clock.ts";
import { MINUTE } from "../base/duration.ts";
import type { SettlementRow } from "../delivery/delivery_result.ts";
import { SEVERITIES, type Severity } from "../domain/severity.ts";
import type { Response } from "../domain/response.ts";
import type { Receipt } from "../intake/accept.ts";
import { isNotified } from "../domain/outcome.ts";
import { VERSION } from "../base/version.ts";
import type { Gaps } from "../query/gaps.ts";
import { Counter, Gauge, Histogram, keyOf, type Metric, Reading } from "./instruments.ts";
import { onCallGauges } from "./oncall_gauges.ts";

/** The queue of a lane. */
export interface LaneDepth {
  readonly lane: string;
  readonly waiting: number;
  /** When the oldest delivery that is not held for quiet hours began to wait; `undefined` when there is none. */
  readonly oldestAt?: number | undefined;
}

/** How many incidents are open. */
export interface OpenIncidents {
  readonly severities: Readonly<Record<Severity, number>>;
  readonly groups: ReadonlyMap<string, Readonly<Record<Severity, number>>>;
}

/** This process's own file, or one that instances share. */
export type DatabaseKind = "local" | "shared";

/** What a scrape reads from memory; nothing of it asks the store. */
export interface MetricSources {
  readonly database: DatabaseKind;
  readonly clock: Pick<Clock, "now">;
  /** The lanes that this instance works on. */
  readonly lanes: () => Iterable<LaneDepth>;
  /** The breaker before a shared database; `undefined` for a local file. */
  readonly link: () => { readonly state: "closed" | "open"; readonly openings: number } | undefined;
  /** `undefined` on a shared store, where they are counted now and then: see {@linkcode Metrics.counted}. */
  readonly open: () => OpenIncidents | undefined;
  /** Whether somebody is on call in each group with a calendar. */
  readonly gaps: Pick<Gaps, "coverage" | "onCall">;
}

/** Bounds in seconds: a commit takes a millisecond on a local disk, and a remote database is given up after five seconds. */
const COMMIT_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A send has ten seconds unless the destination sets another time. */
const SEND_BOUNDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A message may wait for a vendor's budget, and is retried for a day. */
const DELIVERY_BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];

/** From a minute, in which the person on call sees it, to a week. */
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

/** The groups with the most open incidents are listed; the others are added up as `other`. */
const MAX_GROUPS = 100;

/**
 * All metrics of the relay: their names, what they mean, and where they are counted. Labels have few values: channels,
 * doors, reasons; of groups, the hundred with the most open incidents.
 */
export class Metrics {
  readonly #clock: Pick<Clock, "now">;
  #tidiedAt: number | undefined;
  #scrapedAt = -Infinity;
  /** The open incidents as they were counted last, where they are not in memory. */
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
      new Gauge({
        name: "fenghuo_queue_deliveries",
        help: "Deliveries that wait in the lanes that this instance works on",
        labels: ["channel"],
      }, () => depthsOf(lanes())),
      new Gauge({
        name: "fenghuo_queue_oldest_age_seconds",
        help: "How long the oldest of them has waited; quiet hours do not count",
        labels: ["channel"],
      }, () => agesOf(lanes(), clock.now())),
      new Gauge({
        name: "fenghuo_store_available",
        help: "Whether the database answers: 0 while the breaker is open, and the doors refuse at once",
      }, () => [[[], link()?.state === "open" ? 0 : 1]]),
      new Reading({
        name: "fenghuo_store_outages_total",
        help: "How often the database has stopped answering",
      }, () => [[[], link()?.openings ?? 0]]),
      new Gauge({
        name: "fenghuo_incidents_open",
        help: "Open incidents",
        labels: ["severity"],
      }, () => Object.entries(open()?.severities ?? {}).map(([severity, count]) => [[severity], count])),
      new Gauge({
        name: "fenghuo_group_incidents_open",
        help: "Open incidents that a group was notified of; one incident counts for each of its groups",
        labels: ["group", "severity"],
      }, () => byGroup(open()?.groups ?? new Map())),
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
      this.#notifications,
      this.#suppressed,
      this.#refused,
      this.#attempts,
      this.#deliveries,
      this.#commit,
      this.#send,
      this.#latency,
      this.#acknowledgeTime,
      this.#resolveTime,
      this.#ended,
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
  accepted({ accepted, duplicates, logged }: Receipt, dialect: string): void {
    this.#accepted.add(dialect, accepted);
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

  /** Observe how incidents were answered. A histogram cannot take back an end: an incident that is reopened ends twice. */
  responded(responses: readonly Response[]): void {
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

  /** Whether somebody has scraped lately. */
  get isScraped(): boolean {
    return this.#scrapedAt > this.#clock.now() - SCRAPED_WITHIN;
  }

  /** When the open incidents were counted last. */
  get countedAt(): number {
    return this.#counted?.at ?? -Infinity;
  }

  /** Note how many incidents are open. */
  counted(open: OpenIncidents, at: number): void {
    this.#counted = { open, at };
  }

  /** Count a run of the upkeep. */
  tidied(result: "success" | "failure"): void {
    this.#upkeepRuns.add(result);
    if (result === "success") this.#tidiedAt = this.#clock.now();
  }
}

/** The channel of a lane, which is named for it and a hash. */
export function channelOf(lane: string): string {
  return lane.replace(/-[^-]*$/, "");
}

function* depthsOf(lanes: Iterable<LaneDepth>): Iterable<[string[], number]> {
  const depths = new Map<string, number>();
  for (const { lane, waiting } of lanes) {
    const channel = channelOf(lane);
    depths.set(channel, (depths.get(channel) ?? 0) + waiting);
  }
  for (const [channel, depth] of depths) yield [[channel], depth];
}

function* agesOf(lanes: Iterable<LaneDepth>, now: number): Iterable<[string[], number]> {
  const ages = new Map<string, number>();
  for (const { lane, oldestAt = now } of lanes) {
    const channel = channelOf(lane);
    ages.set(channel, Math.max(ages.get(channel) ?? 0, now - oldestAt));
  }
  for (const [channel, age] of ages) yield [[channel], age / 1_000];
}

function* byGroup(groups: OpenIncidents["groups"]): Iterable<[string[], number]> {
  const fullest = [...groups].map(([group, counts]) => ({ group, counts, total: totalOf(counts) }))
    .sort((a, b) => b.total - a.total || (a.group < b.group ? -1 : 1));
  const others = new Map<string, number>();
  for (const [index, { group, counts }] of fullest.entries()) {
    for (const severity of SEVERITIES) {
      const count = counts[severity];
      if (index < MAX_GROUPS) yield [[group, severity], count];
      else others.set(severity, (others.get(severity) ?? 0) + count);
    }
  }
  for (const [severity, count] of others) yield [["other", severity], count];
}

function totalOf({ critical, error, warning, info }: Readonly<Record<Severity, number>>): number {
  return critical + error + warning + info;
}
