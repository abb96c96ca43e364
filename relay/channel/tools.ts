import type { Network } from "../base/network.ts";

/** An HTTP request to a vendor, as data. The relay sends it, with a timeout and without redirects, and keeps its secrets out of the logs. */
export interface ChannelRequest {
  /** An absolute address, with http or https. */
  readonly url: string;
  /** Default `POST`. */
  readonly method?: "POST" | "PUT" | "PATCH" | "GET" | "DELETE";
  /** Headers, in addition to the content type that belongs to the body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, with its content type. */
  readonly json?: unknown;
  /** Sent as a form, with its content type. A list repeats the name. */
  readonly form?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as `multipart/form-data`, in this order. */
  readonly multipart?: readonly Part[];
  /** Sent unchanged; set the content type yourself. */
  readonly body?: string | Uint8Array;
}

/** A part of a `multipart/form-data` body. */
export interface Part {
  /** The name of its field. */
  readonly name: string;
  /** A text is sent as UTF-8. */
  readonly content: string | Uint8Array;
  /** Makes it a file. */
  readonly filename?: string;
  /** The content type of a file. Default `application/octet-stream`. */
  readonly type?: string;
}

/** A vendor's answer. */
export interface ChannelResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The headers, without secrets. */
  readonly headers: Headers;
  /** The body, at most 64 KiB of it, decoded by its charset. */
  readonly text: string;
  /** The body parsed as JSON; `undefined` if it is not JSON. */
  readonly json: unknown;
}

/** The tools of a channel's `send`. The relay records and limits their use. */
export interface Tools {
  /** Sends one request, with the destination's timeout. @throws NoAnswer */
  readonly fetch: (request: ChannelRequest) => Promise<ChannelResponse>;
  /** A store of the channel's own, shared by all instances of the relay. */
  readonly cache: Cache;
  /**
   * Resources that stay open for the next message, such as a connection, by names of the channel's choice. Remove an entry
   * while you use it. The relay disposes of the entries when the lane has no work, or when it stops.
   */
  readonly kept: Map<string, AsyncDisposable>;
  /** The destination's network settings, for a channel that connects without `fetch`; `fetch` applies them itself. */
  readonly network?: Network | undefined;
  /** Now, in epoch milliseconds. */
  readonly now: number;
  /** Aborted after nine tenths of the attempt's timeout, or when the relay stops: close open resources, and return. */
  readonly signal: AbortSignal;
}

/** A request of a conversation had no answer. If the channel does not catch it, the verdict is `retry`. */
export class NoAnswer extends Error {
  /** The name of the class. */
  override readonly name = "NoAnswer";
  /** The request may have arrived nevertheless. */
  readonly handedOver: boolean;

  /** `message`: the event, without secrets. */
  constructor(message: string, { handedOver }: { handedOver: boolean }) {
    super(message);
    this.handedOver = handedOver;
  }
}

/** A small store of JSON values under string keys. */
export interface Cache {
  /** The value, or `undefined` if there is none or it has expired. */
  get(key: string): Promise<unknown>;
  /**
   * `until`: epoch milliseconds at which the value expires · `secret`: seal it. A value may have 60,000 bytes as JSON,
   * a secret one 40,000. The key is readable: never a secret.
   */
  set(key: string, value: unknown, options: { until: number; secret?: boolean }): Promise<void>;
  /** Removes a value, if there is one. */
  delete(key: string): Promise<void>;
}
