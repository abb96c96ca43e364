/**
 * Validates the results of a channel's functions, because plugins are not type-checked at run time.
 *
 * @module
 */
import { DAY, HOUR, MINUTE, SECOND } from "../base/duration.ts";
import type { ChannelRequest, Verdict } from "../channel.ts";

/**
 * The shortest wait in a verdict, and the longest one for a throttle, for a used-up quota, and for a retry, whose own
 * backoff is also at most an hour.
 */
const WAIT = { least: SECOND, throttle: 15 * MINUTE, quota: 32 * DAY, retry: HOUR } as const;

/** The wait of a throttle whose channel gives no number. */
const DEFAULT_WAIT = MINUTE;

const METHODS = ["POST", "PUT", "PATCH", "GET", "DELETE"];

/** Validates a request. @returns the error, or `undefined` if it is valid */
export function problemOfRequest(request: ChannelRequest): string | undefined {
  if (typeof request !== "object" || request === null) return "it returns no request";
  if (request instanceof Request || request instanceof Response) {
    return `it returns a ${request.constructor.name}, not a plain object such as { url, json }`;
  }
  const { url, method = "POST", headers = {}, json, form, multipart, body } = request;
  if ((url as unknown) instanceof URL) return "the url of its request is a URL, not a text: use its href";
  const { protocol } = typeof url === "string" && URL.parse(url) || {};
  if (protocol !== "https:" && protocol !== "http:") return "the url of its request is not an http address";
  if (!METHODS.includes(method)) return `the method of its request is none of ${METHODS.join(", ")}`;
  const bodies = [json, form, multipart, body].filter((part) => part !== undefined).length;
  if (bodies > 1) return "its request has several bodies: it may have json, form, multipart or body";
  if (bodies > 0 && method === "GET") return "its request is a GET with a body";
  for (const [name, value] of Object.entries(headers)) {
    // A header's value: https://fetch.spec.whatwg.org/#header-value; more than Latin-1 cannot be sent.
    const isValid = typeof value === "string" && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
    if (!isValid || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return `the header ${name} cannot be sent`;
  }
  return undefined;
}

/** Validates a verdict. @returns the error, or `undefined` if it is valid */
export function problemOfVerdict(verdict: Verdict): string | undefined {
  if (typeof verdict !== "object" || verdict === null) return "it returns no verdict";
  if ((verdict as unknown) instanceof Promise) return "verdict is async, and must return its verdict at once";
  if (typeof verdict.because !== "string") return `its verdict ${verdict.kind} has no reason`;
  switch (verdict.kind) {
    case "delivered":
      return areIds(verdict.failed) && areIds(verdict.reached) && areIds(verdict.unknown)
        ? problemOfReceipt(verdict.receipt)
        : "its verdict delivered must list ids of recipients";
    case "refused":
      if (!["payload", "recipient", "config"].includes(verdict.what)) {
        return "its verdict refused must say payload, recipient or config";
      }
      return areIds(verdict.failed) ? undefined : "its verdict refused must list ids of recipients";
    case "retry": {
      const { reached, left, failed } = verdict.alone ?? {};
      return [reached, left, failed].every(areIds)
        ? undefined
        : "its verdict retry must list ids of recipients";
    }
    case "throttled":
    case "skipped":
      return undefined;
    default:
      return "the kind of its verdict is none of delivered, throttled, retry, refused, skipped";
  }
}

function areIds(ids: unknown): boolean {
  return ids === undefined || Array.isArray(ids) && ids.every((id) => typeof id === "string");
}

function problemOfReceipt(receipt: unknown): string | undefined {
  if (receipt === undefined) return undefined;
  const isObject = typeof receipt === "object" && receipt !== null && !Array.isArray(receipt);
  return isObject && Object.values(receipt).every((id) => typeof id === "string")
    ? undefined
    : "its receipt must be an object of texts";
}

/** The verdict with its wait within these bounds; a wait that is not a number is replaced by the default. */
export function withBoundedWait(verdict: Verdict): Verdict {
  if (verdict.kind === "throttled") {
    const most = verdict.quota ? WAIT.quota : WAIT.throttle;
    return { ...verdict, waitMs: bounded(verdict.waitMs, most) ?? DEFAULT_WAIT };
  }
  if (verdict.kind !== "retry" || verdict.waitMs === undefined) return verdict;
  const { waitMs, ...rest } = verdict;
  const wait = bounded(waitMs, WAIT.retry);
  return wait === undefined ? rest : { ...rest, waitMs: wait };
}

function bounded(wait: unknown, most: number): number | undefined {
  if (typeof wait !== "number" || Number.isNaN(wait)) return undefined;
  return Math.min(Math.max(wait, WAIT.least), most);
}
