/**
 * A chat at a vendor with the members of a group. It is created if it does not exist (any more), and updated when the group
 * changes. A former employee in the group does not block it.
 *
 * @module
 */
import { type Cache, delivered, during, refused, retry, type Verdict } from "../../relay/channel.ts";
import type { ChatUser } from "./members.ts";
import { type CallResult, type FailedCall, inStep, once } from "./conversation.ts";

/** The result of creating a chat. */
export type Created = { readonly ok: true; readonly id: string } | FailedCall;

/** A vendor's chats. */
export interface ChatApi {
  /** The most people in one call. */
  readonly most: number;
  /** Creates a chat. `generation` counts the earlier chats that no longer exist. */
  create(
    users: readonly string[],
    context: { owner: string; generation: number },
  ): Promise<Created>;
  add(chat: string, users: readonly string[]): Promise<CallResult>;
  remove(chat: string, users: readonly string[]): Promise<CallResult>;
  /** Looks up a user. If the company does not have them, the cause of the failure is `people`. */
  look(user: string): Promise<CallResult>;
  post(chat: string): Promise<CallResult>;
}

/** Options of {@linkcode sendToChat}. */
export interface ChatOptions {
  /** The key of the chat in the cache. */
  readonly key: string;
  readonly people: readonly ChatUser[];
  /**
   * Whether `people` contains all members of the group: no user is removed from the chat while a look-up has failed.
   */
  readonly isComplete: boolean;
  /** The user id of the chat's owner; default: the first member's. */
  readonly owner: string | undefined;
  readonly api: ChatApi;
  readonly cache: Cache;
  readonly now: number;
}

/** The stored record of a chat. */
interface KeptChat {
  /** `undefined`: there is none. */
  readonly id?: string | undefined;
  /** The user id of its owner, which cannot be removed from it. */
  readonly owner?: string | undefined;
  /** The user ids in it. */
  readonly users: readonly string[];
  /** The users who are left out of the chat. */
  readonly left: Readonly<Record<string, Left>>;
  readonly generation: number;
  /** The time of the next comparison with the group, after one has failed. */
  readonly compareAt: number;
  /** The time of this record. */
  readonly at: number;
}

interface Left {
  readonly because: string;
  /** Not gone, but hidden from the app: a person can fix that. */
  readonly isHidden: boolean;
  /** The time of the next look-up. */
  readonly until: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Our choice: the time that a member is skipped after the vendor could not find them. */
const LEFT_OUT = 6 * HOUR;

/** Our choice: the wait before the relay retries to add or remove a member. */
const COMPARE_AGAIN = 10 * MINUTE;

/** Our choice: a chat that was unused for this long is created anew. Its record is renewed after a month. */
const KEPT = 400 * DAY;
const WRITE_AGAIN = 30 * DAY;

/** Our choice: the number of concurrent look-ups. */
const AT_ONCE = 5;

/** Sends to the chat of these people. `failed` of the verdict lists the members who are left out. */
export async function sendToChat(options: ChatOptions): Promise<Verdict> {
  return await new ChatGroup(options).send();
}

class ChatGroup {
  readonly #options: ChatOptions;
  /** The reason why a look-up failed. */
  #lookProblem: Verdict | undefined;
  #kept: KeptChat = { users: [], left: {}, generation: 0, compareAt: 0, at: 0 };

  constructor(options: ChatOptions) {
    this.#options = options;
  }

  async send(): Promise<Verdict> {
    const { api } = this.#options;
    await this.#read();
    for (let isSecond = false;; isSecond = true) {
      if (this.#kept.id === undefined) {
        const problem = await this.#make();
        if (problem !== undefined) return problem;
      }
      const { id } = this.#kept;
      if (id === undefined) return during("chat", retry("the chat was dissolved while it was made"));
      await this.#compare(id);
      const posted = await api.post(id);
      if (posted.ok) return this.#delivered();
      if (posted.cause !== "chat" || isSecond) return posted.verdict;
      await this.#forget();
    }
  }

