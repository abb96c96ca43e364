import { MINUTE, SECOND } from "../../../relay/base/duration.ts";
import { nodeCrypto } from "../../../relay/base/node_crypto.ts";
import { sameSecret } from "../../../relay/base/same_secret.ts";
import type { IncomingAlert } from "../../../relay/domain/alert.ts";
import { RequestError } from "../../http/errors.ts";

/** A request as its sender made it. */
export interface SentRequest {
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** The time of receipt. */
  readonly now: number;
}

/** A request whose sender is proven, unwrapped. */
export type OpenedRequest =
  & {
    /** Identifies the message: the same one again changes nothing. */
    readonly once?: string;
  }
  & (
    /** The value that the mapping reads. Strings that hold JSON are still strings. */
    | { readonly payload: unknown }
    /** Makes the alerts of a message without a payload, once. */
    | { readonly alerts: () => Promise<readonly IncomingAlert[]> }
  );

/** The largest difference between the clocks of a sender and the relay. */
const TOLERANCE = 5 * MINUTE;

/** Requires a time in epoch seconds that is at most five minutes from now. @throws RequestError 401 */
export function requireFresh(seconds: string, now: number): void {
  const behind = now - Number(seconds) * SECOND;
  if (Math.abs(behind) <= TOLERANCE) return;
  const minutes = Math.round(Math.abs(behind) / MINUTE);
  throw new RequestError(
    401,
    `The request is ${minutes} min ${
      behind > 0 ? "old" : "early"
    }: set the clocks of its sender and of the relay`,
  );
}

/** Whether a text is epoch seconds. */
export function isSeconds(text: string): boolean {
  return /^\d{1,12}$/.test(text);
}

/** The algorithm and the encoding of an HMAC. */
export interface HmacForm {
  readonly secrets: readonly (string | Uint8Array)[];
  readonly algorithm: "sha256" | "sha1" | "sha512";
  readonly encoding: "hex" | "base64";
}

/** Whether a signature is the HMAC of the contents with one of the secrets. All secrets are compared, in constant time. */
export function isHmac(
  signature: string,
  contents: readonly (string | Uint8Array)[],
  { secrets, algorithm, encoding }: HmacForm,
): boolean {
  const sent = encoding === "hex" ? signature.toLowerCase() : signature;
  return secrets.map((secret) => {
    const mac = nodeCrypto().createHmac(algorithm, secret);
    for (const content of contents) mac.update(content);
    return sameSecret(sent, mac.digest(encoding));
  }).includes(true);
}
