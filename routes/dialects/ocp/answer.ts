import { asciiJson } from "../../http/ascii_json.ts";

/** An OCP error: its number, its name, and its HTTP status. */
export interface OcpError {
  readonly status: number;
  readonly code: number;
  /** The error, and its remedy. */
  readonly message: string;
}

/** A request to OCP's interface that is answered with an error. */
export class OcpRefusal extends Error {
  readonly error: OcpError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(error: OcpError, headers: Readonly<Record<string, string>> = {}) {
    super(error.message);
    this.error = error;
    this.headers = headers;
  }
}

/** The errors of OCP's documented table that the relay uses. */
export const OCP_CODE = {
  illegalArgument: 10001,
  notFound: 10002,
  badRequest: 10003,
  methodNotAllowed: 10008,
  unknown: 10999,
  notLoggedIn: 10000,
  noSuchAlarm: 70001,
} as const;

/** OCP's envelope around every answer: keys in alphabetical order, without the members that do not apply. */
export function ocpAnswer(
  { status = 200, data, error, headers = {} }: {
    status?: number;
    data?: unknown;
    error?: OcpError;
    headers?: Readonly<Record<string, string>>;
  },
  { now, started }: { now: number; started: number },
): Response {
  const code = error?.status ?? status;
  const body = {
    ...data === undefined ? {} : { data },
    duration: Math.max(0, now - started),
    ...error ? { error: { code: error.code, message: error.message } } : {},
    server: "fenghuo",
    status: code,
    successful: error === undefined,
    timestamp: new Date(now).toISOString(),
    traceId: traceId(),
  };
  return new Response(asciiJson(body), {
    status: code,
    headers: { "content-type": "application/json;charset=UTF-8", ...headers },
  });
}

/** 16 hex digits, as OCP writes them. */
function traceId(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 16);
}
