/**
 * A mail for a provider that takes it over HTTP, for platforms that block SMTP.
 *
 * @module
 */
import { type Message, type Refused, refused } from "../../relay/channel.ts";
import { headersOf, subjectOf, threadOf } from "./headers.ts";
import { domainOf, isAscii, type Mailbox, peopleOf, personIn, type Recipient } from "./people.ts";

/** The sender and the recipients in the config of a channel. */
export interface WebMailConfig {
  readonly from: string;
  readonly to: string | readonly string[];
  readonly reply_to?: string | undefined;
}

/** A mail. The provider adds its date and its id. */
export interface WebMail {
  readonly from: Mailbox;
  readonly replyTo: Mailbox | undefined;
  readonly to: readonly Recipient[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** The mail to all recipients of a message, or the reason why there is none. */
export function webMailOf(
  { from, to, reply_to }: WebMailConfig,
  message: Message,
  subjectChars?: number,
): WebMail | Refused {
  // Providers accept no other addresses.
  const people = peopleOf([to].flat(), message).filter(({ address }) => isAscii(address));
  if (people.length === 0) {
    return refused("recipient", "no member of the group has an address, and `to` is empty");
  }
  const sender = personIn(from)!;
  const domain = domainOf(sender.address);
  const thread = threadOf(message, domain);
  const subject = subjectOf(message, subjectChars === undefined ? {} : { chars: subjectChars });
  return {
    from: sender,
    replyTo: reply_to === undefined ? undefined : personIn(reply_to),
    to: people,
    subject,
    text: message.body || subject,
    html: message.html,
    headers: { "References": thread, "In-Reply-To": thread, ...headersOf(message, domain) },
  };
}

/** A mailbox in a header's form: the name in quotes, without characters that could end them or the line. */
export function mailboxText({ name, address }: Mailbox): string {
  const shown = name.toWellFormed().replace(/[\p{Cc}"\\<>]+/gu, " ").trim();
  return shown === "" ? address : `"${shown}" <${address}>`;
}
