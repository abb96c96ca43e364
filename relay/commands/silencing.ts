import { ulid } from "../base/ulid.ts";
import type { Events } from "../events.ts";
import { type Covered, coveredBy, type CoveredOptions } from "../query/covered.ts";
import { MOST_INCIDENTS, type Silence, silenceState } from "../domain/silence.ts";
import type { Silences } from "../store/silences.ts";
import type { Store } from "../store/store.ts";

/** A silence that somebody is about to make. */
export type Draft = Omit<Silence, "id" | "createdAt" | "expiredAt" | "expiredBy">;

/** The incidents that a silence waits for, or why it cannot wait for them. */
export type AwaitedIncidents =
  | { readonly incidents: readonly string[] }
  | { readonly wrong: "none" | "too_many" };

/** How long the search for them may take, in milliseconds. */
const AWAITED_BUDGET = 3_000;

/** What making silences works with. */
export interface SilencingOptions {
  readonly store: Store;
  readonly events: Events;
}

/** Who changes silences, and when. */
interface Author {
  /** For the audit. */
  readonly by: string;
  readonly now: number;
}

/** How people make, look at and end silences. */
export class Silencing {
  readonly #options: SilencingOptions;

  constructor(options: SilencingOptions) {
    this.#options = options;
  }

  /** All that are kept, the newest first, as the database has them now. @throws StoreError */
  async all(now: number): Promise<Silence[]> {
    const { silences } = this.#options.store;
    await silences.refresh(now, { fresh: 0 });
    return silences.all();
  }

  /** One of them. @throws StoreError */
  async get(id: string, now: number): Promise<Silence | undefined> {
    const { silences } = this.#options.store;
    await silences.refresh(now, { fresh: 0 });
    return silences.get(id);
  }

  /** Make one. @throws StoreError */
  async make(draft: Draft, { by, now }: Author): Promise<Silence> {
    const silence: Silence = { id: ulid(now), ...draft, createdAt: now };
    const { matchers, from, until, author, comment, incidents } = silence;
    const after = {
      matchers,
      from: inWords(from),
      until: inWords(until),
      ...incidents ? { incidents } : {},
      author,
      comment,
    };
    await this.#put(silence, { by, action: "added", what: `silences/${silence.id}`, after });
    return silence;
  }

  /** End one; one that is over stays as it is. @throws StoreError */
  async end(silence: Silence, { by, now }: Author): Promise<Silence> {
    if (silenceState(silence, now) === "expired") return silence;
    const ended = { ...silence, expiredAt: now };
    await this.#put(ended, {
      by,
      action: "ended",
      what: `silences/${silence.id}`,
      before: { until: inWords(silence.until) },
      after: { until: inWords(now) },
    });
    return ended;
  }

  /** The open incidents whose first alert has labels that matchers cover, as far as the time allows. @throws StoreError */
  async coveredBy(matchers: readonly string[], options: CoveredOptions): Promise<Covered> {
    return await coveredBy(matchers, this.#options.store, options);
  }

  /** The open incidents that a silence with these matchers would wait for. @throws StoreError */
  async awaitedBy(matchers: readonly string[]): Promise<AwaitedIncidents> {
    const { total, incidents, next } = await this.coveredBy(matchers, {
      limit: MOST_INCIDENTS,
      budget: AWAITED_BUDGET,
    });
    if (next !== undefined || total > MOST_INCIDENTS) return { wrong: "too_many" };
    return total === 0 ? { wrong: "none" } : { incidents: incidents.map(({ id }) => id) };
  }

  async #put(silence: Silence, note: Parameters<Silences["put"]>[1]): Promise<void> {
    const { store: { silences }, events } = this.#options;
    await silences.put(silence, note);
    events.tell("incident");
  }
}

function inWords(time: number): string {
  return new Date(time).toISOString();
}
