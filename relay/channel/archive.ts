import type { Message } from "./message.ts";
import type { Cache } from "./tools.ts";

/** A channel's own cache, to be read. */
export interface CacheReader extends Pick<Cache, "get"> {
  /** The values under the last keys, the last first. */
  newest(limit: number): Promise<unknown[]>;
}

/** A message that a channel keeps for people to read. */
export interface KeptMessage {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** `owner/level` */
  readonly group: string;
  readonly title: string;
  readonly body: string;
  readonly severity: Message["severity"];
  readonly status: Message["status"];
  readonly reason: Message["reason"];
  /** How many alerts it is about. */
  readonly alerts: number;
  /** Which ones, the first hundred; earlier versions did not keep it. */
  readonly about?: readonly Pick<Message["alerts"][number], "id" | "reason" | "still" | "folded">[];
}

/** How the messages that a channel keeps are read. */
export interface Archive {
  newest(limit: number): Promise<KeptMessage[]>;
  get(id: string): Promise<KeptMessage | undefined>;
}
