/**
 * The staff and the chats of a simulated company at DingTalk, for both generations of the API.
 *
 * @module
 */

/** A member of the staff. */
export interface Staff {
  readonly user: string;
  readonly mobile?: string;
  /** Outside the app's scope. */
  readonly isOutside?: boolean;
}

/** A message that the members of a chat see. */
export interface ChatMessage {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly form: "text" | "markdown";
  /** The title; empty for a text. */
  readonly title: string;
  readonly text: string;
  /** The members of the chat at that time. */
  readonly readers: readonly string[];
}

/** A chat. */
export interface Chat {
  /** The open conversation id. */
  readonly id: string;
  readonly chatid: string;
  readonly name: string;
  readonly owner: string;
  /** Whether it is a scene group, in which the robot posts. */
  readonly isScene: boolean;
  /** Whether this app created it. */
  readonly isOurs: boolean;
  readonly users: Set<string>;
  readonly messages: ChatMessage[];
  isDissolved: boolean;
}

/** People in one call of the chats' APIs: https://open.dingtalk.com/document/orgapp/create-group-session */
export const PEOPLE = 40;

/** A company. */
export class Company {
  readonly chats: Chat[] = [];
  readonly #staff = new Map<string, Staff>();
  readonly #byUuid = new Map<string, Chat>();

  constructor(staff: readonly Staff[]) {
    for (const one of staff) this.join(one);
  }

  /** Add a person to the staff. */
  join(staff: Staff): void {
    this.#staff.set(staff.user, staff);
  }

  /** Remove a person from the company and its chats. */
  leave(user: string): void {
    this.#staff.delete(user);
    for (const { users } of this.chats) users.delete(user);
  }

  /** A person of the staff. */
  find(user: string): Staff | undefined {
    return this.#staff.get(user);
  }

  /** The person with a mobile number. */
  findByMobile(mobile: string): Staff | undefined {
    return [...this.#staff.values()].find((staff) => staff.mobile === mobile);
  }

  /** Whether all of them can be put into a chat. */
  hasAll(users: readonly string[]): boolean {
    return users.every((user) => this.#staff.has(user) && !this.#staff.get(user)!.isOutside);
  }

  /** Create a chat; the same `uuid` creates only one. */
  open(
    { name, owner, users, isScene = true, isOurs = true, uuid }: {
      name: string;
      owner: string;
      users: readonly string[];
      isScene?: boolean;
      isOurs?: boolean;
      uuid?: string | undefined;
    },
  ): Chat {
    const known = uuid === undefined ? undefined : this.#byUuid.get(uuid);
    if (known !== undefined) return known;
    const number = this.chats.length + 1;
    const chat: Chat = {
      id: `cid${number}+/=`,
      chatid: `chat${number}`,
      name,
      owner,
      isScene,
      isOurs,
      users: new Set([owner, ...users]),
      messages: [],
      isDissolved: false,
    };
    this.chats.push(chat);
    if (uuid !== undefined) this.#byUuid.set(uuid, chat);
    return chat;
  }

  /** The chat with an id of either kind. */
  chat(id: string): Chat | undefined {
    return this.chats.find((chat) => chat.id === id || chat.chatid === id);
  }

  /** Post to a chat. */
  post(chat: Chat, message: Omit<ChatMessage, "readers">): void {
    chat.messages.push({ ...message, readers: [...chat.users] });
  }
}
