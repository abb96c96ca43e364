/** The last message that a vendor has confirmed. */
export interface Proof {
  readonly at: number;
  /** How long it took. */
  readonly ms: number;
  /** The vendor's words. */
  readonly because: string;
}
