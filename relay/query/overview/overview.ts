/**
 * The console's overview: the open incidents, the alerts of the last day, the destinations, and the pending deliveries.
 * The cost does not grow with the log.
 *
 * @module
 */
import { SEVERITIES, type Severity } from "../../domain/severity.ts";
import { silenceState } from "../../domain/silence.ts";
import { formatTime } from "../../base/time.ts";
import { type Activity, activityIn, type ActivityRange, hoursOfSteps, stepsUntil } from "./activity.ts";
import { type Attention, readAttention } from "./attention.ts";
import { aboutOf } from "../../domain/about.ts";
import type { Clock } from "../../base/clock.ts";
import type { Config } from "../../config/mod.ts";
import { sum } from "../ledger.ts";
import type { Sum } from "../shapes/ledger.ts";
import type { OnCallQueries } from "../oncall.ts";
import type { Burning, DestinationView, Glance, Hour } from "../shapes/overview.ts";
import { wholeIn } from "../../domain/record.ts";
import type { ChannelRegistry } from "../../channel/registry.ts";
import type { LaneState } from "../../store/lane_record.ts";
import type { StoreReader } from "../../store/reader.ts";
import { hourOf, lastHours } from "../../domain/tally.ts";
import { findBurning } from "./burning.ts";
import { Fresh } from "./fresh.ts";
import { HOURS, hoursUntil } from "./hours.ts";
import { destinationsOf, lanesOf, refusalsOf } from "./lanes.ts";
import type { Pulse } from "./pulse.ts";
import { quietCheck } from "../quiet.ts";

/** The options of {@linkcode Overview}. */
export interface OverviewOptions {
  readonly store: StoreReader;
  readonly config: Config;
  readonly channels: ChannelRegistry;
  readonly clock: Clock;
  /** Counts the changes. */
  readonly changes: () => number;
  readonly warnings: () => readonly string[];
}

/** The longest wait of a page for the sum, which takes longer with many thousands of pending deliveries. */
const PATIENCE = 40;

/** The states in which a destination can deliver. */
export const HEALTHY: ReadonlySet<DestinationView["state"]> = new Set(["works", "unproven"]);

const NONE: Readonly<Record<Severity, number>> = { critical: 0, error: 0, warning: 0, info: 0 };
const NO_QUIET: Attention["quiet"] = { silenced: NONE, inhibited: NONE };

/** The overview of the relay. Concurrent readers share one computation. */
export class Overview {
  readonly #options: OverviewOptions;
  readonly #burning: Fresh<Burning>;
  readonly #hours: Fresh<Hour[]>;
  readonly #lanes: Fresh<Pick<Glance, "destinations" | "lanes">>;
  readonly #ledger: Fresh<Sum>;
  readonly #attention: Fresh<Attention>;
  readonly #activity: Readonly<Record<ActivityRange, Fresh<Activity>>>;

  constructor(options: OverviewOptions) {
    this.#options = options;
    this.#burning = new Fresh(() => this.#readBurning(), options);
    this.#hours = new Fresh(() => this.#readHours(), options);
    this.#lanes = new Fresh(() => this.#readLanes(), options);
    this.#ledger = new Fresh(() => this.#readLedger(), options);
    this.#attention = new Fresh(() => this.#readAttention(), options);
    const activity = (range: ActivityRange): Fresh<Activity> =>
      new Fresh(() => this.#readActivity(range), options);
    this.#activity = {
      "1h": activity("1h"),
      "6h": activity("6h"),
      "24h": activity("24h"),
      "7d": activity("7d"),
    };
  }

