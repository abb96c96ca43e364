/**
 * An alarm_v2 call: its parameters, the department that signed it, and its alert.
 *
 * @module
 */
import { z } from "zod";
import type { IncomingAlert } from "../../relay/domain/alert.ts";
import {
  type Config,
  type Department,
  type DepartmentEnvironment,
  ENVIRONMENTS,
} from "../../relay/config/mod.ts";
import { sameSecret } from "../../relay/base/same_secret.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import { signAlarmV2 } from "../../relay/domain/signature.ts";
import { AlarmV2Refusal, CODE } from "./alarm_v2_answer.ts";
import { alertTime } from "./alarm_v2_time.ts";

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

/** The Chinese names in the message, next to 部门 and 环境. */
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

/** The values of `env`, and their names in the message. */
const ENVIRONMENT_WORDS: Readonly<Record<DepartmentEnvironment, string>> = {
  prod: "生产环境",
  pre: "预发布环境",
  dev: "测试环境",
};

/** The schema of a call, for its description: {@linkcode readParameters} checks in the order of the codes. */
export function callBody(): z.ZodType {
  return z.strictObject({
    ...Object.fromEntries(
      Object.entries(SHOWN).map(([name, title]) => [name, z.string().optional().meta({ title })]),
    ),
    ...Object.fromEntries(REQUIRED.map((name) => [name, z.string()])),
    alert_level: z.enum(LEVELS),
    sign: z.string().meta({ description: "MD5 of all other parameters and the department's secret" }),
  });
}

/** The parameters of a call. */
export type Parameters = Readonly<Record<string, string>>;

/** The parameters: each has a known name and is a string. @throws AlarmV2Refusal */
export function readParameters(body: unknown): Parameters {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new AlarmV2Refusal(
      CODE.notAnObject,
      "The body is not an object: send the parameters as one JSON object",
    );
  }
  const missing = REQUIRED.filter((name) => !Object.hasOwn(body, name));
  if (missing.length > 0) {
    throw new AlarmV2Refusal(CODE.wrongParameters, `A parameter is missing: ${missing.join(", ")}`);
  }
  const unknown = Object.keys(body).filter((name) => !KNOWN.has(name));
  if (unknown.length > 0) {
    throw new AlarmV2Refusal(
      CODE.wrongParameters,
      `A parameter is unknown: ${unknown.join(", ").slice(0, 200)}`,
    );
  }
  const parameters = body as Record<string, unknown>;
  const notStrings = Object.keys(parameters).filter((name) => typeof parameters[name] !== "string");
  if (notStrings.length > 0) {
    throw new AlarmV2Refusal(CODE.notAString, `A value is not a string: ${notStrings.join(", ")}`);
  }
  if (!LEVELS.includes(parameters.alert_level as string)) {
    throw new AlarmV2Refusal(CODE.wrongParameters, `alert_level is none of ${LEVELS.join(", ")}`);
  }
  return parameters as Parameters;
}

/** The department that signed a call. @throws AlarmV2Refusal */
export function authenticate(
  parameters: Parameters,
  departments: ReadonlyMap<string, Department>,
): Department {
  const department = departments.get(parameters.dep!);
  if (!department) {
    throw new AlarmV2Refusal(
      CODE.unknownDepartment,
      "dep is unknown here: correct it, or declare it under departments",
    );
  }
  const environment = ENVIRONMENTS.find((name) => name === parameters.env);
  if (environment === undefined) {
    throw new AlarmV2Refusal(CODE.unknownEnvironment, `env is none of ${ENVIRONMENTS.join(", ")}`);
  }
  const { environments = ENVIRONMENTS } = department;
  if (!environments.includes(environment)) {
    throw new AlarmV2Refusal(
      CODE.unknownEnvironment,
      `env is not allowed for this department: it may be ${environments.join(", ")}`,
    );
  }
  const sign = parameters.sign!.toLowerCase();
  // Every secret is compared, so that the time does not reveal which one matched.
  const matches = department.secrets.filter((secret) => sameSecret(sign, signAlarmV2(parameters, secret)));
  if (matches.length === 0) {
    throw new AlarmV2Refusal(
      CODE.wrongSignature,
      "sign is wrong: see `deno task sign` for the string that is signed",
    );
  }
  return department;
}

/**
 * Refuse an old call, so that a recorded call cannot be replayed. Off by default: many senders repeat an old time.
 * @throws AlarmV2Refusal
 */
export function requireFresh(
  { alert_time }: Parameters,
  { now, timezone, maxAge }: { now: number; timezone: string; maxAge: number },
): void {
  const time = alertTime(alert_time!, { now, timezone });
  if (time === null) {
    throw new AlarmV2Refusal(
      CODE.wrongParameters,
      "alert_time is not a past time such as 2018-09-11 19:24:45: FENGHUO_ALARM_MAX_AGE requires one",
    );
  }
  if (now - time > maxAge) {
    throw new AlarmV2Refusal(
      CODE.wrongSignature,
      `The call is too old: alert_time may be at most ${maxAge / 1_000} s old (FENGHUO_ALARM_MAX_AGE)`,
    );
  }
}

/** The group that a call names. @throws AlarmV2Refusal */
export function requireGroup({ id, level }: Parameters, { groups }: Config): string {
  const group = groups.get(`${id}/${level}`);
  if (!group || group.owner !== id) {
    throw new AlarmV2Refusal(CODE.noGroup, "There is no group of this id and level");
  }
  if (group.destinations.length === 0) {
    throw new AlarmV2Refusal(
      CODE.noGroup,
      "The group of this id and level has no destinations: nobody would be notified",
    );
  }
  return group.id;
}

/** The alert of a call. */
export function toIncoming(
  parameters: Parameters,
  department: Department,
  clock: { now: number; timezone: string },
): IncomingAlert {
  const { sign: _sign, alert_time: _time, ...identity } = parameters;
  const instance = parameters.alert_host || parameters.alert_ip;
  const lines = Object.keys(SHOWN).sort().filter((name) => Object.hasOwn(parameters, name))
    .map((name) => `${SHOWN[name]}:${parameters[name]}`);
  return {
    identity,
    alert: {
      dialect: "alarm_v2",
      status: "firing", // the call's `status` is free text, and alarm_v2 never resolves an alert
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