  #delivered(): Verdict {
    const { people, owner } = this.#options;
    const left = people.filter(({ user }) => this.#isLeft(user));
    const words = left.map((person) => this.#wordsOn(person));
    if (owner !== undefined && this.#isLeft(owner) && !left.some(({ user }) => user === owner)) {
      words.push(this.#wordsOn({ member: "the owner", user: owner }));
    }
    return delivered(
      words.length === 0 ? "ok" : `ok; left out: ${words.join(", ")}`,
      { failed: left.map(({ member }) => member) },
    );
  }

  /** Forgets a chat that no longer exists, unless another message has already replaced it. */
  async #forget(): Promise<void> {
    const { generation } = this.#kept;
    await this.#read();
    if (this.#kept.generation !== generation) return;
    await this.#keep({ id: undefined, users: [], generation: generation + 1, compareAt: 0 });
  }

  /** Creates the chat, once for all concurrent messages of this process. */
  async #make(): Promise<Verdict | undefined> {
    const { key } = this.#options;
    const { generation } = this.#kept;
    const problem = await once(`${key} ${generation}`, async () => {
      await this.#read(); // another message may have made it meanwhile
      return this.#kept.id === undefined ? await this.#create() : undefined;
    });
    if (problem === undefined && this.#kept.id === undefined) await this.#read();
    return problem;
  }

  async #create(): Promise<Verdict | undefined> {
    let made = await this.#tryToCreate();
    if (made !== undefined && !made.ok && made.cause === "people") {
      const others = this.#here().map(({ user }) => user);
      const owner = this.#options.owner ?? others[0]!;
      if (await this.#findLeft([...new Set([owner, ...others])])) made = await this.#tryToCreate();
    }
    if (made === undefined) return this.#nobody();
    if (!made.ok) {
      return inStep("chat", forTheChat(made.cause === "people" ? this.#whyNobody(made) : made.verdict));
    }
    const users = this.#firstUsers();
    await this.#keep({ id: made.id, owner: users[0], users });
  }

  /**
   * The reason why the vendor refused the list of members although no look-up found a wrong one: a look-up itself may
   * have failed.
   */
  #whyNobody({ verdict }: FailedCall): Verdict {
    const problem = this.#lookProblem;
    if (problem === undefined) return verdict;
    if (problem.kind !== "refused") return problem;
    return { ...verdict, because: `${verdict.because}; looking for who it is: ${problem.because}` };
  }

  /** `undefined`: no member is left for a chat. */
  async #tryToCreate(): Promise<Created | undefined> {
    const { api } = this.#options;
    if (this.#here().length === 0) return undefined;
    const users = this.#firstUsers();
    return await api.create(users, { owner: users[0]!, generation: this.#kept.generation });
  }

  /** The owner is first, or another member if the owner has left the company. Those who do not fit are added afterwards. */
  #firstUsers(): string[] {
    return this.#wanted().slice(0, this.#options.api.most);
  }

  #wanted(): string[] {
    const { owner } = this.#options;
    const users = this.#here().map(({ user }) => user);
    return [...new Set(owner === undefined || this.#isLeft(owner) ? users : [owner, ...users])];
  }

  #here(): ChatUser[] {
    return this.#options.people.filter(({ user }) => !this.#isLeft(user));
  }

  #isLeft(user: string): boolean {
    const { left } = this.#kept;
    return Object.hasOwn(left, user) && left[user]!.until > this.#options.now;
  }

  #nobody(): Verdict {
    const { people } = this.#options;
    const because = `nobody is there for a chat: ${people.map((person) => this.#wordsOn(person)).join(", ")}`;
    if (people.every(({ user }) => this.#kept.left[user]?.isHidden)) {
      return during("chat", refused("config", because));
    }
    return refused("recipient", because, people.map(({ member }) => member));
  }

  #wordsOn({ member, user }: ChatUser): string {
    return `${member} (${this.#kept.left[user]?.because})`;
  }

  /** Adds and removes users until the chat has the members of the group. A failure does not hold up the message. */
  async #compare(id: string): Promise<void> {
    const { api, people, isComplete, owner, now } = this.#options;
    const { users, compareAt, at } = this.#kept;
    const ever = new Set([...people.map(({ user }) => user), owner, this.#kept.owner]);
    const missing = this.#wanted().filter((user) => !users.includes(user));
    const surplus = isComplete ? users.filter((user) => !ever.has(user)) : [];
    if (missing.length === 0 && surplus.length === 0) {
      if (now - at > WRITE_AGAIN) await this.#keep({});
      return;
    }
    if (compareAt > now) return;
    await this.#keep({ compareAt: now + COMPARE_AGAIN }); // written first, so that a call that hangs cannot hold up the next attempt, too
    let isDone = true;
    for (const some of batchesOf(missing, api.most)) {
      isDone = await this.#add(id, some) && isDone;
    }
    for (const some of batchesOf(surplus, api.most)) {
      isDone = await this.#remove(id, some) && isDone;
    }
    if (isDone) await this.#keep({ compareAt: 0 });
  }

  async #add(id: string, some: readonly string[]): Promise<boolean> {
    const { api } = this.#options;
    let users = some;
    let added = await api.add(id, users);
    if (!added.ok && added.cause === "people" && await this.#findLeft(users)) {
      users = users.filter((user) => !this.#isLeft(user));
      if (users.length === 0) return true;
      added = await api.add(id, users);
    }
    if (added.ok) await this.#keep({ users: [...this.#kept.users, ...users] });
    return added.ok;
  }

  /** Removes users; one by one if the vendor refuses the list, so that a user who has already left does not block the others. */
  async #remove(id: string, some: readonly string[]): Promise<boolean> {
    const removed = await this.#options.api.remove(id, some);
    if (!removed.ok && removed.cause === "people" && some.length > 1) {
      const each: boolean[] = [];
      for (const user of some) each.push(await this.#remove(id, [user]));
      return each.every(Boolean);
    }
    const isGone = removed.ok || removed.cause === "people";
    if (isGone) await this.#keep({ users: this.#kept.users.filter((user) => !some.includes(user)) });
    return isGone;
  }

  /** Looks up each of them, and leaves out those who are not found. @returns Whether any was not found */
  async #findLeft(users: readonly string[]): Promise<boolean> {
    const { api, now } = this.#options;
    const left: Record<string, Left> = {};
    for (const some of batchesOf(users, AT_ONCE)) {
      const looks = await Promise.all(some.map(async (user) => ({ user, look: await api.look(user) })));
      for (const { user, look } of looks) {
        if (!look.ok && look.cause !== "people") this.#lookProblem = look.verdict;
        if (look.ok || look.cause !== "people") continue;
        const { because } = look.verdict;
        const isHidden = "what" in look.verdict && look.verdict.what === "config";
        left[user] = { because, isHidden, until: now + LEFT_OUT };
      }
    }
    const isSomebody = Object.keys(left).length > 0;
    if (isSomebody) await this.#keep({ left: { ...this.#kept.left, ...left } });
    return isSomebody;
  }

  async #read(): Promise<void> {
    const kept = await this.#options.cache.get(this.#options.key) as KeptChat | undefined;
    if (kept !== undefined) this.#kept = kept;
  }

  async #keep(changes: Partial<KeptChat>): Promise<void> {
    const { cache, key, now } = this.#options;
    const left = Object.entries(changes.left ?? this.#kept.left).filter(([, { until }]) => until > now);
    this.#kept = { ...this.#kept, ...changes, left: Object.fromEntries(left), at: now };
    await cache.set(key, this.#kept, { until: now + KEPT });
  }
}

/** A chat that cannot be created is a wrong config, not a wrong message: a plainer message would fail as well. */
function forTheChat(verdict: Verdict): Verdict {
  return verdict.kind === "refused" ? { ...verdict, what: "config" } : verdict;
}

function batchesOf<T>(items: readonly T[], most: number): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / most) },
    (_, index) => items.slice(index * most, (index + 1) * most),
  );
}
