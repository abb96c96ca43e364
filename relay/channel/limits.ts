import type { Rate } from "../domain/rate.ts";
import type { Size } from "./size.ts";

/** The limits of a vendor, in the vendor's own units. A message is shortened until all of them hold. */
export interface Limits {
  /** The title, in Unicode characters. Default 200. */
  readonly titleChars?: number;
  /** The body, in bytes of UTF-8 as JSON writes it. Default 100,000. Short for `body: { jsonBytes }`. */
  readonly bodyBytes?: number;
  /** The body as sent, markup included. */
  readonly body?: Size;
  /** The visible part of the body, without markup. */
  readonly visible?: Size;
  /** The whole body of the request as sent; needs `request`. */
  readonly request?: Size;
  /** Alerts in one message. Default 100. */
  readonly alerts?: number;
  /** Messages in flight at once. Default 1. Messages about one incident are never in flight together. */
  readonly parallel?: number;
  /** Recipients of one message. */
  readonly recipients?: number;
  /** The vendor's rate limits; all of them apply. The relay stays within them, so that the vendor does not have to refuse. */
  readonly rates?: readonly Rate[];
  /**
   * The vendor's rate limits for edits, if it does not count them as messages. With `threads`: while new messages have to wait for
   * `rates`, a digest is edited for updates that need not notify people. Leave room for the edits of single messages.
   */
  readonly edits?: readonly Rate[];
}

/** One limit of size. */
export interface SizeLimit {
  readonly of: "body" | "visible" | "request";
  readonly unit: keyof Size;
  readonly most: number;
}

/** The limits of size that a vendor sets, those of the body first. */
export function sizeLimits({ bodyBytes, body = {}, visible = {}, request = {} }: Limits): SizeLimit[] {
  const own = bodyBytes === undefined ? body : { jsonBytes: bodyBytes, ...body };
  return Object.entries({ body: own, visible, request }).flatMap(([of, size]) =>
    Object.entries(size).map(([unit, most]): SizeLimit => ({
      of: of as SizeLimit["of"],
      unit: unit as keyof Size,
      most,
    }))
  );
}
