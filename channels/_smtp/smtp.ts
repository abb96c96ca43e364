import { faultOf, isTlsFault, type SmtpFault, wordsOf } from "./answer.ts";
import { type AcceptedMail, type Envelope, MailConnection, type MailServer } from "./connection.ts";
import type { Mailbox } from "../_mail/people.ts";

export type { MailServer };

/** A mail. Its texts may contain anything: characters that could break a header are encoded. */
export interface Mail {
  readonly from: Mailbox;
  readonly replyTo?: Mailbox | undefined;
  readonly to: readonly Mailbox[];
  readonly envelope: Envelope;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  readonly date: Date;
  /** With its angle brackets, like the next field. */
  readonly messageId: string;
  readonly thread: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The result of sending a mail: the server accepted it for some or all recipients, or for none. */
export type Sent =
  | { readonly response: string; readonly rejected: readonly Rejected[] }
  | {
    readonly fault: SmtpFault;
    readonly rejected: readonly Rejected[];
    /** The mail was sent completely and not refused, so the server may have accepted it. */
    readonly mayHaveIt: boolean;
  };

/** A recipient that the server refused. */
export interface Rejected {
  readonly address: string;
  readonly fault: SmtpFault;
}

/** The options of sending. */
export interface SendOptions {
  readonly signal: AbortSignal;
  /** Open connections, reused by the next mail. The owner of the map closes them. */
  readonly kept: Map<string, AsyncDisposable>;
}

/** Sends a mail. It never throws: a failure is part of the result. */
export async function sendMail(mail: Mail, server: MailServer, { signal, kept }: SendOptions): Promise<Sent> {
  const place = JSON.stringify(server);
  let connection: MailConnection | undefined;
  let note = "";
  try {
    const source = await sourceOf(mail);
    const idle = kept.get(place);
    kept.delete(place);
    if (idle instanceof MailConnection && idle.isUsable) {
      connection = idle;
      const sent = await overIdle(connection, mail.envelope, source, signal);
      if (sent) return sentOf(sent, "");
    } else if (idle) await idle[Symbol.asyncDispose]();
    ({ connection, note } = await connect(server, signal));
    return sentOf(await connection.send(mail.envelope, source, { signal }), note);
  } catch (error) {
    const fault = faultOf(error);
    const { rejectedErrors = [] } = fault as { rejectedErrors?: readonly RecipientError[] };
    const mayHaveIt = connection?.isHandedOver === true && (fault.responseCode ?? 0) < 400;
    return { fault, rejected: rejectedErrors.map(rejectedOf), mayHaveIt };
  } finally {
    if (connection?.isUsable && !signal.aborted) kept.set(place, connection);
    else if (signal.aborted) connection?.close();
    else await connection?.[Symbol.asyncDispose]();
  }
}

/** Sends over an idle connection; `undefined` if the server has closed it meanwhile. */
async function overIdle(
  connection: MailConnection,
  envelope: Envelope,
  source: Uint8Array,
  signal: AbortSignal,
): Promise<AcceptedMail | undefined> {
  try {
    return await connection.send(envelope, source, { signal });
  } catch (error) {
    const { responseCode = 421 } = error as SmtpFault;
    if (connection.isHandedOver || responseCode !== 421 || signal.aborted) throw error;
    connection.close();
    return undefined;
  }
}

/** A new connection. If encryption is optional, plain text follows a failed handshake, as with Postfix's `may`. */
async function connect(
  server: MailServer,
  signal: AbortSignal,
): Promise<{ connection: MailConnection; note: string }> {
  try {
    return { connection: await MailConnection.open(server, { signal }), note: "" };
  } catch (error) {
    const fault = error as SmtpFault;
    const isWish = server.tls === "opportunistic" && !server.login && server.ca === undefined;
    const isTls = fault.code === "ETLS" && !fault.responseCode || isTlsFault(fault);
    if (!isWish || !isTls) throw error;
    const connection = await MailConnection.open({ ...server, tls: "none" }, { signal });
    return { connection, note: `; sent without TLS: ${wordsOf(fault)}` };
  }
}

async function sourceOf(
  { from, replyTo, to, subject, text, html, thread, envelope: _envelope, ...mail }: Mail,
): Promise<Uint8Array> {
  const { default: Composer } = await import("nodemailer/lib/mail-composer");
  const shown = ({ name, address }: Mailbox): Mailbox => ({ name: name.toWellFormed(), address });
  return await new Composer({
    ...mail,
    from: shown(from),
    ...replyTo ? { replyTo: shown(replyTo) } : {},
    to: to.map(shown),
    subject: subject.toWellFormed(),
    text: text.toWellFormed(),
    ...html === undefined ? {} : { html: html.toWellFormed() },
    inReplyTo: thread,
    references: thread,
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile().build();
}

function sentOf({ response, rejectedErrors = [] }: AcceptedMail, note: string): Sent {
  return { response: `${response}${note}`, rejected: rejectedErrors.map(rejectedOf) };
}

type RecipientError = SmtpFault & { readonly recipient?: string | undefined };

function rejectedOf(error: RecipientError): Rejected {
  return { address: error.recipient ?? "", fault: error };
}
