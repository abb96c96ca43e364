import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { answerWith, Arrivals, type Arrived, type Place, serveLoopback } from "./_loopback.ts";
import type { Outage } from "./_vendor_server.ts";

/** The options of {@linkcode startSink}. */
export interface SinkOptions extends Place {
  /** A Standard Webhooks secret (`whsec_…`): a request that is not signed with it is answered 401 and not stored. */
  readonly secret?: string | undefined;
  /** Epoch milliseconds; default the machine's clock. A signature is valid for five minutes around it. */
  readonly now?: () => number;
  /** Called with each request once it is decided. */
  readonly onRequest?: (request: SunkRequest) => void;
}

/** A request and its outcome. */
export interface SunkRequest extends Arrived {
  readonly text: string;
  /** The reason why it was not stored; `undefined` when it was. */
  readonly refused: string | undefined;
}

/** The sink's answers to the requests that it stores. */
export interface SinkAnswer {
  /** Default 200. The sink stores a body only if this is a 2xx. */
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Milliseconds before it answers. */
  readonly delayMs?: number;
  /** The number of requests that get it; default: all that follow. */
  readonly times?: number;
}

/** A running sink. */
export interface Sink extends AsyncDisposable {
  readonly url: string;
  /** The stored bodies, parsed, in the order of arrival. */
  readonly bodies: readonly unknown[];
  /** Every request, in the order of arrival. */
  readonly requests: readonly SunkRequest[];
  /** Answer so from now on, or to the next `times` requests. Answers with `times` queue up and go first. */
  answer(answer: SinkAnswer): void;
  /** Remove the answers with `times` that have not been given yet. */
  heal(): void;
  /** Start an outage. A refused connection is not recorded as a request. */
  down(how?: Outage): Promise<void>;
  /** End the outage, at the same address. */
  up(): Promise<void>;
  /** Resolves once `count` requests have arrived since the start. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Source: https://github.com/standard-webhooks/standard-webhooks: its libraries allow five minutes. */
const TOLERANCE_SECONDS = 5 * 60;

/** Start a plain receiver of webhooks: it checks signatures, and stores each JSON body. */
export async function startSink(
  { secret, now = Date.now, onRequest = () => {}, port, hostname }: SinkOptions = {},
): Promise<Sink> {
  const bodies: unknown[] = [];
  const requests: SunkRequest[] = [];
  const arrivals = new Arrivals();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const next: { answer: SinkAnswer; left: number }[] = [];
  let usual: SinkAnswer = {};
  let outage: Outage | undefined;

  const nextAnswer = (): SinkAnswer => {
    if (outage === "5xx") return { status: 503, body: "upstream error" };
    const [first] = next;
    if (first !== undefined && --first.left <= 0) next.shift();
    return first?.answer ?? usual;
  };

  const loopback = await serveLoopback((request, response) => {
    const text = new TextDecoder().decode(request.body);
    const json = parsed(text);
    const wrong = signatureFault(request, { secret, now: now() }) ??
      (json === undefined ? "not JSON" : undefined);
    const answer = wrong === undefined
      ? nextAnswer()
      : { status: json === undefined ? 400 : 401, body: wrong };
    const { status = 200, headers = {}, body = "", delayMs = 0 }: SinkAnswer = answer;
    const refused = wrong ?? (outage === "hang" ? "never answered" : undefined) ??
      (status >= 200 && status < 300 ? undefined : `answered ${status}`);
    if (refused === undefined) bodies.push(json);
    requests.push({ ...request, text, refused });
    arrivals.add();
    onRequest(requests.at(-1)!);
    if (outage === "hang") return;
    if (delayMs === 0) return answerWith(response, { status, headers, body });
    const timer = setTimeout(() => {
      timers.delete(timer);
      answerWith(response, { status, headers, body });
    }, delayMs);
    timers.add(timer);
  }, { port, hostname });

  const close = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    await loopback.close();
  };

  return {
    url: loopback.url,
    bodies,
    requests,
    answer: ({ times, ...answer }) => {
      if (times === undefined) usual = answer;
      else next.push({ answer, left: times });
    },
    heal: () => void (next.length = 0),
    down: async (how = "5xx") => {
      outage = how;
      if (how === "refused") await loopback.refuse();
    },
    up: async () => {
      outage = undefined;
      await loopback.listen();
    },
    arrived: (count) => arrivals.reach(count),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The error of the signature; `undefined` when it is valid, or when none is required. */
function signatureFault(
  { headers, body }: Arrived,
  { secret, now }: { secret: string | undefined; now: number },
): string | undefined {
  if (secret === undefined) return undefined;
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) =>
    headers.get(`webhook-${name}`)
  );
  if (!id || !timestamp || !signatures) return "signature missing";
  if (id.includes(".")) return "webhook-id has a dot";
  if (!/^\d+$/.test(timestamp)) return "webhook-timestamp is no number of seconds";
  if (Math.abs(now / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    return "webhook-timestamp is too far from now";
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  const isGood = (signature: string): boolean => {
    const given = Buffer.from(signature.replace(/^v1,/, ""), "base64");
    return signature.startsWith("v1,") && given.length === mac.length && timingSafeEqual(given, mac);
  };
  return signatures.split(" ").some(isGood) ? undefined : "signature does not match";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
