import type { ChannelRequest, ChannelResponse } from "../channel.ts";
import { Deadline } from "../base/deadline.ts";
import { conceal, concealJson, redact, showUrl } from "../redaction/redact.ts";
import { reasonOf } from "./error_words.ts";
import { secretsOfRequest } from "./request_secrets.ts";
import { oneLine } from "../base/text.ts";

/** How a request ended, with what may be shown of it. */
export interface Answer {
  /** Method and address, without secrets. */
  readonly request: string;
  readonly ms: number;
  /** `undefined` when there was none. */
  readonly response?: ChannelResponse;
  /** Why there was none, without secrets. */
  readonly because?: string;
  /** There was none, and the vendor may have the request all the same. */
  readonly handedOver?: true;
  /** The relay is stopping and cut it off: it says nothing about the vendor. */
  readonly stopped?: true;
}

/** Send one request. It never throws: what goes wrong is in the answer. */
export type Send = (
  request: ChannelRequest,
  options: { secrets: readonly string[]; signal: AbortSignal; timeout: number },
) => Promise<Answer>;

/** A vendor's answer is read up to here. */
const ANSWER_BYTES = 65_536;

/**
 * The only user of `fetch`: what every channel needs is done here once. A send has `timeout` milliseconds, answer
 * included; a redirect is not followed, because a login page would answer 200; nothing is left unread.
 */
export function createSender(
  { fetch = globalThis.fetch }: { fetch?: typeof globalThis.fetch } = {},
): Send {
  const deadlines = new Map<number, Deadline>(); // one for each timeout that the configuration has
  return async function send(request, { secrets, signal, timeout }): Promise<Answer> {
    const method = request.method ?? "POST";
    const shown = `${method} ${showUrl(request.url, secrets)}`;
    const started = performance.now();
    const ms = (): number => Math.round(performance.now() - started);
    const cut = new AbortController();
    let isLate = false;
    const stop = (): void => cut.abort();
    // By hand: `AbortSignal.any` and `AbortSignal.timeout` cost a fifth of the whole request.
    const inTime = deadlineOf(deadlines, timeout).begin(() => {
      isLate = true;
      stop();
    });
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    try {
      const response = await fetch(request.url, {
        method,
        redirect: "manual",
        signal: cut.signal,
        ...withBody(request),
      });
      const text = await readText(response);
      return { request: shown, response: answerOf(response, text, { request, secrets }), ms: ms() };
    } catch (error) {
      if (signal.aborted) {
        return { request: shown, ms: ms(), because: "the relay is stopping", stopped: true };
      }
      const because = isLate
        ? `no answer within ${timeout / 1000} s`
        : `no answer: ${redact(redact(reasonOf(error), secrets), secretsOfRequest(request, secrets))}`;
      const answer = { request: shown, ms: ms(), because };
      return isLate || wasConnected(error) ? { ...answer, handedOver: true } : answer;
    } finally {
      inTime();
      signal.removeEventListener("abort", stop);
    }
  };
}

function deadlineOf(deadlines: Map<number, Deadline>, timeout: number): Deadline {
  const there = deadlines.get(timeout);
  if (there) return there;
  const made = new Deadline(timeout);
  deadlines.set(timeout, made);
  return made;
}

/** Whether the vendor may have the request: the connection broke while it was sent, or after that. */
function wasConnected(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    // Deno's words: https://github.com/denoland/deno/blob/main/ext/fetch/lib.rs
    if (/client error \(SendRequest\)|reading a body from connection/.test(at.message)) return true;
  }
  return false;
}

/** What `fetch` takes: plain objects, because a `Headers` would be copied once more. */
function withBody({ headers = {}, json, form, body }: ChannelRequest): {
  headers: Record<string, string>;
  body?: string;
} {
  if (json !== undefined) {
    return { headers: withType(headers, "application/json; charset=utf-8"), body: JSON.stringify(json) };
  }
  if (form !== undefined) {
    const type = "application/x-www-form-urlencoded;charset=UTF-8";
    return { headers: withType(headers, type), body: new URLSearchParams(form).toString() };
  }
  return body === undefined ? { headers } : { headers, body };
}

function withType(headers: Readonly<Record<string, string>>, type: string): Record<string, string> {
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "content-type");
  return { ...Object.fromEntries(others), "content-type": type };
}

/**
 * Most answers are read by their status alone: a body is parsed when somebody asks. What a channel reads has no secrets
 * any more, so that nothing it cuts or puts together can tell one.
 */
function answerOf(
  { status, headers }: Response,
  raw: string,
  { request, secrets }: { request: ChannelRequest; secrets: readonly string[] },
): ChannelResponse {
  let text: string | undefined;
  let shownHeaders: Headers | undefined;
  let parsed: { readonly json: unknown } | undefined;
  const lists = (): (readonly string[])[] => [secrets, secretsOfRequest(request, secrets)];
  const hide = (words: string): string => lists().reduce((text, list) => conceal(text, list), words);
  return {
    status,
    get headers(): Headers {
      return shownHeaders ??= new Headers([...headers].map(([name, value]) => [name, oneLine(hide(value))]));
    },
    get text(): string {
      return text ??= hide(raw);
    },
    get json(): unknown {
      return (parsed ??= { json: parse(raw, lists()) }).json;
    },
  };
}

async function readText(response: Response): Promise<string> {
  // A short answer is read at once, which costs much less than piece by piece.
  if (Number(response.headers.get("content-length") ?? Infinity) <= ANSWER_BYTES) {
    return await response.text();
  }
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    text += decoder.decode(
      bytes > ANSWER_BYTES ? chunk.subarray(0, chunk.byteLength - (bytes - ANSWER_BYTES)) : chunk,
      {
        stream: true,
      },
    );
    if (bytes >= ANSWER_BYTES) break; // leaving the loop cancels the rest
  }
  return text + decoder.decode();
}

function parse(text: string, lists: readonly (readonly string[])[]): unknown {
  try {
    return lists.reduce(concealJson, JSON.parse(text));
  } catch {
    return undefined;
  }
}
