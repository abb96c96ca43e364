import { sameSecret } from "../../relay/base/same_secret.ts";
import type { Door } from "../../relay/config/mod.ts";
import type { Relay } from "../../relay/relay.ts";
import { credentialsIn, refusePages, requireIntakeToken, secretsIn } from "../http/auth.ts";
import { RequestError } from "../http/errors.ts";
import { isHmac } from "./door_types/door_type.ts";
import { provesSender } from "./door_types/mod.ts";

/** Whether the credential proves the sender before the body is read: a signature needs the body. @throws RequestError 401, 403 */
export async function authenticate(request: Request, { auth, type }: Door, relay: Relay): Promise<boolean> {
  if (auth === undefined || auth === "none") {
    if (provesSender(type)) return false;
    if (auth === undefined) await requireIntakeToken(request, { relay, door: "in" });
    else refusePages(request);
    return true;
  }
  if (!("token" in auth)) return false;
  const header = credentialsIn(request.headers.get("authorization") ?? "");
  if (header?.user !== undefined) refusePages(request); // a browser adds Basic credentials by itself
  const sent = header ? [header.password] : secretsIn(new URL(request.url).searchParams, "token");
  if (!sent.some((one) => sameSecret(one, auth.token))) {
    throw new RequestError(
      401,
      `${sent.length > 0 ? "The token is wrong" : "The token is missing"}: ` +
        "send the door's token as Bearer, as the password of Basic, or as ?token=",
      { "www-authenticate": 'Bearer realm="fenghuo", Basic realm="fenghuo"' },
    );
  }
  return true;
}

/** Requires the door's own HMAC over the body, if it has one. @throws RequestError 401 */
export function requireHmac(
  { headers }: Request,
  { body, door: { auth } }: { body: Uint8Array; door: Door },
): void {
  if (typeof auth !== "object" || !("hmac" in auth)) return;
  const { header, secret, algorithm = "sha256", encoding = "hex" } = auth.hmac;
  const sent = headers.get(header)?.trim().replace(/^(?:sha\d+|v\d+)[=,]/i, "");
  if (!sent) throw new RequestError(401, `The signature is missing: send it in the header ${header}`);
  if (!isHmac(sent, [body], { secrets: [secret], algorithm, encoding })) {
    throw new RequestError(401, `The signature in ${header} is wrong: is the secret the door's?`);
  }
}