  /** The open incidents. @throws StoreError */
  async burning(): Promise<Burning> {
    return (await this.#burning.get()).value;
  }

  /** The open incidents of the home page: unacknowledged and acknowledged ones. @throws StoreError */
  async attention(): Promise<Attention> {
    return (await this.#attention.get()).value;
  }

  /** The alerts accepted in a period. @throws StoreError */
  async activity(range: ActivityRange): Promise<Activity> {
    return (await this.#activity[range].get()).value;
  }

  /** The whole overview. @throws StoreError */
  async look(): Promise<Glance> {
    const { store, clock, warnings } = this.#options;
    const at = clock.now();
    const [burning, hours, lanes, ledger, newest] = await Promise.all([
      this.#burning.get(),
      this.#hours.get(),
      this.#lanes.get(),
      this.#ledger.soon(PATIENCE),
      store.log.newest(1),
    ]);
    return {
      at,
      isNew: newest.length === 0,
      burning: burning.value,
      hours: hours.value,
      ...lanes.value,
      ...ledger ? { ledger: { value: ledger.value, at: ledger.at } } : {},
      warnings: warnings(),
    };
  }

  /** The state of each lane and each destination. @throws StoreError */
  async lanes(): Promise<Pick<Glance, "destinations" | "lanes">> {
    return (await this.#lanes.get()).value;
  }

  /** A sentence for each destination whose config its vendor refuses; empty while the database cannot be read. */
  async refusals(): Promise<string[]> {
    const { store, config } = this.#options;
    const states = await store.outbox.states().catch(() => new Map<string, LaneState>());
    return refusalsOf({ groups: config.groups.values(), states, timezone: config.timezone });
  }

  /**
   * The state that every page shows; `undefined` while it takes too long to compute. @param onCall This instance's
   * on-call schedules @throws StoreError
   */
  async pulse(onCall: OnCallQueries): Promise<Pulse | undefined> {
    const { store, clock } = this.#options;
    const [burning, lanes] = await Promise.all([this.#burning.soon(PATIENCE), this.#lanes.soon(PATIENCE)]);
    if (!burning || !lanes) return undefined;
    const { total, known, more, severities, unacknowledged } = burning.value;
    const { destinations } = lanes.value;
    const now = clock.now();
    const attention = quietCheck(store, now) && await this.#attention.soon(PATIENCE);
    const { silenced, inhibited } = attention?.value.quiet ?? NO_QUIET;
    const loud = (severity: Severity): number =>
      unacknowledged[severity] - silenced[severity] - inhibited[severity];
    const untaken = SEVERITIES.find((severity) => loud(severity) > 0);
    const quiet = { silenced: sumOf(silenced), inhibited: sumOf(inhibited) };
    return {
      incidents: {
        open: total,
        unacknowledged: Math.max(0, total - known - quiet.silenced - quiet.inhibited),
        quiet,
        more,
        worst: untaken ?? SEVERITIES.find((severity) => severities[severity] > 0),
      },
      silences: store.silences.all().filter((silence) => silenceState(silence, now) === "active").length,
      destinations: {
        failing: destinations.filter(({ state }) => !HEALTHY.has(state)).length,
        total: destinations.length,
      },
      onCall: onCall.namesNow(),
    };
  }

  async #readBurning(): Promise<Burning> {
    const { store, config } = this.#options;
    const burning = await findBurning(store);
    const firsts = await store.records.alerts(burning.worst.map(({ id }) => id));
    const worst = burning.worst.map((incident) => {
      const first = wholeIn(firsts.get(incident.id));
      return first ? { ...incident, about: aboutOf(first, config.labelRules.where) } : incident;
    });
    return { ...burning, worst };
  }

  async #readAttention(): Promise<Attention> {
    const { store, config, clock } = this.#options;
    return await readAttention(store, { where: config.labelRules.where, now: clock.now() });
  }

  async #readActivity(range: ActivityRange): Promise<Activity> {
    const { store, config, clock } = this.#options;
    const now = clock.now();
    const local = Date.parse(`${formatTime(now, config).replace(" ", "T")}Z`);
    const steps = stepsUntil(range, { now, offset: local - now });
    return activityIn(range, steps, await store.records.accepted(hoursOfSteps(steps)));
  }

  async #readHours(): Promise<Hour[]> {
    const { store, clock } = this.#options;
    const last = hourOf(clock.now());
    return hoursUntil(last, await store.records.hours({ from: last - HOURS + 1, to: last + 1 }));
  }

  async #readLanes(): Promise<Pick<Glance, "destinations" | "lanes">> {
    const { store, config, channels, clock } = this.#options;
    const [states, waiting, proofs] = await Promise.all([
      store.outbox.states(),
      store.records.waitingByLane(),
      store.proofs.all(),
    ]);
    // The last response to its oldest delivery explains the wait of a lane that is not paused.
    const lastResponses = await Promise.all([...waiting].map(async ([lane, { oldest }]) => {
      const record = oldest?.tries === undefined ? undefined : await store.deliveries.get(oldest);
      return [lane, record?.because] as const;
    }));
    const facts = {
      groups: [...config.groups.values()],
      channels,
      now: clock.now(),
      states,
      waiting,
      proofs,
      lastResponses: new Map(lastResponses),
    };
    return { lanes: lanesOf(facts), destinations: destinationsOf(facts) };
  }

  async #readLedger(): Promise<Sum> {
    const { store, clock } = this.#options;
    return await sum(lastHours(HOURS, clock.now()), store.records);
  }
}

function sumOf(counts: Readonly<Record<Severity, number>>): number {
  return SEVERITIES.reduce((sum, severity) => sum + counts[severity], 0);
}
