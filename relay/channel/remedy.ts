/**
 * Remedies explain a vendor's refusal of a message, with its cure. A channel has those for its vendor's codes.
 *
 * @module
 */

/** A sentence in both languages. */
export interface LocalText {
  /** In Chinese. */
  readonly zh: string;
  /** In English. */
  readonly en: string;
}

/** The cause of a refusal, and its cure. */
export interface Advice {
  /** The meaning of the refusal. */
  readonly cause: LocalText;
  /** The cure. */
  readonly cure: LocalText;
}

/** Advice, and the words of the verdicts that it applies to. */
export interface Remedy extends Advice {
  /** Matches the words of a verdict. */
  readonly when: RegExp;
}

/** A cause and its cure in a language, each one sentence without its final period. */
export type CauseAndCure = readonly [cause: string, cure: string];

/**
 * Makes a remedy for codes of a vendor.
 *
 * @param when The codes, which occur in the verdict's words as separate words; or an expression that the words match
 */
export function remedy(
  when: RegExp | readonly string[],
  { zh, en }: { zh: CauseAndCure; en: CauseAndCure },
): Remedy {
  return {
    when: when instanceof RegExp
      ? when
      : new RegExp(`(?:^|[\\s:(])(?:${when.map(RegExp.escape).join("|")})(?![\\w-])`),
    cause: { zh: zh[0], en: en[0] },
    cure: { zh: zh[1], en: en[1] },
  };
}
