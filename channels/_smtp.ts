import type { SmtpFault } from "./_smtp_answer.ts";

/** A mail server, and how to talk to it. */
export interface Server {
  readonly host: string;
  readonly port: number;
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  readonly tls: "implicit" | "starttls" | "opportunistic" | "none";
  /** In PEM. */
  readonly ca?: string | undefined;
}

/** Somebody with an address. */
export interface Person {
  /** May be empty. */
  readonly name: string;
  readonly address: string;
}

/** A mail. Its texts may be anything: what could break a header is encoded. */
export interface Mail {
  readonly from: Person;
  readonly to: readonly Person[];
  /** The addresses that it still has to reach. */
  readonly envelope: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  readonly date: Date;
  /** With its angle brackets, as the next one. */
  readonly messageId: string;
  readonly thread: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What became of a mail: the server has it, for some or all; or it went to nobody. */
export type Sent =
  | { readonly response: string; readonly rejected: readonly Rejected[] }
  | { readonly fault: SmtpFault; readonly rejected: readonly Rejected[] };

/** A recipient whom the server did not take. */
export interface Rejected {
  readonly address: string;
  readonly fault: SmtpFault;
}

/** Milliseconds for each step. nodemailer's own are minutes, and a platform that blocks SMTP is often just silent. */
const TIMEOUTS = {
  dnsTimeout: 4_000,
  connectionTimeout: 5_000,
  greetingTimeout: 5_000,
  socketTimeout: 8_000,
};

/** How long the server may take to say good-bye. */
const GOODBYE = 500;

/** Send a mail over a connection of its own. It never throws: what goes wrong is in the answer. */
export async function sendMail(
  mail: Mail,
  server: Server,
  { signal }: { signal: AbortSignal },
): Promise<Sent> {
  try {
    return await converse(mail, server, signal);
  } catch (error) {
    const fault: SmtpFault = error instanceof Error ? error : new Error(String(error));
    const { rejectedErrors = [] } = fault as { rejectedErrors?: readonly RecipientError[] };
    return { fault, rejected: rejectedErrors.map(rejectedOf) };
  }
}

async function converse(mail: Mail, server: Server, signal: AbortSignal): Promise<Sent> {
  // Loaded here, because it takes longer to load than everything else of a cold start together.
  const [{ default: Connection }, { default: Composer }] = await Promise.all([
    import("nodemailer/lib/smtp-connection"),
    import("nodemailer/lib/mail-composer"),
  ]);
  const source = await new Composer(composed(mail)).compile().build();
  const { host, port, tls, ca, login } = server;
  const connection = new Connection({
    ...TIMEOUTS,
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    opportunisticTLS: tls === "opportunistic",
    ignoreTLS: tls === "none",
    // Who asks for TLS only where there is some takes it from anybody: the other choice is plain text.
    tls: {
      ...ca === undefined ? {} : { ca },
      rejectUnauthorized: tls !== "opportunistic" || ca !== undefined,
    },
    socketCloseTimeout: 0,
  });

  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => {}); // it may break when nobody waits any more
  const ended = new Promise<void>((resolve) => connection.once("end", resolve));
  connection.on("error", reject);
  ended.then(() => reject(new Error("the server closed the connection")));
  const stop = (): void => reject(new Error("the server took too long"));
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();

  /** One step of the conversation. */
  const step = <T>(take: (done: (error?: unknown, result?: T) => void) => void): Promise<T> => {
    const taken = new Promise<T>((resolve, reject) => {
      take((error, result) => error ? reject(error) : resolve(result as T));
    });
    return Promise.race([taken, broken]);
  };
  try {
    await step((done) => connection.connect(done));
    if (login !== undefined) {
      const auth = { user: login.user, pass: login.password };
      await step((done) => connection.login(auth, done));
    }
    const envelope = { from: mail.from.address, to: [...mail.envelope] };
    const { response, rejectedErrors = [] } = await step<Delivered>(
      (done) => connection.send(envelope, source, done),
    );
    connection.quit();
    await inTime(ended, GOODBYE);
    return { response, rejected: rejectedErrors.map(rejectedOf) };
  } finally {
    signal.removeEventListener("abort", stop);
    connection.close();
  }
}

function composed({ from, to, subject, text, html, thread, ...mail }: Mail): Record<string, unknown> {
  const shown = ({ name, address }: Person): Person => ({ name: name.toWellFormed(), address });
  return {
    from: shown(from),
    to: to.map(shown),
    subject: subject.toWellFormed(),
    text: text.toWellFormed(),
    html: html?.toWellFormed(),
    date: mail.date,
    messageId: mail.messageId,
    inReplyTo: thread,
    references: thread,
    headers: mail.headers,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface Delivered {
  readonly response: string;
  readonly rejectedErrors?: readonly RecipientError[] | undefined;
}

type RecipientError = SmtpFault & { readonly recipient?: string | undefined };

function rejectedOf(error: RecipientError): Rejected {
  return { address: error.recipient ?? "", fault: error };
}

async function inTime(waited: Promise<void>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([waited, late]);
  clearTimeout(timer);
}
