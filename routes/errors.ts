/** A request that is answered with an error. The message is for the caller: what was wrong, where, and what to do. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 422 | 503;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: RequestError["status"],
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
