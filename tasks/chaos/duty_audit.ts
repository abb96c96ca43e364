/**
 * The promises about escalation: each step of an unacknowledged incident is taken once, and none of an incident that
 * was acknowledged in time.
 *
 * @module
 */
import type { Broken, RecordedDelivery } from "./audit.ts";

/** The steps, with the milliseconds after the group's notification. */
export const STEPS = { lead: 15_000, boss: 30_000 } as const;

/** A step, named after its recipient. */
export type DutyStep = keyof typeof STEPS;

/** An incident of the group on duty. Times are epoch milliseconds. */
export interface DutyIncident {
  readonly name: string;
  readonly fingerprint: string;
  /** The time of the first send: its group was notified then or later. */
  readonly firedAt: number;
  /** The times of the first attempt to acknowledge it and of the answer. */
  askedAt?: number;
  acknowledgedAt?: number;
}

/** The deliveries that happened. */
export interface DutyRecords {
  /** The deliveries of each step. */
  readonly escalations: Readonly<Record<DutyStep, readonly RecordedDelivery[]>>;
  /** The fingerprints that each step's receiver has received. */
  readonly received: Readonly<Record<DutyStep, readonly string[]>>;
}

/**
 * The least time between an acknowledgement's answer and a step that it stops for certain: the clocks differ by up to
 * 2 s.
 */
const IN_TIME = 5_000;

const TAKEN = "each step of an escalation is taken";
const ONCE = "no step of an escalation is taken twice";
const STOPPED = "an acknowledgement stops the escalation";

/** Whether the promise may still be kept later. */
export function isOpen({ promise }: Broken): boolean {
  return promise === TAKEN;
}

/** Checks the promises. @returns the broken ones */
export function dutyPromises(
  incidents: readonly DutyIncident[],
  { escalations, received }: DutyRecords,
): Broken[] {
  return incidents.flatMap((incident) =>
    (Object.keys(STEPS) as DutyStep[]).flatMap((step) => {
      const { name, fingerprint: alert, firedAt: at, askedAt, acknowledgedAt } = incident;
      const taken = escalations[step].filter(({ fingerprint }) => fingerprint === alert);
      const isReceived = received[step].includes(alert);
      const about = { alert, at };
      const broken: Broken[] = [];
      if (taken.length > 1) {
        const ids = taken.map(({ id }) => id).join(" and ");
        broken.push({ ...about, promise: ONCE, seen: `${step} was notified of ${name} by ${ids}` });
      }
      if (
        acknowledgedAt !== undefined && acknowledgedAt < at + STEPS[step] - IN_TIME &&
        (taken.length > 0 || isReceived)
      ) {
        const after = Math.round((acknowledgedAt - at) / 1_000);
        const seen = `${step} was notified of ${name}, which was acknowledged ${after} s after it had fired`;
        broken.push({ ...about, promise: STOPPED, seen });
      }
      const isDelivered = taken.some(({ state }) => state === "delivered") && isReceived;
      if (askedAt === undefined && !isDelivered) {
        broken.push({ ...about, promise: TAKEN, seen: `${step} was never notified of ${name}` });
      }
      return broken;
    })
  );
}
