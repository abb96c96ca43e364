import { defined } from "../base/defined.ts";
import { ulid } from "../base/ulid.ts";
import type { Events } from "../events.ts";
import { canChange, type Silence, silenceState } from "../domain/silence.ts";
import type { Silences } from "../store/silences.ts";
import type { Author } from "./author.ts";

/** A silence before it is created. */
export type SilenceDraft = Omit<Silence, "id" | "createdAt" | "changedAt" | "expiredAt" | "expiredBy">;

/** The dependencies of {@linkcode Silencing}. */
export interface SilencingOptions {
  readonly store: { readonly silences: Silences };
  readonly events: Events;
}

/** Creates, changes and ends silences. */
export class Silencing {
  readonly #options: SilencingOptions;

  constructor(options: SilencingOptions) {
    this.#options = options;
  }

  /** Creates a silence. @throws StoreError */
  async make(draft: SilenceDraft, { by, now }: Author): Promise<Silence> {
    const silence: Silence = { id: ulid(now), ...draft, createdAt: now };
    const after = shown(silence);
    await this.#put(silence, { by, action: "added", what: `silences/${silence.id}`, after });
    return silence;
  }

  /**
   * Gives a silence other matchers, another period, author or comment: in place if {@linkcode canChange} allows it;
   * otherwise it ends, and a new one begins.
   *
   * @returns the changed silence, or the new one @throws StoreError
   */
  async change(silence: Silence, draft: SilenceDraft, author: Author): Promise<Silence> {
    const { by, now } = author;
    if (!canChange(silence, draft, now)) {
      const made = await this.make({ ...draft, from: Math.max(draft.from, now) }, author);
      await this.end(silence, author);
      return made;
    }
    const { from, until, comment } = draft;
    const changed = { ...silence, from, until, author: draft.author, comment, changedAt: now };
    const what = `silences/${silence.id}`;
    await this.#put(changed, { by, action: "changed", what, before: shown(silence), after: shown(changed) });
    return changed;
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

/** A silence as the audit log shows it. */
function shown({ matchers, from, until, author, comment, incidents }: Silence): Record<string, unknown> {
  return defined({ matchers, from: inWords(from), until: inWords(until), incidents, author, comment });
}

function inWords(time: number): string {
  return new Date(time).toISOString();
}
