/**
 * The members of a group as users at the vendor, and those for whom no user was found.
 *
 * @module
 */
import type { Verdict } from "../../relay/channel.ts";

/** A member of the group with their user id at the vendor. */
export interface ChatUser {
  /** The id in the group. */
  readonly member: string;
  /** The user id at the vendor. */
  readonly user: string;
}

/** A member for whom no user was found at the vendor. */
export interface Missing {
  readonly member: string;
  /** The reason, in the vendor's words or ours. */
  readonly because: string;
  /** The look-up failed, so the vendor may still have a user for them. */
  readonly isUnsure?: boolean;
}

/** The verdict, with the missing members in its words and among those who failed. */
export function withMissing(verdict: Verdict, missing: readonly Missing[]): Verdict {
  if (missing.length === 0 || verdict.kind !== "delivered" && verdict.kind !== "refused") return verdict;
  const gone = missing.filter(({ isUnsure }) => !isUnsure);
  const unsure = missing.filter(({ isUnsure }) => isUnsure);
  const because = [
    verdict.because,
    ...gone.length === 0 ? [] : [`not found: ${wordsOn(gone)}`],
    ...unsure.length === 0 ? [] : [`could not be looked up: ${wordsOn(unsure)}`],
  ].join("; ");
  const failed = [...verdict.failed ?? [], ...gone.map(({ member }) => member)];
  const named = { ...verdict, because, ...failed.length === 0 ? {} : { failed } };
  return named.kind === "refused" || unsure.length === 0
    ? named
    : { ...named, unknown: unsure.map(({ member }) => member) };
}

function wordsOn(missing: readonly Missing[]): string {
  return missing.map(({ member, because }) => `${member} (${because})`).join(", ");
}
