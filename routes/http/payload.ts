/**
 * The body of a webhook that carries a list of alerts. A body over a limit is accepted in part: its sender would not send
 * it again in smaller parts, so a refusal would lose all of its alerts.
 *
 * @module
 */
import { turnOfLoop } from "../../relay/base/event_loop.ts";
import { type Body, joined, lengthOf, tooLarge } from "./body.ts";
import { decodeText } from "./charset.ts";
import { decompressed } from "./decompress.ts";
import { ElementScanner } from "./element_scanner.ts";
import { reading } from "./reading.ts";

/** The largest payload that is read whole, after decompression: about 8,000 alerts of 2 KB. */
export const PAYLOAD_BYTES = 16 * 2 ** 20;

/**
 * The most alerts in one payload. Alertmanager's have about 1 KB each, so only much smaller ones exceed it. A payload
 * of the smallest alerts would have a million, and parsing them would block other requests for seconds.
 */
export const PAYLOAD_ALERTS = 20_000;

/** The size of the smallest alert, with its comma: `{"labels":{}},`. */
const ALERT_BYTES = 14;

/** The part of a payload that is scanned before other requests get a turn. */
const PIECE_BYTES = 2 ** 20;

/** The part of a payload over the limit that is read to count its alerts. */
const COUNTED_BYTES = 128 * 2 ** 20;

/** The part after the alerts that is buffered, in a payload over the limit. */
const TAIL_BYTES = 2 ** 20;

/** A payload, or the part of it that fits. */
export interface Payload extends Body {
  /** The number of dropped alerts; a lower bound when the payload was too large to count them all. */
  readonly leftOut: number;
}

/** A webhook's payload. @throws RequestError as `readBody` does; 413 only when not even one alert fits */
export async function readPayload(request: Request): Promise<Payload> {
  const stream = decompressed(request);
  const length = lengthOf(request);
  const type = request.headers.get("content-type") ?? "";
  if (stream === undefined && length <= PAYLOAD_BYTES) {
    return await payloadOf(await reading.whole(request, length), type);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let large: ScannedPayload | undefined;
  for await (const chunk of reading.chunks(stream ?? request.body, { keeps: PAYLOAD_BYTES + TAIL_BYTES })) {
    bytes += chunk.byteLength;
    if (large !== undefined) large.add(chunk);
    else {
      chunks.push(chunk);
      if (bytes > PAYLOAD_BYTES) large = await ScannedPayload.from(joined(chunks, bytes));
    }
    if (bytes > COUNTED_BYTES) break;
  }
  if (large === undefined) return await payloadOf(joined(chunks, bytes), type);
  if (large.isEmpty) throw tooLarge(PAYLOAD_BYTES);
  return large.part(type);
}

/** A body within the size limit, or the accepted part of it when it has too many alerts. @throws RequestError 400 */
async function payloadOf(body: Uint8Array, type: string): Promise<Payload> {
  if (body.byteLength > PAYLOAD_ALERTS * ALERT_BYTES) {
    const scanned = await ScannedPayload.from(body);
    if (scanned.leftOut > 0) return scanned.part(type);
  }
  return { text: decodeText(body, type), bytes: body.byteLength, leftOut: 0 };
}

/** Counts the alerts of a payload, and buffers those within the limits. */
class ScannedPayload {
  readonly #scanner = new ElementScanner("alerts", { most: PAYLOAD_ALERTS });
  #head = new Uint8Array();
  #accepted = 0;
  #tail: Uint8Array[] = [];
  #tailBytes = 0;

  /** Begin with the part of the body that is within the size limit. */
  static async from(begin: Uint8Array): Promise<ScannedPayload> {
    const scanned = new ScannedPayload();
    await scanned.#begin(begin);
    return scanned;
  }

  async #begin(body: Uint8Array): Promise<void> {
    const within = body.subarray(0, PAYLOAD_BYTES);
    let end = 0;
    for (let at = 0; at < within.byteLength; at += PIECE_BYTES) {
      if (at > 0) await turnOfLoop();
      const piece = within.subarray(at, at + PIECE_BYTES);
      const { lastElement, list } = this.#scanner.scan(piece);
      if (lastElement > 0) end = at + lastElement;
      this.#keepTail(piece, list);
    }
    this.#head = body.slice(0, end);
    this.#accepted = Math.min(this.#scanner.count, PAYLOAD_ALERTS);
    this.add(body.subarray(PAYLOAD_BYTES));
  }

  /** Whether not even one alert fits. */
  get isEmpty(): boolean {
    return this.#accepted === 0;
  }

  get leftOut(): number {
    return this.#scanner.count - this.#accepted;
  }

  add(chunk: Uint8Array): void {
    this.#keepTail(chunk, this.#scanner.scan(chunk).list);
  }

  #keepTail(chunk: Uint8Array, from: number | undefined): void {
    if (from === undefined || this.#tailBytes > TAIL_BYTES) return;
    this.#tail.push(chunk.slice(from));
    this.#tailBytes += chunk.byteLength - from;
  }

  /** @throws RequestError 400 */
  part(type: string): Payload {
    // Grafana and Alertmanager write the kind of the payload and its group after the alerts.
    const hasTail = this.#scanner.isComplete && this.#tailBytes <= TAIL_BYTES;
    const tail = hasTail ? decodeText(joined(this.#tail, this.#tailBytes), type) : "}";
    return {
      text: `${decodeText(this.#head, type)}]${tail}`,
      bytes: this.#head.byteLength + this.#tailBytes,
      leftOut: this.leftOut,
    };
  }
}

/** The parsed payload, with `leftOut` added to the number of alerts that Alertmanager itself truncated. */
export function withLeftOut(body: unknown, leftOut: number): unknown {
  if (leftOut === 0 || typeof body !== "object" || body === null) return body;
  const { truncatedAlerts } = body as { truncatedAlerts?: unknown };
  const before = typeof truncatedAlerts === "number" && truncatedAlerts > 0 ? truncatedAlerts : 0;
  return { ...body, truncatedAlerts: before + leftOut };
}
