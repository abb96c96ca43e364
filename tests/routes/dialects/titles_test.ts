import { deepStrictEqual as equal } from "node:assert/strict";
import { alarmV2, DEPARTMENT_SECRET } from "../../kit/alarm_v2.ts";
import { api } from "../../kit/api.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";

const YAML = `
departments: { du-srv: { name: 云端, secret: ${DEPARTMENT_SECRET} } }
groups:
  - { owner: default, level: default, locale: zh, destinations: [{ channel: inbox }] }
  - { owner: chenmin, level: "3", locale: zh, destinations: [{ channel: inbox }] }
`;

const OCP = {
  authorization: `Basic ${btoa(`ocp:${SECRETS.intakeToken}`)}`,
  "content-type": "application/json",
};

const v2 = (more: Record<string, string | undefined>): object =>
  alarmV2({ alert_business: "订单支付", alert_function: "扣款", exception_spec: "x", ...more });

const TABLE: [what: string, path: string, body: object, title: string][] = [
  [
    "alarm_v2's host",
    "/alarm_v2",
    v2({ alert_host: "pay-db-01", alert_ip: "10.1.2.3" }),
    "🔴pay-db-01 订单支付",
  ],
  ["alarm_v2's address", "/alarm_v2", v2({ alert_ip: "10.1.2.3" }), "🔴10.1.2.3 订单支付"],
  ["alarm_v2's function, where there is no host", "/alarm_v2", v2({ alert_host: "" }), "🔴扣款 订单支付"],
  [
    "an alarm_v2's host once, where its business names it",
    "/alarm_v2",
    v2({ alert_business: "db-1 磁盘满", alert_host: "db-1" }),
    "🔴db-1 磁盘满",
  ],
  [
    "the server of a pushed OCP alarm",
    "/api/v2/alarm/alarms",
    {
      alarmType: "memstore",
      name: "MemStore 超限",
      level: 2,
      target: "ob_cluster=trade-12:tenant_name=ora:svr_ip=10.20.0.31",
    },
    "🔴…20.0.31 MemStore 超限",
  ],
  [
    "the tenant, where OCP's target ends with it",
    "/api/v2/alarm/alarms",
    { alarmType: "memstore", name: "MemStore 超限", level: 3, target: "ob_cluster=trade-12:tenant_name=ora" },
    "🟡ora MemStore 超限",
  ],
  [
    "OCP's target itself, where it is a name",
    "/api/v2/alarm/alarms",
    { alarmType: "memstore", name: "MemStore 超限", level: 2, target: "db-1" },
    "🔴db-1 MemStore 超限",
  ],
  [
    "the object of a message that an OCP channel's template wrote",
    "/ocp/default/default",
    {
      message: "### OCP 告警通知 exporter进程数量不够\n- 级别：严重\n- 告警对象：service=OCP:svr_ip=1.2.3.4",
    },
    "🔴1.2.3.4 exporter进程数量不够",
  ],
  [
    "the host of an object of the sender's own",
    "/prometheusalert?type=dd",
    { title: "磁盘使用率过高", host: "db-7", message: "97%", level: "high" },
    "🔴db-7 磁盘使用率过高",
  ],
  ["no place for a robot's words", "/robot/send?access_token=robot-token", {
    msgtype: "text",
    text: { content: "hello" },
  }, "hello"],
];

for (const [what, path, body, title] of TABLE) {
  Deno.test(`a title names ${what}`, async () => {
    const yaml = YAML.replace("owner: default,", "owner: default, robot_token: robot-token,");
    await using house = await testRelay({ yaml });
    const isOcp = path.includes("alarm/alarms") || path.startsWith("/ocp/");
    const headers: HeadersInit = isOcp ? OCP : { "content-type": "application/json" };
    const response = await house.request(path, { method: "POST", headers, body: JSON.stringify(body) });
    equal(response.status, 200, await response.text());
    await house.settle();
    const { messages } = (await api(house, "GET", "inbox")).body;
    equal(messages.map((message: { title: string }) => message.title), [title]);
  });
}
