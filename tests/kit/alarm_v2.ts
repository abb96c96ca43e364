import { signAlarmV2 } from "../../relay/domain/signature.ts";

/** The secret of the department that {@linkcode ALARM_V2_YAML} declares. */
export const DEPARTMENT_SECRET = "YYLmfY6IRdjZMQ1";

/** Departments and a group for alarm_v2; append the group's destinations. */
export const ALARM_V2_YAML = `
departments:
  du-srv: { name: 云端, secret: ${DEPARTMENT_SECRET} }
  du-op: { name: 运维, secret: [old-secret, new-secret] }
groups:
  - owner: chenmin
    level: 3
    destinations:
`;

/** The parameters of the example, signed; a test may change them before or after signing. */
export function alarmV2(
  changes: Record<string, unknown> = {},
  { secret = DEPARTMENT_SECRET, sign = true }: { secret?: string; sign?: boolean } = {},
): Record<string, unknown> {
  const parameters: Record<string, unknown> = {
    id: "chenmin",
    level: "3",
    dep: "du-srv",
    env: "prod",
    alert_level: "高",
    alert_time: "2018-01-1 01:01:01",
    alert_business: "陈敏测试alert_business",
    alert_function: "陈敏测试alert_function",
    exception_spec: "陈敏测试之异常说明",
    ...changes,
  };
  for (const name of Object.keys(parameters)) if (parameters[name] === undefined) delete parameters[name];
  const strings = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, String(value)]),
  );
  return sign && !("sign" in changes) ? { ...parameters, sign: signAlarmV2(strings, secret) } : parameters;
}
