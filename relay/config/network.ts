/**
 * A destination's own network: its proxy, and its certificates.
 *
 * @module
 */
import { problemOfNetwork } from "../base/http_clients.ts";
import type { Network } from "../base/network.ts";
import type { Complaint } from "./complaint.ts";
import { type Path, pathText } from "./path.ts";
import { textAt } from "./raw.ts";

/** Whether a destination has no network settings of its own. */
export function isDefaultNetwork(network: Network): boolean {
  return Object.keys(network).length === 0;
}

/** The faults of a destination's network. `path`: the destination's. */
export function networkComplaints(network: Network, path: Path): Complaint[] {
  const { ca, cert, key } = network;
  if (cert !== undefined && key === undefined) {
    return [{
      path: pathText([...path, "key"]),
      message: "is missing; the client certificate needs its key",
    }];
  }
  if (key !== undefined && cert === undefined) {
    return [{
      path: pathText([...path, "cert"]),
      message: "is missing; the client key needs its certificate",
    }];
  }
  const parts: [keyof Network, Network][] = [
    ["ca", ca === undefined ? {} : { ca }],
    ["cert", cert === undefined || key === undefined ? {} : { cert, key }],
  ];
  return parts.flatMap(([name, part]) => {
    const problem = isDefaultNetwork(part) ? undefined : problemOfNetwork(part);
    return problem === undefined
      ? []
      : [{ path: pathText([...path, name]), message: `cannot be used: ${problem}` }];
  });
}

/** The secrets of a network: its key, and a proxy's address if it contains a user or a password. */
export function networkSecrets({ proxy, key }: Network = {}): string[] {
  const { username = "", password = "" } = URL.parse(proxy ?? "") ?? {};
  const [user, pass] = [username, password].map(decoded);
  const ofProxy = proxy === undefined || username + password === ""
    ? []
    : [proxy, ...password === "" ? [] : [pass!, `${user}:${pass}`]];
  return [...ofProxy, ...key === undefined ? [] : [key]];
}

/** The proxy of a raw destination, without its password. */
export function proxyOf(destination: unknown): string | undefined {
  const proxy = textAt(destination, "proxy");
  const { protocol, host } = URL.parse(proxy ?? "") ?? {};
  return host === undefined ? proxy : `${protocol}//${host}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
