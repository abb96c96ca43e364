/**
 * The meaning of the answers of mail servers.
 *
 * Sources: the reply codes of https://www.rfc-editor.org/rfc/rfc5321, the enhanced codes of
 * https://www.rfc-editor.org/rfc/rfc3463 with their registry, and the sources next to a line.
 *
 * @module
 */
import { isQuota } from "../_answers/calendar.ts";
import {
  refused,
  type RefusedKind,
  retry,
  retryAlone,
  throttled,
  type Verdict,
} from "../../relay/channel.ts";

/** The error of a conversation, as nodemailer reports it. */
export interface SmtpFault {
  /** nodemailer's own, such as `EAUTH` or `ETIMEDOUT`. */
  readonly code?: string | undefined;
  /** The system's, such as `ECONNREFUSED`. */
  readonly originalCode?: string | undefined;
  /** The server's three digits. */
  readonly responseCode?: number | undefined;
  /** The server's words, with its codes. */
  readonly response?: string | undefined;
  /** The command at which it failed: `CONN`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA` … */
  readonly command?: string | undefined;
  readonly message: string;
}

/**
 * Returns the thrown error as a fault. If each address of a host was tried, only the nested errors of Node's error
 * have words.
 */
export function faultOf(error: unknown): SmtpFault {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!(error instanceof AggregateError) || error.message !== "") return error;
  return Object.assign(error, { message: error.errors.map(({ message }) => message).join("; ") });
}

