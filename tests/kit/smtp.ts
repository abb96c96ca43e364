import { Buffer } from "node:buffer";
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { generate } from "selfsigned";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A self-signed certificate for localhost. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Create one; it takes some milliseconds. */
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
  /** The user who logged in. */
  readonly user: string | undefined;
  /** The client's name in its greeting. */
  readonly hello: string;
  /** The raw text from the connection. */
  readonly raw: string;
  readonly mail: ParsedMail;
}

/** The behaviour of the server. A refusal is a text with its code: `550 5.1.1 User unknown`. */
export interface SmtpBehaviour {
  readonly secure?: boolean;
  readonly certificate?: Certificate;
  /** The only login that it accepts. Default: no login is needed. */
  readonly login?: { readonly user: string; readonly password: string };
  /** The extensions that it hides before TLS; default: it offers all. */
  readonly hides?: readonly ("STARTTLS" | "AUTH" | "PIPELINING" | "SIZE")[];
  readonly refuseConnection?: string;
  readonly refuseLogin?: string;
  readonly refuseSender?: string;
  /** The refusals by address. */
  readonly refuse?: Readonly<Record<string, string>>;
  readonly refuseMail?: string;
  /** Called before a connection is greeted, and before the end of a mail is answered. */
  readonly beforeGreeting?: () => Promise<void>;
  readonly beforeAnswer?: () => Promise<void>;
  /** Called at a mail's sender, with the number of earlier mails over this connection. */
  readonly onSender?: (mails: number) => string | undefined;
  /** The largest mail in bytes, announced to the client. */
  readonly size?: number;
  /** Never answers the connection, or the end of the mail. */
  readonly hang?: "greeting" | "data";
}

/** A running mail server. */
export interface Smtp extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly Arrived[];
  /** The number of connections so far. */
  readonly connections: number;
  /** The clients' commands before encryption, line by line, without mails. */
  readonly said: readonly string[];
  /** Close all connections, like a server that restarts. */
  hangUp(): void;
  /**
   * Resolve once a mail is read to its end, whatever the answer; if the greeting hangs, once a client has connected.
   */
  readonly read: Promise<void>;
  /** Change the behaviour from now on. */
  become(behaviour: SmtpBehaviour): void;
}

/** Start a real mail server on loopback. */
export async function startSmtp(first: SmtpBehaviour = {}): Promise<Smtp> {
  let behaviour = first;
  const mails: Arrived[] = [];
  const hanging: Socket[] = [];
  const mailsOver = new Map<string, number>();
  let connections = 0;
  const said: string[] = [];
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
    onConnect: async (_session, done) => {
      connections++;
      await behaviour.beforeGreeting?.();
      say(done, behaviour.refuseConnection);
    },
    onAuth: ({ username, password }, _session, done) => {
      if (behaviour.refuseLogin !== undefined) return done(refusal(behaviour.refuseLogin));
      const isRight = username === login?.user && password === login?.password;
      return isRight ? done(null, { user: username }) : done(refusal("535 5.7.8 Authentication failed"));
    },
    onMailFrom: (_address, { id }, done) =>
      say(done, behaviour.onSender?.(mailsOver.get(id) ?? 0) ?? behaviour.refuseSender),
    onRcptTo: ({ address }, _session, done) => say(done, behaviour.refuse?.[address]),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        isRead();
        if (behaviour.hang === "data") return;
        await behaviour.beforeAnswer?.();
        mailsOver.set(session.id, (mailsOver.get(session.id) ?? 0) + 1);
        if (behaviour.refuseMail !== undefined) return done(refusal(behaviour.refuseMail));
        if (stream.sizeExceeded) return done(refusal("552 5.3.4 Message too big"));
        const raw = Buffer.concat(chunks);
        mails.push({
          from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          isEncrypted: session.secure,
          user: session.user,
          hello: session.hostNameAppearsAs,
          raw: raw.toString("latin1"),
          mail: await simpleParser(raw),
        });
        done(null, "2.0.0 Ok: queued as 4B7C");
      });
    },
  };

  const server = first.hang === "greeting"
    ? createServer((socket) => {
      hanging.push(socket);
      isRead();
    })
    : new SMTPServer(options);
  if (server instanceof SMTPServer) server.on("error", () => {}); // a client that breaks off
  const listening = server instanceof SMTPServer ? server.server : server;
  const sockets = new Set<Socket>();
  listening.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      const lines = chunk.toString().split("\r\n").filter((line) => COMMAND.test(line));
      said.push(...lines);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    get connections() {
      return connections;
    },
    said,
    hangUp: () => {
      for (const socket of sockets) socket.destroy();
    },
    read,
    become: (next) => behaviour = next,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of hanging) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const COMMAND = /^(EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT|DATA|RSET|QUIT)\b/;

/** The first byte of a client's TLS handshake, and the server's answer "handshake failure". */
const TLS_HANDSHAKE = 0x16;
const TLS_ALERT = new Uint8Array([0x15, 3, 3, 0, 2, 2, 40]);

/** A server in front of another one that offers encryption and supports none of the client's versions. */
export async function breakingTls(
  { port }: Pick<Smtp, "port">,
): Promise<Pick<Smtp, "port"> & AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const behind = connect(port, "127.0.0.1");
    for (const socket of [client, behind]) open.add(socket.on("error", () => {}));
    behind.pipe(client);
    client.on("data", (chunk: Buffer) => {
      if (chunk[0] === TLS_HANDSHAKE) client.end(TLS_ALERT);
      else behind.write(chunk);
    });
    client.on("close", () => behind.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refusal(words: string): Error {
  const [, code, text = ""] = /^(\d{3}) (.*)$/.exec(words)!;
  return Object.assign(new Error(text), { responseCode: Number(code) });
}

/** The visible text of a page: its words without the tags between them. */
export function seenIn(page: string | false | undefined): string {
  return (page || "").replaceAll(/<[^>]*>/g, "");
}
