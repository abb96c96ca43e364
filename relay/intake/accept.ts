import type { Clock } from "../base/clock.ts";
import { withTimeout } from "../base/timeout.ts";
import type { Config } from "../config/mod.ts";
import { groupNamed } from "../config/named_group.ts";
import type { SecondLook } from "../config/second_look.ts";
import { type IncomingAlert, labelOf } from "../domain/alert.ts";
import { turnOfLoop } from "../base/event_loop.ts";
import { isDuplicate, isNotified } from "../domain/outcome.ts";
import { liftResolved } from "./lift.ts";
import type { AcceptedAlert } from "./commit_builder.ts";
import { type AlertTarget, type ArrivalContext, onArrival, type PreparedAlert } from "./pipeline.ts";
import { isRenewing } from "../domain/occurrence.ts";
import type { Records } from "../store/records.ts";
import type { Renewing, SortedAlerts } from "./renew.ts";
import type { SignatureUse } from "../domain/signature.ts";
import { StoreError } from "../store/errors.ts";
import type { Silences } from "../store/silences.ts";
import { type FirstAttempt, firstAttempts, type FirstAttemptsOptions } from "./first_attempts.ts";
import type { Written } from "./write_queue.ts";
import type { Writer } from "./writer.ts";

/** A caller's input, in addition to its alerts. */
export interface AcceptOptions {
  /** The time at which the alerts were received. */
  readonly now: number;
  /** The target of the alerts. An unknown group falls back to the default group; without a target the rules decide. */
  readonly group?: AlertTarget | undefined;
  /** Bytes of the payload, which count against the writer's capacity. */
  readonly bytes: number;
  /** Wait for the first attempt of each delivery, at most until this time. */
  readonly waitUntil?: number;
  /** The signature of the request, stored with its alerts. */
  readonly signature?: SignatureUse;
}

/** The receipt for a payload whose alerts are all stored. */
export interface Receipt {
  /** Logged alerts. */
  readonly accepted: number;
  /** Alerts that only renewed their incidents, and are not logged. */
  readonly renewed: number;
  /** Alerts that were duplicates for all of their groups. */
  readonly duplicates: number;
  /** Notifications: one for each alert and notified group. */
  readonly notifications: number;
  /** One for each logged alert, in order. */
  readonly logged: readonly AcceptedAlert[];
  /** The logged alerts, in the same order. */
  readonly alerts: readonly Pick<IncomingAlert, "alert">[];
  /** With `waitUntil`: one for each delivery. */
  readonly attempts: readonly FirstAttempt[];
}

/** Accepts alerts: they are on disk when it returns. @throws StoreError */
export type Accept = (alerts: readonly IncomingAlert[], options: AcceptOptions) => Promise<Receipt>;

/** The dependencies of {@linkcode createAccept}. */
export interface AcceptTools extends Omit<FirstAttemptsOptions, "until"> {
  readonly routes: Pick<Config, "groups" | "rules" | "aliases" | "enrich">;
  readonly secondLook: Pick<SecondLook, "for">;
  /** Recognises and records heartbeats; `note` never rejects. */
  readonly heartbeats: {
    readonly isBeat: ArrivalContext["isHeartbeat"];
    note(beats: readonly PreparedAlert[]): Promise<void>;
  };
  readonly renewing: Pick<Renewing, "store" | "sort" | "logged">;
  readonly silences: Silences;
  readonly records: Pick<Records, "incidents">;
  readonly writer: Writer;
  readonly clock: Pick<Clock, "now">;
  /** Milliseconds from the request to the answer, at most, without the wait for first attempts; Infinity = no limit. */
  readonly answerWithin: number;
  /** Called with each lane that got work. */
  readonly wake: (lane: string) => void;
}

/** Alerts of one payload that are prepared before the event loop gets a turn. */
const ALERTS_A_TURN = 500;

