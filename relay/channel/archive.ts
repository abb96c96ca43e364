import type { Message } from "./message.ts";
import type { Cache } from "./tools.ts";

/** Reads a channel's own cache. */
export interface CacheReader extends Pick<Cache, "get"> {
  /** The values of the last keys, in reverse order. */
  newest(limit: number): Promise<unknown[]>;
}

/** A message that a channel stores for people to read. */
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
  /** The number of alerts in it. */
  readonly alerts: number;
  /** The first hundred of its alerts; missing in messages of earlier versions. */
  readonly about?: readonly Pick<Message["alerts"][number], "id" | "reason" | "still" | "folded">[];
}

/** Reads the messages that a channel stores. */
export interface Archive {
  newest(limit: number): Promise<KeptMessage[]>;
  get(id: string): Promise<KeptMessage | undefined>;
}
