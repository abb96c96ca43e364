import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { answerWith, Arrivals, type Arrived, cut, type Place, serveLoopback } from "./_loopback.ts";

/** What {@linkcode startOcp} needs. */
export interface OcpOptions extends Place {
  /** Users and their passwords. */
  readonly users?: Readonly<Record<string, string>>;
  /** Access keys and their secret keys. */
  readonly keys?: Readonly<Record<string, string>>;
  /** The names of the alarm rules that there are. */
  readonly rules: readonly string[];
  /** Requests in a window of milliseconds; default 100 a minute. */
  readonly limit?: { readonly requests: number; readonly per: number };
  /** Epoch milliseconds; default the machine's clock. */
  readonly now?: () => number;
  /** Called with each request once it is decided. */
  readonly onRequest?: (request: OcpRequestSeen) => void;
}

/** An alarm at OCP: one for each rule and target, however often it is pushed. */
export interface OcpAlarm {
  readonly alarmType: string;
  readonly target: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How often it was pushed. */
  readonly pushes: number;
  /** When it was pushed last: epoch milliseconds. */
  readonly updatedAt: number;
}

/** A request and what was done with it. */
export interface OcpRequestSeen extends Arrived {
  readonly at: number;
  /** The HTTP status, or the fault that stood in for it. */
  readonly came: number | OcpFault;
  /** OCP's error, if it was one. */
  readonly error?: string;
}

/** How OCP can fail: `5xx` 503 in its envelope, `html` a login page in HTTP 200, `redirect` to one, `cut` no answer, `cut_after_push` taken, and the answer lost. */
export type OcpFault = "5xx" | "html" | "redirect" | "cut" | "cut_after_push";

