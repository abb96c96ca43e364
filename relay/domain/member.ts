/**
 * A person in a group. Every other field is an address, named by its kind: `email`, `mobile`, or a vendor such as `dingtalk` or
 * `wecom`, whose channels read it. The schema of `members` in fenghuo.yaml lists them.
 */
export interface Member {
  /** Unique among the members. */
  readonly id: string;
  /** Their display name. */
  readonly name?: string | undefined;
  /** An address, by its kind. */
  readonly [address: string]: string | undefined;
}
