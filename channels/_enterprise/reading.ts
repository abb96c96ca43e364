/**
 * What the codes of enterprise APIs come to: the vendors' tables differ in their codes only.
 *
 * @module
 */
import { refused, type RefusedKind, retry } from "../../relay/channel.ts";
import { type Cause, type Failure, failure } from "./conversation.ts";

/** What a code means, given the vendor's words. */
export type Reading = (words: string) => Failure;

/** The vendor refuses this, because of that. */
export function refusal(what: RefusedKind, cause?: Cause): Reading {
  return (words) => failure(refused(what, words), cause);
}

/** The same call may succeed later. */
export const AGAIN: Reading = (words) => failure(retry(words));

/** The token is no longer valid. */
export const TOKEN: Reading = refusal("config", "token");

/** Somebody in a list of people does not exist. */
export const PEOPLE: Reading = refusal("recipient", "people");

/** Somebody in a list of people is hidden from the app. */
export const HIDDEN: Reading = refusal("config", "people");

/** The chat does not exist, or no longer. */
export const CHAT: Reading = refusal("config", "chat");

/** The app or its settings are wrong. */
export const CONFIG: Reading = refusal("config");

/** The message is not accepted. */
export const PAYLOAD: Reading = refusal("payload");
