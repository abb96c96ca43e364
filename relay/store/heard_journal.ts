import type { Commit } from "./commit.ts";
import { Journal, type JournalOptions, type Known } from "./journal.ts";

/** A journal that tells of what it put into the queues of lanes, so that who works on one need not read it back. */
export class HeardJournal extends Journal {
  readonly #heard: (queued: Commit["queued"]) => void;

  /** `heard`: called with what has landed, before anybody is answered. */
  constructor(kv: Deno.Kv, options: JournalOptions, heard: (queued: Commit["queued"]) => void) {
    super(kv, options);
    this.#heard = heard;
  }

  override async append(commit: Commit, known: Known): Promise<"landed" | "stale"> {
    const outcome = await super.append(commit, known);
    if (outcome === "landed") this.#heard(commit.queued);
    return outcome;
  }
}
