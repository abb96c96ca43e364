import type { Severity } from "../domain/severity.ts";
import type { Incident, Window } from "../domain/incident.ts";

/** Texts that have a number, at most, and how long such a text is: others are written out each time. */
const MOST_WORDS = 10_000;
const LONGEST_WORD = 100;

/** Incidents that are looked at before others get their turn: about a millisecond's worth. */
const AT_ONCE = 500;

/** A text, or its number. */
type Word = string | number;

/** An incident in the order of its fields. `lastId` and `told` are 0 where it is the incident's own id, 1 where it is `lastId`. Times count from the opening. */
type Packed = [
  id: string,
  lastId: string | 0,
  dialect: Word,
  title: Word,
  severity: Word,
  openedAt: number,
  lastAt: number,
  count: number,
  windows: readonly PackedWindow[],
  startsAt: number | null,
  rest?: Rest,
];

type PackedWindow = [
  group: Word,
  until: number,
  severity: Word,
  told: string | 0 | 1,
  at: number,
  folded: number,
  deliveries: number,
  rest?: WindowRest,
];

type Rest = Omit<
  Incident,
  | "fingerprint"
  | "id"
  | "lastId"
  | "dialect"
  | "title"
  | "severity"
  | "openedAt"
  | "lastAt"
  | "count"
  | "windows"
  | "startsAt"
>;

type WindowRest = Omit<Window, "until" | "severity" | "told" | "at" | "folded" | "deliveries">;

/** What is left out: it is so in nearly all of them. */
const ORDINARY: Rest = { closedAt: null, known: false };
const NOBODY_DEAD: WindowRest = { dead: [] };

/**
 * The incidents that a single writer must know, by fingerprint. There may be hundreds of thousands at once, and as objects
 * each would take 2 KB: they are kept as short texts, and made anew when they are asked for.
 */
export class CurrentIncidents {
  readonly #packed = new Map<string, string>();
  readonly #words: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** How many there are. */
  get size(): number {
    return this.#packed.size;
  }

  /** The incident of a fingerprint. */
  get(fingerprint: string): Incident | undefined {
    const text = this.#packed.get(fingerprint);
    return text === undefined ? undefined : this.#unpack(fingerprint, text);
  }

  /** Keep an incident in place of the one of its fingerprint. */
  set(incident: Incident): void {
    this.#packed.delete(incident.fingerprint); // one that changes while `filter` looks is looked at again
    this.#packed.set(incident.fingerprint, this.#pack(incident));
  }

  /** Forget the incident of a fingerprint. */
  delete(fingerprint: string): void {
    this.#packed.delete(fingerprint);
  }

  /** Those of which `wanted` is true. Looking at many takes a while, in which others get their turn and may change some. */
  async filter(wanted: (incident: Incident) => boolean): Promise<Incident[]> {
    const found = new Map<string, Incident>();
    let looked = 0;
    for (const [fingerprint, text] of this.#packed) {
      const incident = this.#unpack(fingerprint, text);
      if (wanted(incident)) found.set(fingerprint, incident);
      else found.delete(fingerprint); // it was seen before, and has changed since
      if (++looked % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    return [...found.values()].sort((a, b) => a.id < b.id ? -1 : 1);
  }

  #pack(incident: Incident): string {
    const {
      fingerprint: _,
      id,
      lastId,
      dialect,
      title,
      severity,
      openedAt,
      lastAt,
      count,
      windows,
      startsAt,
      ...rest
    } = incident;
    const packed: Packed = [
      id,
      lastId === id ? 0 : lastId,
      this.#short(dialect),
      this.#short(title),
      this.#short(severity),
      openedAt,
      lastAt - openedAt,
      count,
      Object.entries(windows).map(([group, window]) => this.#packWindow(group, window, incident)),
      startsAt === undefined ? null : startsAt - openedAt,
    ];
    const isOrdinary = rest.closedAt === null && !rest.known && Object.keys(rest).length === 2;
    if (!isOrdinary) packed.push(rest);
    return JSON.stringify(packed);
  }

  #packWindow(group: string, window: Window, { id, lastId, openedAt }: Incident): PackedWindow {
    const { until, severity, told, at, folded, deliveries, ...rest } = window;
    const packed: PackedWindow = [
      this.#short(group),
      until - openedAt,
      this.#short(severity),
      told === id ? 0 : told === lastId ? 1 : told,
      at - openedAt,
      folded,
      deliveries,
    ];
    if (rest.dead.length > 0 || Object.keys(rest).length > 1) packed.push(rest);
    return packed;
  }

  #unpack(fingerprint: string, text: string): Incident {
    const [id, last, dialect, title, severity, openedAt, lastAt, count, packed, startsAt, rest = ORDINARY]:
      Packed = JSON.parse(text);
    const lastId = last || id;
    const windows: Record<string, Window> = {};
    for (const [group, until, severity, told, at, folded, deliveries, rest = NOBODY_DEAD] of packed) {
      windows[this.#long(group)] = {
        until: openedAt + until,
        severity: this.#long(severity) as Severity,
        told: told === 0 ? id : told === 1 ? lastId : told,
        at: openedAt + at,
        folded,
        deliveries,
        ...rest,
      };
    }
    return {
      id,
      fingerprint,
      dialect: this.#long(dialect),
      title: this.#long(title),
      severity: this.#long(severity) as Severity,
      openedAt,
      lastAt: openedAt + lastAt,
      lastId,
      count,
      windows,
      ...startsAt === null ? {} : { startsAt: openedAt + startsAt },
      ...rest,
    };
  }

  /** The same few titles, groups and severities come again and again. */
  #short(text: string): Word {
    if (text.length > LONGEST_WORD) return text;
    const number = this.#numbers.get(text);
    if (number === undefined && this.#words.length < MOST_WORDS) {
      // A copy: what was cut out of a long text keeps all of it in memory.
      const word = JSON.parse(JSON.stringify(text)) as string;
      this.#numbers.set(word, this.#words.push(word) - 1);
    }
    return number ?? text;
  }

  #long(word: Word): string {
    return typeof word === "number" ? this.#words[word]! : word;
  }
}
