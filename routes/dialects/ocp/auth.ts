import { crypto as stdCrypto } from "@std/crypto";
import type { Config } from "../../../relay/config/mod.ts";
import { sameSecret } from "../../../relay/base/same_secret.ts";
import { OCP_CODE, OcpRefusal } from "./answer.ts";

/** A signature is valid for this long before and after its `Date`. Source: OCP's API reference, AK/SK signing. */
const SKEW = 15 * 60_000;

const SCHEME = /^OCP-ACCESS-KEY-HMACSHA1\s+([^:\s]+):(\S+)$/i;

/** Whether a request is signed with AK/SK: the signature covers the body. */
export function isSigned(headers: Headers): boolean {
  return SCHEME.test(headers.get("authorization")?.trim() ?? "");
}

/** The parts of a request that an AK/SK signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * Authenticate a sender that pushes alarms: Basic, or a signature with access key and secret key. The access key is the
 * user, the secret key the password. Without `FENGHUO_OCP_USER` any user with the intake token as password is accepted. An
 * open intake needs no login, unless OCP's own password is set.
 *
 * @throws OcpRefusal 401 in OCP's own words.
 */
export async function requireOcpLogin(
  request: SignedRequest,
  { ocp, intakeToken, openIntake }: Pick<Config, "ocp" | "intakeToken" | "openIntake">,
  { now }: { now: number },
): Promise<void> {
  if (openIntake && ocp.password === undefined) return;
  await requireLogin(request, { user: ocp.user, password: ocp.password ?? intakeToken }, now);
}

/**
 * Authenticate a caller that reads alarms: with OCP's own login if it is configured, or as a viewer of the console.
 * The right to send alerts does not include reading: neither the intake token nor an open intake is enough.
 *
 * @throws OcpRefusal 401 in OCP's own words. RequestError 429
 */
export async function requireOcpReader(
  request: SignedRequest,
  { ocp: { user, password } }: Pick<Config, "ocp">,
  { now, viewer }: { now: number; viewer: () => Promise<boolean> },
): Promise<void> {
  const wrong = password === undefined
    ? notLoggedIn(
      "reading needs FENGHUO_OCP_USER and FENGHUO_OCP_PASSWORD, or an API token of the scope read",
    )
    : await requireLogin(request, { user, password }, now).then(() => undefined, (error: Error) => error);
  if (wrong !== undefined && !await viewer()) throw wrong;
}

/** @throws OcpRefusal 401 */
async function requireLogin(
  request: SignedRequest,
  { user, password }: { user: string | undefined; password: string },
  now: number,
): Promise<void> {
  const isUser = (name: string): boolean => user === undefined || sameSecret(name, user);
  const authorization = request.headers.get("authorization")?.trim() ?? "";
  const [, accessKey, signature] = SCHEME.exec(authorization) ?? [];
  if (accessKey && signature) {
    const date = Date.parse(request.headers.get("date") ?? "");
    if (Number.isNaN(date)) throw notLoggedIn("the header Date is missing, which the signature covers");
    if (Math.abs(now - date) > SKEW) {
      throw notLoggedIn("the header Date is more than 15 minutes off: set the clock");
    }
    const expected = await signOcp(request, password);
    if (isUser(accessKey) && sameSecret(signature, expected)) return;
    throw notLoggedIn("the access key or its signature is wrong");
  }
  if (/^Basic\s+b['"]/i.test(authorization)) {
    throw notLoggedIn(
      "the header reads Basic b'...', the Python 3 spelling of bytes: use base64.b64encode(...).decode()",
    );
  }
  const login = decodeBasic(authorization);
  if (!login) throw notLoggedIn("send Basic user:password, or a signature with AK/SK");
  if (!isUser(login.user) || !sameSecret(login.password, password)) {
    throw notLoggedIn("the user or the password is wrong");
  }
}

function notLoggedIn(reason: string): OcpRefusal {
  return new OcpRefusal(
    { status: 401, code: OCP_CODE.notLoggedIn, message: `Not logged in (IAM10000): ${reason}` },
    { "www-authenticate": 'Basic realm="fenghuo"' },
  );
}

function decodeBasic(authorization: string): { user: string; password: string } | undefined {
  const [, value] = /^Basic\s+(\S+)$/i.exec(authorization) ?? [];
  if (!value) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true })
      .decode(Uint8Array.from(atob(value), (char) => char.charCodeAt(0)));
    const colon = text.indexOf(":");
    return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return undefined;
  }
}

/**
 * OCP's AK/SK signature: base64 of HMAC-SHA1 over method, body digest, content type, date, host, x-ocp headers and
 * address.
 */
export async function signOcp(request: SignedRequest, secretKey: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secretKey),
    { name: "HMAC", hash: "SHA-1" },
    false,
    ["sign"],
  );
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(stringToSign(request)));
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}

/** The string that is signed. */
export function stringToSign({ method, url, headers, body }: SignedRequest): string {
  const { pathname, host, searchParams } = new URL(url);
  const digest = body === "" ? "" : Array.from(
    new Uint8Array(stdCrypto.subtle.digestSync("MD5", new TextEncoder().encode(body))),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("").toUpperCase();
  const ocpHeaders = [...headers].filter(([name]) => name.startsWith("x-ocp-")).sort(([a], [b]) =>
    a < b ? -1 : 1
  )
    .map(([name, value]) => `${name}:${value}`);
  return [
    method,
    digest,
    headers.get("content-type") ?? "",
    headers.get("date") ?? "",
    headers.get("host") ?? host,
    ocpHeaders.join("\n"),
    pathname + canonicalQuery(searchParams),
  ].join("\n");
}

/** `?a=1&b=2,3`: sorted by name, RFC 3986, several values of one name joined. */
function canonicalQuery(query: URLSearchParams): string {
  const names = [...new Set(query.keys())].sort();
  if (names.length === 0) return "";
  const encode = (text: string): string =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return `?${
    names.map((name) => `${encode(name)}=${query.getAll(name).sort().map(encode).join(",")}`).join("&")
  }`;
}
