import type { Message } from "../channel.ts";
import { jsonBytes } from "../base/text.ts";
import { largestFitAsync } from "./fit.ts";
import type { Rendered } from "./render_options.ts";

/** The input of {@linkcode fitRequest}. */
export interface RequestFitting<R extends Rendered> {
  /** Renders the message again, with a body of at most this many bytes of JSON. */
  readonly write: (bodyBytes: number) => R;
  /** The share of its limits that the request for a message takes. */
  readonly fillOf: (message: Message) => Promise<number>;
}

/** A message whose whole request fits: the body is rendered shorter until it does. */
export async function fitRequest<R extends Rendered>(
  whole: R,
  { write, fillOf }: RequestFitting<R>,
): Promise<R> {
  const fill = await fillOf(whole.message);
  if (fill <= 1) return whole;
  const found = await largestFitAsync(jsonBytes(whole.message.body), {
    make: write,
    fillOf: ({ message }) => fillOf(message),
    fill,
    tolerance: 0.02,
  });
  if (found !== undefined) return found.made;
  const problem = `The request has ${Math.ceil(fill * 100)} % of the vendor's limit, whatever the body has`;
  return { ...whole, problem: [whole.problem, problem].filter(Boolean).join("; ") };
}
