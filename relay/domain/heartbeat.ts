/**
 * Alerts that always fire, such as Watchdog of kube-prometheus: nobody needs to hear of them, but that they no longer
 * arrive means that the sender is down and will report nothing else either.
 *
 * @module
 */
import { type Alert, labelOf, type Labels, OWN_DIALECT } from "./alert.ts";
import { PEER_LAG } from "./late_peer.ts";
import type { Routed } from "./rules.ts";

/** The alerts that are heartbeats, by `alertname`. `within`: milliseconds without one after which it is lost. */
export type HeartbeatRules = ReadonlyMap<string, { readonly within?: number | undefined }>;

/** What is remembered of one heartbeat: of its fingerprint. Times are epoch milliseconds. */
export interface Heartbeat {
  readonly fingerprint: string;
  readonly name: string;
  readonly labels: Labels;
  /** Where it was routed. */
  readonly routes: readonly HeartbeatRoute[];
  readonly firstAt: number;
  readonly lastAt: number;
  /** The longest gap between two beats on each of the last days. */
  readonly gaps: readonly { readonly day: number; readonly ms: number }[];
  /** When it began, by the newest beat that says so. Earlier versions did not store it. */
  readonly startsAt?: number;
  /** Its sender said that it is resolved, and has not sent it since. */
  readonly endedAt?: number;
  /** It is lost: since when, and when the groups' incident last had an alert. */
  readonly lost?: { readonly since: number; readonly at: number };
}

interface HeartbeatRoute extends Pick<Routed, "by" | "rule"> {
  /** `owner/level` */
  readonly group: string;
  /** When a beat last took this route. Earlier versions did not store it. */
  readonly at?: number;
}

/** When the relay was last seen running, and since when without a break. */
export interface Listening {
  readonly since: number;
  readonly at: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A break of the relay's own upkeep, which runs each minute, after which it counts as having been down. */
const BREAK = 3 * MINUTE;

/** The shortest time without a beat that means anything. */
const LEAST = 10 * MINUTE;

/** What is added to twice the longest gap. */
const SLACK = 5 * MINUTE;

/** The `alertname` of the relay's own alert that a heartbeat is lost. */
export const HEARTBEAT_LOST = "HeartbeatLost";

/** How many heartbeats are watched: they are read each minute. What is above it is an alert like any other. */
export const MOST_HEARTBEATS = 2_000;

/** How many days' longest gaps are remembered. */
const DAYS = 7;

/** kube-prometheus's `repeat_interval`, assumed for as long as a heartbeat's own rhythm is not known. https://github.com/prometheus-operator/kube-prometheus */
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
  return last && now - last.at <= BREAK ? last.since : now;
}

/** What an alert says of the heartbeat, and what else decides. */
interface Beat extends Pick<Alert, "status" | "startsAt" | "endsAt"> {
  /** Since when the relay has been running. */
  readonly since: number;
  readonly within: number | undefined;
  readonly now: number;
}

/** The record after an alert of a heartbeat. */
export function afterBeat(
  known: Heartbeat | undefined,
  beat: Pick<Heartbeat, "fingerprint" | "name" | "labels" | "routes">,
  told: Beat,
): Heartbeat {
  if (known && isOfLatePeer(known, told)) return known;
  const { status, since, within, now } = told;
  const { firstAt = now, lastAt = now, gaps = [], lost } = known ?? {};
  const startsAt = Math.max(known?.startsAt ?? -Infinity, told.startsAt ?? -Infinity);
  const base = {
    ...beat,
    routes: routesAfter(known, beat.routes, told),
    firstAt,
    ...Number.isFinite(startsAt) ? { startsAt } : {},
    ...lost ? { lost } : {},
  };
  if (status === "resolved") return { ...base, lastAt, gaps, endedAt: known?.endedAt ?? now };
  const isWhole = known !== undefined && known.endedAt === undefined && lastAt >= since;
  if (!isWhole) return { ...base, lastAt: now, gaps };
  // What was waited for in vain tells little of the rhythm: it counts no more than the wait did.
  const gap = lost ? Math.min(now - lastAt, patienceOf(known, { within, now })) : now - lastAt;
  return { ...base, lastAt: now, gaps: withGap(gaps, gap, now) };
}

/**
 * Whether the late peer of a high-availability pair sent it: a resolved of a time before the newest start, or a firing
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
 * The groups of a heartbeat. Senders that name their group, such as two receivers of one Alertmanager, do not know of each
 * other: a group that another one named stays for as long as a beat may take, and hears that a lost one is back. What
 * rules decide is decided anew.
 */
function routesAfter(
  known: Heartbeat | undefined,
  routes: Heartbeat["routes"],
  { within, now }: Beat,
): Heartbeat["routes"] {
  const current = routes.map((route) => ({ ...route, at: now }));
  if (!known) return current;
  const patience = known.lost ? Infinity : patienceOf(known, { within, now });
  const others = known.routes.filter(({ group, by, at = known.lastAt }) =>
    by === "named" && now - at <= patience && !routes.some((route) => route.group === group)
  );
  return [...current, ...others];
}

function withGap(gaps: Heartbeat["gaps"], ms: number, now: number): Heartbeat["gaps"] {
  const day = dayOf(now);
  const today = gaps.find((gap) => gap.day === day)?.ms ?? 0;
  return [
    ...gaps.filter((gap) => gap.day !== day && gap.day > day - DAYS),
    { day, ms: Math.max(today, ms) },
  ];
}

/** How long may pass without a beat: as configured, else by the longest gap of the last days. */
export function patienceOf(
  { firstAt, lastAt, gaps }: Pick<Heartbeat, "firstAt" | "lastAt" | "gaps">,
  { within, now }: { within: number | undefined; now: number },
): number {
  if (within !== undefined) return within;
  const recent = gaps.filter(({ day }) => day > dayOf(now) - DAYS).map(({ ms }) => ms);
  // Alertmanager sends an alert again whenever its group changes, so a busy hour says nothing of a quiet one.
  if (recent.length === 0 || lastAt - firstAt < DAY) recent.push(ASSUMED_GAP);
  return Math.max(LEAST, 2 * Math.max(...recent) + SLACK);
}

/** Since when a heartbeat is lost; `undefined` while it is not. Time in which the relay was down does not count. */
export function lostSince(
  heartbeat: Heartbeat,
  { since, within, now }: { since: number; within: number | undefined; now: number },
): number | undefined {
  const { lastAt, endedAt } = heartbeat;
  if (endedAt !== undefined) return lastAt;
  return now - Math.max(lastAt, since) > patienceOf(heartbeat, { within, now }) ? lastAt : undefined;
}

/** Where a heartbeat comes from, in a few words; may be empty. */
export function sourceOf(labels: Labels): string {
  return ["cluster", "prometheus"].flatMap((name) => labelOf(labels, name) ?? []).join(" ");
}

function dayOf(time: number): number {
  return Math.floor(time / DAY);
}
