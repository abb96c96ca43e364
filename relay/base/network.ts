/** How to connect to a server, where that is not the usual way: through a proxy, or with certificates of one's own. */
export interface Network {
  /** The address of an HTTP, HTTPS or SOCKS5 proxy, which may contain a user and a password. */
  readonly proxy?: string;
  /** Certificate authorities in PEM, besides the public ones. */
  readonly ca?: string;
  /** The client certificate in PEM. */
  readonly cert?: string;
  /** Its key in PEM. */
  readonly key?: string;
}