/** The parameters of the conversation with the server. */
export interface Talk {
  readonly port: number;
  readonly tls?: "implicit" | "starttls" | "opportunistic" | "none";
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * Greylisting expects the same mail again after some minutes, five for most servers:
 * https://www.rfc-editor.org/rfc/rfc6647
 */
const GREYLISTED = 5 * MINUTE;

/** Our choice: a server that asks for fewer mails names no time; Postfix and Exim count over a minute or more. */
const TOO_MANY = MINUTE;

/** Our choice: providers do not say when a daily or monthly quota ends. One attempt an hour costs little. */
const QUOTA = 60 * MINUTE;

/** The ports that clouds block because of spam. */
const BLOCKED_PORTS: readonly number[] = [25, 465, 587];

/** The verdict on a mail that reached no recipient, because of the account or of the mail. */
export function verdictOn(fault: SmtpFault, talk: Talk): Verdict {
  const { responseCode = 0 } = fault;
  if (responseCode < 400) return unanswered(fault, talk);
  const words = wordsOf(fault);
  // A failure at the login concerns the login: QQ's 535 mentions frequency and a busy system for any error.
  if (isLogin(fault) && responseCode >= 500) return refused("config", withHint(words, fault));
  const waitMs = limitWait(fault);
  if (waitMs !== undefined) return throttled(words, { waitMs, quota: isQuota(waitMs) });
  if (responseCode < 500) return temporary(fault, words);
  return refused(permanent(fault), withHint(words, fault));
}

/** The consequence of a recipient's refusal: the time of the next attempt, or none. */
export function onRecipient(fault: SmtpFault): { readonly waitMs: number | undefined } | "never" {
  const { responseCode = 0, response = "" } = fault;
  if (isOverQuota(response)) return { waitMs: QUOTA };
  if (isTooFast(response)) return { waitMs: TOO_MANY };
  if (responseCode >= 500) return "never";
  return { waitMs: isGreylisted(fault) ? GREYLISTED : undefined };
}

/**
 * Whether the refusal of a recipient may be about us: a server that checks the client, the login and the sender at
 * the first recipient, as Postfix does, reports its refusal only then.
 */
export function isAboutUs(fault: SmtpFault): boolean {
  const { responseCode = 0, response = "" } = fault;
  if (isMailbox(response) || isGreylisted(fault)) return false;
  if (isTooFast(response) || isOverQuota(response) || LOGIN.includes(responseCode)) return true;
  if (responseCode < 500) return !/recipient|mailbox|\buser\b/i.test(response);
  return AGAINST_US.test(response) && !UNKNOWN_USER.test(response);
}

/** An answer to several recipients without their addresses: equal texts do not concern a single recipient. */
export function refusalOf({ response = "", message }: SmtpFault, address: string): string {
  const [local = "", domain = ""] = address.toLowerCase().split("@");
  return [address, domain, local].reduce(
    (text, part) => part === "" ? text : text.replaceAll(part.toLowerCase(), ""),
    oneLine(response || message).toLowerCase(),
  );
}

/** The server's words on one line. */
export function wordsOf({ response, message }: SmtpFault): string {
  return oneLine(response ?? message);
}

/**
 * Rate limits. Postfix: "too much mail from", "too many connections", "too many recipients from", "too many new TLS
 * sessions", "too many AUTH commands": https://www.postfix.org/TUNING_README.html#conn_limit. Exim's ratelimit: "rate
 * overlimit", "Too many concurrent SMTP connections". Exchange: 432 4.3.2. Gmail: 450 4.2.1, of a reader's own rate.
 */
export const TOO_FAST = new RegExp(
  [
    "throttl",
    "too frequent",
    "(rate|frequency) ?(over)?limit",
    "sending rate",
    "too much mail",
    "too many (mails|messages|emails|connections|concurrent|recipients from|new tls|auth commands|login attempts)",
    "concurrent (smtp )?connections",
    "receiving mail (too quickly|at a rate)",
    "unusual rate",
    "频率",
    "\\b432[ -]4\\.3\\.2",
  ].join("|"),
  "i",
);

function isTooFast(response: string): boolean {
  return TOO_FAST.test(response);
}

/**
 * The words of quotas per day or month: Aliyun's 552, Gmail's 550 5.4.5 "Daily user sending limit exceeded", SES's
 * 454 "Daily message quota exceeded", Exchange's "SubmissionQuotaExceeded".
 */
export const OVER_QUOTA =
  /(dai|month)ly[\w -]{0,40}(quota|limit)|(quota|limit)[\w -]{0,40}(\bday|dai|month)|submission ?quota|sending (quota|limit)/i;

/** The wait after too many mails; such words come with temporary and with permanent codes. */
function limitWait({ response = "" }: SmtpFault): number | undefined {
  if (isOverQuota(response)) return QUOTA;
  return isTooFast(response) ? TOO_MANY : undefined;
}

/** Whether our quota is used up: a mailbox may have a quota, too. */
function isOverQuota(response: string): boolean {
  return OVER_QUOTA.test(response) && !/^[45]\.2\.2$/.test(enhanced(response));
}

function isGreylisted({ responseCode = 0, response = "" }: SmtpFault): boolean {
  if (isTooFast(response)) return false;
  return /gr[ae]y-?list/i.test(response) ||
    [450, 451].includes(responseCode) && enhanced(response).startsWith("4.7.");
}

/** Whether a refusal is about an address or its mailbox. */
function isMailbox(response: string): boolean {
  return /^[45]\.[12]\./.test(enhanced(response)) && !/^[45]\.1\.[78]$/.test(enhanced(response));
}

function temporary(fault: SmtpFault, words: string): Verdict {
  const { responseCode, response = "", command = "" } = fault;
  // Aliyun DirectMail: the sender is not the account's own. A retry of this 4xx cannot succeed:
  // https://help.aliyun.com/document_detail/29455.html
  if (responseCode === 436) return refused("config", words);
  // "A password transition is needed": https://www.rfc-editor.org/rfc/rfc4954#section-6
  if (isLogin(fault) && enhanced(response) === "4.7.12") return refused("config", words);
  const waitMs = isGreylisted(fault) ? GREYLISTED : undefined;
  // A policy against this mail; a server that is short of space or failing accepts no other mail either.
  const isMails = command.startsWith("DATA") &&
    (isGreylisted(fault) || /^4\.[67]\./.test(enhanced(response)));
  return isMails ? retryAlone(words, { waitMs }) : retry(words, { waitMs });
}

/** Replies that concern our account at any step: the login failed, or the server rejects the sender. */
const LOGIN: readonly number[] = [530, 534, 535, 538];

/** Replies to commands that the server does not support or does not accept in this order. */
const PROTOCOL: readonly number[] = [500, 501, 502, 503, 504, 555];

/** The server objects to the content of the mail. */
export const SPAM =
  /\bspam(?!haus|cop)|virus|malware|content (was )?reject|blocked (content|url)|message (content )?rejected|DT:SPM/i;
const UNKNOWN_USER =
  /user (is )?(unknown|not found)|unknown (user|recipient|mailbox)|no such (user|recipient|mailbox)|mailbox (unavailable|not found|is full)|(does not|doesn't) exist|recipient (address )?rejected|over ?quota/i;

const AGAINST_US =
  /relay|authenticat|\b(sender|client|helo|ehlo|spf|dkim|dmarc|rbl|dnsbl|spamhaus)\b|black ?list|block ?list/i;

function isLogin({ code, command = "" }: SmtpFault): boolean {
  return code === "EAUTH" || command.startsWith("AUTH");
}

/** The subject of a 5xx. The enhanced code is more exact than the reply code; for other codes the step decides. */
function permanent(fault: SmtpFault): RefusedKind {
  const { responseCode = 0, response = "", command = "" } = fault;
  const detail = enhanced(response);
  const isAbout = (...details: readonly string[]): boolean => details.includes(detail);

  if (isLogin(fault) || LOGIN.includes(responseCode)) return "config";
  if (command.startsWith("RCPT")) return "config"; // of all recipients alike: see `isAboutUs`
  if (isAbout("5.3.4", "5.2.3") || responseCode === 552 && !isAbout("5.2.2")) return "payload";
  if (isAbout("5.1.7", "5.1.8") || command.startsWith("MAIL") || command === "CONN") return "config";
  if (/^(EHLO|HELO|STARTTLS)/.test(command)) return "config";
  // A policy: against the mail's content, or against us (no SPF, a listed address).
  if (detail.startsWith("5.7.")) return SPAM.test(response) ? "payload" : "config";
  if (detail.startsWith("5.1.") || detail.startsWith("5.2.")) return "recipient";
  if (UNKNOWN_USER.test(response)) return "recipient";
  if (AGAINST_US.test(response)) return "config";
  return PROTOCOL.includes(responseCode) ? "config" : "payload";
}

/** The remedy for an answer whose words do not contain one. */
function withHint(words: string, { code, command = "" }: SmtpFault): string {
  return code === "ETLS" || command === "STARTTLS"
    ? `${words}: the server offers no STARTTLS; set tls: implicit, or none`
    : words;
}

/** The error of a certificate. */
const CERTIFICATE = /certificate|self.signed|altname|unable to (verify|get)|UnknownIssuer|NotValidForName/i;

/** The server does not support TLS, or supports another version. */
const TLS_WORDS =
  /wrong version|corrupt message|\bSSL\b|\bTLS\b|handshake ?failure|fatal alert|protocol version/i;

/** The mail may continue when the server has recovered. */
const BROKEN_OFF = /closed|reset|timeout|timed out|took too long/i;

/** Whether the server may still be processing the mail. */
export function isLate({ message }: SmtpFault): boolean {
  return message.includes(TOO_LONG);
}

/** The words for a server that does not answer in time. */
export const TOO_LONG = "the server took too long";

/** Whether the encryption failed, and not the conversation inside it. */
export function isTlsFault({ code, originalCode, message, responseCode = 0 }: SmtpFault): boolean {
  if (responseCode >= 400) return false;
  return code === "ETLS" && !BROKEN_OFF.test(message) || CERTIFICATE.test(message) ||
    TLS_WORDS.test(message) ||
    /^(ERR_TLS|CERT_|DEPTH_ZERO)/.test(originalCode ?? "");
}

function unanswered(fault: SmtpFault, { port, tls }: Talk): Verdict {
  const { code, originalCode, message } = fault;
  const words = oneLine(message);
  if (code === "EAUTH" || code === "ENOAUTH") return refused("config", words);
  if (code === "EMESSAGE") return refused("payload", words); // larger than the server says it takes
  if (isTlsFault(fault)) return refused("config", `TLS: ${words}${tlsHint(fault, tls)}`);
  if (/greeting/i.test(message)) {
    const hint = tls === "implicit" ? "" : ": it may expect TLS from the start; set tls: implicit";
    return retry(`no answer: ${words}${hint}`);
  }
  // A server that was reached and then did not answer is not blocked.
  const isUnreachable = ["ETIMEDOUT", "ECONNREFUSED"].includes(originalCode ?? "") ||
    /refused|timed out|connection timeout/i.test(message);
  const hint = isUnreachable && BLOCKED_PORTS.includes(port)
    ? ": the platform may block SMTP; try port 2525"
    : "";
  return retry(`no answer: ${words}${hint}`);
}

function tlsHint({ message, originalCode = "" }: SmtpFault, tls: Talk["tls"]): string {
  if (/self.signed|unable to|UnknownIssuer/i.test(message)) return ": set ca to the authority that signed it";
  if (/altname|NotValidForName/i.test(message)) return ": set host to a name that the certificate has";
  if (CERTIFICATE.test(message) || /^(CERT_|DEPTH_ZERO)/.test(originalCode)) return "";
  return tls === "implicit"
    ? ": the server may speak no TLS before STARTTLS on this port; set tls: starttls, or none"
    : ": where the network is trusted, set tls: none";
}

/** `5.7.1` of `550 5.7.1 …` and of `550-5.7.1 …`; empty when the server gives none. */
function enhanced(response: string): string {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? "";
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
