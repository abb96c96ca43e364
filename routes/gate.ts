import { withTimeout } from "../relay/base/timeout.ts";
import type { Connection, Handler } from "./http/remote_address.ts";

/** Requests that arrive during a start wait for it, but at most this many milliseconds after its beginning. */
const START_WITHIN = 1_800;

/** Answers requests from the first moment: with the relay once it exists, before that with its stand-in. */
export class Gate {
  readonly #standIn: Handler;
  readonly #opened = Promise.withResolvers<void>();
  readonly #started: Promise<void>;
  #handler: Handler | undefined;

  constructor(standIn: Handler, { within = START_WITHIN }: { within?: number } = {}) {
    this.#standIn = standIn;
    this.#started = withTimeout(this.#opened.promise, within, () => {});
  }

  /** Passes requests to the relay from now on. */
  open(handler: Handler): void {
    this.#handler = handler;
    this.#opened.resolve();
  }

  /** Stops waiting for a relay. */
  giveUp(): void {
    this.#opened.resolve();
  }

  /** Answers a request. */
  readonly handle: Handler = (request, connection) =>
    this.#handler ? this.#handler(request, connection) : this.#atStart(request, connection);

  async #atStart(request: Request, connection: Connection): Promise<Response> {
    await this.#started;
    return await (this.#handler ?? this.#standIn)(request, connection);
  }
}
