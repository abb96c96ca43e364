/** The settings of a connection to a server: a proxy, or certificates of one's own. */
export interface Network {
  /** The address of an HTTP, HTTPS or SOCKS5 proxy, which may contain a user and a password. */
  readonly proxy?: string;
  /** Certificate authorities in PEM, in addition to the public ones. */
  readonly ca?: string;
  /** The client certificate in PEM. */
  readonly cert?: string;
  /** Its key in PEM. */
  readonly key?: string;
}
