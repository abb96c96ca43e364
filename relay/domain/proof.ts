/** The last message that a vendor has confirmed. */
export interface Proof {
  readonly at: number;
  /** The duration. */
  readonly ms: number;
  /** The vendor's words. */
  readonly because: string;
}
