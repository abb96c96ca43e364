/**
 * The figures of a chaos run: the faults, and the relays' times.
 *
 * @module
 */
import type { KvCounters } from "../../simulator/kv_connect.ts";
import { type Account, keyOf, type SinkName, SINKS } from "./account.ts";
import { mostWithin } from "./audit.ts";
import type { DutyIncident } from "./duty_audit.ts";
import { type Answer, PATIENCE } from "./senders.ts";
import type { Intervention, Stage } from "./stage.ts";
import { ROBOT_RATE, type Vendors } from "./vendors.ts";

/** A line of the table. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  /** The goal, and whether it is reached. */
  readonly goal?: { readonly words: string; readonly reached: boolean } | undefined;
}

/** The sources of the figures. Times are epoch milliseconds, durations milliseconds. */
export interface FigureSources {
  readonly account: Account;
  readonly answers: readonly Answer[];
  readonly began: number;
  readonly mended: number;
  readonly accepting: number;
  readonly draining: number;
  /** The number of dead deliveries that were sent again. */
  readonly resent: number;
  /** The number of lines that each relay printed. */
  readonly lines: ReadonlyMap<string, number>;
  readonly store: string;
  readonly hasClocks: boolean;
  readonly counters: KvCounters;
  readonly stage: Pick<Stage, "interventions" | "times" | "failedStarts">;
  readonly vendors: Pick<Vendors, "notified" | "arrivals" | "calls">;
  readonly duty: readonly DutyIncident[];
  readonly missing: number;
  readonly repeated: number;
}

/** The table. */
export function figuresOf(sources: FigureSources): Figure[] {
  const { account, answers, began, mended, accepting, draining, resent, lines, counters } = sources;
  const { interventions, times, failedStarts } = sources.stage;
  const { notified, calls } = sources.vendors;
  const accepted = answers.filter(({ status }) => status === 200);
  const awake = answers.filter((answer) =>
    !interventions.some((intervention) => isFrozen(intervention, answer))
  );
  const yes = awake.filter(({ status }) => status === 200).map(({ ms }) => ms);
  const no = awake.filter(isRefusal).map(({ ms }) => ms);
  const refused = answers.filter(({ status, at }) => status !== 200 && at <= mended);
  const silences = silencesOf(interventions, { account, ...sources.vendors });
  const minutes = (mended - began) / 60_000;
  const perMinute = Math.max(...lines.values()) / minutes;
  const kinds = countBy(interventions, ({ action }) => action.kind);
  return [
    { what: "store", value: sources.store },
    {
      what: "clocks",
      value: sources.hasClocks ? "up to 2 s wrong (libfaketime)" : "right: no libfaketime here",
    },
    { what: "done to them", value: words(kinds) },
    {
      what: "requests to the database",
      value: `${
        counters.metadata + counters.reads + counters.writes + counters.watches
      }, of which ${counters.faults} met a fault`,
    },
    {
      what: "alerts answered 200",
      value: `${account.acceptedAlerts} of ${account.sentAlerts} sent, in ${accepted.length} payloads`,
    },
    { what: "answers that are no 200", value: words(countBy(refused, ({ status }) => nameOf(status))) },
    {
      what: "answer 200, unless the relay was frozen",
      value: spread(yes),
      goal: goalOf("≤ 2 s", yes, 2_000),
    },
    {
      what: "refusal, unless the relay was frozen",
      value: spread(no),
      goal: goalOf("≤ 2 s", no, 2_000),
    },
    {
      what: "first 200 after an outage",
      value: spread(times.afterOutage),
      goal: goalOf("≤ 1 s", times.afterOutage, 1_000),
    },
    { what: "start until it listens", value: `${spread(times.starts)}; ${failedStarts} failed` },
    {
      what: "first 200 after a start",
      value: spread(times.afterStart),
      goal: goalOf("≤ 1 s", times.afterStart, 1_000),
    },
    { what: "stop by SIGTERM", value: spread(times.stops), goal: goalOf("≤ 5 s", times.stops, 5_000) },
    {
      what: "silence of a lane after a kill, a freeze or a partition",
      value: spread(silences),
      goal: goalOf("≤ 15 s", silences, 15_000),
    },
    {
      what: "notified",
      value: `${notified.length} alerts; ${sources.missing} missing, ${sources.repeated} sent twice`,
    },
    {
      what: "escalation",
      value: `${sources.duty.length} incidents, of which ${
        sources.duty.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined).length
      } were acknowledged`,
    },
    ...(["dingtalk", "wecom"] as const).map((robot) => {
      const at = calls(robot).map(({ at }) => at);
      const most = mostWithin(at, ROBOT_RATE.per);
      return {
        what: robot,
        value: `${at.length} messages, at most ${most} a minute`,
        goal: { words: `≤ ${ROBOT_RATE.messages}`, reached: most <= ROBOT_RATE.messages },
      };
    }),
    {
      what: "after the faults",
      value: `all accepted after ${seconds(accepting)}, all delivered after ${
        seconds(draining)
      }; ${resent} dead sent again`,
    },
    { what: "lines printed", value: `${perMinute.toFixed(0)} a minute by the most talkative relay` },
  ];
}

