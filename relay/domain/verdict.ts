/**
 * What an attempt at a vendor came to.
 *
 * @module
 */

/** What an attempt came to. Make one with {@linkcode delivered}, {@linkcode throttled}, {@linkcode retry} or {@linkcode refused}. */
export type Verdict =
  | {
    readonly kind: "delivered";
    readonly because: string;
    readonly failed?: readonly string[];
    /** Members of whom it is not known: they could not be looked up this time. */
    readonly unknown?: readonly string[];
    readonly reached?: readonly string[];
  }
  | { readonly kind: "throttled"; readonly because: string; readonly waitMs: number }
  | {
    readonly kind: "retry";
    readonly because: string;
    readonly waitMs?: number;
    readonly step?: Step;
    /** The message was handed over and its fate is unknown: it may have arrived. */
    readonly handedOver?: true;
    readonly alone?: Recipients;
  }
  | {
    readonly kind: "refused";
    readonly because: string;
    readonly what: RefusedKind;
    readonly failed?: readonly string[];
    readonly step?: Step;
  };

/** Whom a message has reached so far, by id: a member's, or what else names a recipient, such as an address. */
export interface Recipients {
  readonly reached: readonly string[];
  /** Those whom the next attempt may reach. */
  readonly left: readonly string[];
  /** Those who will not get it. */
  readonly failed: readonly string[];
}

/** Which part of a conversation failed, before the message itself was sent. */
export type Step = "token" | "chat";

/**
 * What the vendor did not like: this message (`payload`), whom it is for (`recipient`), or our credentials and
 * settings (`config`). A refused config is probed ever more rarely, and at once when it changes; other configs of the lane go on.
 */
export type RefusedKind = "payload" | "recipient" | "config";

/**
 * The vendor's own answer says that it has the message. `failed`: the ids of recipients that it would not take.
 * `reached`: those that it took, where the channel knows of others than the group's members.
 */
export function delivered(
  because = "ok",
  failed: readonly string[] = [],
  reached?: readonly string[],
): Verdict {
  if (failed.length === 0) return { kind: "delivered", because };
  return { kind: "delivered", because, failed, ...reached ? { reached } : {} };
}

/** The vendor wants fewer messages: the lane waits `waitMs`, and it does not count as an attempt. */
export function throttled(because: string, { waitMs }: { waitMs: number }): Verdict {
  return { kind: "throttled", because, waitMs };
}

/**
 * It may work later. `waitMs`: when the vendor says how much later. `handedOver`: the vendor has the whole message and did
 * not say what became of it, so it may have arrived; it is tried again much later than after an ordinary failure.
 */
export function retry(
  because: string,
  { waitMs, handedOver = false }: { waitMs?: number | undefined; handedOver?: boolean | undefined } = {},
): Verdict {
  const verdict: Verdict = waitMs === undefined
    ? { kind: "retry", because }
    : { kind: "retry", because, waitMs };
  return handedOver ? { ...verdict, handedOver } : verdict;
}

/**
 * The vendor works, and only this message may go later, to some of its recipients or to all: the lane goes on without it.
 * Once one of them has it, it is never joined with other alerts, so that nobody gets it twice: the message keeps its id, and
 * the channel keeps track of whom it has reached.
 */
export function retryAlone(
  because: string,
  { waitMs, reached = [], left = [], failed = [] }: Partial<Recipients> & { waitMs?: number | undefined } =
    {},
): Verdict {
  const alone = { reached, left, failed };
  return waitMs === undefined ? { kind: "retry", because, alone } : { kind: "retry", because, waitMs, alone };
}

/** It will not work again the same way. `failed`: the ids of the members that cannot be reached, with `recipient`. */
export function refused(what: RefusedKind, because: string, failed: readonly string[] = []): Verdict {
  return failed.length === 0
    ? { kind: "refused", what, because }
    : { kind: "refused", what, because, failed };
}

/** The verdict of a step before the message itself: getting a token, or making the chat group. */
export function during(step: Step, verdict: Verdict): Verdict {
  if (verdict.kind === "refused") return { ...verdict, step };
  if (verdict.kind !== "retry") return verdict;
  const { handedOver: _, ...rest } = verdict; // the message itself was not sent yet
  return { ...rest, step };
}
