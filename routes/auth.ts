import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { sha256 } from "../relay/hash.ts";
import type { Relay } from "../relay/relay.ts";
import type { Door } from "./doors.ts";
import { RequestError } from "./errors.ts";

/** What a request carries to say who sent it. */
export interface Credentials {
  /** Of Basic. */
  readonly user?: string;
  readonly password: string;
}

/**
 * Let a sender of alerts in: the intake token, or an API token for this door, as Bearer, as Basic's password with any
 * user, or as `?token=`.
 *
 * @throws RequestError 401 · StoreError
 */
export async function requireIntakeToken(
  request: Request,
  { relay: { config, access, clock }, door }: { relay: Relay; door: Door },
): Promise<void> {
  if (config.openIntake) return;
  const credentials = credentialsOf(request, { inAddress: true });
  if (credentials && timingSafeEqual(sha256(credentials.password), digestOf(config.intakeToken))) return;
  if (credentials && access.isToken(credentials.password)) {
    const token = await access.ofToken(credentials.password, clock.now());
    if (token?.scope === "intake" && (token.doors?.includes(door) ?? true)) return;
  }
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

/** What the header `authorization` says, or the address where that may say it. */
export function credentialsOf(
  request: Request,
  { inAddress }: { inAddress: boolean },
): Credentials | undefined {
  const [, scheme, value] = /^(\S+)\s+(\S+)\s*$/.exec(request.headers.get("authorization") ?? "") ?? [];
  if (scheme && value) {
    if (scheme.toLowerCase() === "bearer") return { password: value };
    if (scheme.toLowerCase() === "basic") return decodeBasic(value);
  }
  const token = inAddress ? new URL(request.url).searchParams.get("token") : null;
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
