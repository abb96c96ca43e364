/** A person of a group, with the addresses that channels know. */
export interface Member {
  readonly id: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly mobile?: string | undefined;
  /** The user id at DingTalk. */
  readonly dingtalk?: string | undefined;
  /** The user id at WeCom. */
  readonly wecom?: string | undefined;
}
