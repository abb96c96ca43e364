/**
 * What the answers of mail servers mean.
 *
 * Sources: the reply codes of https://www.rfc-editor.org/rfc/rfc5321, the enhanced codes of
 * https://www.rfc-editor.org/rfc/rfc3463 with their registry, and what is said beside a line.
 *
 * @module
 */
import { refused, type RefusedKind, retry, throttled, type Verdict } from "../relay/channel.ts";

/** What went wrong in a conversation, as nodemailer tells it. */
export interface SmtpFault {
  /** nodemailer's own, such as `EAUTH` or `ETIMEDOUT`. */
  readonly code?: string | undefined;
  /** The system's, such as `ECONNREFUSED`. */
  readonly originalCode?: string | undefined;
  /** The server's three digits. */
  readonly responseCode?: number | undefined;
  /** The server's words, with its codes. */
  readonly response?: string | undefined;
  /** What was said when it went wrong: `CONN`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA` … */
  readonly command?: string | undefined;
  readonly message: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Greylisting wants the same mail again after some minutes, five in most servers: https://www.rfc-editor.org/rfc/rfc6647 */
const GREYLISTED = 5 * MINUTE;

/** Ours: a server that asks for fewer mails names no time. */
const TOO_MANY = MINUTE;

/** Ours: a quota of a day or a month ends when the provider says so, which it does not. One question an hour costs little. */
const QUOTA = 60 * MINUTE;

/** The ports that clouds block, because spam goes there. */
const BLOCKED_PORTS: readonly number[] = [25, 465, 587];

/** The verdict on a mail that went to nobody. */
export function verdictOn(fault: SmtpFault, { port }: { port: number }): Verdict {
  const { responseCode = 0, response } = fault;
  if (responseCode >= 400) {
    const words = oneLine(response ?? fault.message);
    const waitMs = limitWait(fault);
    if (waitMs !== undefined) return throttled(words, { waitMs });
    return responseCode < 500 ? temporary(fault, words) : refused(permanent(fault), words);
  }
  return unanswered(fault, port);
}

/** Whether the server may take the recipient another time. */
export function isTemporary({ responseCode = 0 }: SmtpFault): boolean {
  return responseCode >= 400 && responseCode < 500;
}

/** The server's words on one line. */
export function wordsOf({ response, message }: SmtpFault): string {
  return oneLine(response ?? message);
}

const TOO_FAST =
  /throttl|too frequent|rate limit|frequency limit|sending rate|too many (mails|messages|emails)|频率/i;

/**
 * Providers that say how many mails a day or a month they take: Aliyun's 552, Gmail's 550 5.4.5 "Daily user sending limit
 * exceeded", SES's 454 "Daily message quota exceeded", Exchange's "SubmissionQuotaExceeded".
 */
const OVER_QUOTA =
  /(dai|month)ly[\w -]{0,40}(quota|limit)|(quota|limit)[\w -]{0,40}(\bday|dai|month)|submission ?quota|sending (quota|limit)/i;

/** How long to wait when there were too many mails; such words come with temporary and with permanent codes. */
function limitWait({ response = "", command = "" }: SmtpFault): number | undefined {
  if (command.startsWith("RCPT") && /^[45]\.2\./.test(enhanced(response))) return undefined; // a reader's mailbox
  if (OVER_QUOTA.test(response)) return QUOTA;
  return TOO_FAST.test(response) ? TOO_MANY : undefined;
}

function temporary({ responseCode, response = "" }: SmtpFault, words: string): Verdict {
  // Aliyun DirectMail: the sender is not the account's own. A 4xx that no time mends: https://help.aliyun.com/document_detail/29455.html
  if (responseCode === 436) return refused("config", words);
  const isGreylisted = /gr[ae]y-?list/i.test(response) ||
    [450, 451].includes(responseCode!) && enhanced(response).startsWith("4.7.");
  return retry(words, { waitMs: isGreylisted ? GREYLISTED : undefined });
}

/** Replies that are about us, whenever they come: the login, or the sender is not wanted. */
const LOGIN: readonly number[] = [530, 534, 535, 538];

/** Replies to commands that the server does not know or does not take in this order. */
const PROTOCOL: readonly number[] = [500, 501, 502, 503, 504, 555];

/** Aliyun DirectMail: no such domain (524, 526), or on its list of dead addresses (559, 563). */
const DEAD_ADDRESS: readonly number[] = [524, 526, 559, 563];

const SPAM =
  /\bspam(?!haus|cop)|virus|malware|content (was )?reject|blocked (content|url)|message (content )?rejected|DT:SPM/i;
const UNKNOWN_USER =
  /user (is )?(unknown|not found)|unknown (user|recipient|mailbox)|no such (user|recipient|mailbox)|mailbox (unavailable|not found|is full)|(does not|doesn't) exist|recipient rejected|over ?quota/i;

const AGAINST_US =
  /relay|authenticat|\b(sender|client|helo|spf|dkim|dmarc|rbl|spamhaus)\b|black ?list|block ?list/i;

/** What a 5xx is about. The enhanced code is more exact than the reply code, and the moment decides between the rest. */
function permanent({ code, responseCode = 0, response = "", command = "" }: SmtpFault): RefusedKind {
  const detail = enhanced(response);
  const isAbout = (...details: readonly string[]): boolean => details.includes(detail);
  const forRecipient = command.startsWith("RCPT");
  const isSenders = isAbout("5.1.7", "5.1.8") || command.startsWith("MAIL");

  if (code === "EAUTH" || LOGIN.includes(responseCode)) return "config";
  if (isAbout("5.3.4", "5.2.3") || responseCode === 552 && !forRecipient && !isAbout("5.2.2")) {
    return "payload";
  }
  if (isSenders || command === "CONN" || /^(EHLO|HELO|STARTTLS|AUTH)/.test(command)) return "config";
  // A policy: against what the mail says, against us (no relaying, no SPF, a listed address), or against one mailbox.
  if (detail.startsWith("5.7.")) {
    if (SPAM.test(response) && !forRecipient) return "payload";
    return forRecipient && !AGAINST_US.test(response) ? "recipient" : "config";
  }
  if (detail.startsWith("5.1.") || detail.startsWith("5.2.")) return "recipient";
  if (DEAD_ADDRESS.includes(responseCode) || UNKNOWN_USER.test(response)) return "recipient";
  if (AGAINST_US.test(response)) return "config";
  if (forRecipient && !PROTOCOL.includes(responseCode)) return "recipient";
  return PROTOCOL.includes(responseCode) ? "config" : "payload";
}

/** What is wrong with a certificate, or with a server that speaks no TLS where we do. */
const TLS_WORDS =
  /certificate|self.signed|altname|unable to (verify|get)|UnknownIssuer|wrong version|corrupt message|\bSSL\b|handshake ?failure|protocol version/i;

/** It may go on as soon as the server is well again. */
const BROKEN_OFF = /closed|reset|timeout|timed out|took too long/i;

function unanswered({ code, originalCode, message }: SmtpFault, port: number): Verdict {
  const words = oneLine(message);
  if (code === "EAUTH" || code === "ENOAUTH") return refused("config", words);
  if (code === "EMESSAGE") return refused("payload", words); // larger than the server says it takes
  const isTls = code === "ETLS" && !BROKEN_OFF.test(message);
  if (isTls || TLS_WORDS.test(message) || /^(ERR_TLS|CERT_|DEPTH_ZERO)/.test(originalCode ?? "")) {
    return refused("config", `TLS: ${words}`);
  }
  // A server that was reached and then fell silent is not blocked.
  const isUnreachable = ["ETIMEDOUT", "ECONNREFUSED"].includes(originalCode ?? "") ||
    /refused|timed out|connection timeout/i.test(message);
  const hint = isUnreachable && BLOCKED_PORTS.includes(port)
    ? ": the platform may block SMTP; try port 2525"
    : "";
  return retry(`no answer: ${words}${hint}`);
}

/** `5.7.1` of `550 5.7.1 …` and of `550-5.7.1 …`; empty when the server says none. */
function enhanced(response: string): string {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? "";
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
