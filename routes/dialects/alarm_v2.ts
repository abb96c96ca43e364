import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Incoming } from "../../relay/domain/alert.ts";
import {
  type Config,
  type Department,
  type DepartmentEnvironment,
  ENVIRONMENTS,
} from "../../relay/config/mod.ts";
import type { Relay } from "../../relay/relay.ts";
import { canonicalJson, sha256Hex } from "../../relay/base/hash.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import { signAlarmV2 } from "../../relay/domain/signature.ts";
import { StoreError } from "../../relay/store/errors.ts";
import type { SignatureUse } from "../../relay/store/signatures.ts";
import type { FirstTry } from "../../relay/intake/watch.ts";
import { isHushed, type Outcome } from "../../relay/domain/outcome.ts";
import { alertTime } from "./alarm_v2_time.ts";
import { asciiJson } from "../http/ascii_json.ts";
import { sameSecret } from "../../relay/base/same_secret.ts";
import { isTooDeep, parseJson, readBody } from "../http/body.ts";
import { readingOfStrangers } from "../http/reading.ts";
import { described, type Description } from "../http/described.ts";
import { failureOf } from "../http/failure.ts";
import { noteRefusal, noteTaken, setSender } from "../http/refused.ts";

/** The codes that alarm_v2 answers with, always in HTTP 200. */
const CODE = {
  ok: 0,
  notAnObject: 1000,
  wrongParameters: 1001,
  notJson: 1002,
  notPostOld: 1003,
  notPost: 1004,
  insideWindow: 1010,
  wrongSignature: 2000,
  unknownDepartment: 2002,
  unknownEnvironment: 2003,
  notAString: 2009,
  storeUnavailable: 3000,
  noGroup: 3001,
} as const;

/** What a channel's failure answers, by the vendor that its name begins with; any other channel's is 4006. */
const CHANNEL_CODES: readonly {
  readonly vendor: string;
  readonly send: number;
  readonly token?: number;
  readonly chat?: number;
}[] = [
  { vendor: "dingtalk", token: 4000, chat: 4001, send: 4002 },
  { vendor: "wecom", token: 4003, send: 4004 },
  { vendor: "email", send: 4005 },
];
const OTHER_CHANNEL = 4006;

const REQUIRED = [
  "id",
  "level",
  "dep",
  "env",
  "sign",
  "alert_level",
  "alert_time",
  "alert_business",
] as const;

/** The Chinese names that the message shows, beside 部门 and 环境. */
const SHOWN: Readonly<Record<string, string>> = {
  alert_business: "告警业务",
  alert_function: "告警功能",
  alert_host: "告警主机",
  alert_ip: "告警 IP",
  alert_level: "告警等级",
  alert_time: "告警时间",
  exception_spec: "异常说明",
  notes: "备注",
  others: "其他",
  status: "状态",
};

const KNOWN: ReadonlySet<string> = new Set([...REQUIRED, ...Object.keys(SHOWN)]);

const LEVELS = ["高", "中", "低"];

/** Values of `env`, and what the message calls them. */
const ENVIRONMENT_WORDS: Readonly<Record<DepartmentEnvironment, string>> = {
  prod: "生产环境",
  pre: "预发布环境",
  dev: "测试环境",
};

const ALARM: Description = {
  summary: "Take one signed alert, and answer once each destination was tried",
  details: "Every answer is HTTP 200; `code` says what came of it, 0 that all went well. " +
    "An unknown parameter is refused with 1001; every value is a string.",
  security: "signed",
  body: () =>
    z.strictObject({
      ...Object.fromEntries(
        Object.entries(SHOWN).map(([name, title]) => [name, z.string().optional().meta({ title })]),
      ),
      ...Object.fromEntries(REQUIRED.map((name) => [name, z.string()])),
      alert_level: z.enum(LEVELS),
      sign: z.string().meta({ description: "MD5 of all other parameters and the department's secret" }),
    }),
  answer: () => z.looseObject({ code: z.int(), message: z.string().optional() }),
};

/** A request that is answered with a code and a reason. */
class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

type Parameters = Readonly<Record<string, string>>;

