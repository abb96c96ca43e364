import type { Member } from "../domain/member.ts";

/** The addresses that a vendor gives out, such as a robot's webhook: a person pastes one, or a sender names one as its target. */
export interface VendorAddress {
  /**
   * The vendor's own hosts, over https: `oapi.dingtalk.com`, or `*.logic.azure.com` for its subdomains. Empty for software that
   * anybody may host. A sender's request to any other host must be allowed by the operator.
   */
  readonly hosts: readonly string[];
  /** An address as the vendor gives it out, with a made-up credential: shown as an example, and read by the contract suite. */
  readonly example?: string;
  /** The config that an address stands for, or one sentence on why it is none. The sentence must not show the address. */
  readonly read: (url: URL) => Readonly<Record<string, unknown>> | string;
  /** The member whom a message mentions by an id, for a vendor that can mention people. */
  readonly member?: (id: string) => Member;
}

/**
 * Read a robot's webhook address whose path is fixed and whose query holds the credential.
 *
 * @returns the credential and what stands before the path, or why the address is none
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
 * Read a webhook address that is itself the credential.
 *
 * @param path What its path must match
 * @param shape The path as a person reads it, such as `/services/T…/B…/…`
 * @returns the config `{ url }`, or why the address is none
 */
export function webhookAddress(
  url: URL,
  { path, shape }: { path: RegExp; shape: string },
): { readonly url: string } | string {
  return path.test(url.pathname)
    ? { url: url.href }
    : `The address is not of the form ${shape}: give the whole address`;
}
