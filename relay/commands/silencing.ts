import { defined } from "../base/defined.ts";
import { ulid } from "../base/ulid.ts";
import type { Events } from "../events.ts";
import { type Silence, silenceState } from "../domain/silence.ts";
import type { Silences } from "../store/silences.ts";
import type { Author } from "./author.ts";

/** A silence before it is created. */
export type SilenceDraft = Omit<Silence, "id" | "createdAt" | "expiredAt" | "expiredBy">;

/** The dependencies of {@linkcode Silencing}. */
export interface SilencingOptions {
  readonly store: { readonly silences: Silences };
  readonly events: Events;
}

/** Creates and ends silences. */
export class Silencing {
  readonly #options: SilencingOptions;

  constructor(options: SilencingOptions) {
    this.#options = options;
  }

  /** Creates a silence. @throws StoreError */
  async make(draft: SilenceDraft, { by, now }: Author): Promise<Silence> {
    const silence: Silence = { id: ulid(now), ...draft, createdAt: now };
    const { matchers, from, until, author, comment, incidents } = silence;
    const after = defined({
      matchers,
      from: inWords(from),
      until: inWords(until),
      incidents,
      author,
      comment,
    });
    await this.#put(silence, { by, action: "added", what: `silences/${silence.id}`, after });
    return silence;
  }

  /** Ends a silence; an expired one stays unchanged. @throws StoreError */
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

  async #put(silence: Silence, note: Parameters<Silences["put"]>[1]): Promise<void> {
    const { store: { silences }, events } = this.#options;
    await silences.put(silence, note);
    events.tell("incident");
  }
}

function inWords(time: number): string {
  return new Date(time).toISOString();
}
