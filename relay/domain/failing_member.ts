/** A member whom a channel could not reach at its last attempt, for example because they have left. */
export interface FailingMember {
  readonly channel: string;
  /** The member's id. */
  readonly member: string;
  /** The destination of that attempt. */
  readonly destination: string;
  /** The vendor's words. */
  readonly because: string;
  readonly since: number;
  readonly lastAt: number;
}
