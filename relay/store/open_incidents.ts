import { decode, encode, utf8 } from "../base/codec.ts";
import { parseAlertId } from "../domain/record.ts";
import { utf8Bytes } from "../base/text.ts";
import type { Incident } from "../domain/incident.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { openIncidentKey, openIncidentsKey } from "./keys.ts";

/** A value of the database has at most 64 KiB. */
const PAGE_BYTES = 60_000;

/** The number of pages that are read at a time. */
const BATCH = 20;

/**
 * One stored value: all incidents that one log page opened, or one incident; `null`: it is closed, and its page still
 * contains it.
 */
type Stored = readonly Incident[] | Incident | null;

/** The changes that one atomic makes to the open incidents. */
export interface OpenChange {
  /** New incidents. */
  readonly opened: readonly Incident[];
  /** The current state of changed incidents. */
  readonly changed: readonly Incident[];
  /** Reopened incidents, which had been retired. */
  readonly reopened: readonly Incident[];
  /** The ids of incidents that are now closed. */
  readonly over: readonly string[];
}

/**
 * The records of open incidents. A single writer puts the new incidents of one log page into one value, under the page's
 * id: in a storm, one value per incident takes the database more than twice as long. An incident that changes gets a value
 * of its own, which follows its page in the order of keys and replaces the page's copy. When the last incident of a page is
 * closed, the page and the values that follow it are {@linkcode OpenIncidents.sweep | swept}.
 */
export class OpenIncidents {
  readonly #kv: DatabaseView;
  readonly #paged: boolean;
  /** The pages, with the number of their open incidents. */
  readonly #open = new Map<string, number>();
  readonly #spent = new Set<string>();

  /** `paged`: this process is the only writer. */
  constructor(database: Database, { paged }: { paged: boolean }) {
    this.#kv = database.of("the incidents");
    this.#paged = paged;
  }

  /** All open incidents. A single writer also collects their pages. */
  async *load(): AsyncGenerator<Incident> {
    let page: { id: string; incidents: Map<string, Incident> } | undefined;
    const finish = function* (this: OpenIncidents): Generator<Incident> {
      if (!page) return;
      this.#open.set(page.id, page.incidents.size);
      if (page.incidents.size === 0) this.#spent.add(page.id);
      yield* page.incidents.values();
      page = undefined;
    }.bind(this);
    for await (const { key, value } of this.#kv.list({ prefix: openIncidentsKey() })) {
      const id = key[2] as string;
      const stored = decode<Stored>(value);
      if (!page || pageOf(id) !== page.id) yield* finish();
      if (Array.isArray(stored)) {
        page = { id, incidents: new Map(stored.map((incident) => [incident.id, incident])) };
      } else if (page) {
        if (stored) page.incidents.set(id, stored as Incident);
        else page.incidents.delete(id);
      } else if (stored) yield stored as Incident;
    }
    yield* finish();
  }

  /** Add changes to an atomic. @returns a function to call when the atomic has landed. */
  write(
    atomic: Atomic,
    { opened = [], changed = [], reopened = [], over = [] }: Partial<OpenChange>,
  ): () => void {
    const landed: (() => void)[] = [];
    for (const [page, incidents] of Map.groupBy(opened, ({ id }) => pageOf(id))) {
      const records = incidents.map((incident) => JSON.stringify(incident));
      const json = `[${records.join(",")}]`;
      if (this.#paged && records.length > 1 && utf8Bytes(json) <= PAGE_BYTES) {
        atomic.set(openIncidentKey(page), utf8(json));
        landed.push(() => this.#open.set(page, records.length));
      } else {
        incidents.forEach(({ id }, index) => atomic.set(openIncidentKey(id), utf8(records[index]!)));
      }
    }
    for (const incident of [...changed, ...reopened]) {
      atomic.set(openIncidentKey(incident.id), encode(incident));
    }
    for (const { id } of reopened) this.#reopen(pageOf(id));
    for (const id of over) {
      const page = pageOf(id);
      if (!this.#open.has(page)) {
        atomic.delete(openIncidentKey(id));
        continue;
      }
      atomic.set(openIncidentKey(id), encode(null));
      landed.push(() => {
        const left = this.#open.get(page)! - 1;
        this.#open.set(page, left);
        if (left === 0) this.#spent.add(page);
      });
    }
    return () => landed.forEach((land) => land());
  }

  /** Protects the page of a reopened incident from a sweep; before the commit lands, because a sweep may be running. */
  #reopen(page: string): void {
    const open = this.#open.get(page);
    if (open === undefined) return;
    this.#open.set(page, open + 1);
    this.#spent.delete(page);
  }

  /** Remove the pages that have no open incident left. */
  async sweep(): Promise<void> {
    for (const page of this.#spent) {
      const atomic = this.#kv.atomic();
      // One range covers the page and the values that follow it: "-" sorts before ".".
      const range = { start: openIncidentKey(page), end: openIncidentKey(`${page}.`) };
      for await (const { key } of this.#kv.list(range)) atomic.delete(key);
      if (!this.#spent.has(page)) continue; // an incident was reopened meanwhile
      await this.#kv.commit(atomic);
      this.#open.delete(page);
      this.#spent.delete(page);
    }
  }

  /** The open incidents, the newest first; with `before`, those that began before that one. */
  async *newest(before?: string): AsyncGenerator<Incident> {
    const end = before === undefined ? {} : { end: openIncidentKey(`${before}\uffff`) };
    let behind = new Map<string, Incident | null>();
    const older = ({ id }: Incident): boolean => before === undefined || id < before;
    const list = this.#kv.list({ prefix: openIncidentsKey(), ...end }, { reverse: true, batch: BATCH });
    for await (const { key, value } of list) {
      const id = key[2] as string;
      const stored = decode<Stored>(value);
      const [first] = behind.keys();
      if (first !== undefined && pageOf(first) !== pageOf(id)) {
        yield* [...behind.values()].filter((one) => one !== null && older(one)) as Incident[];
        behind = new Map();
      }
      if (!Array.isArray(stored)) {
        behind.set(id, stored as Incident | null);
        continue;
      }
      const all = new Map<string, Incident | null>(stored.map((incident) => [incident.id, incident]));
      for (const [id, incident] of behind) all.set(id, incident);
      behind = new Map();
      const open = [...all.values()].filter((one): one is Incident => one !== null && older(one));
      yield* open.sort((a, b) => a.id < b.id ? 1 : -1);
    }
    yield* [...behind.values()].filter((one) => one !== null && older(one)) as Incident[];
  }
}

/** The keys that may store an open incident, for {@linkcode openIn}. */
export function openKeys(id: string): [Deno.KvKey, Deno.KvKey] {
  return [openIncidentKey(id), openIncidentKey(pageOf(id))];
}

/** The open incident in the values of its {@linkcode openKeys}. */
export function openIn(id: string, { own, page }: { own: unknown; page: unknown }): Incident | undefined {
  if (own !== null) return decode<Incident | null>(own) ?? undefined;
  return page === null ? undefined : decode<Incident[]>(page).find((incident) => incident.id === id);
}

/** The log page whose alert opened an incident. */
function pageOf(id: string): string {
  return parseAlertId(id)?.page ?? id;
}
