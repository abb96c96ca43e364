import { secretOf } from "./_secret.ts";

/** The longest wait of a task for an answer, in milliseconds. */
const PATIENCE = 30_000;

/** The relay's answer. */
export interface RelayAnswer {
  readonly status: number;
  readonly text: string;
  /** `undefined` when it is not JSON. */
  // deno-lint-ignore no-explicit-any -- each task knows the shape of its answer
  readonly json: any;
}

/** A client of a running relay, with the admin password. */
export interface RelayClient {
  /** Without a slash at its end. */
  readonly address: string;
  /** @throws Error with a readable message when there is no answer */
  ask(method: string, path: string, body?: unknown): Promise<RelayAnswer>;
}

/** The relay at an address; by default the one on this machine. @throws Error when the address is invalid */
export async function relayAt(
  to = `http://localhost:${Deno.env.get("PORT") || 8000}`,
  { patience = PATIENCE }: { patience?: number } = {},
): Promise<RelayClient> {
  const url = URL.parse(to);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Error(`--to is "${to}": it must be an address such as http://localhost:8000`);
  }
  const address = to.replace(/\/+$/, "");
  const password = await secretOf("FENGHUO_ADMIN_PASSWORD");
  if (!password) {
    throw new Error("FENGHUO_ADMIN_PASSWORD is not set: it is what the relay printed at its start");
  }
  return {
    address,
    async ask(method, path, body): Promise<RelayAnswer> {
      try {
        const response = await fetch(`${address}/${path}`, {
          method,
          headers: { authorization: `Basic ${basic("admin", password)}` },
          ...body === undefined ? {} : { body: JSON.stringify(body) },
          signal: AbortSignal.timeout(patience),
          redirect: "manual",
        });
        const text = await response.text();
        return { status: response.status, text, json: parse(text) };
      } catch (error) {
        throw new Error(`${address}: ${reasonOf(error, patience)}`);
      }
    },
  };
}

/** The message of an answer that is not 2xx, as lines. */
export function refusalOf({ status, text, json }: RelayAnswer): string {
  const error = typeof json?.error === "string" ? json.error : text.trim().slice(0, 500) || "it says nothing";
  const complaints: { what: string; path: string; message: string }[] = json?.complaints ?? [];
  return [
    `${status}: ${error}`,
    ...complaints.map(({ what, path, message }) => `  ${[what, path].filter(Boolean).join(" ")}: ${message}`),
    ...status === 401 ? ["Set FENGHUO_ADMIN_PASSWORD to the password that the relay printed"] : [],
  ].join("\n");
}

/** In UTF-8: a password may have any characters. */
function basic(user: string, password: string): string {
  return new TextEncoder().encode(`${user}:${password}`).toBase64();
}

function reasonOf(error: unknown, patience: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `no answer within ${patience / 1_000} s`;
  }
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const words = innermost instanceof Error ? innermost.message : String(innermost);
  return /refused/i.test(words) ? "connection refused; is the relay running?" : words;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
