import { type ChannelResponse, refused, type RefusedKind, type Verdict } from "../../relay/channel.ts";

/** Turns a code in a vendor's answer into a verdict. `words`: the vendor's own. */
export type AnswerReading = (words: string, context: { response: ChannelResponse; now: number }) => Verdict;

/** The reading of a code that refuses the message, its recipient or the config. */
export function no(what: RefusedKind): AnswerReading {
  return (words) => refused(what, words);
}
