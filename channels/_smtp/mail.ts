import type { Message } from "../../relay/channel.ts";
import { headersOf, idPart, subjectOf, threadOf } from "../_mail/headers.ts";
import { domainOf, type Mailbox, type Recipient } from "../_mail/people.ts";
import type { Mail } from "./smtp.ts";

/** The sender of a mail, and the address for bounces. */
export interface Sender {
  readonly from: Mailbox;
  readonly replyTo?: Mailbox | undefined;
  /** The address for reports of undeliverable mail. */
  readonly bouncesTo: string;
}

/**
 * A mail to the recipients in `open`, with those in `shown` in its header. Its subject does not contain the status, so that
 * mail readers show firing and resolved in one thread.
 */
export function mailOf(
  { from, replyTo, bouncesTo }: Sender,
  message: Message,
  { now, shown, open }: { now: number; shown: readonly Mailbox[]; open: readonly Recipient[] },
): Mail {
  const domain = domainOf(from.address);
  return {
    from,
    replyTo,
    to: shown,
    envelope: { from: bouncesTo, to: open.map(({ address }) => address) },
    subject: subjectOf(message),
    text: message.body,
    html: message.html,
    date: new Date(now),
    // The same for each attempt: a server that already has the mail drops the repeat.
    messageId: `<${idPart(message.id)}@${domain}>`,
    thread: threadOf(message, domain),
    headers: headersOf(message, domain),
  };
}
