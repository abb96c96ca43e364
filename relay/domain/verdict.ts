/**
 * The verdict on an attempt: its result by the vendor's answer.
 *
 * @module
 */

/**
 * The result of an attempt. Make one with {@linkcode delivered}, {@linkcode throttled}, {@linkcode retry},
 * {@linkcode refused} or {@linkcode skipped}.
 */
export type Verdict = Delivered | Throttled | Retry | Refused | Skipped;

/** The vendor's own answer confirms the message. */
export interface Delivered {
  /** Tells the verdicts apart. */
  readonly kind: "delivered";
  /** Why, in one line: the vendor's own code and words. */
  readonly because: string;
  /** The ids of recipients that the vendor refused. */
  readonly failed?: readonly string[];
  /** Members whose result is unknown, because this time their look-up failed. */
  readonly unknown?: readonly string[];
  /** The ids of recipients that it accepted, if there are others than the group's members. */
  readonly reached?: readonly string[];
  /** The vendor's id of the message. */
  readonly receipt?: Receipt;
}

/** The vendor's rate limit was exceeded. */
export interface Throttled {
  /** Tells the verdicts apart. */
  readonly kind: "throttled";
  /** Why, in one line: the vendor's own code and words. */
  readonly because: string;
  /** The time that the vendor accepts no message, in milliseconds. */
  readonly waitMs: number;
  /** Set when the wait lasts to the end of a vendor's quota: it may then be longer than 15 minutes. */
  readonly quota?: true;
}

/** The attempt failed and may succeed later. */
export interface Retry {
  /** Tells the verdicts apart. */
  readonly kind: "retry";
  /** Why, in one line: the vendor's own code and words. */
  readonly because: string;
  /** The wait that the vendor requires, in milliseconds. */
  readonly waitMs?: number;
  /** The step before the message that failed. */
  readonly step?: Step;
  /** Set when the message was handed over with an unknown result: it may have arrived. */
  readonly handedOver?: true;
  /** The message's `earlier` is gone: its receipt is deleted, and the next attempt has none. */
  readonly forget?: true;
  /** Set when only this message, or some of its recipients, may go later. */
  readonly alone?: Recipients;
  /** Set by the relay: the channel's own code failed, and only a change of the plugin fixes it. */
  readonly broken?: true;
}

/** The attempt cannot succeed unchanged. */
export interface Refused {
  /** Tells the verdicts apart. */
  readonly kind: "refused";
  /** Why, in one line: the vendor's own code and words. */
  readonly because: string;
  /** The object of the refusal. */
  readonly what: RefusedKind;
  /** The ids of the members that cannot be reached. */
  readonly failed?: readonly string[];
  /** The step before the message that failed. */
  readonly step?: Step;
}

/** The channel has nothing to send for this message. */
export interface Skipped {
  /** Tells the verdicts apart. */
  readonly kind: "skipped";
  /** Why, in one line. */
  readonly because: string;
}

/**
 * A vendor's id of a delivered message, such as `{ ts: "1700000000.0001" }`: at most 2,000 bytes as JSON. It is
 * stored sealed, and passed to the next message of the thread as `message.earlier`, so that it can reply or edit.
 */
export type Receipt = Readonly<Record<string, string>>;

/** Which recipients a message has reached so far, by a member's id or another id such as an address. */
export interface Recipients {
  /** Recipients who have received it. */
  readonly reached: readonly string[];
  /** Recipients whom the next attempt may reach. */
  readonly left: readonly string[];
  /** Recipients who will not get it. */
  readonly failed: readonly string[];
  /** The reason why each of them failed, if it was reported individually. */
  readonly because?: Readonly<Record<string, string>>;
}

/** The step that failed before the message itself was sent. */
export type Step = "token" | "chat";

/**
 * The object of the vendor's refusal: this message (`payload`), its recipient (`recipient`), or the credentials and
 * settings (`config`). A refused config is probed ever more rarely, and at once when it changes; other configs of the
 * lane continue.
 */
export type RefusedKind = "payload" | "recipient" | "config";

/**
 * The vendor's own answer confirms the message. `failed`: the ids of recipients that it refused. `reached`: the ids
 * of those it accepted, if the channel has recipients in addition to the group's members. `receipt`: the vendor's id
 * of the message.
 */
export function delivered(
  because = "ok",
  { failed = [], reached, receipt }: {
    failed?: readonly string[];
    reached?: readonly string[] | undefined;
    receipt?: Receipt | undefined;
  } = {},
): Delivered {
  return {
    kind: "delivered",
    because,
    ...failed.length > 0 ? { failed, ...reached ? { reached } : {} } : {},
    ...receipt ? { receipt } : {},
  };
}

/**
 * The channel has nothing to send for this message, such as the end of an alert whose beginning the vendor never
 * received.
 */
export function skipped(because: string): Skipped {
  return { kind: "skipped", because };
}

/**
 * The vendor's rate limit was exceeded: the lane waits `waitMs`, from a second to 15 minutes. It does not count as an
 * attempt. `quota`: a quota is used up, and the wait lasts until its next period, at most 32 days.
 */
export function throttled(
  because: string,
  { waitMs, quota = false }: { waitMs: number; quota?: boolean | undefined },
): Throttled {
  const verdict: Throttled = { kind: "throttled", because, waitMs };
  return quota ? { ...verdict, quota } : verdict;
}

/**
 * The attempt failed and may succeed later. `waitMs`: the wait that the vendor asked for. `handedOver`: the vendor has the whole
 * message but gave no result, so it may have arrived; its backoff is much longer than after an ordinary failure. `forget`: the
 * earlier message that it edits or answers is gone, so its receipt is deleted, and the next attempt posts a new message.
 */
export function retry(
  because: string,
  { waitMs, handedOver = false, forget = false }: {
    waitMs?: number | undefined;
    handedOver?: boolean | undefined;
    forget?: boolean | undefined;
  } = {},
): Retry {
  return {
    kind: "retry",
    because,
    ...waitMs === undefined ? {} : { waitMs },
    ...handedOver ? { handedOver } : {},
    ...forget ? { forget } : {},
  };
}

/**
 * The vendor works, and only this message must be retried, for some or all of its recipients: the lane continues without it.
 * Once a recipient has it, it is never combined with other alerts, so that nobody gets it twice: the message keeps its id, and
 * the channel tracks which recipients it has reached.
 */
export function retryAlone(
  because: string,
  { waitMs, reached = [], left = [], failed = [] }: Partial<Recipients> & { waitMs?: number | undefined } =
    {},
): Retry {
  const alone = { reached, left, failed };
  return waitMs === undefined ? { kind: "retry", because, alone } : { kind: "retry", because, waitMs, alone };
}

/** The attempt cannot succeed unchanged. `failed`: with `recipient`, the ids of the members that cannot be reached. */
export function refused(what: RefusedKind, because: string, failed: readonly string[] = []): Refused {
  return failed.length === 0
    ? { kind: "refused", what, because }
    : { kind: "refused", what, because, failed };
}

/** The verdict of a step before the message itself: getting a token or creating the chat group. */
export function during(step: Step, verdict: Verdict): Verdict {
  if (verdict.kind === "refused") return { ...verdict, step };
  if (verdict.kind !== "retry") return verdict;
  const { handedOver: _, ...rest } = verdict; // the message itself was not sent yet
  return { ...rest, step };
}
