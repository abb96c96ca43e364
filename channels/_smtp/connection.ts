import type Connection from "nodemailer/lib/smtp-connection";
import { TOO_LONG } from "./answer.ts";
import { throughProxy } from "./proxy.ts";
import { CONNECTION, LONGEST_STEP, OPENING, Steps } from "./steps.ts";

/** A mail server and its connection settings. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  readonly tls: "implicit" | "starttls" | "opportunistic" | "none";
  /** In PEM. */
  readonly ca?: string | undefined;
  /** The client certificate and its key, in PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The address of an HTTP or HTTPS proxy. */
  readonly proxy?: string | undefined;
  /** The client's name in its greeting. */
  readonly hello: string;
}

/** The sender and the recipients of a mail. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** A server's answer to an accepted mail, and the recipients that it refused. */
export interface AcceptedMail {
  readonly response: string;
  readonly rejectedErrors?: readonly Error[] | undefined;
}

/** The longest wait for the server's answer to QUIT. */
const GOODBYE = 500;

/** Mails over one connection: servers have limits of their own, of 100 and more. */
const MOST_MAILS = 100;

/** Postfix slows down after 10 refusals over one connection, and closes it after 20. */
const MOST_REFUSALS = 5;

/** A connection to a mail server, for one mail after the other. */
export class MailConnection implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #ended: Promise<void>;
  readonly #steps = new Steps(() => this.#fail(this.#tooLong()));
  /** Ends the current step. */
  #fail: (error: unknown) => void = () => {};
  #mails = 0;
  #refusals = 0;
  #isHandedOver = false;
  #isBroken = false;

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.#ended = new Promise((resolve) => connection.once("end", resolve));
    connection.on("error", (error: unknown) => this.#break(error));
    this.#ended.then(() => this.#break(new Error("the server closed the connection")));
  }

  /** Connects, encrypts and logs in. @throws the error, as nodemailer reports it */
  static async open(server: MailServer, { signal }: { signal: AbortSignal }): Promise<MailConnection> {
    // Loaded here, because it loads longer than the rest of a cold start together.
    const { default: Connection } = await import("nodemailer/lib/smtp-connection");
    const { host, port, tls, ca, cert, key, proxy, login, hello } = server;
    const socket = proxy === undefined ? undefined : await throughProxy(proxy, server, { signal });
    const opened: MailConnection = new MailConnection(
      new Connection({
        host,
        port,
        ...socket && { connection: socket },
        name: hello,
        dnsTimeout: CONNECTION,
        connectionTimeout: OPENING,
        greetingTimeout: OPENING,
        socketTimeout: LONGEST_STEP,
        socketCloseTimeout: 0,
        secure: tls === "implicit",
        requireTLS: tls === "starttls",
        opportunisticTLS: tls === "opportunistic",
        ignoreTLS: tls === "none",
        // If encryption is optional, the alternative is plain text: any certificate is accepted.
        tls: {
          ...ca === undefined ? {} : { ca },
          ...cert === undefined || key === undefined ? {} : { cert, key },
          rejectUnauthorized: tls !== "opportunistic" || ca !== undefined,
        },
        transactionLog: true,
        logger: listener({ said: (words) => opened.#steps.said(words), heard: () => opened.#steps.heard() }),
      }),
    );
    try {
      await opened.#connect(signal);
      if (login !== undefined) {
        const auth = { user: login.user, pass: login.password };
        await opened.#step((done) => opened.#connection.login(auth, done), signal);
      }
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** Whether another mail may go over it. */
  get isUsable(): boolean {
    return !this.#isBroken && !this.#connection.destroyed && this.#mails < MOST_MAILS &&
      this.#refusals < MOST_REFUSALS;
  }

  /** Whether the last mail was sent to its end, so that the server may have it. */
  get isHandedOver(): boolean {
    return this.#isHandedOver;
  }

  /** Sends a mail. @throws the error, as nodemailer reports it: the connection must then not be used again */
  async send(
    { from, to }: Envelope,
    source: Uint8Array,
    { signal }: { signal: AbortSignal },
  ): Promise<AcceptedMail> {
    this.#mails++;
    this.#isHandedOver = false;
    const { Readable } = await import("node:stream");
    const mail = Readable.from(this.#blocks(source), { objectMode: false });
    const envelope = { from, to: [...to], size: source.length };
    try {
      const taken = await this.#step<AcceptedMail>(
        (done) => this.#connection.send(envelope, mail, done),
        signal,
      );
      this.#refusals += taken.rejectedErrors?.length ?? 0;
      return taken;
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  /** Closes the connection at once. */
  close(): void {
    this.#isBroken = true;
    this.#steps.stop();
    this.#connection.close();
  }

  /** Sends QUIT and closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#connection.destroyed) {
      const impatient = setTimeout(() => this.close(), GOODBYE);
      this.#connection.quit();
      await this.#ended;
      clearTimeout(impatient);
    }
    this.close();
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const silent = setTimeout(() => {
      if (this.#connection.stage === "init") this.#fail(this.#tooLong());
    }, CONNECTION);
    try {
      await this.#step((done) => this.#connection.connect(done), signal);
    } finally {
      clearTimeout(silent);
    }
  }

  async *#blocks(source: Uint8Array): AsyncIterable<Uint8Array> {
    for (let at = 0; at < source.length; at += BLOCK) {
      this.#steps.sentBlock();
      yield source.subarray(at, at + BLOCK);
    }
    this.#isHandedOver = true;
    this.#steps.sentAll();
  }

  /**
   * One step of the conversation. It ends when the server has answered, is late, or closes the connection, or when
   * `signal` aborts.
   */
  async #step<T>(
    take: (done: (error?: unknown, result?: T) => void) => void,
    signal: AbortSignal,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const stop = (): void => reject(this.#tooLong());
    this.#fail = reject;
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    try {
      take((error, result) => error ? reject(error) : resolve(result as T));
      return await promise;
    } finally {
      this.#fail = () => {};
      this.#steps.stop();
      signal.removeEventListener("abort", stop);
    }
  }

  #tooLong(): Error {
    const isConnected = this.#connection.stage === "connected";
    return timeout(isConnected ? `${TOO_LONG} over ${this.#steps.waitingFor}` : "Connection timeout");
  }

  #break(error: unknown): void {
    this.#isBroken = true;
    this.#fail(error);
  }
}

/** The bytes of a mail per write. */
const BLOCK = 16_384;

/** A logger for nodemailer that reports each command and each answer, and stores nothing. */
function listener(
  { said, heard }: { said: (command: string) => void; heard: () => void },
): Readonly<Record<"trace" | "debug" | "info" | "warn" | "error" | "fatal", (...words: never[]) => void>> {
  const ignore = (): void => {};
  const debug = (about: { readonly tnx?: string }, words: unknown): void => {
    if (about.tnx === "client") said(/^[a-z]+/i.exec(String(words))?.[0].toUpperCase() ?? "");
    if (about.tnx === "server") heard();
  };
  return { trace: ignore, debug, info: ignore, warn: ignore, error: ignore, fatal: ignore };
}

function timeout(words: string): Error {
  return Object.assign(new Error(words), { code: "ETIMEDOUT", command: "CONN" });
}
