/** A block of addresses that share their first `bits` bits. IPv4 is mapped to IPv6: `::ffff:a.b.c.d`. */
export interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** The prefix length of IPv4 addresses that are mapped to IPv6. */
const MAPPED_BITS = 96;

/** IPv6 providers assign at least a /64 to a customer, so all addresses of a /64 count as one client. */
const CUSTOMER_BITS = 64;

/** Loopback, private, shared (RFC 6598), link-local and unique local addresses. */
const PRIVATE = [
  ...["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"],
  ...["::1", "fc00::/7", "fe80::/10"],
];

/**
 * Parses an address to 16 bytes; `undefined` if it is invalid. Accepts the forms that proxies write: a port after the address,
 * brackets around IPv6, a zone.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  const [, bracketed, four, plain] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+)(?::\d+)?|([0-9a-f:.]+(?:%\w+)?))$/i
    .exec(text.trim()) ?? [];
  if (four !== undefined) return parseFour(four);
  const six = bracketed ?? plain;
  return six === undefined || six.length > 64 ? undefined : parseSix(six.replace(/%\w+$/, ""));
}

function parseFour(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...parts.map(Number)]);
}

function parseSix(text: string): Uint8Array | undefined {
  const host = text.includes(":") ? URL.parse(`http://[${text}]/`)?.hostname : undefined;
  if (host === undefined) return undefined;
  const [head = "", tail] = host.slice(1, -1).split("::"); // the URL parser has normalised it
  const groups = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), tail === undefined ? [] : groups(tail)];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  return new Uint8Array(all.flatMap((group) => [group >> 8, group & 255]));
}

/**
 * Parses networks: one such as `10.0.0.0/8` or `2001:db8::1`, or `private` for all private ones; `undefined` if the text is
 * invalid.
 */
export function parseNetworks(text: string): Network[] | undefined {
  if (text === "private") return PRIVATE.flatMap((network) => parseNetworks(network)!);
  const [, address = "", length] = /^([^/[\]]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = parseAddress(address);
  if (bytes === undefined || address.includes("%")) return undefined;
  const own = address.includes(":") ? 0 : MAPPED_BITS;
  const bits = own + Number(length ?? 128 - own);
  return bits > 128 ? undefined : [{ bytes, bits }];
}

/** Whether an address is in one of these networks. */
export function isIn(networks: readonly Network[], address: Uint8Array): boolean {
  return networks.some(({ bytes, bits }) => {
    for (let at = 0; at * 8 < bits; at++) {
      const mask = 0xff00 >> Math.min(8, bits - at * 8) & 0xff;
      if ((bytes[at]! & mask) !== (address[at]! & mask)) return false;
    }
    return true;
  });
}

/** The client of an address: the IPv4 address, or the /64 of an IPv6 address. */
export function clientOf(address: Uint8Array): string {
  const isFour = address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 255 &&
    address[11] === 255;
  return isFour ? address.subarray(12).join(".") : address.subarray(0, CUSTOMER_BITS / 8).toHex();
}
