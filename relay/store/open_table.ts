import { isAcknowledged } from "../domain/acknowledge.ts";
import type { Labels } from "../domain/alert.ts";
import { type Incident, notifiedGroups } from "../domain/incident.ts";
import { SEVERITIES } from "../domain/severity.ts";
import { Interned } from "./interned.ts";

/**
 * The most incidents in the table, the newest ones, and the most characters of different labels. With ten labels, of
 * which two are its own, an incident takes about 700 bytes.
 */
const MAX_HELD = 50_000;
const MAX_CHARS = 20_000_000;

/** The share that remains after an eviction, so that the next incidents do not exceed the limit at once. */
const REMAINING_SHARE = 0.9;

/** The share of closed incidents' rows at which they are removed. */
const MAX_REMOVED_SHARE = 0.25;

/** An incident for filters, counts and groups of lists. Texts are numbers of the table's {@linkcode Interned}. */
export interface OpenRow {
  readonly id: string;
  readonly fingerprint: string;
  readonly openedAt: number;
  /** The index in `SEVERITIES`: 0 is the worst. */
  severity: number;
  title: number;
  readonly dialect: number;
  /** The set of notified groups. */
  groups: number;
  /** As in {@linkcode Incident.known}, and whether a person acknowledged it. */
  known: boolean;
  acknowledged: boolean;
  holder: number | undefined;
  memo: string | undefined;
  /** Its first alert's labels; `undefined`: not read yet. */
  labels: readonly number[] | undefined;
  /** Whether it has left the table. */
  removed: boolean;
}

/** Separates the ids of a set of groups, and a label's name from its value: no id and no number contains it. */
const SEPARATOR = "\n";

/**
 * Incidents in a form in which tens of thousands are filtered, counted and grouped within a few milliseconds. Shared
 * texts and labels are stored once.
 */
export class OpenTable {
  readonly titles = new Interned();
  readonly dialects = new Interned();
  readonly holders = new Interned();
  readonly groupSets = new Interned();
  readonly labelNames = new Interned();
  /** A label: the number of its name, and its value. */
  readonly #pairs = new Interned();
  /** By pair: the number of its name. */
  readonly #nameOf: number[] = [];
  /** The rows, sorted by id. */
  #rows: OpenRow[] = [];
  #removed = 0;
  #unread = 0;
  #floor = "";

  /** Incidents with smaller ids are not in the table, because there are too many; empty: it has all. */
  get floor(): string {
    return this.#floor;
  }

  /** The number of incidents in the table. */
  get size(): number {
    return this.#rows.length - this.#removed;
  }

  /** The number of incidents with unread labels. */
  get unread(): number {
    return this.#unread;
  }

  /** The bound of the labels' numbers, excluded. */
  get pairBound(): number {
    return this.#pairs.bound;
  }

  /** The rows, the oldest first; `removed` ones do not count. */
  get rows(): readonly OpenRow[] {
    return this.#rows;
  }

  /** The number of a label's name. */
  nameOf(pair: number): number {
    return this.#nameOf[pair]!;
  }

  /** The number of a label; `undefined` if no row has it. */
  pairOf(name: string, value: string): number | undefined {
    const number = this.labelNames.numberOf(name);
    return number === undefined ? undefined : this.#pairs.numberOf(`${number}${SEPARATOR}${value}`);
  }

  /** The value of a label. */
  valueOf(pair: number): string {
    const text = this.#pairs.textOf(pair);
    return text.slice(text.indexOf(SEPARATOR) + 1);
  }

  /** The labels of a row; none until they are read. */
  labelsOf({ labels = [] }: OpenRow): Labels {
    return Object.fromEntries(
      labels.map((pair) => [this.labelNames.textOf(this.nameOf(pair)), this.valueOf(pair)]),
    );
  }

  /** The ids of the groups of a set. */
  groupsOf(set: number): string[] {
    const text = this.groupSets.textOf(set);
    return text === "" ? [] : text.split(SEPARATOR);
  }

  /** Applies a change of an incident. `labels`: those of its first alert, if available. */
  changed(before: Incident | undefined, after: Incident | undefined, labels?: Labels): void {
    if (before?.closedAt === null && (before.id !== after?.id || after.closedAt !== null)) {
      this.#remove(before.id);
    }
    if (after?.closedAt !== null) return;
    if (before?.closedAt === null && before.id === after.id) this.#update(before, after);
    else this.add(after, labels);
  }

  /** Adds all open incidents again, after some were evicted. */
  refill(open: readonly Incident[]): void {
    this.#floor = "";
    for (const incident of open) this.add(incident);
  }

