import { decode, encode } from "../base/codec.ts";
import type { Incident } from "../domain/incident.ts";
import type { Atomic } from "./atomic.ts";
import type { IncidentChange } from "./commit.ts";
import type { Database, DatabaseView } from "./database.ts";
import { messageGroupKey, messageGroupMemberKey } from "./keys.ts";

/** The next or the last flush of a message group, in epoch milliseconds; `undefined` when it has ended. */
export type FlushLookup = (key: string) => number | undefined;

/**
 * The message groups that live: those with an open incident, and those with a flush to come. A single writer holds them in
 * memory; on a shared store each has a record for each incident.
 */
export interface MessageGroups {
  /** The flushes of these message groups, as a commit needs them. @throws StoreError */
  flushes(keys: () => ReadonlySet<string>, now: number): Promise<FlushLookup>;
  /** The number of a message group's open incidents that the group was notified of. @throws StoreError */
  firing(key: string): Promise<number>;
  /** The fingerprints of these incidents, of many some. @throws StoreError */
  members(key: string): Promise<readonly string[]>;
}

/** A message group in memory. */
interface Living {
  due: number;
  /** The number of open incidents. */
  open: number;
  /** The fingerprints of those that the group was notified of. */
  readonly notified: Set<string>;
}

/** Open incidents of a message group that are counted on a shared store, or repeated together, at most. */
const MAX_MEMBERS = 1_000;

/** The message groups of a local file, by the incidents in memory. */
export class MessageGroupsInMemory implements MessageGroups {
  readonly #living = new Map<string, Living>();

  flushes(_keys: () => ReadonlySet<string>, now: number): Promise<FlushLookup> {
    return Promise.resolve((key) => {
      const found = this.#living.get(key);
      return found && (found.open > 0 || found.due > now) ? found.due : undefined;
    });
  }

  firing(key: string): Promise<number> {
    return Promise.resolve(this.#living.get(key)?.notified.size ?? 0);
  }

  members(key: string): Promise<readonly string[]> {
    return Promise.resolve([...this.#living.get(key)?.notified ?? []].slice(0, MAX_MEMBERS));
  }

  /** Note a change of an incident. */
  changed(before: Incident | undefined, after: Incident): void {
    if (!before?.messages && !after.messages) return;
    this.#count(before, -1);
    this.#count(after, 1);
    for (const { key, due } of Object.values(after.messages ?? {})) {
      const living = this.#of(key);
      living.due = Math.max(living.due, due);
    }
  }

  /** Forget those that have ended. */
  forget(now: number): void {
    for (const [key, { open, due }] of this.#living) if (open <= 0 && due <= now) this.#living.delete(key);
  }

  #count(incident: Incident | undefined, by: 1 | -1): void {
    for (const { key, isNotified } of openMessages(incident)) {
      const living = this.#of(key);
      living.open += by;
      if (by < 0) living.notified.delete(incident!.fingerprint);
      else if (isNotified) living.notified.add(incident!.fingerprint);
    }
  }

  #of(key: string): Living {
    let living = this.#living.get(key);
    if (!living) this.#living.set(key, living = { due: -Infinity, open: 0, notified: new Set() });
    return living;
  }
}

/** Records that are read to find a flush: those of closed incidents may come before that of an open one. */
const MAX_SEARCHED = 50;

/** An incident in a message group. */
interface Member {
  readonly due: number;
  /** It has ended, so that the message group lives only until `due`. */
  readonly isOver: boolean;
  /** The group was notified of it. */
  readonly isNotified: boolean;
}

/** The message groups of a shared database: a record for each incident of each. */
export class SharedMessageGroups implements MessageGroups {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the message groups");
  }

  async flushes(keys: () => ReadonlySet<string>, now: number): Promise<FlushLookup> {
    const found = new Map<string, number>();
    await Promise.all([...keys()].map(async (key) => {
      const entries = await this.#entries(key, MAX_SEARCHED);
      const members = entries.map(({ value }) => decode<Member>(value));
      const living = members.filter(({ due, isOver }) => !isOver || due > now).map(({ due }) => due);
      if (living.length > 0) found.set(key, Math.max(...living));
    }));
    return (key) => found.get(key);
  }

  async firing(key: string): Promise<number> {
    return (await this.members(key)).length;
  }

  async members(key: string): Promise<readonly string[]> {
    const entries = await this.#entries(key, MAX_MEMBERS);
    return entries.flatMap(({ key, value }) => {
      const { isOver, isNotified } = decode<Member>(value);
      return isOver || !isNotified ? [] : [String(key.at(-1))];
    });
  }

  /** Add the change of an incident to an atomic. */
  write(atomic: Atomic, { before, after }: IncidentChange, now: number): void {
    const { fingerprint } = after;
    const isOver = after.closedAt !== null;
    const left = new Set(openMessages(before).map(({ key }) => key));
    for (const [group, { key, due }] of Object.entries(after.messages ?? {})) {
      if (isOver && due <= now) continue;
      left.delete(key);
      const member: Member = { due, isOver, isNotified: after.windows[group] !== undefined };
      const expiry = isOver ? { expireIn: due - now } : {};
      atomic.set(messageGroupMemberKey(key, fingerprint), encode(member), expiry);
    }
    for (const key of left) atomic.delete(messageGroupMemberKey(key, fingerprint));
  }

  async #entries(key: string, limit: number): Promise<Deno.KvEntry<unknown>[]> {
    return await Array.fromAsync(this.#kv.list({ prefix: messageGroupKey(key) }, { limit }));
  }
}

/** The message groups of an open incident. */
function openMessages(
  incident: Incident | undefined,
): readonly { readonly key: string; readonly isNotified: boolean }[] {
  if (incident?.closedAt !== null) return [];
  const { messages = {}, windows } = incident;
  return Object.entries(messages).map(([group, { key }]) => ({
    key,
    isNotified: windows[group] !== undefined,
  }));
}