/** `POST /alarm_v2`, and the older `POST /alarm`: one signed alert, answered with a code once each destination was tried. */
export function alarmV2Routes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { config, clock } = relay;
  const app = new Hono();

  async function handle(c: Context): Promise<Response> {
    try {
      const answered = await take(c);
      await noteTaken(c, relay, { door: "alarm_v2" });
      return answer(answered);
    } catch (error) {
      if (error instanceof Refusal) return await refuse(c, error.code, error.message);
      const { status, message } = failureOf(error as Error, c, report);
      if (status >= 500) return answer({ code: CODE.storeUnavailable, message });
      // What can never be stored is a wrong parameter; all else is a wrong body.
      return await refuse(c, error instanceof StoreError ? CODE.wrongParameters : CODE.notJson, message);
    }
  }

  async function refuse(c: Context, code: number, message: string): Promise<Response> {
    await noteRefusal(c, relay, { door: "alarm_v2", status: code, reason: message });
    return answer({ code, message });
  }

  async function take(c: Context): Promise<object> {
    const now = clock.now();
    const { method, path, raw } = c.req;
    if (method !== "POST") {
      const code = path === "/alarm" ? CODE.notPostOld : CODE.notPost;
      throw new Refusal(code, `The method is ${method}: send a POST`);
    }
    const { text, bytes } = await readBody(raw, { within: readingOfStrangers });
    if (isTooDeep(text)) {
      throw new Refusal(
        CODE.notAnObject,
        "The body is not an object of strings but nested too deeply: send the parameters as one JSON object",
      );
    }
    const parameters = readParameters(parseJson(text));
    const department = authenticate(parameters, config.departments);
    setSender(c, `department ${parameters.dep}`);
    const group = requireGroup(parameters, config);
    const { alarmMaxAge: maxAge, timezone } = config;
    if (maxAge !== undefined) requireFresh(parameters, { now, timezone, maxAge });
    const signature = await claimSignature(parameters, now);
    const { logged: [logged], tries } = await relay.accept(
      [toIncoming(parameters, department, { now, timezone })],
      { now, bytes, group, waitUntil: now + config.alarmWait, signature },
    );
    const hushed = logged?.routing.every(({ outcome }) => isHushed(outcome)) && logged.routing[0];
    if (hushed) return { code: CODE.insideWindow, message: whyHushed(hushed.outcome) };
    return summarise(tries, config);
  }

  /**
   * Claim the signature of a call. It covers the values joined without separators, so only the parameters that it came with
   * first are taken as signed. The same call again is a retry.
   *
   * @throws Refusal, StoreError
   */
  async function claimSignature({ sign, ...signed }: Parameters, now: number): Promise<SignatureUse> {
    const parameters = sha256Hex(canonicalJson(signed), 32);
    const use = await relay.store.signatures.claim(sign!.toLowerCase(), parameters, now);
    if (use) return use;
    throw new Refusal(
      CODE.wrongSignature,
      "sign came with other parameters before: sign each call with its own values",
    );
  }

  const handler = described({ POST: ALARM }, handle);
  for (const path of ["/alarm_v2", "/alarm"]) app.all(path, handler);
  return app;
}

function answer(body: object): Response {
  return new Response(asciiJson(body), { headers: { "content-type": "application/json" } });
}

/** The parameters, each of them known and a string. @throws Refusal */
function readParameters(body: unknown): Parameters {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new Refusal(CODE.notAnObject, "The body is not an object: send the parameters as one JSON object");
  }
  const missing = REQUIRED.filter((name) => !Object.hasOwn(body, name));
  if (missing.length > 0) {
    throw new Refusal(CODE.wrongParameters, `A parameter is missing: ${missing.join(", ")}`);
  }
  const unknown = Object.keys(body).filter((name) => !KNOWN.has(name));
  if (unknown.length > 0) {
    throw new Refusal(CODE.wrongParameters, `A parameter is unknown: ${unknown.join(", ").slice(0, 200)}`);
  }
  const parameters = body as Record<string, unknown>;
  const notStrings = Object.keys(parameters).filter((name) => typeof parameters[name] !== "string");
  if (notStrings.length > 0) {
    throw new Refusal(CODE.notAString, `A value is not a string: ${notStrings.join(", ")}`);
  }
  if (!LEVELS.includes(parameters.alert_level as string)) {
    throw new Refusal(CODE.wrongParameters, `alert_level is none of ${LEVELS.join(", ")}`);
  }
  return parameters as Parameters;
}

/** Who sends, once the signature proves it. @throws Refusal */
function authenticate(parameters: Parameters, departments: ReadonlyMap<string, Department>): Department {
  const department = departments.get(parameters.dep!);
  if (!department) {
    throw new Refusal(
      CODE.unknownDepartment,
      "dep is unknown here: correct it, or declare it under departments",
    );
  }
  const environment = ENVIRONMENTS.find((name) => name === parameters.env);
  if (environment === undefined) {
    throw new Refusal(CODE.unknownEnvironment, `env is none of ${ENVIRONMENTS.join(", ")}`);
  }
  const { environments = ENVIRONMENTS } = department;
  if (!environments.includes(environment)) {
    throw new Refusal(
      CODE.unknownEnvironment,
      `env is not allowed for this department: it may be ${environments.join(", ")}`,
    );
  }
  const sign = parameters.sign!.toLowerCase();
  // Every secret is tried, so that the time does not tell which one it was.
  const matches = department.secrets.filter((secret) => sameSecret(sign, signAlarmV2(parameters, secret)));
  if (matches.length === 0) {
    throw new Refusal(
      CODE.wrongSignature,
      "sign is wrong: see `deno task sign` for the string that is signed",
    );
  }
  return department;
}

