/**
 * Signs calls of Tencent Cloud's APIs with TC3-HMAC-SHA256.
 *
 * Source: https://cloud.tencent.com/document/api/382/52072
 *
 * @module
 */
import type { ChannelRequest } from "../../relay/channel.ts";

/** A key of Tencent Cloud. */
export interface SecretPair {
  readonly secretId: string;
  readonly secretKey: string;
}

/** A call of an API. */
export interface Tc3Call {
  /** The address of the API, such as `https://sms.tencentcloudapi.com`. */
  readonly base: string;
  /** The first part of the public host, such as `sms`. */
  readonly service: string;
  readonly action: string;
  readonly version: string;
  readonly region: string;
  /** The JSON. */
  readonly body: string;
}

const ALGORITHM = "TC3-HMAC-SHA256";
const CONTENT_TYPE = "application/json; charset=utf-8";

/** The signed request of a call. */
export async function signedCall(
  { secretId, secretKey }: SecretPair,
  { base, service, action, version, region, body }: Tc3Call,
  { now }: { now: number },
): Promise<ChannelRequest> {
  const { createHash, createHmac } = await import("node:crypto"); // not loaded by a start
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const mac = (key: string | Uint8Array, text: string): Uint8Array =>
    createHmac("sha256", key).update(text).digest();
  const { host, origin, pathname } = new URL(base);
  const timestamp = String(Math.floor(now / 1_000));
  const date = new Date(now).toISOString().slice(0, 10);
  const scope = `${date}/${service}/tc3_request`;
  const canonicalRequest = [
    "POST",
    pathname,
    "",
    `content-type:${CONTENT_TYPE}`,
    `host:${host}`,
    "",
    "content-type;host",
    hash(body),
  ].join("\n");
  const text = [ALGORITHM, timestamp, scope, hash(canonicalRequest)].join("\n");
  const key = mac(mac(mac(`TC3${secretKey}`, date), service), "tc3_request");
  const signature = mac(key, text).toHex();
  const credential = `Credential=${secretId}/${scope}, SignedHeaders=content-type;host`;
  return {
    url: origin + pathname,
    headers: {
      "content-type": CONTENT_TYPE,
      "x-tc-action": action,
      "x-tc-version": version,
      "x-tc-timestamp": timestamp,
      "x-tc-region": region,
      authorization: `${ALGORITHM} ${credential}, Signature=${signature}`,
    },
    body,
  };
}
