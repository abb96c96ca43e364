import type { Clock } from "../base/clock.ts";
import { decode, encode } from "../base/codec.ts";
import { labelOf, type Labels } from "../domain/alert.ts";
import type { Incident } from "../domain/incident.ts";
import { sha256Hex } from "../base/hash.ts";
import { type InhibitingIncident, type InhibitRule, isSource } from "../domain/inhibition.ts";
import { formatMatcher } from "../domain/matcher.ts";
import { PendingInhibitors } from "../domain/pending_inhibitors.ts";
import type { Atomic } from "./atomic.ts";
import type { IncidentChange } from "./commit.ts";
import type { Database, DatabaseView } from "./database.ts";
import { HeldInhibitors, type Inhibitor, isEnded } from "./held_inhibitors.ts";
import { inhibitorKey, inhibitorsKey, inhibitorsVersionKey, inhibitSettingsKey } from "./keys.ts";
import type { Watch } from "./watch.ts";

/** The time that an ended source is stored on a shared store: another instance may not have noticed its end yet. */
const KNOWN_EVERYWHERE = 90_000;

/** Sources that are removed in one atomic. */
const BATCH = 500;

/** The open incidents that are sources of `inhibit`: in memory, and in the database for other instances and the next start. */
export class Inhibitors {
  readonly #kv: DatabaseView;
  readonly #options: {
    readonly isShared: boolean;
    readonly clock: Pick<Clock, "now">;
    readonly rules: () => readonly InhibitRule[];
    readonly ended: () => void;
  };
  readonly #held: HeldInhibitors;
  /** Reopened incidents, whose labels are not known. */
  readonly #unread = new Set<string>();
  /** Names the rules for which all open incidents were examined. */
  #settings: string | undefined;
  /** The number of writes of open incidents whose inhibitor has ended; an earlier process may have left one so. */
  #strandings = 1;
  /** After how many of them all open incidents were looked at. */
  #seen = 0;
  /** Whether another instance has changed nothing since they were read. */
  #isCurrent = true;
  #reading: Promise<void> | undefined;
  /** The changes that landed since the begin of each current read of the sources. */
  readonly #landing = new Set<Map<string, Inhibitor>>();

  /** `rules`: read at each use · `ended`: called when a source has ended, or must be examined. */
  constructor(
    database: Database,
    options: {
      isShared: boolean;
      clock: Pick<Clock, "now">;
      rules: () => readonly InhibitRule[];
      ended: () => void;
    },
  ) {
    this.#kv = database.of("the inhibiting incidents");
    this.#options = options;
    this.#held = new HeldInhibitors(options.rules);
  }

  /** Read all sources. @throws StoreError */
  async load(): Promise<void> {
    const landed = new Map<string, Inhibitor>();
    this.#landing.add(landed);
    try {
      const read = new Map<string, Inhibitor>();
      let settings: string | undefined;
      for await (const { key, value } of this.#kv.list({ prefix: inhibitorsKey() })) {
        const id = key[1] as string;
        if (id === "") settings = decode<string>(value);
        else read.set(id, decode<Inhibitor>(value));
      }
      this.#settings = settings;
      this.#held.replace([...read, ...landed]);
    } finally {
      this.#landing.delete(landed);
    }
  }

  /** Read them again whenever another instance has changed them. `report`: called when that fails. */
  follow(watch: Watch, report: (error: unknown) => void): void {
    watch.on(inhibitorsVersionKey(), ({ versionstamp }) => {
      this.#isCurrent = versionstamp === null;
      this.refresh().catch(report);
    });
  }

  /** Read them again if another instance has changed them. @throws StoreError */
  async refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => this.#reading = undefined);
    await this.#reading;
  }

  async #read(): Promise<void> {
    while (!this.#isCurrent) {
      this.#isCurrent = true;
      try {
        await this.load();
      } catch (error) {
        this.#isCurrent = false;
        throw error;
      }
    }
  }

  /**
   * The open incidents that inhibit alerts with these labels, by the order of the rules. `own`: the alert's own incident, which
   * never does.
   */
  of(labels: Labels, own?: string): InhibitingIncident[] {
    return [...this.#held.index.inhibitorsOf(labels)].filter((id) => id !== own)
      .map((id) => ({ id, fingerprint: this.#held.get(id)!.fingerprint }));
  }

  /** Whether anything may be inhibited now. */
  get hasSources(): boolean {
    return this.rules.length > 0 && this.#held.size > 0;
  }

  /** Whether an open incident is a source. */
  isSource(incident: string): boolean {
    const open = this.#held.open(incident);
    return open !== undefined && isSource(open.labels, this.rules);
  }

  /** Whether labels are those of a source. */
  isSourceOf(labels: Labels): boolean {
    return isSource(labels, this.rules);
  }

  /** Whether alerts must be decided again, or open incidents examined. */
  get isPending(): boolean {
    if (!this.areSettingsKnown || this.#unread.size > 0 || this.ended.length > 0) return true;
    return this.#strandings > this.#seen && (this.rules.length > 0 || this.#held.size > 0);
  }

  /** Whether all open incidents were examined with the present rules. */
  get areSettingsKnown(): boolean {
    const name = settingsOf(this.rules);
    return name === (this.#settings ?? "");
  }

  /** The reopened incidents that must be examined. */
  get unread(): ReadonlySet<string> {
    return this.#unread;
  }

  /** The sources for one commit; `undefined` when nothing is inhibited. */
  pending(): PendingInhibitors | undefined {
    const rules = this.rules;
    return rules.length === 0 ? undefined : new PendingInhibitors(this.#held.index, rules);
  }

  /** The rules now. */
  get rules(): readonly InhibitRule[] {
    return this.#options.rules();
  }

  /** Add the changes of incidents to an atomic. @returns a function to call when it has landed */
  write(atomic: Atomic, changes: Iterable<IncidentChange>): () => void {
    const rules = this.rules;
    const written = new Map<string, Inhibitor>();
    const reopened: string[] = [];
    const inhibitors = new Set<string>();
    for (const change of changes) {
      const { before, after } = change;
      if (before && before.id !== after.id) this.#end(before, written);
      if (after.closedAt !== null) this.#end(after, written, change.ending);
      else if (this.#open(change, written, rules) === "unread") reopened.push(after.id);
      if (after.closedAt === null && after.inhibited) inhibitors.add(after.inhibited.by);
    }
    for (const [id, one] of written) atomic.set(inhibitorKey(id), encode(one));
    if (written.size > 0 && this.#options.isShared) atomic.set(inhibitorsVersionKey(), true);
    return () => {
      for (const id of reopened) this.#unread.add(id);
      for (const [id, one] of written) this.#set(id, one);
      // The inhibitor of an alert may have ended since the decision.
      const isStranded = [...inhibitors].some((id) => !this.#held.open(id));
      if (isStranded) this.#strandings++;
      if (isStranded || reopened.length > 0 || [...written.values()].some(isEnded)) this.#options.ended();
    };
  }

  /** `labels`: of the alert that ended it. Another instance may have stored it as a source a moment ago. */
  #end({ id, fingerprint }: Incident, written: Map<string, Inhibitor>, labels?: Labels): void {
    const { isShared, clock } = this.#options;
    const known = written.get(id) ?? this.#held.get(id);
    const isUnknown = isShared && !known && labels !== undefined && isSource(labels, this.rules);
    const one = isUnknown ? { fingerprint, labels } : known;
    if (one && !isEnded(one)) written.set(id, { ...one, endedAt: clock.now() });
  }

  #open(
    { before, after, firing }: IncidentChange,
    written: Map<string, Inhibitor>,
    rules: readonly InhibitRule[],
  ): "unread" | void {
    const known = this.#held.get(after.id);
    const labels = firing ?? known?.labels;
    if (!labels) return before && before.closedAt !== null && rules.length > 0 ? "unread" : undefined;
    if (known && !isEnded(known) && areEqual(known.labels, labels)) return;
    if (isSource(labels, rules)) written.set(after.id, { fingerprint: after.fingerprint, labels });
    else this.#end(after, written);
  }

  /**
   * Remove ended sources after their alerts were decided again. On a shared store they stay until every instance has
   * noticed their end.
   *
   * @throws StoreError
   */
  async forget(ended: readonly string[], now: number): Promise<void> {
    const { isShared } = this.#options;
    const before = isShared ? now - KNOWN_EVERYWHERE : Infinity;
    const over = ended.filter((id) => (this.#held.get(id)?.endedAt ?? Infinity) <= before);
    for (let from = 0; from < over.length; from += BATCH) {
      const batch = over.slice(from, from + BATCH);
      const atomic = this.#kv.atomic();
      for (const id of batch) atomic.delete(inhibitorKey(id));
      if (isShared) atomic.set(inhibitorsVersionKey(), true);
      await this.#kv.commit(atomic);
      for (const id of batch) this.#held.delete(id);
    }
  }

  /** Identifies the writes so far, for {@linkcode seen}. */
  get mark(): number {
    return this.#strandings;
  }

  /** All open incidents were looked at since this mark. */
  seen(mark: number): void {
    this.#seen = mark;
  }

  /** These reopened incidents were examined. */
  examined(incidents: Iterable<string>): void {
    for (const id of incidents) this.#unread.delete(id);
  }

  /** All open incidents were examined with these rules. @throws StoreError */
  async allExamined(rules: readonly InhibitRule[]): Promise<void> {
    const name = settingsOf(rules);
    await this.#kv.set(inhibitSettingsKey(), name);
    this.#settings = name;
  }

  /** The ids of the sources that have ended, and whose targets may still wait for it. */
  get ended(): readonly string[] {
    return this.#held.ended;
  }

  #set(id: string, one: Inhibitor): void {
    this.#held.set(id, one);
    this.#unread.delete(id);
    for (const landed of this.#landing) landed.set(id, one);
  }
}

function areEqual(some: Labels, others: Labels): boolean {
  const names = Object.keys(some);
  return names.length === Object.keys(others).length &&
    names.every((name) => some[name] === labelOf(others, name));
}

/** Names the rules: other rules have another name. Empty without rules. */
function settingsOf(rules: readonly InhibitRule[]): string {
  if (rules.length === 0) return "";
  const texts = rules.map((
    { source, target, equal },
  ) => [source.map(formatMatcher), target.map(formatMatcher), equal]);
  return sha256Hex(JSON.stringify(texts), 16);
}
