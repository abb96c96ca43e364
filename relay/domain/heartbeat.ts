/**
 * Heartbeats: alerts that always fire, such as Watchdog of kube-prometheus. They notify nobody; their absence means that
 * the sender is down and reports nothing else either.
 *
 * @module
 */
import { type Alert, labelOf, type Labels, OWN_DIALECT } from "./alert.ts";
import { defined } from "../base/defined.ts";
import { PEER_LAG } from "./late_peer.ts";
import type { Routed } from "./rules.ts";
import { DAY, MINUTE } from "../base/duration.ts";

/** The configured heartbeats, by `alertname`. `within`: milliseconds without a beat after which one is lost. */
export type HeartbeatRules = ReadonlyMap<string, { readonly within?: number | undefined }>;

/** The record of one heartbeat, which is one fingerprint. Times are epoch milliseconds. */
export interface Heartbeat {
  readonly fingerprint: string;
  readonly name: string;
  readonly labels: Labels;
  /** The groups that it was routed to; of one that is called, those that were notified of its loss. */
  readonly routes: readonly HeartbeatRoute[];
  /** Set for a configured, called name instead of an alert. */
  readonly called?: true;
  /** Set until its first call; then `lastAt` is when the relay began to expect one. */
  readonly neverCalled?: true;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The longest gap between two beats on each of the last days. */
  readonly gaps: readonly { readonly day: number; readonly ms: number }[];
  /** The latest start that a beat gave. Earlier versions did not store it. */
  readonly startsAt?: number;
  /** The time at which its sender resolved it; absent once the sender sends it again. */
  readonly endedAt?: number;
  /** While it is lost: since when, and when its incident was last renewed. */
  readonly lost?: { readonly since: number; readonly at: number };
}

interface HeartbeatRoute extends Pick<Routed, "by" | "rule"> {
  /** `owner/level` */
  readonly group: string;
  /** The time at which a beat last took this route. Earlier versions did not store it. */
  readonly at?: number;
}

/** The time at which the relay was last seen running, and the begin of that uninterrupted run. */
export interface Listening {
  readonly since: number;
  readonly at: number;
}

/** The upkeep runs each minute; after a longer break than this, the relay counts as having been down. */
const MAX_BREAK = 3 * MINUTE;

/** The shortest time without a beat that counts as a loss. */
const MIN_PATIENCE = 10 * MINUTE;

/** Added to twice the longest gap. */
const SLACK = 5 * MINUTE;

/** The `alertname` of the relay's own alert that a heartbeat is lost. */
export const HEARTBEAT_LOST = "HeartbeatLost";

/** Watched heartbeats, at most, because all are read each minute. Further ones are alerts like any other. */
export const MAX_HEARTBEATS = 2_000;

/** The number of days that the longest gap is stored. */
const GAP_DAYS = 7;

/** kube-prometheus's `repeat_interval`, assumed until the heartbeat's own interval is known. https://github.com/prometheus-operator/kube-prometheus */
const ASSUMED_GAP = 12 * 60 * MINUTE;

/** Whether an alert is a heartbeat. */
export function isHeartbeat(
  { dialect, labels }: Pick<Alert, "dialect" | "labels">,
  rules: HeartbeatRules,
): boolean {
  const name = labelOf(labels, "alertname");
  return name !== undefined && dialect !== OWN_DIALECT && rules.has(name);
}

/** Since when the relay has been running without a break. */
export function listeningSince(last: Listening | undefined, now: number): number {
  return last && now - last.at <= MAX_BREAK ? last.since : now;
}

/** An alert of a heartbeat and its context. */
interface Beat extends Pick<Alert, "status" | "startsAt" | "endsAt"> {
  /** Since when the relay has been running. */
  readonly since: number;
  readonly within: number | undefined;
  readonly now: number;
}

