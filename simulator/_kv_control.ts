/**
 * The control API of the KV Connect proxy: JSON over HTTP, for people with curl.
 *
 * @module
 */
import { z } from "zod";
import { KV_FAULTS, type KvFault, REQUEST_KINDS } from "./_kv_faults.ts";
import { answerWith, type Loopback, type Place, serveLoopback } from "./_loopback.ts";

/** The request cannot be fulfilled; the message says why. */
export class ControlError extends Error {
  override readonly name = "ControlError";
}

/** The proxy as the control API sees it. */
interface Controlled {
  state(): { readonly faults: unknown; readonly instances: unknown; readonly counters: unknown };
  fault(fault: KvFault): void;
  heal(): void;
  latency(latency: { ms: number }): void;
  resetCounters(): void;
}

const HELP = {
  "GET /": "the state: addresses, faults in force, latency, counters",
  "GET /faults": "the kinds of faults",
  "POST /faults":
    '{"kind": "5xx_after", "on": "write", "instance": "a", "share": 0.1, "times": 5, "seconds": 30}',
  "DELETE /faults": "end all faults",
  "PUT /latency": '{"ms": 30, "jitterMs": 5, "instance": "a"}',
  "DELETE /counters": "count from 0",
};

/** Serve the control API. */
export function serveControl(proxy: Controlled, place: Place): Promise<Loopback> {
  return serveLoopback(({ method, url, body }, response) => {
    const asked = `${method} ${url.pathname}`;
    let status = 200;
    let json: unknown;
    try {
      json = act(proxy, asked, body);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      status = 400;
      json = { error: `Cannot do ${asked}: ${error.message}` };
    }
    if (json === undefined) {
      status = 404;
      json = { error: `There is no ${asked}; there is`, api: HELP };
    }
    answerWith(response, {
      status,
      headers: { "content-type": "application/json" },
      body: `${JSON.stringify(json, null, 2)}\n`,
    });
  }, place);
}

/** @returns `undefined` when there is no such request */
function act(proxy: Controlled, asked: string, body: Uint8Array): unknown {
  switch (asked) {
    case "GET /":
      return { ...proxy.state(), api: HELP };
    case "GET /faults":
      return { kinds: KV_FAULTS, on: REQUEST_KINDS };
    case "POST /faults":
      proxy.fault(jsonOf(body) as KvFault);
      return { faults: proxy.state().faults };
    case "DELETE /faults":
      proxy.heal();
      return { faults: proxy.state().faults };
    case "PUT /latency":
      proxy.latency(jsonOf(body) as { ms: number });
      return { instances: proxy.state().instances };
    case "DELETE /counters":
      proxy.resetCounters();
      return { counters: proxy.state().counters };
  }
}

/** Parse with zod, with errors on one line. @throws ControlError */
export function parseControl<T>(schema: { parse: (value: unknown) => T }, value: unknown): T {
  try {
    return schema.parse(value);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const complaints = error.issues.map(({ path, message }) =>
      [path.join("."), message].filter(Boolean).join(": ")
    );
    throw new ControlError(complaints.join("; "));
  }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new ControlError("the body is not JSON");
  }
}
