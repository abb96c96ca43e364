import { parseJson, readBody } from "../http/body.ts";
import type { RequestError } from "../http/errors.ts";
import { routerError } from "./errors.ts";

/**
 * A request's JSON. `name`: of the body in the errors, such as `silence`.
 *
 * @throws RequestError 400, 413, 415, 422, in Alertmanager's words
 */
export async function readJson(request: Request, name: string): Promise<{ value: unknown; bytes: number }> {
  const type = request.headers.get("content-type");
  if (type && !/^application\/json\b/i.test(type)) {
    throw routerError(
      415,
      `unsupported media type ${JSON.stringify(type.slice(0, 100))}, only [application/json] are allowed`,
    );
  }
  const { text, bytes } = await readBody(request);
  if (text.trim() === "") throw required(name);
  try {
    return { value: parseJson(text), bytes };
  } catch (error) {
    const { status, message } = error as RequestError;
    throw status === 400 ? unreadable(name, message) : error;
  }
}

/** The error for a missing field; 602 is the code of go-openapi. */
export function required(path: string): RequestError {
  return routerError(422, `${path} in body is required`, { code: 602 });
}

/** The error for a body that has no such form. */
export function unreadable(name: string, reason: string): RequestError {
  return routerError(400, `parsing ${name} body from "" failed, because ${reason}`);
}
