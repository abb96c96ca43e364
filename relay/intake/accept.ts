import type { Alert, Incoming } from "../domain/alert.ts";
import { turnOfLoop } from "../base/event_loop.ts";
import { fingerprint } from "../domain/fingerprint.ts";
import type { Group } from "../domain/group.ts";
import { liftResolved } from "./lift.ts";
import type { Intake } from "./intake.ts";
import type { Logged } from "./plan.ts";
import { deliveryId } from "../domain/record.ts";
import { route, type Routed, type Rule } from "../domain/rules.ts";
import { shrink } from "../domain/shrink.ts";
import type { Records } from "../store/records.ts";
import type { SignatureUse } from "../domain/signature.ts";
import type { Silences } from "../store/silences.ts";
import { withTestEnd } from "../domain/test_alert.ts";
import { type FirstAttempt, type FirstAttemptWaiters, NOT_TRIED } from "./first_attempts.ts";
import type { Writer } from "./writer.ts";

/** What a caller asks for beside its alerts. */
export interface AcceptOptions {
  /** When the alerts were received. */
  readonly now: number;
  /**
   * `owner/level` of the group that the caller named; an unknown one falls back to the default group. Or the group itself,
   * or where each alert goes, at least one.
   */
  readonly group?: string | Group | readonly Routed[];
  /** Bytes of the payload, for the bound on what may wait. */
  readonly bytes: number;
  /** Wait for the first try of each delivery, until then at most. */
  readonly waitUntil?: number;
  /** The signature of the request, stored with its alerts. */
  readonly signature?: SignatureUse;
}

/** What became of a payload: all of it is stored. */
export interface Receipt {
  /** Alerts stored. */
  readonly accepted: number;
  /** Alerts that were folded for all of their groups. */
  readonly duplicates: number;
  /** Alert × group that is told. */
  readonly notifications: number;
  /** One for each alert, in their order. */
  readonly logged: readonly Logged[];
  /** One for each delivery, with `waitUntil`. */
  readonly tries: readonly FirstAttempt[];
}

/** The way in: alerts → fingerprints → groups → windows → deliveries, on disk before it returns. */
export type Accept = (alerts: readonly Incoming[], options: AcceptOptions) => Promise<Receipt>;

/** Alerts of one payload that are prepared before other work gets its turn. */
const AT_ONCE = 500;

/** What accepting needs to know about heartbeats. */
export interface Beats {
  isBeat(alert: Alert, fingerprint: string): boolean;
  /** It does not fail. */
  note(beats: readonly Intake[]): Promise<void>;
}

/** What alerts are routed by. */
export interface Routes {
  readonly groups: ReadonlyMap<string, Group>;
  readonly rules: readonly Rule[];
}

/** Why a destination is known to receive nothing now, in the vendor's words. */
export type Obstacle = Pick<FirstAttempt, "because" | "step">;

/**
 * The way in.
 *
 * @param options `obstacleTo`: why a delivery's destination receives nothing now; it may fail · `wake`: called with each lane that got work
 */