/** Refuse an old call, so that a recorded one cannot be replayed. Off by default: many senders repeat an old time. @throws Refusal */
function requireFresh(
  { alert_time }: Parameters,
  { now, timezone, maxAge }: { now: number; timezone: string; maxAge: number },
): void {
  const time = alertTime(alert_time!, { now, timezone });
  if (time === null) {
    throw new Refusal(
      CODE.wrongParameters,
      "alert_time is not a past time such as 2018-09-11 19:24:45: FENGHUO_ALARM_MAX_AGE requires one",
    );
  }
  if (now - time > maxAge) {
    throw new Refusal(
      CODE.wrongSignature,
      `The call is too old: alert_time may be at most ${maxAge / 1_000} s old (FENGHUO_ALARM_MAX_AGE)`,
    );
  }
}

function requireGroup({ id, level }: Parameters, { groups }: Config): string {
  const group = groups.get(`${id}/${level}`);
  if (!group || group.owner !== id) throw new Refusal(CODE.noGroup, "There is no group of this id and level");
  if (group.destinations.length === 0) {
    throw new Refusal(
      CODE.noGroup,
      "The group of this id and level has no destinations: nobody would be told",
    );
  }
  return group.id;
}

function toIncoming(
  parameters: Parameters,
  department: Department,
  clock: { now: number; timezone: string },
): Incoming {
  const { sign: _sign, alert_time: _time, ...identity } = parameters;
  const instance = parameters.alert_host || parameters.alert_ip;
  const lines = Object.keys(SHOWN).sort().filter((name) => Object.hasOwn(parameters, name))
    .map((name) => `${SHOWN[name]}:${parameters[name]}`);
  return {
    identity,
    alert: {
      dialect: "alarm_v2",
      status: "firing", // its own `status` is a text, and it never resolves
      statusAssumed: true,
      severity: severityOf(parameters.alert_level).severity,
      title: parameters.alert_business!,
      text: [
        `部门:${department.name}`,
        `环境:${ENVIRONMENT_WORDS[parameters.env as DepartmentEnvironment]}`,
        ...lines,
      ].join("\n"),
      verbatim: true,
      labels: { ...identity, alert_time: parameters.alert_time!, ...instance ? { instance } : {} },
      annotations: {},
      startsAt: alertTime(parameters.alert_time!, clock),
      endsAt: null,
      links: [],
    },
  };
}

/** Why an alert was counted and not sent. */
function whyHushed(outcome: Outcome): string {
  switch (outcome.kind === "suppressed" ? outcome.by : outcome.kind) {
    case "silence":
      return "A silence covers the alert: it is counted and not sent";
    case "acknowledged":
      return "Somebody has acknowledged the alert: it is counted and not sent again";
    case "flapping":
      return "The alert comes and goes: it is counted and not sent until it settles";
    default:
      return "The same alert was sent within the window: it is counted and not sent again";
  }
}

/** The answer after the first tries. */
function summarise(tries: readonly FirstTry[], { groups }: Config): object {
  const channelOf = (id: string): string => {
    const group = groups.get(id.slice(0, id.lastIndexOf("/")));
    return group?.destinations.find((destination) => destination.id === id)?.channel ?? id;
  };
  const failed = tries.filter(({ state }) => state === "failed").map(
    ({ destination, because, step = "send" as const }) => {
      const channel = channelOf(destination);
      const codes = CHANNEL_CODES.find(({ vendor }) => channel.split("_")[0] === vendor);
      return { code: codes?.[step] ?? codes?.send ?? OTHER_CHANNEL, words: `${channel}: ${because}` };
    },
  );
  const pending = [
    ...new Set(tries.filter(({ state }) => state === "pending").map((one) => channelOf(one.destination))),
  ];
  return {
    code: failed.length === 0 ? CODE.ok : Math.min(...failed.map(({ code }) => code)),
    ...failed.length === 0 ? {} : { message: failed.map(({ words }) => words).join("; ") },
    ...pending.length === 0 ? {} : { pending },
  };
}
