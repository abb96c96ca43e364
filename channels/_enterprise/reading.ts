/**
 * The meanings of an enterprise API's codes. The tables of the vendors differ only in the codes.
 *
 * @module
 */
import { refused, type RefusedKind, retry } from "../../relay/channel.ts";
import { type Cause, type FailedCall, failure } from "./conversation.ts";

/** Turns a code into a failed call. `words`: the vendor's own. */
export type CodeReading = (words: string) => FailedCall;

/** The vendor refuses the message, its recipient or the config. */
export function refusal(what: RefusedKind, cause?: Cause): CodeReading {
  return (words) => failure(refused(what, words), cause);
}

/** The same call may succeed later. */
export const AGAIN: CodeReading = (words) => failure(retry(words));

/** The token is no longer valid. */
export const TOKEN: CodeReading = refusal("config", "token");

/** Somebody in a list of people does not exist. */
export const PEOPLE: CodeReading = refusal("recipient", "people");

/** Somebody in a list of people is hidden from the app. */
export const HIDDEN: CodeReading = refusal("config", "people");

/** The chat does not exist, or no longer. */
export const CHAT: CodeReading = refusal("config", "chat");

/** The app or its settings are wrong. */
export const CONFIG: CodeReading = refusal("config");

/** The message is not accepted. */
export const PAYLOAD: CodeReading = refusal("payload");