export function createAccept(
  { routes, beats, silences, records, writer, watchers, obstacleTo, wake }: {
    routes: Routes;
    /** Recognises heartbeats, and records them. */
    beats: Beats;
    silences: Silences;
    records: Pick<Records, "incidents">;
    writer: Writer;
    watchers: FirstAttemptWaiters;
    obstacleTo: (delivery: { id: string; destination: string }) => Promise<Obstacle | undefined>;
    wake: (lane: string) => void;
  },
): Accept {
  const process = crypto.randomUUID().slice(0, 8);
  let payloads = 0;

  return async function accept(alerts, { now, group, bytes, waitUntil, signature }): Promise<Receipt> {
    const payload = `${process}-${(payloads++).toString(36)}`;
    // When they cannot be read now, the known ones count: a notification does not wait for a silence.
    if (silences.isDue(now)) await silences.refresh(now).catch(() => {});
    const { groups, rules } = routes;
    const intakeOf = ({ alert, identity }: Incoming): Intake => {
      const print = fingerprint(alert.dialect, identity);
      return {
        alert: shrink(withTestEnd(alert)),
        fingerprint: print,
        routes: typeof group !== "object"
          ? route(alert.labels, { named: group, groups, rules })
          : "id" in group
          ? [{ group, by: "named" }]
          : group,
        payload,
        now,
        silence: silences.covering(alert.labels, now, alert),
        heartbeat: beats.isBeat(alert, print),
        signature,
      };
    };
    const intakes: Intake[] = [];
    for (const [index, incoming] of alerts.entries()) {
      if (index > 0 && index % AT_ONCE === 0) await turnOfLoop();
      intakes.push(intakeOf(incoming));
    }
    const { logged, lanes, refused } = await writer.append(intakes, { bytes });
    for (const lane of lanes) wake(lane);
    const tries = waitUntil === undefined || refused
      ? []
      : firstTries(logged, { watchers, obstacleTo, until: waitUntil }); // it must begin before anything is awaited
    if (alerts.some(({ alert }) => alert.status === "resolved")) await lift(logged, now);
    const came = intakes.filter(({ heartbeat }) => heartbeat);
    if (came.length > 0) await beats.note(came);
    if (refused) throw refused;
    return { accepted: logged.length, ...count(logged), logged, tries: await tries };
  };

  /** End the silences that waited for incidents that are now resolved. If that fails, the upkeep does it within a minute. */
  async function lift(logged: readonly Logged[], now: number): Promise<void> {
    if (silences.awaiting(now).length === 0) return;
    const incidents = new Set(logged.flatMap(({ incident }) => incident ?? []));
    if (incidents.size > 0) await liftResolved({ silences, records }, { now, incidents }).catch(() => {});
  }
}

/**
 * The first try of each delivery. A delivery to a destination that is known to receive nothing now counts as failed at once.
 * When the time runs out, that is checked once more for each delivery that was not tried.
 */
async function firstTries(
  logged: readonly Logged[],
  { watchers, obstacleTo, until }: {
    watchers: FirstAttemptWaiters;
    obstacleTo: (delivery: { id: string; destination: string }) => Promise<Obstacle | undefined>;
    until: number;
  },
): Promise<FirstAttempt[]> {
  const deliveries = logged.flatMap(deliveriesOf);
  const soon = deliveries.filter(({ held }) => !held);
  // Before the first await, so that no courier can have reported one of them yet.
  const waiting = watchers.wait(new Map(soon.map(({ id, destination }) => [id, destination])), { until });
  const failed = async (delivery: { id: string; destination: string }): Promise<FirstAttempt | undefined> => {
    const obstacle = await obstacleTo(delivery).catch(() => undefined);
    return obstacle && { destination: delivery.destination, state: "failed", ...obstacle };
  };
  await Promise.all(soon.map(async (delivery) => {
    const known = await failed(delivery);
    if (known) watchers.report(delivery.id, known);
  }));
  // `waiting` has the order of `soon`.
  const tries = await Promise.all(
    (await waiting).map(async (one, index) =>
      one.because === NOT_TRIED ? await failed(soon[index]!) ?? one : one
    ),
  );
  return [
    ...tries,
    ...deliveries.filter(({ held }) => held).map(({ destination }): FirstAttempt => ({
      destination,
      state: "pending",
      because: "the group's quiet hours",
    })),
  ];
}

/** An alert's deliveries; those that are held wait for the end of quiet hours. */
function deliveriesOf({ id, routing }: Logged): { id: string; destination: string; held: boolean }[] {
  return routing.flatMap(({ destinations = [], outcome }) => {
    const held = outcome.kind === "told" && outcome.held !== undefined;
    return destinations.map((destination) => ({ destination, held }));
  }).map((delivery, number) => ({ id: deliveryId(id, number), ...delivery }));
}

function count(logged: readonly Logged[]): { duplicates: number; notifications: number } {
  let duplicates = 0;
  let notifications = 0;
  for (const { routing } of logged) {
    if (routing.every(({ outcome }) => outcome.kind === "folded")) duplicates++;
    for (const { outcome } of routing) if (outcome.kind === "told") notifications++;
  }
  return { duplicates, notifications };
}
