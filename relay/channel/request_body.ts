/**
 * The headers and the body of a request as they are sent.
 *
 * @module
 */
import type { ChannelRequest, Part } from "./tools.ts";

/** The options of `fetch`. Plain objects, because it would copy a `Headers` once more. */
export interface EncodedRequest {
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** Encodes the body of a request. A content type that belongs to the body replaces the channel's own. */
export function encodeRequest(
  { headers = {}, json, form, multipart, body }: ChannelRequest,
): EncodedRequest {
  if (json !== undefined) {
    return { headers: withType(headers, "application/json; charset=utf-8"), body: JSON.stringify(json) };
  }
  if (form !== undefined) {
    const type = "application/x-www-form-urlencoded;charset=UTF-8";
    return { headers: withType(headers, type), body: new URLSearchParams(fieldsOf(form)).toString() };
  }
  if (multipart !== undefined) {
    const boundary = `fenghuo-${crypto.randomUUID()}`;
    return {
      headers: withType(headers, `multipart/form-data; boundary=${boundary}`),
      body: encodeMultipart(multipart, boundary),
    };
  }
  return body === undefined ? { headers } : { headers, body: body as string | Uint8Array<ArrayBuffer> };
}

/** A list repeats its name. */
function fieldsOf(form: NonNullable<ChannelRequest["form"]>): [string, string][] {
  return Object.entries(form).flatMap(([name, values]) =>
    (typeof values === "string" ? [values] : values).map((value): [string, string] => [name, value])
  );
}

function withType(headers: Readonly<Record<string, string>>, type: string): Record<string, string> {
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "content-type");
  return { ...Object.fromEntries(others), "content-type": type };
}

/** Not `FormData`: it rewrites the line ends of texts, and a message must arrive with its measured size. */
function encodeMultipart(parts: readonly Part[], boundary: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const chunks = parts.flatMap(({ name, content, filename, type = "application/octet-stream" }) => {
    const file = filename === undefined ? "" : `; filename="${quoted(filename)}"\r\ncontent-type: ${type}`;
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"${file}\r\n\r\n`;
    return [encoder.encode(head), typeof content === "string" ? encoder.encode(content) : content, CRLF];
  });
  chunks.push(encoder.encode(`--${boundary}--\r\n`));
  const body = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

const CRLF = new Uint8Array([13, 10]);

/** Source: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function quoted(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}
