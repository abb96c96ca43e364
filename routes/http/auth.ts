import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { sha256 } from "../../relay/base/hash.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Door } from "../dialects/doors.ts";
import { RequestError } from "./errors.ts";

/** The credentials of a request. */
export interface Credentials {
  /** The user of Basic authentication. */
  readonly user?: string;
  readonly password: string;
}

/**
 * Authenticate a sender of alerts: the intake token, or an API token for this door, as Bearer, as the password of Basic
 * with any user, or as `?token=`.
 *
 * @returns the sender's name, such as `token grafana`
 * @throws RequestError 401 · StoreError
 */
export async function requireIntakeToken(
  request: Request,
  { relay, door }: { relay: Relay; door: Door },
): Promise<string> {
  if (relay.query.config.openIntake || BASIC.test(request.headers.get("authorization") ?? "")) {
    refusePages(request);
  }
  const sender = await intakeSender(request, { relay, door });
  if (sender !== undefined) return sender;
  throw new RequestError(
    401,
    `${secretsOf(request).length > 0 ? "The token is wrong" : "The token is missing"}: ` +
      "send the intake token as Bearer, as the password of Basic, or as ?token=",
    { "www-authenticate": 'Bearer realm="fenghuo", Basic realm="fenghuo"' },
  );
}

/**
 * The name of a sender, also for an open intake; `undefined` for an unknown one. Without a `door`, an API token for
 * any door counts.
 *
 * @throws StoreError
 */
export async function intakeSender(
  request: Request,
  { relay, door }: { relay: Relay; door?: Door | undefined },
): Promise<string | undefined> {
  return relay.query.config.openIntake ? OPEN_INTAKE : await provenSender(request, { relay, door });
}

/** The name of a sender with a valid credential; an open intake proves nothing. @throws StoreError */
export async function provenSender(
  request: Request,
  { relay: { commands: { access }, query: { config, clock } }, door }: {
    relay: Relay;
    door?: Door | undefined;
  },
): Promise<string | undefined> {
  const header = request.headers.get("authorization") ?? "";
  if (cached?.secret !== config.intakeToken) cached = cacheFor(config.intakeToken);
  if (cached.headers.has(header)) return INTAKE_TOKEN;
  const secrets = secretsOf(request);
  const { digest } = cached;
  if (secrets.some((secret) => timingSafeEqual(sha256(secret), digest))) {
    if (credentialsIn(header) && cached.headers.size < MAX_HEADERS) cached.headers.add(header);
    return INTAKE_TOKEN;
  }
  for (const secret of secrets.filter((secret) => access.isToken(secret))) {
    const token = await access.ofToken(secret, clock.now());
    if (token?.scope !== "intake") continue;
    if (door === undefined || (token.doors?.includes(door) ?? true)) return `token ${token.name}`;
  }
  return undefined;
}

/** The name of a sender with the intake token. */
export const INTAKE_TOKEN = "intake token";

/** The name of a sender that an open intake accepts. */
export const OPEN_INTAKE = "open intake";

/** The token of a request, in each spelling that it may have. */
function secretsOf({ headers, url }: Request): string[] {
  const credentials = credentialsIn(headers.get("authorization") ?? "");
  return credentials ? [credentials.password] : secretsIn(new URL(url).searchParams, "token");
}

/** A browser automatically adds Basic credentials to the requests of any page. */
const BASIC = /^basic\s/i;

/**
 * Refuse the request of a page in a browser. Without a token, or with one that the browser adds automatically, any
 * page that a person opens could send alerts.
 *
 * @throws RequestError 403
 */
export function refusePages({ headers }: Request): void {
  // A browser sends Origin with every POST, and Sec-Fetch-Site from every secure page.
  const site = headers.get("sec-fetch-site") ?? "none";
  if (headers.get("origin") === null && site === "none") return;
  throw new RequestError(
    403,
    "A page in a browser cannot send alerts this way: send them from a program, or with the intake token as Bearer",
  );
}

/** The most valid headers that are cached: the spellings of the token. */
const MAX_HEADERS = 16;

/** The cached checks of the configured intake token. */
interface CachedIntakeToken {
  readonly secret: string;
  readonly digest: Uint8Array;
  /** Valid headers: looked up by their hash, in equal time for any invalid one. */
  readonly headers: Set<string>;
}

let cached: CachedIntakeToken | undefined;

function cacheFor(secret: string): CachedIntakeToken {
  return { secret, digest: sha256(secret), headers: new Set() };
}

/** The credentials in the header `authorization`. */
export function credentialsIn(header: string): Credentials | undefined {
  const [, scheme, value] = /^(\S+)\s+(\S+)\s*$/.exec(header) ?? [];
  if (!scheme || !value) return undefined;
  if (scheme.toLowerCase() === "bearer") return { password: value };
  return scheme.toLowerCase() === "basic" ? decodeBasic(value) : undefined;
}

/** The possible spellings of a secret in a query: an unescaped `+` arrives as a space. Empty without the parameter. */
export function secretsIn(query: URLSearchParams, name: string): string[] {
  const secret = query.get(name);
  return secret === null ? [] : [...new Set([secret, secret.replaceAll(" ", "+")])];
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
