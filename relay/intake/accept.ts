import type { Incoming } from "../alert.ts";
import { fingerprint } from "../fingerprint.ts";
import type { Group } from "../group.ts";
import type { Intake, Logged } from "./plan.ts";
import { deliveryId } from "../record.ts";
import { route, type Rule } from "../rules.ts";
import { shrink } from "../shrink.ts";
import type { FirstTry, Watchers } from "./watch.ts";
import type { Writer } from "./writer.ts";

/** What a caller asks for beside its alerts. */
export interface AcceptOptions {
  /** When the alerts were received. */
  readonly now: number;
  /** `owner/level` of the group that the caller named; an unknown one is told by the default group. Or the group itself. */
  readonly group?: string | Group;
  /** Bytes of the payload, for the bound on what may wait. */
  readonly bytes: number;
  /** Wait for the first try of each delivery, until then at most. */
  readonly waitUntil?: number;
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
  /** One for each delivery, with `waitUntil`. */
  readonly tries: readonly FirstTry[];
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
  { routes, writer, watchers, wake }: {
    routes: Routes;
    writer: Writer;
    watchers: Watchers;
    wake: (lane: string) => void;
  },
): Accept {
  const process = crypto.randomUUID().slice(0, 8);
  let payloads = 0;

  return async function accept(alerts, { now, group, bytes, waitUntil }): Promise<Receipt> {
    const payload = `${process}-${(payloads++).toString(36)}`;
    const intakes = alerts.map(({ alert, identity }): Intake => ({
      alert: shrink(alert),
      fingerprint: fingerprint(alert.dialect, identity),
      routes: typeof group === "object"
        ? [{ group, by: "named" }]
        : route(alert.labels, { named: group, ...routes }),
      payload,
      now,
    }));
    const { logged, lanes } = await writer.append(intakes, { bytes });
    for (const lane of lanes) wake(lane);
    const tries = waitUntil === undefined
      ? []
      : await watchers.wait(new Map(logged.flatMap(deliveriesOf)), { until: waitUntil });
    return { accepted: logged.length, ...count(logged), logged, tries };
  };
}

/** Delivery id → destination id. */
function deliveriesOf({ id, routing }: Logged): [string, string][] {
  return routing.flatMap(({ destinations = [] }) => destinations)
    .map((destination, number) => [deliveryId(id, number), destination]);
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
