/**
 * The common part of all simulated vendors: a record of every request, and faults on demand.
 *
 * @module
 */
import {
  answerJson,
  type CommonFault,
  type Fault,
  type FaultOptions,
  Faults,
  type VendorReply,
} from "./_faults.ts";
import { Arrivals, type Arrived, type Place, serveLoopback } from "./_loopback.ts";

/** A request and its outcome. */
export interface Seen<A, P, K> extends Arrived {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly path: string;
  /** The vendor's answer, or the fault that replaced it. */
  readonly came: A | K;
  /** The messages that it posted; empty for a refusal. */
  readonly posted: P | undefined;
}

/** A vendor's decision about a request. */
export interface Decided<A, P> {
  /** The outcome for the record. */
  readonly came: A;
  readonly posted?: P | undefined;
  readonly reply: VendorReply;
}

/** The options of every simulator. */
export interface VendorOptions<S> extends Place {
  /** Epoch milliseconds; default the machine's clock. It drives budgets, tokens and signatures. */
  readonly now?: () => number;
  /** Called with each request once it is decided. */
  readonly onRequest?: (request: S) => void;
}

/** The kinds of a vendor's outage: an HTTP status, no answer, or refused connections. */
export type Outage = "5xx" | "hang" | "refused";

/** A running simulator. */
export interface VendorServer<S, K> extends AsyncDisposable {
  /** The `base` of a destination. */
  readonly url: string;
  /** Every request, in the order of arrival. */
  readonly requests: readonly S[];
  /** Let the next requests fail. Faults queue up. */
  fault(kind: K, options?: FaultOptions): void;
  /** Remove the faults that have not happened yet. */
  heal(): void;
  /** Start an outage. A refused connection is not recorded as a request. */
  down(how?: Outage): Promise<void>;
  /** End the outage, at the same address and without any fault. */
  up(): Promise<void>;
  /** Resolves once `count` requests have arrived since the start. */
  arrived(count: number): Promise<void>;
  /** Stop, and cut hanging requests. */
  close(): Promise<void>;
}

const NOT_FOUND: VendorReply = { status: 404, json: { message: "not found" } };

/** Start a simulator on loopback. */
export async function serveVendor<A, P, K extends string>(
  { decide, faults: table }: {
    /** `undefined`: there is no such path. */
    decide: (request: Arrived, now: number) => Decided<A, P> | undefined;
    faults: Readonly<Record<K | CommonFault, Fault>>;
  },
  { now = Date.now, onRequest = () => {}, port, hostname }: VendorOptions<Seen<A, P, K | CommonFault>>,
): Promise<VendorServer<Seen<A, P, K | CommonFault>, K | CommonFault>> {
  const requests: Seen<A, P, K | CommonFault>[] = [];
  const arrivals = new Arrivals();
  const closing = new AbortController();
  const faults = new Faults<K | CommonFault>();

  const loopback = await serveLoopback((request, response) => {
    const at = now();
    const path = request.url.pathname;
    response.setHeader("date", new Date(at).toUTCString());
    response.setHeader("connection", "close"); // on a reused connection, fetch itself repeats a request that was cut
    const fault = faults.next(path);
    let decided: Decided<A, P> | undefined;
    const post = (): VendorReply => (decided = decide(request, at))?.reply ?? NOT_FOUND;
    if (fault === undefined) answerJson(response, post());
    else table[fault.kind](response, { options: fault.options, post, closing: closing.signal });
    const came = fault?.kind ?? decided?.came;
    if (came === undefined) return;
    requests.push({ ...request, at, path, came, posted: decided?.posted });
    arrivals.add();
    onRequest(requests.at(-1)!);
  }, { port, hostname });

  const close = async (): Promise<void> => {
    closing.abort();
    await loopback.close();
  };

  return {
    url: loopback.url,
    requests,
    fault: (kind, options) => faults.add(kind, options),
    heal: () => faults.heal(),
    down: async (how = "5xx") => {
      if (how === "refused") await loopback.refuse();
      else faults.always(how);
    },
    up: async () => {
      faults.heal();
      await loopback.listen();
    },
    arrived: (count) => arrivals.reach(count),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Valid UTF-8 JSON; `undefined` for anything else. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
