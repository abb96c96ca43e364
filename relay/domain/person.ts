/** A person who acts on an incident. */
export interface Person {
  /** The person's name, as it is shown. */
  readonly by: string;
  /** The account, the token or the link that was used, for the audit log. */
  readonly account: string;
  /** Where the person acted. Default: the console or the API. */
  readonly via?: string;
}
