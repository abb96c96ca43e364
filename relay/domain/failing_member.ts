/** A member whom a channel could not reach when it last tried: one who left, perhaps. */
export interface FailingMember {
  readonly channel: string;
  /** The member's id. */
  readonly member: string;
  /** The destination where it was seen. */
  readonly destination: string;
  /** The vendor's words. */
  readonly because: string;
  readonly since: number;
  readonly lastAt: number;
}
