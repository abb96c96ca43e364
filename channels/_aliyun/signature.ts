/**
 * Signs calls of Aliyun's RPC APIs with ACS3-HMAC-SHA256. The parameters are in the query, or in a form if they are
 * long.
 *
 * Source: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
 *
 * @module
 */
import type { ChannelRequest } from "../../relay/channel.ts";

/** An access key of Aliyun. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** A call of an API. */
export interface RpcCall {
  /** The address before the query, such as `https://dysmsapi.aliyuncs.com`. */
  readonly base: string;
  readonly action: string;
  readonly version: string;
  readonly query?: Parameters;
  /** The parameters of the body. */
  readonly form?: Parameters;
  /** Used once: the server refuses a second call with the same nonce. */
  readonly nonce: string;
}

/** Parameters; undefined ones are left out. */
type Parameters = Readonly<Record<string, string | undefined>>;

const ALGORITHM = "ACS3-HMAC-SHA256";

/** The signed request of a call. */
export async function signedCall(
  { accessKeyId, accessKeySecret }: AccessKey,
  { base, action, version, query = {}, form, nonce }: RpcCall,
  { now }: { now: number },
): Promise<ChannelRequest> {
  const { createHash, createHmac } = await import("node:crypto"); // not loaded by a start
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const { host, origin, pathname } = new URL(base);
  const body = form && parametersOf(form);
  const headers: Record<string, string> = {
    ...body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" },
    host,
    "x-acs-action": action,
    "x-acs-content-sha256": hash(body ?? ""),
    "x-acs-date": `${new Date(now).toISOString().slice(0, 19)}Z`,
    "x-acs-signature-nonce": nonce,
    "x-acs-version": version,
  };
  const names = Object.keys(headers).sort();
  const canonicalQuery = parametersOf(query);
  const canonicalRequest = [
    "POST",
    pathname,
    canonicalQuery,
    ...names.map((name) => `${name}:${headers[name]!.trim()}`),
    "",
    names.join(";"),
    headers["x-acs-content-sha256"],
  ].join("\n");
  const signature = createHmac("sha256", accessKeySecret)
    .update(`${ALGORITHM}\n${hash(canonicalRequest)}`).digest("hex");
  const { host: _, ...sent } = headers; // the client sends it
  const credential = `Credential=${accessKeyId},SignedHeaders=${names.join(";")}`;
  return {
    url: `${origin}${pathname}${canonicalQuery && `?${canonicalQuery}`}`,
    headers: { ...sent, authorization: `${ALGORITHM} ${credential},Signature=${signature}` },
    ...body === undefined ? {} : { body }, // an empty text would bring a content type that is not signed
  };
}

/** The parameters, sorted by name and encoded by RFC 3986. */
function parametersOf(parameters: Parameters): string {
  return Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join("&");
}

function encoded(text: string): string {
  const char = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, char);
}
