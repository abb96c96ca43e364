import { type ChannelResponse, refused, type RefusedKind, type Verdict } from "../../relay/channel.ts";

/** What a code of a vendor's answer means, given the vendor's words. */
export type AnswerReading = (words: string, context: { response: ChannelResponse; now: number }) => Verdict;

/** The code means that the vendor refuses this. */
export function no(what: RefusedKind): AnswerReading {
  return (words) => refused(what, words);
}