/** The record after an alert of a heartbeat. */
export function afterBeat(
  before: Heartbeat | undefined,
  identity: Pick<Heartbeat, "fingerprint" | "name" | "labels" | "routes" | "called">,
  beat: Beat,
): Heartbeat {
  if (before && isOfLatePeer(before, beat)) return before;
  const { status, since, within, now } = beat;
  const { firstAt = now, lastAt = now, gaps = [], lost } = before ?? {};
  const startsAt = Math.max(before?.startsAt ?? -Infinity, beat.startsAt ?? -Infinity);
  const base = {
    ...identity,
    routes: routesAfter(before, identity.routes, beat),
    firstAt,
    ...defined({ startsAt: Number.isFinite(startsAt) ? startsAt : undefined, lost }),
  };
  if (status === "resolved") return { ...base, lastAt, gaps, endedAt: before?.endedAt ?? now };
  const isWhole = before !== undefined && before.endedAt === undefined && lastAt >= since;
  if (!isWhole) return { ...base, lastAt: now, gaps };
  // The gap of a lost heartbeat is an outage, not its interval, so it counts as the patience at most.
  const gap = lost ? Math.min(now - lastAt, patienceOf(before, { within, now })) : now - lastAt;
  return { ...base, lastAt: now, gaps: withGap(gaps, gap, now) };
}

/**
 * Whether the late peer of a high-availability pair sent it: a resolved that ended before the newest start, or a firing
 * that follows its own resolved.
 */
function isOfLatePeer(
  { startsAt: began, endedAt }: Pick<Heartbeat, "startsAt" | "endedAt">,
  { status, startsAt, endsAt, now }: Beat,
): boolean {
  if (began === undefined || startsAt === null) return false;
  if (status === "resolved") return startsAt < began && endsAt !== null && endsAt <= began;
  return endedAt !== undefined && startsAt <= began && now < endedAt + PEER_LAG;
}

/**
 * The groups of a heartbeat after a beat. Senders that each name a group, such as two receivers of one Alertmanager, do not
 * replace each other's: a named group stays until its own beats are overdue, and while the heartbeat is lost, so that it is
 * notified of the end. Groups that rules gave are computed anew.
 */
function routesAfter(
  before: Heartbeat | undefined,
  routes: Heartbeat["routes"],
  { within, now }: Beat,
): Heartbeat["routes"] {
  const current = routes.map((route) => ({ ...route, at: now }));
  if (!before) return current;
  const patience = before.lost ? Infinity : patienceOf(before, { within, now });
  const others = before.routes.filter(({ group, by, at = before.lastAt }) =>
    by === "named" && now - at <= patience && !routes.some((route) => route.group === group)
  );
  return [...current, ...others];
}

function withGap(gaps: Heartbeat["gaps"], ms: number, now: number): Heartbeat["gaps"] {
  const day = dayOf(now);
  const today = gaps.find((gap) => gap.day === day)?.ms ?? 0;
  return [
    ...gaps.filter((gap) => gap.day !== day && gap.day > day - GAP_DAYS),
    { day, ms: Math.max(today, ms) },
  ];
}

/** The longest time without a beat: the configured one, otherwise derived from the longest gap of the last days. */
export function patienceOf(
  { firstAt, lastAt, gaps }: Pick<Heartbeat, "firstAt" | "lastAt" | "gaps">,
  { within, now }: { within: number | undefined; now: number },
): number {
  if (within !== undefined) return within;
  const recent = gaps.filter(({ day }) => day > dayOf(now) - GAP_DAYS).map(({ ms }) => ms);
  // Alertmanager sends an alert again whenever its group changes, so the gaps of a busy hour do not predict a quiet one.
  if (recent.length === 0 || lastAt - firstAt < DAY) recent.push(ASSUMED_GAP);
  return Math.max(MIN_PATIENCE, 2 * Math.max(...recent) + SLACK);
}

/** The begin of a heartbeat's loss; `undefined` without one. The relay's downtime does not count. */
export function lostSince(
  heartbeat: Heartbeat,
  { since, within, now }: { since: number; within: number | undefined; now: number },
): number | undefined {
  const { lastAt, endedAt } = heartbeat;
  if (endedAt !== undefined) return lastAt;
  return now - Math.max(lastAt, since) > patienceOf(heartbeat, { within, now }) ? lastAt : undefined;
}

/** The source of a heartbeat, in a few words; may be empty. */
export function sourceOf(labels: Labels): string {
  return ["cluster", "prometheus"].flatMap((name) => labelOf(labels, name) ?? []).join(" ");
}

function dayOf(time: number): number {
  return Math.floor(time / DAY);
}
