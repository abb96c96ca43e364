import { parseJson } from "../../http/body.ts";
import { RequestError } from "../../http/errors.ts";
import { decodeText } from "../../http/charset.ts";
import type { OpenedRequest, SentRequest } from "./door_type.ts";

/** The attributes that each event has. */
const REQUIRED = ["specversion", "id", "source", "type"] as const;

/** An attribute in a header: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#naming-conventions */
const ATTRIBUTE = /^ce-([a-z0-9]{1,64})$/;

type Event = Readonly<Record<string, unknown>>;

/**
 * A CloudEvent 1.0 over HTTP, or a batch of them: structured, binary and batched modes, with JSON as the event format. JSON
 * in an event's `data` or `data_base64` is read; other data is a text.
 *
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 *
 * @throws RequestError 400 · 415 for another event format · 422 for an event without a required attribute
 */
export function openCloudEvents({ headers, body }: SentRequest): OpenedRequest {
  const contentType = headers.get("content-type") ?? "";
  const type = contentType.toLowerCase().split(";")[0]!.trim();
  if (headers.has("ce-specversion")) return { payload: binary(headers, body, contentType) };
  if (
    type.startsWith("application/cloudevents") &&
    !/^application\/cloudevents(?:-batch)?(?:\+json)?$/.test(type)
  ) {
    throw new RequestError(415, `The event format ${type} is not known: send application/cloudevents+json`);
  }
  const parsed = parseJson(decodeText(body, contentType));
  if (Array.isArray(parsed)) return { payload: parsed.map((one) => isObject(one) ? withData(one) : one) };
  // Some senders name no content type of CloudEvents, so the body decides.
  if (!isObject(parsed)) throw notAnEvent();
  return { payload: withData(checked(parsed)) };
}

/** The event of the binary mode: attributes in headers, and the data as the body. */
function binary(headers: Headers, body: Uint8Array, contentType: string): Event {
  const attributes = [...headers].flatMap(([name, value]) => {
    const attribute = ATTRIBUTE.exec(name)?.[1];
    return attribute === undefined ? [] : [[attribute, decodeHeader(value, name)] as const];
  });
  const event = checked({ ...Object.fromEntries(attributes), datacontenttype: contentType || undefined });
  return body.byteLength === 0 ? event : { ...event, data: dataOf(body, contentType) };
}

/** An event with its `data` as a value, however it is written. @throws RequestError 400 */
function withData({ data_base64: encoded, ...event }: Event): Event {
  if (typeof encoded !== "string") return event;
  const type = typeof event.datacontenttype === "string" ? event.datacontenttype : "";
  return { ...event, data: dataOf(bytesOf(encoded), type) };
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw new RequestError(400, "data_base64: is not base64");
  }
}

/** Data is JSON unless its type says otherwise. @throws RequestError 400 */
function dataOf(bytes: Uint8Array, contentType: string): unknown {
  const text = decodeText(bytes, contentType);
  const [type = ""] = contentType.toLowerCase().split(";");
  return type.trim() === "" || /[/+]json$/.test(type.trim()) ? parseJson(text) : text;
}

/** An event with all required attributes. @throws RequestError 422 */
function checked(event: Event): Event {
  const missing = REQUIRED.filter((name) => typeof event[name] !== "string" || event[name] === "");
  if (missing.length === REQUIRED.length) throw notAnEvent();
  if (missing.length > 0) {
    throw new RequestError(422, `${missing.join(", ")}: each CloudEvent needs a text here`);
  }
  if (event.specversion !== "1.0") throw new RequestError(422, 'specversion: must be "1.0"');
  return event;
}

function notAnEvent(): RequestError {
  return new RequestError(
    400,
    "The body is not a CloudEvent: send Content-Type application/cloudevents+json, or the attributes in ce- headers",
  );
}

/** A header's value: quotes removed, then percent-decoded once. @throws RequestError 400 */
function decodeHeader(value: string, name: string): string {
  const quoted = /^"(.*)"$/s.exec(value)?.[1];
  try {
    return decodeURIComponent(quoted === undefined ? value : quoted.replace(/\\(.)/gs, "$1"));
  } catch {
    throw new RequestError(400, `The header ${name} is not percent-encoded UTF-8`);
  }
}

function isObject(value: unknown): value is Event {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
