/** A request that a door refused, without secrets. */
export interface SenderRefusal {
  /** The door, or `none` when there is no door at that address. */
  readonly door: string;
  /** The HTTP status, or the door's own code. */
  readonly status: number;
  /** The reason in the answer to the caller. */
  readonly reason: string;
  /** The address of the caller. */
  readonly from: string;
  /** The authenticated sender; `undefined` when the request was not authenticated. */
  readonly sender?: string | undefined;
  /** The group that it named, `owner/level`. */
  readonly group?: string | undefined;
}

/** Refusals of one kind. Times are epoch milliseconds. */
export interface RefusalCount extends SenderRefusal {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}
