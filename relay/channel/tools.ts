/** A vendor's HTTP request, as data. The relay sends it: with a timeout, no redirects, and its secrets unlogged. */
export interface ChannelRequest {
  readonly url: string;
  /** Default `POST`. */
  readonly method?: "POST" | "PUT" | "PATCH" | "GET";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, with its content type. */
  readonly json?: unknown;
  /** Sent as a form, with its content type. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as it is; set the content type yourself. */
  readonly body?: string;
}

/** A vendor's answer. */
export interface ChannelResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The body, at most 64 KiB of it. */
  readonly text: string;
  /** The body parsed as JSON; `undefined` when it is none. */
  readonly json: unknown;
}

/** What a channel that holds a conversation works with; the relay records and limits what is done through it. */
export interface Tools {
  /** Send one request, with the destination's timeout. @throws NoAnswer */
  readonly fetch: (request: ChannelRequest) => Promise<ChannelResponse>;
  /** A store of the channel's own, shared by all instances of the relay. */
  readonly cache: Cache;
  /**
   * What stays open for the next message, such as a connection, under names of the channel's own. Take it out while you use
   * it. The relay disposes of what is left once the lane has no work, or the relay stops.
   */
  readonly kept: Map<string, AsyncDisposable>;
  /** Now, in epoch milliseconds. */
  readonly now: number;
  /** Aborted when nine tenths of the attempt's timeout are over, or the relay stops: let go of what is open, and answer. */
  readonly signal: AbortSignal;
}

/** A request of a conversation had no answer. What a channel does not catch becomes a `retry` of the same kind. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  /** The request may have arrived all the same. */
  readonly handedOver: boolean;

  constructor(message: string, { handedOver }: { handedOver: boolean }) {
    super(message);
    this.handedOver = handedOver;
  }
}

/** A small store of JSON values under string keys. */
export interface Cache {
  get(key: string): Promise<unknown>;
  /**
   * `until`: epoch milliseconds after which the value is gone · `secret`: seal it. A value may have 60,000 bytes as JSON,
   * a secret one 40,000. The key is readable: never a secret.
   */
  set(key: string, value: unknown, options: { until: number; secret?: boolean }): Promise<void>;
  delete(key: string): Promise<void>;
}
