/**
 * The recipients that a message has reached.
 *
 * @module
 */
import type { Member, Recipients, Verdict } from "../channel.ts";
import type { Destination } from "../domain/group.ts";
import type { Progress } from "../domain/progress.ts";
import type { Reach } from "../store/failing_members.ts";
import { reachedBy } from "./retry.ts";

/** The members that a message has reached, and those that it has not. */
export function reachOf(
  { channel, id: destination }: Destination,
  recipients: readonly Member[],
  verdict: Verdict,
): Reach {
  const { kind, because } = verdict;
  const failed = kind === "retry"
    ? verdict.alone?.failed ?? []
    : "failed" in verdict
    ? verdict.failed ?? []
    : [];
  const unknown = "unknown" in verdict ? verdict.unknown ?? [] : [];
  const reached = kind === "delivered"
    ? recipients.map(({ id }) => id).filter((id) => !failed.includes(id) && !unknown.includes(id))
    : reachedBy(verdict);
  return { channel, destination, because, failed, reached };
}

/** The same for a message to one recipient. */
export function reachOfOne(
  { channel, id: destination }: Destination,
  member: string,
  { progress: { reached, failed }, because }: { progress: Progress; because: string },
): Reach {
  return {
    channel,
    destination,
    because,
    failed: Object.hasOwn(failed, member) ? [member] : [],
    reached: reached.includes(member) ? [member] : [],
  };
}

/** The recipients by their results, for a channel with `per: "recipient"`. */
export function recipientsAt({ reached, failed }: Progress, verdict: Verdict): Recipients | undefined {
  const left = verdict.kind === "retry" ? verdict.alone?.left ?? [] : [];
  const ids = Object.keys(failed);
  if (reached.length === 0 && ids.length === 0) return undefined;
  return { reached, left, failed: ids, because: failed };
}

/** The recipients that a message has reached; `undefined` if it reached all of them. */
export function recipientsOf(verdict: Verdict): Recipients | undefined {
  if (verdict.kind === "retry") {
    const { reached = [], left = [], failed = [] } = verdict.alone ?? {};
    return [reached, left, failed].some(({ length }) => length > 0) ? { reached, left, failed } : undefined;
  }
  if (verdict.kind !== "delivered" || !verdict.failed) return undefined;
  return { reached: verdict.reached ?? [], left: [], failed: verdict.failed };
}
