/** The address of a member that a channel needs, such as a chat id. It becomes a field of members in the console and in fenghuo.yaml. */
export interface MemberAddress {
  /** The field's name: lower-case letters, digits and `_`. Channels of one vendor share it; `email` and `mobile` exist already. */
  readonly name: string;
  /** The field's title, in English; its Chinese is in the channel's `words`. */
  readonly title: string;
  /** One sentence of help. */
  readonly description?: string;
  /**
   * Whether it is a credential, such as a device key: hidden like a {@linkcode secret} of a config. If several
   * channels share the address, one with this option is enough.
   */
  readonly secret?: boolean;
}
