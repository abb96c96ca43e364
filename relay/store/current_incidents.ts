import type { Severity } from "../domain/severity.ts";
import type { Incident, Window } from "../domain/incident.ts";

/** The most texts with a number, and the most characters of one; all others are written out each time. */
const MAX_WORDS = 10_000;
const MAX_WORD_LENGTH = 100;

/** Incidents that are examined before the event loop gets its turn: about a millisecond. */
const SLICE = 500;

/** A text, or its number. */
type Word = string | number;

/**
 * An incident in the order of its fields. `lastId` and `told` are 0 for the incident's own id, 1 for `lastId`. Times
 * count from the opening.
 */
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

/** The values of nearly all incidents and windows, which are left out. */
const ORDINARY: Rest = { closedAt: null, known: false };
const NOBODY_DEAD: WindowRest = { dead: [] };

/**
 * The incidents that a single writer holds in memory, by fingerprint. There may be hundreds of thousands, and each would
 * take 2 KB as an object: they are packed as short texts, and unpacked on request.
 */
export class CurrentIncidents {
  readonly #packed = new Map<string, string>();
  readonly #words: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of incidents. */
  get size(): number {
    return this.#packed.size;
  }

  /** The incident of a fingerprint. */
  get(fingerprint: string): Incident | undefined {
    const text = this.#packed.get(fingerprint);
    return text === undefined ? undefined : this.#unpack(fingerprint, text);
  }

  /** Set the incident of its fingerprint. */
  set(incident: Incident): void {
    this.#packed.delete(incident.fingerprint); // moves it to the end, so that a running `filter` sees the change
    this.#packed.set(incident.fingerprint, this.#pack(incident));
  }

  /** Remove the incident of a fingerprint. */
  delete(fingerprint: string): void {
    this.#packed.delete(fingerprint);
  }

  /** The incidents for which `wanted` is true. Incidents may change while this runs: it yields to the event loop. */
  async filter(wanted: (incident: Incident) => boolean): Promise<Incident[]> {
    const found = new Map<string, Incident>();
    let examined = 0;
    for (const [fingerprint, text] of this.#packed) {
      const incident = this.#unpack(fingerprint, text);
      if (wanted(incident)) found.set(fingerprint, incident);
      else found.delete(fingerprint); // it matched before, and has changed since
      if (++examined % SLICE === 0) await new Promise((resolve) => setTimeout(resolve));
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

  /** The number of a text: the same few titles, groups and severities occur again and again. */
  #short(text: string): Word {
    if (text.length > MAX_WORD_LENGTH) return text;
    const number = this.#numbers.get(text);
    if (number === undefined && this.#words.length < MAX_WORDS) {
      // A copy: a slice would keep the whole long text in memory.
      const word = JSON.parse(JSON.stringify(text)) as string;
      this.#numbers.set(word, this.#words.push(word) - 1);
    }
    return number ?? text;
  }

  #long(word: Word): string {
    return typeof word === "number" ? this.#words[word]! : word;
  }
}
