import type { Member } from "../domain/member.ts";

/** The addresses that a vendor gives to its users, such as a robot's webhook. A person pastes one, or a sender names one as its target. */
export interface VendorAddress {
  /**
   * The vendor's own hosts, over https: `oapi.dingtalk.com`, or `*.logic.azure.com` for its subdomains. Empty for self-hosted
   * software. A sender may name exactly these hosts as its target; the operator must allow any other host.
   */
  readonly hosts: readonly string[];
  /** An example of an address, with an invented credential: shown to people, and read by the contract suite. */
  readonly example?: string;
  /**
   * The config for an address, or one sentence with the reason why it cannot be used. The sentence must not contain
   * the address.
   */
  readonly read: (url: URL) => Readonly<Record<string, unknown>> | string;
  /** The member whom a message mentions by an id, for a vendor that can mention people. */
  readonly member?: (id: string) => Member;
}

/**
 * Read a robot's webhook address whose path is fixed and whose query holds the credential.
 *
 * @returns the credential and the part before the path, or the reason why the address is invalid
 */
export function robotAddress(
  url: URL,
  { path, parameter }: { path: string; parameter: string },
): { readonly credential: string; readonly base: string } | string {
  const credential = url.searchParams.get(parameter);
  if (!credential) return `The address has no ${parameter}: give the robot's whole address`;
  if (!url.pathname.endsWith(path)) {
    return `The address does not end with ${path}: give the robot's whole address`;
  }
  return { credential, base: url.origin + url.pathname.slice(0, -path.length) };
}

/**
 * Read a webhook address that contains its credential.
 *
 * @param path The pattern of its path
 * @param shape The pattern for people, such as `/services/T…/B…/…`
 * @returns the config `{ url }`, or the reason why the address cannot be used
 */
export function webhookAddress(
  url: URL,
  { path, shape }: { path: RegExp; shape: string },
): { readonly url: string } | string {
  return path.test(url.pathname)
    ? { url: url.href }
    : `The address is not of the form ${shape}: give the whole address`;
}
