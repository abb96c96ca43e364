import type { Message } from "./message.ts";
import type { Cache } from "./tools.ts";

/** Reads a channel's own cache. */
export interface CacheReader extends Pick<Cache, "get"> {
  /** The values of the last keys, in reverse order. */
  newest(limit: number): Promise<unknown[]>;
}

/** A message that a channel stores for people to read. */
export interface KeptMessage {
  /** The key under which it is stored. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** `owner/level` */
  readonly group: string;
  /** One line of plain text. */
  readonly title: string;
  /** Its text. */
  readonly body: string;
  /** The worst of its alerts. */
  readonly severity: Message["severity"];
  /** `firing` while any of its alerts fires. */
  readonly status: Message["status"];
  /** The reason why the group was notified. */
  readonly reason: Message["reason"];
  /** The number of alerts in it. */
  readonly alerts: number;
  /** The first hundred of its alerts; missing in messages of earlier versions. */
  readonly about?: readonly Pick<Message["alerts"][number], "id" | "reason" | "still" | "folded">[];
}

/** Reads the messages that a channel stores. */
export interface Archive {
  /** The newest messages first, at most `limit`. */
  newest(limit: number): Promise<KeptMessage[]>;
  /** The message of this id. */
  get(id: string): Promise<KeptMessage | undefined>;
}
