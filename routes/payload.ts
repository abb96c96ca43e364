/**
 * The body of a webhook that carries a list of alerts. One that is over the limit is taken in part: its sender would not
 * send it again in smaller parts, so refusing it would lose every one of its alerts.
 *
 * @module
 */
import { type Body, decode, joined, lengthOf, tooLarge } from "./body.ts";
import { decompressed } from "./decompress.ts";
import { ElementScanner } from "./element_scanner.ts";
import { reading } from "./reading.ts";

/** The largest payload that is read whole, after decompression: about 8,000 alerts of 2 KB. */
export const PAYLOAD_BYTES = 16 * 2 ** 20;

/** How much of a larger one is looked at to count its alerts. */
const COUNTED_BYTES = 128 * 2 ** 20;

/** What stands behind the alerts of a payload that is too large: kept when it is no longer than this. */
const TAIL_BYTES = 2 ** 20;

/** A payload, or the part of it that fits. */
export interface Payload extends Body {
  /** How many alerts were left out: at least so many, when the payload was too large to be counted. */
  readonly leftOut: number;
}

/** A webhook's payload. @throws RequestError as `readBody` does; 413 only when not even one alert fits */
export async function readPayload(request: Request): Promise<Payload> {
  const stream = decompressed(request);
  const length = lengthOf(request);
  if (stream === undefined && length <= PAYLOAD_BYTES) {
    const body = await reading.whole(request, length);
    return { text: decode(body), bytes: body.byteLength, leftOut: 0 };
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let large: LargePayload | undefined;
  for await (const chunk of reading.chunks(stream ?? request.body, { keeps: PAYLOAD_BYTES + TAIL_BYTES })) {
    bytes += chunk.byteLength;
    if (large !== undefined) large.add(chunk);
    else {
      chunks.push(chunk);
      if (bytes > PAYLOAD_BYTES) large = new LargePayload(joined(chunks, bytes));
    }
    if (bytes > COUNTED_BYTES) break;
  }
  if (large !== undefined) return large.part();
  const body = joined(chunks, bytes);
  return { text: decode(body), bytes, leftOut: 0 };
}

/** A payload that is over the limit: what fits is kept, the rest is counted. */
class LargePayload {
  readonly #head: Uint8Array;
  readonly #kept: number;
  readonly #scanner = new ElementScanner("alerts");
  #tail: Uint8Array[] = [];
  #tailBytes = 0;

  /** @throws RequestError 413 when no alert fits */
  constructor(begin: Uint8Array) {
    const end = this.#scanner.scan(begin.subarray(0, PAYLOAD_BYTES));
    this.#kept = this.#scanner.count;
    if (this.#kept === 0) throw tooLarge(PAYLOAD_BYTES);
    this.#head = begin.subarray(0, end.lastElement);
    this.#keepTail(begin.subarray(0, PAYLOAD_BYTES), end.list);
    this.add(begin.subarray(PAYLOAD_BYTES));
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
  part(): Payload {
    // Grafana and Alertmanager say behind their alerts what kind of payload it is, and which group of alerts.
    const hasTail = this.#scanner.isComplete && this.#tailBytes <= TAIL_BYTES;
    const tail = hasTail ? decode(joined(this.#tail, this.#tailBytes)) : "}";
    return {
      text: `${decode(this.#head)}]${tail}`,
      bytes: this.#head.byteLength + this.#tailBytes,
      leftOut: this.#scanner.count - this.#kept,
    };
  }
}

/** The parsed payload with what was left out, where Alertmanager itself says how many alerts it left out. */
export function withLeftOut(body: unknown, leftOut: number): unknown {
  if (leftOut === 0 || typeof body !== "object" || body === null) return body;
  const { truncatedAlerts } = body as { truncatedAlerts?: unknown };
  const before = typeof truncatedAlerts === "number" && truncatedAlerts > 0 ? truncatedAlerts : 0;
  return { ...body, truncatedAlerts: before + leftOut };
}
