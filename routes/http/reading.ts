import { Deadline } from "../../relay/base/deadline.ts";
import { RequestError } from "./errors.ts";

/** A body up to this size takes no more memory than its connection. It is read immediately, outside the budgets. */
const SMALL_BYTES = 16_384;

/** The time limit of a small body, in milliseconds. */
const SMALL_MS = 15_000;

/** The limits of reading bodies. */
export interface ReadingLimits {
  /** The most bytes of all bodies that are being read. */
  readonly budget: number;
  /** A body must deliver `bytes` bytes, or its end, in every `every` milliseconds; all of it may take `longest`. */
  readonly pace: { readonly bytes: number; readonly every: number; readonly longest: number };
}

/** Slower than any network that carries alerts, and fast enough that no sender can hold memory for long. */
const PACE = { bytes: 8_192, every: 10_000, longest: 120_000 };

/**
 * Reads bodies within limits, so that slow or large requests cannot fill the memory. A request that is too slow, or that
 * arrives when the budget is spent, is answered with 503, and its sender retries.
 */
export class BodyReader {
  readonly #limits: ReadingLimits;
  readonly #deadline = new Deadline(SMALL_MS);
  #held = 0;

  constructor(limits: ReadingLimits) {
    this.#limits = limits;
  }

  /** Bytes of bodies that are being read. */
  get held(): number {
    return this.#held;
  }

  /** Read a body of a known length. @throws RequestError 503 */
  async whole(request: Request, length: number): Promise<Uint8Array> {
    if (length <= SMALL_BYTES) return await this.#small(request);
    const whole = new Uint8Array(length);
    let at = 0;
    for await (const chunk of this.chunks(request.body, { keeps: length })) {
      whole.set(chunk, at);
      at += chunk.byteLength;
    }
    return at === length ? whole : whole.subarray(0, at);
  }

  #small(request: Request): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const end = this.#deadline.begin(() => reject(tooSlow()));
      request.bytes().then((body) => {
        end();
        resolve(body);
      }, (error) => {
        end();
        reject(unreadable(error));
      });
    });
  }

  /**
   * The chunks of a body.
   *
   * @param keeps At most this many bytes are held by the caller: they count in the budget.
   * @throws RequestError 503 when it is too slow or cut off, or when the budget is spent; those that `stream` throws
   */
  async *chunks(
    stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null,
    { keeps }: { keeps: number },
  ): AsyncGenerator<Uint8Array> {
    if (stream === null) return;
    const { next, cancel } = pulling(stream);
    const { budget, pace } = this.#limits;
    const { promise: late, reject: giveUp } = Promise.withResolvers<never>();
    late.catch(() => {});
    const started = performance.now();
    let bytes = 0;
    let before = 0;
    let held = 0;
    const timer = setInterval(() => {
      if (bytes < before + pace.bytes || performance.now() >= started + pace.longest) giveUp(tooSlow());
      before = bytes;
    }, pace.every);
    try {
      for (;;) {
        const { done, value } = await Promise.race([next(), late]).catch((error) => {
          throw unreadable(error);
        });
        if (done) return;
        bytes += value.byteLength;
        const more = Math.max(0, Math.min(bytes, keeps) - SMALL_BYTES) - held;
        if (this.#held + more > budget) {
          throw new RequestError(503, "The relay reads too much at once: send it again in a moment", {
            "retry-after": "5",
          });
        }
        this.#held += more;
        held += more;
        yield value;
      }
    } finally {
      clearInterval(timer);
      this.#held -= held;
      cancel();
    }
  }
}

/** For requests that are authenticated before their body is read. */
export const reading = new BodyReader({ budget: 64 * 2 ** 20, pace: PACE });

/**
 * For requests that only their body authenticates. A separate budget: any caller can exhaust it without delaying
 * other requests.
 */
export const readingOfStrangers = new BodyReader({ budget: 16 * 2 ** 20, pace: PACE });

/** Reads a stream chunk by chunk, and can cancel it while a read is pending. */
function pulling(
  stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
): { next: () => Promise<IteratorResult<Uint8Array, unknown>>; cancel: () => void } {
  if (stream instanceof ReadableStream) {
    const reader = stream.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<Uint8Array, unknown>>,
      cancel: () => void reader.cancel().catch(() => {}),
    };
  }
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    // Not awaited: it ends after the pending read, which may never end.
    cancel: () => void iterator.return?.().catch(() => {}),
  };
}

function unreadable(error: unknown): RequestError {
  return error instanceof RequestError ? error : new RequestError(503, "The body is cut off: send it again");
}

function tooSlow(): RequestError {
  return new RequestError(503, "The body came too slowly: send it again, at least 8 KiB in 10 seconds");
}
