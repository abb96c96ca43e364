/**
 * What the codes of enterprise APIs come to: the vendors' tables differ in their codes only.
 *
 * @module
 */
import { refused, type RefusedKind, retry } from "../../relay/channel.ts";
import { type Cause, type FailedCall, failure } from "./conversation.ts";

/** What a code means, given the vendor's words. */
export type CodeReading = (words: string) => FailedCall;

/** The vendor refuses this, because of that. */
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