/** The way in: pipeline.ts prepares the alerts, one commit stores them, and the caller is answered. */
export function createAccept(tools: AcceptTools): Accept {
  const { routes, heartbeats, silences, renewing, writer, wake, secondLook, clock, answerWithin } = tools;
  const process = crypto.randomUUID().slice(0, 8);
  let payloads = 0;

  return async function accept(alerts, { now, group, bytes, waitUntil, signature }): Promise<Receipt> {
    const payload = `${process}-${(payloads++).toString(36)}`;
    const prepare = async (): Promise<PreparedAlert[]> => {
      const context: ArrivalContext = {
        target: typeof group === "string" ? groupNamed(group, routes) : group,
        groups: routes.groups,
        rules: routes.rules,
        enrich: routes.enrich,
        isHeartbeat: (alert, fingerprint) => heartbeats.isBeat(alert, fingerprint),
        silenceOf: (alert, now) => silences.covering(alert.labels, now, alert),
      };
      const prepared: PreparedAlert[] = [];
      for (const [index, { alert, identity }] of alerts.entries()) {
        if (index > 0 && index % ALERTS_A_TURN === 0) await turnOfLoop();
        prepared.push(onArrival({ alert, identity, payload, now, signature }, context));
      }
      return prepared;
    };
    let prepared = await prepare();
    const inTime = async <T>(work: Promise<T>, late: () => T): Promise<T> =>
      answerWithin === Infinity
        ? await work
        : await withTimeout(work, Math.max(0, now + answerWithin - clock.now()), late);
    const unknown = unknownName(prepared, group);
    if (unknown !== undefined && await inTime(secondLook.for(unknown), () => false)) {
      prepared = await prepare();
    }

    const isRepeated = isRenewing(alerts[0]?.alert.dialect ?? "");
    const store = async (): Promise<Written & SortedAlerts> => {
      const sorted = isRepeated ? await renewing.sort(prepared, now) : { ...NO_RENEWALS, fresh: prepared };
      const [written, lanes] = await Promise.all([
        writer.append(sorted.fresh, { bytes }),
        renewing.store(sorted.updates),
      ]);
      for (const lane of [...written.lanes, ...lanes]) wake(lane);
      if (isRepeated && !written.refused) { // a refused alert has no record, so the others are not in order
        for (const [index, { routing }] of written.logged.entries()) {
          renewing.logged(sorted.fresh[index]!, routing, now);
        }
      }
      return { ...sorted, ...written };
    };
    const { fresh, renewed, logged, refused } = await inTime(store(), () => {
      throw new StoreError("unavailable", "Cannot store the alerts in time: the database is too slow");
    });
    const attempts = waitUntil === undefined || refused
      ? []
      : firstAttempts(logged, { ...tools, until: waitUntil }); // registered before a courier can report: it begins in a later turn of the event loop
    const follow = async (): Promise<void> => {
      if (alerts.some(({ alert }) => alert.status === "resolved")) {
        await liftSilences(logged, { ...tools, now });
      }
      const beats = prepared.filter(({ heartbeat }) => heartbeat);
      if (beats.length > 0) await heartbeats.note(beats);
    };
    await inTime(follow(), () => {}); // the alerts are stored: it goes on after the answer
    if (refused) throw refused;
    return {
      accepted: logged.length,
      renewed,
      ...countOutcomes(logged),
      logged,
      alerts: fresh,
      attempts: await attempts,
    };
  };
}

const NO_RENEWALS = { renewed: 0, updates: [] };

/** The group that an alert for the default group may have meant, because another instance has just made it. */
function unknownName(prepared: readonly PreparedAlert[], group: AlertTarget | undefined): string | undefined {
  for (const { routes: [first], alert } of prepared) {
    if (first?.by === "unknown_group") return String(group);
    if (first?.by === "default") return labelOf(alert.labels, "team") ?? "";
  }
}

/** End silences whose incidents are now resolved. If it fails, the upkeep does it within a minute. */
async function liftSilences(
  logged: readonly AcceptedAlert[],
  { silences, records, now }: Pick<AcceptTools, "silences" | "records"> & { now: number },
): Promise<void> {
  if (silences.awaiting(now).length === 0) return;
  const incidents = new Set(logged.flatMap(({ incident }) => incident ?? []));
  if (incidents.size > 0) await liftResolved({ silences, records }, { now, incidents }).catch(() => {});
}

function countOutcomes(logged: readonly AcceptedAlert[]): Pick<Receipt, "duplicates" | "notifications"> {
  let duplicates = 0;
  let notifications = 0;
  for (const { routing } of logged) {
    if (routing.every(({ outcome }) => isDuplicate(outcome))) duplicates++;
    for (const { outcome } of routing) if (isNotified(outcome)) notifications++;
  }
  return { duplicates, notifications };
}
