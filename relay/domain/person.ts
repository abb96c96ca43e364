/** A person who acts on an incident. */
export interface Person {
  /** The person's display name. */
  readonly by: string;
  /** The account, the token or the link that was used, for the audit log. */
  readonly account: string;
  /** The place of the action. Default: the console or the API. */
  readonly via?: string;
}
