/** The weight of one guess in the rate: about the last thirty decide. */
const WEIGHT = 1 / 32;

/**
 * The recent success rate of guesses at a fingerprint's record.
 *
 * A commit that is decided on guesses costs one round trip if all of them are right, and three if one is wrong: the
 * refused commit, the read, and the commit. Reading first costs two. So guessing pays while more than half of the
 * commits land.
 */
export class GuessRate {
  #chance = 1;

  /** The chance that the next guess is right. */
  get chance(): number {
    return this.#chance;
  }

  /** Note whether a guess was, or would have been, right. */
  note(isRight: boolean): void {
    this.#chance += WEIGHT * (Number(isRight) - this.#chance);
  }
}

/** Whether a commit with this chance to land is better than one more read. */
export function paysToGuess(chance: number): boolean {
  return chance > 1 / 2;
}
