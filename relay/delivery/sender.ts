import type { ChannelRequest, ChannelResponse } from "../channel.ts";
import { Deadline } from "../base/deadline.ts";
import { HttpClients } from "../base/http_clients.ts";
import type { Network } from "../base/network.ts";
import { conceal, concealJson, redact, showUrl } from "../redaction/redact.ts";
import { readText } from "./answer_text.ts";
import { reasonOf } from "./error_words.ts";
import { encodeRequest } from "../channel/request_body.ts";
import { secretsOfRequest } from "./request_secrets.ts";
import { oneLine } from "../base/text.ts";

/** The result of a request, redacted. */
export interface SendAnswer {
  /** Method and address, without secrets. */
  readonly request: string;
  readonly ms: number;
  /** `undefined` without an answer. */
  readonly response?: ChannelResponse;
  /** The reason why there was no answer, without secrets. */
  readonly because?: string;
  /** Set if there was no answer but the vendor may have received the request. */
  readonly handedOver?: true;
  /** Set if the stopping relay aborted the request, which reveals nothing about the vendor. */
  readonly stopped?: true;
}

/** Sends one request. Never rejects: a failure is in the answer. */
export type Send = (request: ChannelRequest, options: SendOptions) => Promise<SendAnswer>;

/** The options of sending a request. */
export interface SendOptions {
  /** The secrets that no answer may show. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
  /** Milliseconds for the request and its answer. */
  readonly timeout: number;
  /** The connection's own network settings, if it has any. */
  readonly network?: Network | undefined;
}

/**
 * Create the only user of `fetch`, for all channels. A send has `timeout` milliseconds, reading the answer included.
 * Redirects are not followed, because a login page would answer 200. Every body is read or cancelled.
 */
export function createSender(
  { fetch = globalThis.fetch, clients = new HttpClients() }: {
    fetch?: typeof globalThis.fetch;
    /** The connections of destinations with a network of their own; their owner closes them. */
    clients?: HttpClients;
  } = {},
): Send {
  const deadlines = new Map<number, Deadline>(); // one for each timeout in the configuration
  return async function send(request, { secrets, signal, timeout, network }): Promise<SendAnswer> {
    const method = request.method ?? "POST";
    const shown = `${method} ${showUrl(request.url, secrets)}`;
    const started = performance.now();
    const ms = (): number => Math.round(performance.now() - started);
    const cut = new AbortController();
    let isLate = false;
    const stop = (): void => cut.abort();
    // `AbortSignal.any` and `AbortSignal.timeout` would cost a fifth of the whole request.
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
        ...encodeRequest(request),
        ...network && { client: clients.of(network) },
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
  const existing = deadlines.get(timeout);
  if (existing) return existing;
  const deadline = new Deadline(timeout);
  deadlines.set(timeout, deadline);
  return deadline;
}

/** Whether the vendor may have received the request: the connection broke while it was sent or later. */
function wasConnected(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    // Deno's messages: https://github.com/denoland/deno/blob/main/ext/fetch/lib.rs
    if (/client error \(SendRequest\)|reading a body from connection/.test(at.message)) return true;
  }
  return false;
}

/**
 * The response that a channel reads. Most channels need the status alone, so headers, text and JSON are built when they are
 * read. They are redacted first, so that no part that a channel quotes can contain a secret.
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

function parse(text: string, lists: readonly (readonly string[])[]): unknown {
  try {
    return lists.reduce(concealJson, JSON.parse(text));
  } catch {
    return undefined;
  }
}
