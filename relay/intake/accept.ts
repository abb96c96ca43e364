import type { IncomingAlert } from "../domain/alert.ts";
import { turnOfLoop } from "../base/event_loop.ts";
import { isDuplicate, isNotified } from "../domain/outcome.ts";
import { liftResolved } from "./lift.ts";
import type { AcceptedAlert } from "./commit_builder.ts";
import { type AlertTarget, type ArrivalContext, onArrival, type PreparedAlert } from "./pipeline.ts";
import type { Records } from "../store/records.ts";
import type { SignatureUse } from "../domain/signature.ts";
import type { Silences } from "../store/silences.ts";
import { type FirstAttempt, firstAttempts, type FirstAttemptsOptions } from "./first_attempts.ts";
import type { Writer } from "./writer.ts";

/** What a caller asks for beside its alerts. */
export interface AcceptOptions {
  /** When the alerts were received. */
  readonly now: number;
  /** Where they go. An unknown group falls back to the default group; by default the rules decide. */
  readonly group?: AlertTarget | undefined;
  /** Bytes of the payload, for the bound on what may wait. */
  readonly bytes: number;
  /** Wait for the first attempt of each delivery, until then at most. */
  readonly waitUntil?: number;
  /** The signature of the request, stored with its alerts. */
  readonly signature?: SignatureUse;
}

/** What became of a payload: all of it is stored. */
export interface Receipt {
  /** Alerts stored. */
  readonly accepted: number;
  /** Alerts that were duplicates for all of their groups. */
  readonly duplicates: number;
  /** Alert × group that is notified. */
  readonly notifications: number;
  /** One for each alert, in their order. */
  readonly logged: readonly AcceptedAlert[];
  /** One for each delivery, with `waitUntil`. */
  readonly attempts: readonly FirstAttempt[];
}

/** Accepts alerts: they are on disk when it returns. @throws StoreError */
export type Accept = (alerts: readonly IncomingAlert[], options: AcceptOptions) => Promise<Receipt>;

/** What accepting works with. */
export interface AcceptTools extends Omit<FirstAttemptsOptions, "until"> {
  readonly routes: Pick<ArrivalContext, "groups" | "rules">;
  /** Recognises heartbeats, and records them; recording does not fail. */
  readonly heartbeats: {
    readonly isBeat: ArrivalContext["isHeartbeat"];
    note(beats: readonly PreparedAlert[]): Promise<void>;
  };
  readonly silences: Silences;
  readonly records: Pick<Records, "incidents">;
  readonly writer: Writer;
  /** Called with each lane that got work. */
  readonly wake: (lane: string) => void;
}

/** Alerts of one payload that are prepared before other work gets its turn. */
const AT_ONCE = 500;

/** The way in: pipeline.ts prepares the alerts, one commit stores them, and the caller is answered. */
export function createAccept(tools: AcceptTools): Accept {
  const { routes, heartbeats, silences, writer, wake } = tools;
  const process = crypto.randomUUID().slice(0, 8);
  let payloads = 0;

  return async function accept(alerts, { now, group, bytes, waitUntil, signature }): Promise<Receipt> {
    const payload = `${process}-${(payloads++).toString(36)}`;
    // When they cannot be read now, those in memory count: a notification does not wait for a silence.
    if (silences.isDue(now)) await silences.refresh(now).catch(() => {});
    const context: ArrivalContext = {
      target: group,
      groups: routes.groups,
      rules: routes.rules,
      isHeartbeat: (alert, fingerprint) => heartbeats.isBeat(alert, fingerprint),
      silenceOf: (alert, now) => silences.covering(alert.labels, now, alert),
    };
    const prepared: PreparedAlert[] = [];
    for (const [index, { alert, identity }] of alerts.entries()) {
      if (index > 0 && index % AT_ONCE === 0) await turnOfLoop();
      prepared.push(onArrival({ alert, identity, payload, now, signature }, context));
    }

    const { logged, lanes, refused } = await writer.append(prepared, { bytes });

    for (const lane of lanes) wake(lane);
    const attempts = waitUntil === undefined || refused
      ? []
      : firstAttempts(logged, { ...tools, until: waitUntil }); // it must begin before anything is awaited
    if (alerts.some(({ alert }) => alert.status === "resolved")) {
      await liftSilences(logged, { ...tools, now });
    }
    const beats = prepared.filter(({ heartbeat }) => heartbeat);
    if (beats.length > 0) await heartbeats.note(beats);
    if (refused) throw refused;
    return { accepted: logged.length, ...countOutcomes(logged), logged, attempts: await attempts };
  };
}

/** End the silences that waited for incidents that are now resolved. If that fails, the upkeep does it within a minute. */
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
