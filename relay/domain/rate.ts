/** A rate limit: at most this many messages in this period. */
export interface Rate {
  /** The number of messages. */
  readonly messages: number;
  /** A sliding window in milliseconds; or, for a quota, a calendar day or month in China's time. */
  readonly per: number | "day" | "month";
  /** Milliseconds for which the vendor refuses all messages after the limit is exceeded. */
  readonly penalty?: number;
}
