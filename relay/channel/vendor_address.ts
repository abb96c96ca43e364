import type { Member } from "../domain/member.ts";

/** The addresses that a vendor gives out, such as a robot's webhook: a sender may name one as its target. */
export interface VendorAddress {
  /** The vendor's own hosts, over https: a request there can do no harm. Any other host must be allowed by the operator. */
  readonly hosts: readonly string[];
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
  if (!credential) return `The target has no ${parameter}: give the robot's whole address`;
  if (!url.pathname.endsWith(path)) {
    return `The target does not end with ${path}: give the robot's whole address`;
  }
  return { credential, base: url.origin + url.pathname.slice(0, -path.length) };
}
