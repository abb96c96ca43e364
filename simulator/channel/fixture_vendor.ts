import type { Fixture, Fixtures } from "../../relay/channel.ts";
import { type Respond, responseOf } from "./attempt.ts";

/** Answers as the vendor of these fixtures: each step of a conversation with its own answer, and the message with `fixture`. */
export function vendorOf(fixtures: Fixtures, fixture: Fixture = fixtures.accepted[0]!): Respond {
  return ({ url }) => {
    const step = stepAt(url, fixtures);
    const isHere = fixture.at === undefined ? step === undefined : url.pathname.endsWith(fixture.at);
    return responseOf(isHere ? fixture : fixtures.steps?.[step ?? ""] ?? fixtures.accepted[0]!);
  };
}

/** The step that an address belongs to, as in `steps`; `undefined` for the request with the message. */
export function stepAt({ pathname }: Pick<URL, "pathname">, { steps = {} }: Fixtures): string | undefined {
  return Object.keys(steps).find((path) => pathname.endsWith(path));
}
