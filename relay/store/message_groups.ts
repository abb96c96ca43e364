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
  /** How many incidents of a message group are open of which the group was notified. @throws StoreError */
  firing(key: string): Promise<number>;
}

/** A message group in memory. */
interface Living {
  due: number;
  /** How many incidents are open, and of how many of these the group was notified. */
  open: number;
  notified: number;
}

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
    return Promise.resolve(this.#living.get(key)?.notified ?? 0);
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
      if (isNotified) living.notified += by;
    }
  }

  #of(key: string): Living {
    let living = this.#living.get(key);
    if (!living) this.#living.set(key, living = { due: -Infinity, open: 0, notified: 0 });
    return living;
  }
}

/** Records that are read to find a flush: those of closed incidents may come before that of an open one. */
const MAX_SEARCHED = 50;

/** Open incidents of a message group that are counted, at most. */
const MAX_COUNTED = 1_000;

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
      const members = await this.#members(key, MAX_SEARCHED);
      const living = members.filter(({ due, isOver }) => !isOver || due > now).map(({ due }) => due);
      if (living.length > 0) found.set(key, Math.max(...living));
    }));
    return (key) => found.get(key);
  }

  async firing(key: string): Promise<number> {
    const members = await this.#members(key, MAX_COUNTED);
    return members.filter(({ isOver, isNotified }) => !isOver && isNotified).length;
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

  async #members(key: string, limit: number): Promise<Member[]> {
    const entries = await Array.fromAsync(this.#kv.list({ prefix: messageGroupKey(key) }, { limit }));
    return entries.map(({ value }) => decode<Member>(value));
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