/** Whether the relay was frozen during the request: it could not answer. */
function isFrozen({ action, from }: Intervention, { relay, at, ms }: Answer): boolean {
  return action.kind === "freeze" && action.relay === relay && from <= at + ms &&
    at <= from + 1_000 * action.seconds;
}

/** Whether a relay refused an alert, or gave no answer before the sender gave up. */
function isRefusal({ status, ms }: Answer): boolean {
  return status === 0 ? ms >= PATIENCE : status !== 200;
}

function nameOf(status: number): string {
  return status === 0 ? "connection refused, or no answer" : String(status);
}

/**
 * The longest wait of each sink for a message after an intervention at a relay: from then, or from the first alert
 * that was accepted for the sink and not sent yet. Waits with an outage of the sink or the whole database are left
 * out.
 */
function silencesOf(
  interventions: readonly Intervention[],
  { account, arrivals, notified }: Pick<Vendors, "arrivals" | "notified"> & { account: Account },
): number[] {
  const firstAt = new Map<string, number>();
  for (const one of notified) if (!firstAt.has(keyOf(one))) firstAt.set(keyOf(one), one.at);
  const disturbs = ({ action }: Intervention, sink: SinkName): boolean =>
    action.kind === "database" && action.fault.share === 1 ||
    action.kind === "vendor" && action.vendor === sink && /^down|429/.test(action.fault);
  return interventions.filter(({ action: { kind } }) =>
    kind === "kill" || kind === "freeze" || kind === "partition"
  )
    .flatMap(({ from }) =>
      SINKS.flatMap((sink) => {
        const next = arrivals[sink].find((at) => at > from + STILL_UNDER_WAY);
        const waited = [...account.accepted.values()].filter(({ state, sink: its, at }) =>
          its === sink && at > from - RECENT && firstAt.get(keyOf(state))! > from
        );
        if (next === undefined || waited.length === 0) return [];
        const start = Math.max(from, Math.min(...waited.map(({ at }) => at)));
        const isDisturbed = interventions.some((intervention) =>
          disturbs(intervention, sink) && intervention.from <= next &&
          start <= intervention.from + 1_000 * intervention.action.seconds
        );
        return isDisturbed || next < start ? [] : [next - start];
      })
    );
}

/** An alert that was accepted earlier waits for other reasons: milliseconds. */
const RECENT = 2_000;

/** The time in which messages of an ended relay still arrive, in milliseconds. */
const STILL_UNDER_WAY = 100;

function goalOf(words: string, values: readonly number[], most: number): Figure["goal"] {
  return values.length === 0 ? undefined : { words, reached: Math.max(...values) <= most };
}

/** Median, 99th percentile and maximum of milliseconds. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return "none";
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    seconds(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
  return `${values.length} times: median ${at(0.5)}, 99 % ${at(0.99)}, most ${at(1)}`;
}

function seconds(ms: number): string {
  return ms === Infinity ? "never" : ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function countBy<T>(all: readonly T[], nameOf: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(nameOf(one), (counts.get(nameOf(one)) ?? 0) + 1);
  return counts;
}

function words(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(", ") || "nothing";
}
