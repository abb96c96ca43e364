import type { Clock } from "../base/clock.ts";
import type { Labels, Status } from "../domain/alert.ts";
import { encode } from "../base/codec.ts";
import { PatternBudget, REQUEST_INSTRUCTIONS, within } from "../base/pattern.ts";
import { type Matcher, matchesAll, parseMatcher } from "../domain/matcher.ts";
import { endOf, letsThrough, type Silence, silenceState } from "../domain/silence.ts";
import type { Atomic } from "./atomic.ts";
import type { Audit } from "./audit.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import { StoreError } from "./errors.ts";
import type { Database, DatabaseView } from "./database.ts";
import type { Watch } from "./watch.ts";
import { silenceKey, silencesKey, silencesVersionKey } from "./keys.ts";

/** The most instructions in all silences that have not ended: 0.2 s of a start, and 40 MB. */
const MAX_INSTRUCTIONS = 100_000;

/** The number of silences that are removed at a time. */
const BATCH = 500;

/** A silence with compiled matchers. */
interface ReadySilence {
  readonly silence: Silence;
  /** All of them must match; `undefined`: it covers nothing. */
  readonly matchers: readonly Matcher[] | undefined;
  /** The instructions of its matchers; 0 once it has ended. */
  readonly cost: number;
  /** The reason why it matches nothing although it has not ended. */
  readonly problem?: string;
}

