import { type TextKey, translator } from "../../relay/message/locale.ts";

/** A request that is answered with an error. The message contains the error, its place, and the remedy. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 428 | 429 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** More fields of the answer, for programs. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: RequestError["status"],
    message: string,
    headers: Readonly<Record<string, string>> = {},
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.details = details;
  }
}

/** An error of a console page: the page shows it in the reader's language; a program gets English. */
export class PageError extends RequestError {
  readonly key: TextKey;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(
    status: RequestError["status"],
    key: TextKey,
    { params = {}, headers = {} }: {
      params?: Readonly<Record<string, string | number>>;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(status, translator("en")(key, params), headers);
    this.key = key;
    this.params = params;
  }
}
