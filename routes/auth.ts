import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { sha256 } from "../relay/hash.ts";
import { RequestError } from "./errors.ts";

/** What a request carries to say who sent it. */
interface Credentials {
  readonly user?: string;
  readonly password: string;
}

/** Whether two secrets are the same, in a time that tells nothing: digests have one length. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

/** Let a sender of alerts in: the token as Bearer, as Basic's password with any user, or as `?token=`. @throws RequestError 401 */
export function requireIntakeToken(
  request: Request,
  { token, open }: { token: string; open: boolean },
): void {
  if (open) return;
  const credentials = credentialsOf(request);
  if (credentials && timingSafeEqual(sha256(credentials.password), digestOf(token))) return;
  throw new RequestError(
    401,
    `${credentials ? "The token is wrong" : "The token is missing"}: ` +
      "send the intake token as Bearer, as the password of Basic, or as ?token=",
    { "www-authenticate": 'Bearer realm="fenghuo", Basic realm="fenghuo"' },
  );
}

let known: { secret: string; digest: Uint8Array } | undefined;

/** The digest of what is configured, which every request is compared with. */
function digestOf(secret: string): Uint8Array {
  if (known?.secret !== secret) known = { secret, digest: sha256(secret) };
  return known.digest;
}

/** Let the administrator in: Basic with the user `admin`. @throws RequestError 401 */
export function requireAdmin(request: Request, { password }: { password: string }): void {
  const credentials = credentialsOf(request);
  if (credentials?.user === "admin" && sameSecret(credentials.password, password)) return;
  throw new RequestError(401, 'Sign in as "admin" with the admin password', {
    "www-authenticate": 'Basic realm="fenghuo", charset="UTF-8"',
  });
}

/** Let the administrator's programs in: the admin password as Bearer, or as a person signs in. @throws RequestError 401 */
export function requireAdminToken(request: Request, { password }: { password: string }): void {
  const [, bearer] = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (bearer === undefined) return requireAdmin(request, { password });
  if (sameSecret(bearer, password)) return;
  throw new RequestError(401, "The token is wrong: send the admin password as Bearer", {
    "www-authenticate": 'Bearer realm="fenghuo"',
  });
}

function credentialsOf(request: Request): Credentials | undefined {
  const [, scheme, value] = /^(\S+)\s+(\S+)\s*$/.exec(request.headers.get("authorization") ?? "") ?? [];
  if (scheme && value) {
    if (scheme.toLowerCase() === "bearer") return { password: value };
    if (scheme.toLowerCase() === "basic") return decodeBasic(value);
  }
  const token = new URL(request.url).searchParams.get("token");
  return token === null ? undefined : { password: token };
}

function decodeBasic(value: string): Credentials | undefined {
  try {
    const bytes = Uint8Array.from(atob(value), (char) => char.charCodeAt(0));
    const text = new TextDecoder().decode(bytes);
    const colon = text.indexOf(":");
    return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return undefined;
  }
}
