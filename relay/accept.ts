import type { Incoming } from "./alert.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Group } from "./group.ts";
import type { Intake, Logged } from "./plan.ts";
import { route, type Rule } from "./rules.ts";
import { shrink } from "./shrink.ts";
import type { Writer } from "./writer.ts";

/** What a caller asks for beside its alerts. */
export interface AcceptOptions {
  /** When the alerts were received. */
  readonly now: number;
  /** `owner/level` of the group that the caller named; an unknown one is told by the default group. */
  readonly group?: string;
  /** Bytes of the payload, for the bound on what may wait. */
  readonly bytes: number;
}

/** What became of a payload: all of it is stored. */
export interface Receipt {
  /** Alerts stored. */
  readonly accepted: number;
  /** Those that every one of their groups folded. */
  readonly duplicates: number;
  /** Alert × group that is told. */
  readonly notifications: number;
  /** One for each alert, in their order. */
  readonly logged: readonly Logged[];
}

/** The way in: alerts → fingerprints → groups → windows → deliveries, on disk before it returns. */
export type Accept = (alerts: readonly Incoming[], options: AcceptOptions) => Promise<Receipt>;

/** What alerts are routed by. */
export interface Routes {
  readonly groups: ReadonlyMap<string, Group>;
  readonly rules: readonly Rule[];
}

/**
 * The way in.
 *
 * @param options `wake` is called with each lane that got work.
 */
export function createAccept(
  { routes, writer, wake }: { routes: Routes; writer: Writer; wake: (lane: string) => void },
): Accept {
  const process = crypto.randomUUID().slice(0, 8);
  let payloads = 0;

  return async function accept(alerts, { now, group, bytes }): Promise<Receipt> {
    const payload = `${process}-${(payloads++).toString(36)}`;
    const intakes = alerts.map(({ alert, identity }): Intake => ({
      alert: shrink(alert),
      fingerprint: fingerprint(alert.dialect, identity),
      routes: route(alert.labels, { named: group, ...routes }),
      payload,
      now,
    }));
    const { logged, lanes } = await writer.append(intakes, { bytes });
    for (const lane of lanes) wake(lane);
    return { accepted: logged.length, ...count(logged), logged };
  };
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
