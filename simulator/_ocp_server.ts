import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import { answerJson, COMMON_FAULTS, type CommonFault, type Fault, type VendorReply } from "./_faults.ts";
import type { Arrived } from "./_loopback.ts";
import { type Seen, serveVendor, type VendorOptions, type VendorServer } from "./_vendor_server.ts";

/** The options of {@linkcode startOcp}. */
export interface OcpOptions extends VendorOptions<OcpRequestSeen> {
  /** Users and their passwords. */
  readonly users?: Readonly<Record<string, string>>;
  /** Access keys and their secret keys. */
  readonly keys?: Readonly<Record<string, string>>;
  /** The names of the existing alarm rules. */
  readonly rules: readonly string[];
  /** Requests in a window of milliseconds; default 100 a minute. */
  readonly limit?: { readonly requests: number; readonly per: number };
}

/** An alarm at OCP: one per rule and target, for any number of pushes. */
export interface OcpAlarm {
  readonly alarmType: string;
  readonly target: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The number of pushes. */
  readonly pushes: number;
  /** The time of the last push: epoch milliseconds. */
  readonly updatedAt: number;
}

/** OCP's answer: the HTTP status, and the words of its error. */
export interface OcpAnswer {
  readonly status: number;
  readonly error?: string;
}

/** A request and its outcome. */
export type OcpRequestSeen = Seen<OcpAnswer, undefined, OcpFault>;

/** The failures of OCP, those of every vendor; `5xx` is 503 in its envelope. */
export type OcpFault = CommonFault;

/** A running OCP. */
export interface Ocp extends VendorServer<OcpRequestSeen, OcpFault> {
  /** The alarms, in the order of their first push. */
  readonly alarms: readonly OcpAlarm[];
}

/** An error in OCP's envelope. */
class OcpServerRefusal extends Error {
  constructor(readonly status: number, readonly code: number, message: string) {
    super(message);
  }
}

const PATH = "/api/v2/alarm/alarms";

/** Source: OCP's API reference, AK/SK signing. */
const SKEW = 15 * 60_000;

/** Wrong passwords in a row after which a login is blocked: IAM10004 counts down, IAM10007 reports the block. */
const GUESSES = 5;

/**
 * Start an OCP that accepts pushed alarms and is strict: login, signature, the time of a signed request, exactly the three
 * documented fields, existing rules, and its limit.
 */
export async function startOcp(
  {
    users = {},
    keys = {},
    rules,
    limit = { requests: 100, per: 60_000 },
    ...options
  }: OcpOptions,
): Promise<Ocp> {
  const alarms = new Map<string, OcpAlarm>();
  const guesses = new Map<string, number>();
  let window = { started: -Infinity, taken: 0 };

  function take(request: Arrived, at: number): unknown {
    if (request.url.pathname !== PATH) {
      throw new OcpServerRefusal(404, 10002, `no such path: ${request.url.pathname}`);
    }
    if (request.method !== "POST") throw new OcpServerRefusal(405, 10008, "method not supported");
    requireLogin(request, { users, keys, guesses, now: at });
    if (window.taken++ >= limit.requests) {
      throw new OcpServerRefusal(429, 0, "请求次数过多，你已经超过当前流控窗口内的请求上限");
    }
    const alarm = alarmIn(request);
    if (!rules.includes(alarm.alarmType)) {
      throw new OcpServerRefusal(404, 20001, `告警规则不存在，告警规则类型：${alarm.alarmType}`);
    }
    const key = JSON.stringify([alarm.alarmType, alarm.target]);
    const pushes = (alarms.get(key)?.pushes ?? 0) + 1;
    alarms.set(key, { ...alarm, pushes, updatedAt: at });
    return undefined; // OCP documents no data of a push
  }

  function envelope(outcome: OcpServerRefusal | undefined, at: number): VendorReply {
    const status = outcome?.status ?? 200;
    const reset = Math.max(0, Math.ceil((window.started + limit.per - at) / 1_000));
    return {
      status,
      headers: {
        "content-type": "application/json;charset=UTF-8",
        "ratelimit-limit": String(limit.requests),
        "ratelimit-remaining": String(Math.max(0, limit.requests - window.taken)),
        "ratelimit-reset": String(reset),
      },
      json: {
        duration: 1,
        ...outcome ? { error: { code: outcome.code, message: outcome.message } } : {},
        server: "a83ad33525",
        status,
        successful: outcome === undefined,
        timestamp: new Date(at).toISOString(),
        traceId: "e61c62a983ae4a05",
      },
    };
  }

  const inTrouble: Fault = (response) =>
    answerJson(
      response,
      envelope(new OcpServerRefusal(503, 10999, "unknown error"), (options.now ?? Date.now)()),
    );

  const server = await serveVendor<OcpAnswer, undefined, OcpFault>({
    faults: { ...COMMON_FAULTS, "5xx": inTrouble },
    decide: (request, at) => {
      if (at >= window.started + limit.per) window = { started: at, taken: 0 };
      try {
        take(request, at);
        return { came: { status: 200 }, reply: envelope(undefined, at) };
      } catch (error) {
        if (!(error instanceof OcpServerRefusal)) throw error;
        return { came: { status: error.status, error: error.message }, reply: envelope(error, at) };
      }
    },
  }, options);
  return {
    ...server,
    get alarms() {
      return [...alarms.values()];
    },
  };
}

/** Authenticate a user or an access key. @throws OcpServerRefusal 401 */
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
      throw new OcpServerRefusal(401, 30000, "the header Date is no RFC 1123 date");
    }
    if (Math.abs(Date.parse(date) - now) > SKEW) {
      throw new OcpServerRefusal(401, 30000, "the header Date is out of range");
    }
    const secretKey = Object.hasOwn(keys, accessKey) ? keys[accessKey]! : undefined;
    if (secretKey === undefined || signatureOf(request, secretKey) !== signature) {
      throw new OcpServerRefusal(401, 30000, "the signature does not match");
    }
    return;
  }
  const [, basic] = /^Basic (\S+)$/.exec(authorization) ?? [];
  if (basic === undefined) throw new OcpServerRefusal(401, 10000, "未登录");
  const [user = "", ...rest] = Buffer.from(basic, "base64").toString("utf8").split(":");
  const wrong = guesses.get(user) ?? 0;
  if (wrong >= GUESSES) throw new OcpServerRefusal(401, 10007, "login blocked");
  if (!Object.hasOwn(users, user) || users[user] !== rest.join(":")) {
    guesses.set(user, wrong + 1);
    throw new OcpServerRefusal(401, 10004, `用户名或密码错误(剩余${GUESSES - wrong - 1}次)`);
  }
  guesses.delete(user);
}

/** Computed from the request, independently of the relay's own code. The simulated interface has no query. */
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

/** The alarm in a body: the three fields of OCP's own sample, and no others. @throws OcpServerRefusal 400 */
function alarmIn({ headers, body }: Arrived): Pick<OcpAlarm, "alarmType" | "target" | "labels"> {
  if (!/^application\/json\b/.test(headers.get("content-type") ?? "")) {
    throw new OcpServerRefusal(415, 10003, "not JSON");
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
    // The error below covers it.
  }
  throw new OcpServerRefusal(400, 10003, "Malformed JSON request");
}

function illegal(what: string): OcpServerRefusal {
  return new OcpServerRefusal(400, 10001, `参数为空或者不合法: ${what}`);
}
