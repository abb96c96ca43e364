/**
 * The meaning of Twilio's answers. Source of the codes: https://www.twilio.com/docs/api/errors
 *
 * @module
 */
import {
  type ChannelResponse,
  delivered,
  type Fixtures,
  refused,
  retryAfter,
  throttled,
  type Verdict,
} from "../../relay/channel.ts";
import { type Codes, verdictByCode } from "../_answers/by_code.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import { type AnswerReading, no } from "../_answers/reading.ts";

const MINUTE = 60_000;

const slower: AnswerReading = (words, { response, now }) =>
  throttled(words, { waitMs: retryAfter(response.headers, { now }) ?? MINUTE });

/**
 * The codes of immediate refusals. The codes of a message in transit come later, to a callback that the relay does
 * not have.
 */
export const CODES: Codes = {
  20003: no("config"), // the login
  20005: no("config"), // the account is not active
  20006: no("config"), // no access
  20404: no("config"), // no such account
  20429: slower,
  // The number of the member
  21211: no("recipient"), // of a message: not valid
  21217: no("recipient"), // of a call: not valid
  21214: no("recipient"), // of a call: cannot be reached
  21216: no("recipient"), // of a call: blocked
  21265: no("recipient"), // a short code
  21608: no("recipient"), // not verified, with a trial account
  21219: no("recipient"), // the same of a call
  21610: no("recipient"), // has answered STOP
  21612: no("recipient"), // cannot be reached from this sender
  21614: no("recipient"), // not a mobile
  21635: no("recipient"), // a landline
  // Codes of one country: the other members may be elsewhere
  21215: no("recipient"), // calls there are not allowed
  21408: no("recipient"), // messages there are not allowed
  // The sender
  21210: no("config"),
  21212: no("config"),
  21603: no("config"),
  21606: no("config"),
  21659: no("config"),
  21660: no("config"),
  21701: no("config"), // no such messaging service
  21703: no("config"), // it has no numbers
  // The message
  21602: no("payload"),
  21617: no("payload"), // too long
  21658: no("payload"), // too long
  21605: no("payload"),
  21240: no("payload"), // TwiML
  // The account's messages of 24 hours, a window that rolls: https://www.twilio.com/docs/api/errors/63038
  63038: (words) => throttled(words, { waitMs: 60 * MINUTE, quota: true }),
  21611: (words) => throttled(words, { waitMs: 10 * MINUTE }), // the sender's queue is full
};

/** The verdict on an answer. `delivered` means that Twilio has queued the message. */
export function verdictOn(response: ChannelResponse, context: { now: number }): Verdict | undefined {
  const { sid, status, code, message } = fieldsOf(response.json);
  if (response.status === 201 && typeof sid === "string") {
    return status === "failed" ? refused("recipient", "failed") : delivered(String(status ?? "queued"));
  }
  return verdictByCode(response, { code, words: wordsOf(code, message), codes: CODES }, context);
}

const answer = (code: number, message: string): Record<string, unknown> => ({
  code,
  message,
  more_info: `https://www.twilio.com/docs/errors/${code}`,
});

/** The answers that messages and calls have in common. */
export const FIXTURES: Omit<Fixtures, "accepted"> = {
  throttled: [
    { status: 429, waitMs: MINUTE, json: { ...answer(20429, "Too Many Requests"), status: 429 } },
    {
      about: "the account's messages of 24 hours",
      status: 429,
      waitMs: 60 * MINUTE,
      json: { ...answer(63038, "Account exceeded the daily messages limit"), status: 429 },
    },
  ],
  refused: [
    {
      about: "the login is not valid",
      what: "config",
      status: 401,
      json: { ...answer(20003, "Authenticate"), status: 401 },
    },
    {
      about: "no such account",
      what: "config",
      status: 404,
      json: { ...answer(20404, "The requested resource was not found"), status: 404 },
    },
    {
      about: "the member's number is not valid",
      what: "recipient",
      status: 400,
      json: { ...answer(21211, "Invalid 'To' Phone Number: +8613800000"), status: 400 },
    },
    {
      about: "the country is not allowed",
      what: "recipient",
      status: 400,
      json: {
        ...answer(21408, "Permission to send an SMS has not been enabled for the region"),
        status: 400,
      },
    },
    {
      about: "the sender is not ours",
      what: "config",
      status: 400,
      json: { ...answer(21212, "Invalid 'From' Phone Number"), status: 400 },
    },
  ],
  retried: [{ status: 503, text: "" }, { about: "a page", text: "<html></html>" }],
};
