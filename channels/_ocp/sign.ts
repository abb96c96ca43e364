import { crypto as stdCrypto } from "@std/crypto";

/** The parts of a request that OCP's AK/SK signature covers. */
export interface OcpRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  /** `content-type` and `date`, byte for byte as they are sent, and all headers that begin with `x-ocp-`. */
  readonly headers: Headers;
  readonly body: string;
}

/**
 * OCP's AK/SK signature: base64 of the HMAC-SHA1 over method, MD5 of the body, content type, date, host, x-ocp headers
 * and address, each on a line. Source: OCP's API reference, "AK/SK signing", whose two examples the tests compute.
 */
export async function signOcp(request: OcpRequest, secretKey: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secretKey), algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign(algorithm.name, key, encoder.encode(signedText(request)));
  return new Uint8Array(mac).toBase64();
}

function signedText({ method, url, headers, body }: OcpRequest): string {
  const { host, pathname, searchParams } = new URL(url);
  const own = [...headers].filter(([name]) => name.startsWith("x-ocp-")).map(([name, value]) =>
    `${name}:${value}`
  );
  return [
    method,
    body === "" ? "" : md5(body),
    headers.get("content-type") ?? "",
    headers.get("date") ?? "",
    headers.get("host") ?? host, // with its port, as it is sent
    own.join("\n"),
    pathname + queryOf(searchParams),
  ].join("\n");
}

function md5(text: string): string {
  const digest = stdCrypto.subtle.digestSync("MD5", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().toUpperCase();
}

/** Sorted by name, encoded by RFC 3986, several values of one name joined by a comma. */
function queryOf(query: URLSearchParams): string {
  const names = [...new Set(query.keys())].sort();
  const parts = names.map((name) => `${encode(name)}=${query.getAll(name).sort().map(encode).join(",")}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
