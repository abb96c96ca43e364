/** At most so many messages in so long. */
export interface Rate {
  readonly messages: number;
  /** Milliseconds, counted back from each moment; or a calendar day or month in China's time, for a quota. */
  readonly per: number | "day" | "month";
  /** How long the vendor takes nothing, in milliseconds, once there were more. */
  readonly penalty?: number;
}
