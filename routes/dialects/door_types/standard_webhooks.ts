import { nodeCrypto } from "../../../relay/base/node_crypto.ts";
import type { DoorType } from "../../../relay/config/mod.ts";
import { RequestError } from "../../http/errors.ts";
import { parseBody } from "../any_json.ts";
import { isHmac, isSeconds, type OpenedRequest, requireFresh, type SentRequest } from "./door_type.ts";

/** The most signatures of a request that are compared. */
const MAX_SIGNATURES = 8;

/**
 * A request that is signed as Standard Webhooks specifies: `v1`, HMAC-SHA256, or `v1a`, ed25519, over id, time and body.
 * The id and the body identify the message, so that a sender that uses an id twice loses nothing.
 *
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * @throws RequestError 401 · 400 when the body is not JSON
 */
export async function openStandardWebhook(
  request: SentRequest,
  { secrets }: Extract<DoorType, { name: "standard_webhooks" }>,
): Promise<OpenedRequest> {
  const { headers, body } = request;
  const id = requireWebhookSignature(request, {
    keys: secrets.flatMap(keysOf),
    wrong: "The signature is wrong: is the secret the door's?",
  });
  return {
    payload: await parseBody(body, headers.get("content-type") ?? ""),
    once: `${id} ${nodeCrypto().createHash("sha256").update(body).digest("hex")}`,
  };
}

/** A key of a sender: bytes of an HMAC, or the public key of ed25519. */
type WebhookKey = { readonly hmac: string | Uint8Array } | { readonly ed25519: Uint8Array };

/** Requires a signature of the request by one of the keys, made within five minutes. @returns the id @throws RequestError 401 */
export function requireWebhookSignature(
  { headers, body, now }: SentRequest,
  { keys, wrong }: { keys: readonly WebhookKey[]; wrong: string },
): string {
  const [id, time, signatures] = ["id", "timestamp", "signature"].map((name) =>
    headers.get(`webhook-${name}`) ?? ""
  ) as [string, string, string];
  if (id === "" || signatures === "" || !isSeconds(time)) {
    throw new RequestError(
      401,
      "The signature is missing: send webhook-id, webhook-timestamp and webhook-signature",
    );
  }
  requireFresh(time, now);
  const contents = [`${id}.${time}.`, body];
  const secrets = keys.flatMap((key) => "hmac" in key ? [key.hmac] : []);
  const publicKeys = keys.flatMap((key) => "ed25519" in key ? [key.ed25519] : []);
  // All are compared, so that the time does not reveal which one matched.
  const matches = signatures.split(" ").slice(0, MAX_SIGNATURES).map((signature) => {
    const [version, value = ""] = signature.split(",", 2);
    if (version === "v1a") return publicKeys.some((key) => isEd25519(value, contents, key));
    return version === "v1" && isHmac(value, contents, { secrets, algorithm: "sha256", encoding: "base64" });
  });
  if (!matches.includes(true)) throw new RequestError(401, wrong);
  return id;
}

/** A secret without a prefix is used as it is written, or as the base64 that libraries of the standard expect. */
function keysOf(secret: string): WebhookKey[] {
  const [, kind, key = secret] = /^(whsec|whpk)_(.*)$/s.exec(secret) ?? [];
  const bytes = bytesOf(key);
  if (kind !== undefined) return bytes ? [kind === "whpk" ? { ed25519: bytes } : { hmac: bytes }] : [];
  return [{ hmac: secret }, ...bytes ? [{ hmac: bytes }] : []];
}

/** @returns `undefined` for a text that is not base64 */
function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return undefined;
  }
}

/** The DER bytes before a raw key of ed25519: https://www.rfc-editor.org/rfc/rfc8410#section-4 */
const SPKI = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

function isEd25519(value: string, contents: readonly (string | Uint8Array)[], key: Uint8Array): boolean {
  const signature = bytesOf(value);
  if (signature?.length !== 64) return false;
  const { createPublicKey, verify } = nodeCrypto();
  const publicKey = createPublicKey({
    // deno-lint-ignore no-explicit-any -- the type of node wants its own bytes, and takes any
    key: new Uint8Array([...SPKI, ...key]) as any,
    format: "der",
    type: "spki",
  });
  const encoder = new TextEncoder();
  const signed = contents.flatMap((one) => [...typeof one === "string" ? encoder.encode(one) : one]);
  return verify(null, new Uint8Array(signed), publicKey, signature);
}
