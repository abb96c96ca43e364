import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { generate } from "selfsigned";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A certificate for localhost that nobody vouches for. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Make one; it takes some milliseconds. */
export async function selfSigned(): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [{ type: 2, value: "localhost" }, { type: 7, ip: "127.0.0.1" }],
      },
    ],
  });
  return { key, cert };
}

/** A mail as it arrived. */
export interface Arrived {
  readonly from: string;
  /** The envelope's recipients. */
  readonly to: readonly string[];
  readonly isEncrypted: boolean;
  /** Who logged in. */
  readonly user: string | undefined;
  /** As it came over the line. */
  readonly raw: string;
  readonly mail: ParsedMail;
}

/** How the server behaves. A refusal is what it says, with its code: `550 5.1.1 User unknown`. */
export interface SmtpBehaviour {
  readonly secure?: boolean;
  readonly certificate?: Certificate;
  /** The only login that it takes; without one nobody has to log in. */
  readonly login?: { readonly user: string; readonly password: string };
  /** What it offers before TLS: default everything. */
  readonly hides?: readonly ("STARTTLS" | "AUTH" | "PIPELINING" | "SIZE")[];
  readonly refuseConnection?: string;
  readonly refuseLogin?: string;
  readonly refuseSender?: string;
  /** By address. */
  readonly refuse?: Readonly<Record<string, string>>;
  readonly refuseMail?: string;
  /** Largest mail in bytes, told to the client. */
  readonly size?: number;
  /** Never answers the connection, or the end of the mail. */
  readonly hang?: "greeting" | "data";
}

/** A running mail server. */
export interface Smtp extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly Arrived[];
  /** Resolves once a mail is read to its end, whatever is answered. */
  readonly read: Promise<void>;
  /** Behave otherwise from now on. */
  become(behaviour: SmtpBehaviour): void;
}

/** Start a real mail server on loopback. */
export async function startSmtp(first: SmtpBehaviour = {}): Promise<Smtp> {
  let behaviour = first;
  const mails: Arrived[] = [];
  const hanging: Socket[] = [];
  const { promise: read, resolve: isRead } = Promise.withResolvers<void>();
  const say = (done: (error?: Error | null) => void, words: string | undefined): void =>
    words === undefined ? done() : done(refusal(words));

  const { secure = false, certificate, login, hides = [], size } = first;
  const options: SMTPServerOptions = {
    secure,
    ...certificate,
    ...size === undefined ? {} : { size },
    logger: false,
    disableReverseLookup: true,
    authOptional: login === undefined,
    allowInsecureAuth: true,
    hideSTARTTLS: hides.includes("STARTTLS"),
    hidePIPELINING: hides.includes("PIPELINING"),
    disabledCommands: [
      ...hides.includes("AUTH") || login === undefined ? ["AUTH"] : [],
      ...hides.includes("STARTTLS") ? ["STARTTLS"] : [],
    ],
    closeTimeout: 100,
    onConnect: (_session, done) => say(done, behaviour.refuseConnection),
    onAuth: ({ username, password }, _session, done) => {
      if (behaviour.refuseLogin !== undefined) return done(refusal(behaviour.refuseLogin));
      const isRight = username === login?.user && password === login?.password;
      return isRight ? done(null, { user: username }) : done(refusal("535 5.7.8 Authentication failed"));
    },
    onMailFrom: (_address, _session, done) => say(done, behaviour.refuseSender),
    onRcptTo: ({ address }, _session, done) => say(done, behaviour.refuse?.[address]),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        isRead();
        if (behaviour.hang === "data") return;
        if (behaviour.refuseMail !== undefined) return done(refusal(behaviour.refuseMail));
        if (stream.sizeExceeded) return done(refusal("552 5.3.4 Message too big"));
        const raw = Buffer.concat(chunks);
        mails.push({
          from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          isEncrypted: session.secure,
          user: session.user,
          raw: raw.toString("latin1"),
          mail: await simpleParser(raw),
        });
        done(null, "2.0.0 Ok: queued as 4B7C");
      });
    },
  };

  const server = first.hang === "greeting"
    ? createServer((socket) => void hanging.push(socket))
    : new SMTPServer(options);
  if (server instanceof SMTPServer) server.on("error", () => {}); // a client that breaks off
  const listening = server instanceof SMTPServer ? server.server : server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    read,
    become: (next) => behaviour = next,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of hanging) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refusal(words: string): Error {
  const [, code, text = ""] = /^(\d{3}) (.*)$/.exec(words)!;
  return Object.assign(new Error(text), { responseCode: Number(code) });
}

/** What a reader of a page sees: its words without the tags between them. */
export function seenIn(page: string | false | undefined): string {
  return (page || "").replaceAll(/<[^>]*>/g, "");
}