/** The silences: in memory, and in the database for other instances and the next start. */
export class Silences {
  readonly #kv: DatabaseView;
  readonly #options: {
    readonly isShared: boolean;
    readonly clock: Pick<Clock, "now">;
    readonly retention: () => number;
    readonly audit: Audit;
  };
  readonly #silences = new Map<string, ReadySilence>();
  /** The versionstamp of {@linkcode silencesVersionKey} at the last read. */
  #version: string | null | undefined;

  /** `retention`: the time that expired silences are stored, in milliseconds. */
  constructor(
    database: Database,
    options: {
      isShared: boolean;
      clock: Pick<Clock, "now">;
      retention: () => number;
      audit: Audit;
    },
  ) {
    this.#kv = database.of("the silences");
    this.#options = options;
  }

  /**
   * Read all silences for a start, in one round trip: their version is unknown then, so that its first notice reads
   * them again.
   *
   * @throws StoreError
   */
  async open(): Promise<void> {
    const stored = await this.#kv.all<Silence>(silencesKey());
    this.#silences.clear();
    for (const silence of stored) this.#silences.set(silence.id, this.#readable(silence));
  }

  /** Read all silences. @throws StoreError */
  async load(): Promise<void> {
    const { versionstamp } = await this.#kv.entry(silencesVersionKey()); // before them, so that it is never newer
    await this.open();
    this.#version = versionstamp;
  }

  /** A sentence for each stored silence that cannot be used, with the reason. The other silences still work. */
  problems(): string[] {
    return [...this.#silences.values()].flatMap(({ silence: { id }, problem }) =>
      problem === undefined ? [] : [`The silence ${id} covers nothing: ${problem}`]
    );
  }

  /** Read the silences again whenever another instance has changed them. `report`: called when that fails. */
  follow(watch: Watch, report: (error: unknown) => void): void {
    watch.on(silencesVersionKey(), ({ versionstamp }) => {
      if (versionstamp !== this.#version) this.load().catch(report);
    });
  }

  /** Read the silences again if another instance has changed them. @throws StoreError */
  async refresh(): Promise<void> {
    if (!this.#options.isShared) return;
    const { versionstamp } = await this.#kv.entry(silencesVersionKey());
    if (versionstamp !== this.#version) await this.load();
  }

  /** All stored silences, the newest first. */
  all(): Silence[] {
    return [...this.#silences.values()].map(({ silence }) => silence).toSorted((a, b) =>
      a.id < b.id ? 1 : -1
    );
  }

  /** A silence by its id. */
  get(id: string): Silence | undefined {
    return this.#silences.get(id)?.silence;
  }

  /** The id of the active silence that matches an alert with these labels; of several, the one that ends last. */
  covering(labels: Labels, now: number, { status = "firing" }: { status?: Status } = {}): string | undefined {
    let found: Silence | undefined;
    for (const { silence, matchers } of this.#silences.values()) {
      if (silenceState(silence, now) !== "active" || letsThrough(silence, status)) continue;
      if (!matchers || !matchesAll(matchers, labels)) continue;
      if (!found || endOf(silence) > endOf(found)) found = silence;
    }
    return found?.id;
  }

  /** The ids of all active silences that match a firing alert with these labels. */
  allCovering(labels: Labels, now: number): string[] {
    return [...this.#silences.values()]
      .filter(({ silence, matchers }) =>
        matchers && silenceState(silence, now) === "active" && matchesAll(matchers, labels)
      )
      .map(({ silence }) => silence.id);
  }

  /** The matchers of each active silence. */
  activeMatchers(now: number): (readonly Matcher[])[] {
    return [...this.#silences.values()].flatMap(({ silence, matchers }) =>
      matchers && silenceState(silence, now) === "active" ? [matchers] : []
    );
  }

  /** The silences that end with their incidents and have not expired. */
  awaiting(now: number): (Silence & { readonly incidents: readonly string[] })[] {
    const found: (Silence & { readonly incidents: readonly string[] })[] = [];
    for (const { silence } of this.#silences.values()) {
      const { incidents } = silence;
      if (incidents && silenceState(silence, now) !== "expired") found.push({ ...silence, incidents });
    }
    return found;
  }

  /** Store a new or changed silence, with its audit note. @throws StoreError `too_large` when all together cost too much */
  async put(silence: Silence, note: AuditNote): Promise<void> {
    const ready = this.#ready(silence);
    const atomic = this.#kv.atomic().set(silenceKey(silence.id), encode(silence));
    this.#options.audit.add(atomic, [note]);
    await this.#write(atomic);
    this.#silences.set(silence.id, ready);
  }

  /** Remove the silences that expired more than the retention ago. @throws StoreError */
  async tidy(now: number): Promise<void> {
    const over = [...this.#silences.values()].map(({ silence }) => silence)
      .filter((silence) => endOf(silence) + this.#options.retention() <= now);
    for (let from = 0; from < over.length; from += BATCH) {
      const batch = over.slice(from, from + BATCH);
      const atomic = this.#kv.atomic();
      for (const { id } of batch) atomic.delete(silenceKey(id));
      await this.#write(atomic);
      for (const { id } of batch) this.#silences.delete(id);
    }
  }

  async #write(atomic: Atomic): Promise<void> {
    atomic.set(silencesVersionKey(), true);
    await this.#kv.commit(atomic);
  }

  /** A stored silence, even if it is unusable: an earlier version may have accepted one that this version rejects. */
  #readable(silence: Silence): ReadySilence {
    try {
      return this.#ready(silence);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { silence, matchers: undefined, cost: 0, problem };
    }
  }

  #ready(silence: Silence): ReadySilence {
    const now = this.#options.clock.now();
    if (silenceState(silence, now) === "expired") return { silence, matchers: undefined, cost: 0 };
    const budget = new PatternBudget(REQUEST_INSTRUCTIONS);
    const matchers = within(budget, () => silence.matchers.map(parseMatcher));
    let spent = budget.spent;
    for (const other of this.#silences.values()) {
      if (other.silence.id !== silence.id && silenceState(other.silence, now) !== "expired") {
        spent += other.cost;
      }
    }
    if (spent <= MAX_INSTRUCTIONS) return { silence, matchers, cost: budget.spent };
    throw new StoreError(
      "too_large",
      "Cannot keep the silence: the matchers of all that are not over cost too much together; end some of them first",
    );
  }
}
