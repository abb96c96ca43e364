/**
 * A vendor on loopback, derived from a channel's own definition: it accepts the channel's valid requests, answers
 * with the channel's fixtures, and enforces the channel's limits as strictly as the vendor.
 *
 * @module
 */
import type { Fixture, Fixtures, RefusedKind, VendorAnswer } from "../../relay/channel.ts";
import { limitsOf } from "../../relay/channel/options.ts";
import { conceal } from "../../relay/redaction/redact.ts";
import { COMMON_FAULTS, type CommonFault, type VendorReply } from "../_faults.ts";
import { Budget } from "../_budget.ts";
import type { Arrived, Place } from "../_loopback.ts";
import { jsonOf, type Seen, serveVendor, type VendorServer } from "../_vendor_server.ts";
import { attempt, type Configured, type Respond, sendWith, type SentRequest } from "./attempt.ts";
import { stepAt, vendorOf } from "./fixture_vendor.ts";
import { measure } from "../../relay/channel/size.ts";
import { message } from "./messages.ts";
import { peopleFor } from "./people.ts";
import { press } from "./press.ts";

/** A message that the vendor accepted. */
export interface Taken {
  readonly method: string;
  /** The path and the query. */
  readonly path: string;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `undefined` if it is none. */
  readonly json: unknown;
}

/** The outcome of a request: a step of a conversation, a message, or the reason for a refusal. */
export type FakeOutcome = "step" | "accepted" | `refused: ${string}`;

/** A request to a fake vendor. */
export type SeenByFake = Seen<FakeOutcome, Taken, CommonFault>;

/** A fake vendor. Its `url` replaces the vendor's address. */
export interface FakeVendor extends VendorServer<SeenByFake, CommonFault> {
  /** The accepted messages, in order. */
  readonly messages: readonly Taken[];
  /** For a channel whose vendor has a fixed address: sends every request here. */
  readonly fetch: typeof globalThis.fetch;
  /** For `attempt`: sends each request here, over HTTP. */
  readonly respond: Respond;
  /** Answer the next requests with one of the channel's fixtures, or another answer. */
  answer(fixture: Fixture, times?: number): void;
  /**
   * Press the first button of the last message that calls back. `address`: the destination's callback address.
   *
   * @returns the relay's answer
   */
  press(address: string): Promise<Response>;
}

/** The address of a fake vendor, and its clock. */
export interface FakeOptions extends Place {
  /** Epoch milliseconds; default the machine's clock. */
  readonly now?: () => number;
  readonly onRequest?: (request: SeenByFake) => void;
}

/** Start a fake vendor for a channel with this config. @throws Error when the channel has no fixtures */
export async function startFake(configured: Configured, options: FakeOptions = {}): Promise<FakeVendor> {
  const { channel, config } = configured;
  const { fixtures } = channel;
  if (fixtures === undefined) {
    throw new Error(`Cannot fake the vendor of "${channel.name}": its definition has no fixtures`);
  }
  const { rates = [], request: size = {} } = limitsOf(channel, config);
  const budget = new Budget(rates);
  const credentials = await credentialsIn(configured, fixtures);
  const messages: Taken[] = [];

  const refusalOf = (request: Arrived, now: number): { why: string; reply: VendorReply } | undefined => {
    const text = textOf(request);
    const step = stepAt(request.url, fixtures);
    const missing = (credentials.get(step) ?? []).some((secret) => !shows(request, secret));
    if (missing) return { why: "wrong credentials", reply: refusal(fixtures, "config", 401) };
    const type = request.headers.get("content-type") ?? "";
    if (/\bjson\b/.test(type) && jsonOf(request.body) === undefined) {
      return { why: "not JSON", reply: refusal(fixtures, "payload", 400) };
    }
    const over = Object.entries(size).find(([unit, most]) => measure(text, unit as keyof typeof size) > most);
    if (over) return { why: `more than limits.request.${over[0]}`, reply: refusal(fixtures, "payload", 413) };
    if (step !== undefined || !budget.refuse(now)) return undefined;
    return { why: "too many messages", reply: replyOf(fixtures.throttled?.[0] ?? { status: 429 }) };
  };

  const server = await serveVendor<FakeOutcome, Taken, CommonFault>({
    faults: COMMON_FAULTS,
    decide: (request, now) => {
      const refused = refusalOf(request, now);
      if (refused) return { came: `refused: ${refused.why}`, reply: refused.reply };
      const step = stepAt(request.url, fixtures);
      if (step !== undefined) return { came: "step", reply: replyOf(fixtures.steps![step]!) };
      const taken: Taken = {
        method: request.method,
        path: request.url.pathname + request.url.search,
        headers: request.headers,
        text: textOf(request),
        json: jsonOf(request.body),
      };
      messages.push(taken);
      return { came: "accepted", posted: taken, reply: replyOf(fixtures.accepted[0]!) };
    },
  }, options);

  const fetchHere: typeof globalThis.fetch = (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    return fetch(new URL(pathname + search, server.url), init);
  };
  return {
    ...server,
    messages,
    fetch: fetchHere,
    respond: sendWith(fetchHere),
    press: (address) =>
      press(configured, { text: messages.at(-1)?.text ?? "", address, now: (options.now ?? Date.now)() }),
    answer: (fixture, times = 1) => server.fault("answer", { reply: replyOf(fixture), times }),
  };
}

/**
 * The credentials of a correct request, by the step that it belongs to. Other credentials only sign a request and
 * cannot be checked.
 */
async function credentialsIn(
  configured: Configured,
  fixtures: Fixtures,
): Promise<Map<string | undefined, string[]>> {
  const probe = message({ recipients: peopleFor(configured.channel) });
  const { requests } = await attempt(configured, probe, vendorOf(fixtures));
  return new Map(requests.map((request) => [
    stepAt(request.url, fixtures),
    configured.secrets.filter((secret) => shows(request, secret)),
  ]));
}

/** Whether a request contains a secret in some spelling, in its path, its query, its headers or its body. */
function shows(request: Pick<SentRequest, "url" | "headers" | "body">, secret: string): boolean {
  const { pathname, search } = request.url;
  const text = [pathname, search, ...request.headers.values(), textOf(request)].join("\n");
  const parts = /^https?:/.test(secret) ? new URL(secret).pathname : secret;
  return conceal(text, [parts]) !== text;
}

function textOf({ body }: Pick<SentRequest, "body">): string {
  return new TextDecoder().decode(body);
}

/** The vendor's own refusal of a kind, or a status without words. */
function refusal({ refused = [] }: Fixtures, kind: RefusedKind, status: number): VendorReply {
  return replyOf(refused.find(({ what, at }) => what === kind && at === undefined) ?? { status });
}

function replyOf({ status = 200, headers = {}, json, text }: VendorAnswer): VendorReply {
  const word = text ?? (json === undefined ? "" : undefined);
  return { status, headers, json, ...word === undefined ? {} : { word } };
}
