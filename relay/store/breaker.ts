/**
 * The breaker before a shared database, as a state machine without time and without input or output: while it is closed,
 * operations pass; one that is not answered opens it, and then only probes talk to the database until one is answered.
 *
 * @module
 */

/** Milliseconds from the start of one probe to the start of the next. */
export const PROBE_EVERY = 500;

/** The interval at which an outage is reported, in milliseconds, however often the breaker opens. */
export const REPORT_EVERY = 60_000;

/** Operations pass. `reportAt`: the time at which an outage may be reported again. */
export interface ClosedBreaker {
  readonly kind: "closed";
  readonly reportAt: number;
}

/** Only probes pass. */
export interface OpenBreaker {
  readonly kind: "open";
  readonly since: number;
  /** The reason why the last operation or probe failed, for the log and for authorised readers. */
  readonly because: string;
  /** The start of the next probe. */
  readonly probeAt: number;
  readonly reportAt: number;
  /** Whether this outage was reported: its end is reported only then. */
  readonly isReported: boolean;
}

/** The state of the breaker. */
export type Breaker = ClosedBreaker | OpenBreaker;

/** An event: an operation or a probe failed, the next probe is due, or a probe was answered. */
export type BreakerEvent =
  | { readonly kind: "failed"; readonly because: string }
  | { readonly kind: "due" }
  | { readonly kind: "answered" };

/** The next state, and the actions. */
export interface BreakerStep {
  readonly breaker: Breaker;
  /** Whether to start a probe. */
  readonly probe?: true;
  /** Whether to report that the outage continues, or that it is over. */
  readonly report?: "outage" | "recovery";
}

/** A breaker that has not reached the database yet. Its first probe is due; its first failure is reported. */
export function startingBreaker(now: number): OpenBreaker {
  const because = "it has not answered yet";
  return { kind: "open", since: now, because, probeAt: now, reportAt: now, isReported: false };
}

/** Apply an event. `probeEvery`: milliseconds between the starts of two probes. */
export function step(
  breaker: Breaker,
  event: BreakerEvent,
  { now, probeEvery = PROBE_EVERY }: { now: number; probeEvery?: number },
): BreakerStep {
  switch (event.kind) {
    case "failed": {
      const { because } = event;
      const { reportAt } = breaker;
      const isDue = now >= reportAt;
      const failed = { because, reportAt: isDue ? now + REPORT_EVERY : reportAt };
      const report = isDue ? { report: "outage" } as const : {};
      if (breaker.kind === "open") {
        const isReported = breaker.isReported || isDue;
        return { breaker: { ...breaker, ...failed, isReported }, ...report };
      }
      const opened = { kind: "open", since: now, probeAt: now + probeEvery, isReported: isDue } as const;
      return { breaker: { ...opened, ...failed }, probe: true, ...report };
    }
    case "due":
      if (breaker.kind === "closed" || now < breaker.probeAt) return { breaker };
      return { breaker: { ...breaker, probeAt: now + probeEvery }, probe: true };
    case "answered": {
      const { kind, reportAt } = breaker;
      if (kind === "closed") return { breaker };
      return { breaker: { kind: "closed", reportAt }, ...breaker.isReported ? { report: "recovery" } : {} };
    }
  }
}