  /** The ids of incidents with unread labels, the newest first. */
  unreadIds(limit: number): string[] {
    const ids: string[] = [];
    if (this.#unread === 0) return ids;
    for (let index = this.#rows.length - 1; index >= 0 && ids.length < limit; index--) {
      const { id, labels, removed } = this.#rows[index]!;
      if (labels === undefined && !removed) ids.push(id);
    }
    return ids;
  }

  /** Adds the labels of an incident after their read. */
  learn(id: string, labels: Labels): void {
    const row = this.rowOf(id);
    if (!row || row.labels !== undefined) return;
    row.labels = this.#acquireLabels(labels);
    this.#unread--;
    if (this.#isFull(1)) this.#forgetOldest();
  }

  /** The row of an incident, if the table has it. */
  rowOf(id: string): OpenRow | undefined {
    const row = this.#rows[this.indexOf(id)];
    return row?.id === id && !row.removed ? row : undefined;
  }

  /** The index of an id's row, or of its insertion. */
  indexOf(id: string): number {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle]!.id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Adds an incident. `labels`: those of its first alert, if available. */
  add(incident: Incident, labels?: Labels): void {
    const { id, fingerprint, openedAt, title, dialect, severity, holder, known, memo } = incident;
    if (id < this.#floor) return;
    const index = this.indexOf(id);
    const old = this.#rows[index];
    if (old?.id === id && !old.removed) return;
    const row: OpenRow = {
      id,
      fingerprint,
      openedAt,
      severity: SEVERITIES.indexOf(severity),
      title: this.titles.acquire(title),
      dialect: this.dialects.acquire(dialect),
      groups: this.groupSets.acquire(setOf(incident)),
      known,
      acknowledged: isAcknowledged(incident),
      holder: holder === undefined ? undefined : this.holders.acquire(holder),
      memo,
      labels: labels && this.#acquireLabels(labels),
      removed: false,
    };
    if (labels === undefined) this.#unread++;
    if (old?.id === id) {
      this.#rows[index] = row;
      this.#removed--;
    } else if (index === this.#rows.length) this.#rows.push(row);
    else this.#rows.splice(index, 0, row);
    if (this.#isFull(1)) this.#forgetOldest();
  }

  #update(before: Incident, after: Incident): void {
    const row = this.rowOf(after.id);
    if (!row) return;
    if (before.title !== after.title) {
      this.titles.release(row.title);
      row.title = this.titles.acquire(after.title);
    }
    if (before.windows !== after.windows) {
      const groups = this.groupSets.acquire(setOf(after));
      this.groupSets.release(row.groups);
      row.groups = groups;
    }
    if (before.holder !== after.holder) {
      if (row.holder !== undefined) this.holders.release(row.holder);
      row.holder = after.holder === undefined ? undefined : this.holders.acquire(after.holder);
    }
    row.severity = SEVERITIES.indexOf(after.severity);
    row.known = after.known;
    row.acknowledged = isAcknowledged(after);
    row.memo = after.memo;
  }

  #remove(id: string): void {
    const row = this.rowOf(id);
    if (!row) return;
    this.#release(row);
    if (++this.#removed > MAX_REMOVED_SHARE * this.#rows.length + 1) this.#compact();
  }

  #release(row: OpenRow): void {
    row.removed = true;
    this.titles.release(row.title);
    this.dialects.release(row.dialect);
    this.groupSets.release(row.groups);
    if (row.holder !== undefined) this.holders.release(row.holder);
    if (row.labels === undefined) this.#unread--;
    for (const pair of row.labels ?? []) {
      this.labelNames.release(this.#nameOf[pair]!);
      this.#pairs.release(pair);
    }
    row.labels = [];
  }

  /** Whether the table exceeds a share of its limit. */
  #isFull(share: number): boolean {
    return this.size > share * MAX_HELD || this.#pairs.chars > share * MAX_CHARS;
  }

  #forgetOldest(): void {
    this.#compact();
    let gone = 0;
    while (gone < this.#rows.length && this.#isFull(REMAINING_SHARE)) {
      this.#release(this.#rows[gone]!);
      gone++;
      this.#removed = gone;
    }
    this.#rows = this.#rows.slice(gone);
    this.#removed = 0;
    this.#floor = this.#rows[0]?.id ?? "~";
  }

  #compact(): void {
    this.#rows = this.#rows.filter(({ removed }) => !removed);
    this.#removed = 0;
  }

  #acquireLabels(labels: Labels): number[] {
    return Object.entries(labels).map(([name, value]) => {
      const number = this.labelNames.acquire(name);
      const pair = this.#pairs.acquire(`${number}${SEPARATOR}${value}`);
      this.#nameOf[pair] = number;
      return pair;
    });
  }
}

function setOf(incident: Incident): string {
  return notifiedGroups(incident).toSorted().join(SEPARATOR);
}