/** A running OCP. */
export interface Ocp extends AsyncDisposable {
  /** The `base` of a destination. */
  readonly url: string;
  /** The alarms, in the order in which they came first. */
  readonly alarms: readonly OcpAlarm[];
  /** Every request, in the order of arrival. */
  readonly requests: readonly OcpRequestSeen[];
  /** Let the next `times` requests fail. */
  fault(kind: OcpFault, options?: { times?: number }): void;
  /** Resolves once `count` requests have arrived since the start. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

/** An error as OCP's envelope has it. */
class Refusal extends Error {
  constructor(readonly status: number, readonly code: number, message: string) {
    super(message);
  }
}

const PATH = "/api/v2/alarm/alarms";

/** Source: OCP's API reference, AK/SK signing. */
const SKEW = 15 * 60_000;

/** Wrong passwords in a row after which a login is blocked: IAM10004 counts down, IAM10007 says so. */
const GUESSES = 5;

/**
 * Start an OCP that takes pushed alarms and is strict about it: login, signature, the time of a signed request, the three
 * documented fields and no other, rules that are there, and its limit.
 */
export async function startOcp(
  {
    users = {},
    keys = {},
    rules,
    limit = { requests: 100, per: 60_000 },
    now = Date.now,
    onRequest,
    ...place
  }: OcpOptions,
): Promise<Ocp> {
  const alarms = new Map<string, OcpAlarm>();
  const requests: OcpRequestSeen[] = [];
  const arrivals = new Arrivals();
  const guesses = new Map<string, number>();
  let faults: { kind: OcpFault; left: number }[] = [];
  let window = { started: -Infinity, taken: 0 };

  function take(request: Arrived, at: number): unknown {
    if (request.url.pathname !== PATH) throw new Refusal(404, 10002, `no such path: ${request.url.pathname}`);
    if (request.method !== "POST") throw new Refusal(405, 10008, "method not supported");
    requireLogin(request, { users, keys, guesses, now: at });
    if (window.taken++ >= limit.requests) {
      throw new Refusal(429, 0, "请求次数过多，你已经超过当前流控窗口内的请求上限");
    }
    const alarm = alarmIn(request);
    if (!rules.includes(alarm.alarmType)) {
      throw new Refusal(404, 20001, `告警规则不存在，告警规则类型：${alarm.alarmType}`);
    }
    const key = JSON.stringify([alarm.alarmType, alarm.target]);
    const pushes = (alarms.get(key)?.pushes ?? 0) + 1;
    alarms.set(key, { ...alarm, pushes, updatedAt: at });
    return undefined; // OCP documents no data of a push
  }

  function answer(response: ServerResponse, outcome: Refusal | undefined, at: number): void {
    const status = outcome?.status ?? 200;
    const reset = Math.max(0, Math.ceil((window.started + limit.per - at) / 1_000));
    answerWith(response, {
      status,
      headers: {
        "content-type": "application/json;charset=UTF-8",
        connection: "close", // fetch sends again by itself what is cut on a connection that it uses again
        "ratelimit-limit": String(limit.requests),
        "ratelimit-remaining": String(Math.max(0, limit.requests - window.taken)),
        "ratelimit-reset": String(reset),
      },
      body: JSON.stringify({
        duration: 1,
        ...outcome ? { error: { code: outcome.code, message: outcome.message } } : {},
        server: "a83ad33525",
        status,
        successful: outcome === undefined,
        timestamp: new Date(at).toISOString(),
        traceId: "e61c62a983ae4a05",
      }),
    });
  }

  const loopback = await serveLoopback((request, response) => {
    const at = now();
    if (at >= window.started + limit.per) window = { started: at, taken: 0 };
    const fault = nextFault();
    let outcome: Refusal | undefined;
    if (fault === undefined || fault === "cut_after_push") {
      try {
        take(request, at);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        outcome = error;
      }
    }
    requests.push({
      ...request,
      at,
      came: fault ?? outcome?.status ?? 200,
      ...outcome ? { error: outcome.message } : {},
    });
    arrivals.add();
    onRequest?.(requests.at(-1)!);
    if (fault) return fail(response, fault, at);
    answer(response, outcome, at);
  }, place);

  function nextFault(): OcpFault | undefined {
    const [first] = faults;
    if (first && --first.left <= 0) faults = faults.slice(1);
    return first?.kind;
  }

  function fail(response: ServerResponse, kind: OcpFault, at: number): void {
    if (kind === "cut" || kind === "cut_after_push") return cut(response);
    if (kind === "5xx") return answer(response, new Refusal(503, 10999, "unknown error"), at);
    if (kind === "redirect") {
      return answerWith(response, { status: 302, headers: { location: "/login", connection: "close" } });
    }
    answerWith(response, {
      headers: { "content-type": "text/html" },
      body: "<!DOCTYPE html><title>OCP</title>",
    });
  }

  return {
    url: loopback.url,
    requests,
    get alarms() {
      return [...alarms.values()];
    },
    fault: (kind, { times = 1 } = {}) => void faults.push({ kind, left: times }),
    arrived: (count) => arrivals.reach(count),
    close: () => loopback.close(),
    [Symbol.asyncDispose]: () => loopback.close(),
  };
}

/** Let a user or an access key in. @throws Refusal 401 */
function requireLogin(
  request: Arrived,
  { users, keys, guesses, now }: {
    users: Readonly<Record<string, string>>;
    keys: Readonly<Record<string, string>>;
    guesses: Map<string, number>;
    now: number;
  },
): void {
  const authorization = request.headers.get("authorization") ?? "";
  const [, accessKey, signature] = /^OCP-ACCESS-KEY-HMACSHA1 ([^:\s]+):(\S+)$/.exec(authorization) ?? [];
  if (accessKey !== undefined) {
    const date = request.headers.get("date") ?? "";
    if (new Date(date).toUTCString() !== date) {
      throw new Refusal(401, 30000, "the header Date is no RFC 1123 date");
    }
    if (Math.abs(Date.parse(date) - now) > SKEW) {
      throw new Refusal(401, 30000, "the header Date is out of range");
    }
    const secretKey = Object.hasOwn(keys, accessKey) ? keys[accessKey]! : undefined;
    if (secretKey === undefined || signatureOf(request, secretKey) !== signature) {
      throw new Refusal(401, 30000, "the signature does not match");
    }
    return;
  }
  const [, basic] = /^Basic (\S+)$/.exec(authorization) ?? [];
  if (basic === undefined) throw new Refusal(401, 10000, "未登录");
  const [user = "", ...rest] = Buffer.from(basic, "base64").toString("utf8").split(":");
  const wrong = guesses.get(user) ?? 0;
  if (wrong >= GUESSES) throw new Refusal(401, 10007, "login blocked");
  if (!Object.hasOwn(users, user) || users[user] !== rest.join(":")) {
    guesses.set(user, wrong + 1);
    throw new Refusal(401, 10004, `用户名或密码错误(剩余${GUESSES - wrong - 1}次)`);
  }
  guesses.delete(user);
}

/** Computed from what arrived, apart from the relay's own code. The interface that is simulated has no query. */
function signatureOf({ method, url, headers, body }: Arrived, secretKey: string): string {
  const digest = body.length === 0 ? "" : createHash("md5").update(body).digest("hex").toUpperCase();
  const own = [...headers.keys()].filter((name) => name.startsWith("x-ocp-")).sort();
  const lines = [
    method,
    digest,
    headers.get("content-type") ?? "",
    headers.get("date") ?? "",
    headers.get("host") ?? "",
    own.map((name) => `${name}:${headers.get(name)}`).join("\n"),
    url.pathname,
  ];
  return createHmac("sha1", secretKey).update(lines.join("\n")).digest("base64");
}

/** The alarm in a body: the three fields of OCP's own sample, and no others. @throws Refusal 400 */
function alarmIn({ headers, body }: Arrived): Pick<OcpAlarm, "alarmType" | "target" | "labels"> {
  if (!/^application\/json\b/.test(headers.get("content-type") ?? "")) {
    throw new Refusal(415, 10003, "not JSON");
  }
  const { alarmType, labels, target, ...others } = jsonOf(body);
  const [other] = Object.keys(others);
  if (other !== undefined) throw illegal(`${other} is no field of a push`);
  if (typeof alarmType !== "string" || !/^\w+$/.test(alarmType)) throw illegal("alarmType");
  if (typeof target !== "string" || !/^[^:=]+=[^:=]*(:[^:=]+=[^:=]*)*$/.test(target)) throw illegal("target");
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) throw illegal("labels");
  const wrong = Object.entries(labels).find(([, value]) => typeof value !== "string");
  if (wrong) throw illegal(`labels.${wrong[0]} is no string`);
  return { alarmType, target, labels: labels as Record<string, string> };
}

function jsonOf(body: Uint8Array): Record<string, unknown> {
  try {
    const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    if (typeof json === "object" && json !== null) return json;
  } catch {
    // said below
  }
  throw new Refusal(400, 10003, "Malformed JSON request");
}

function illegal(what: string): Refusal {
  return new Refusal(400, 10001, `参数为空或者不合法: ${what}`);
}
