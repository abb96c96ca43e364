import { deepStrictEqual as equal, match } from "node:assert/strict";
import { type TestRelay, testRelay, webhook } from "../../kit/relay.ts";

const YAML = `
groups:
  - { owner: dba, level: default, aliases: [数据库], destinations: [{ channel: inbox, config: {} }] }
  - { owner: web, level: "1", destinations: [{ channel: inbox, config: {} }] }
  - { owner: web, level: "2", destinations: [{ channel: inbox, config: {} }] }
`;

async function routed(house: TestRelay): Promise<string[]> {
  const [logged] = await house.relay.store.log.newest(1);
  return (logged?.routing ?? []).flatMap(({ group, by }) => [group, by]);
}

const ALERTMANAGER = JSON.stringify(webhook({}));
const DINGTALK = '{"msgtype":"text","text":{"content":"磁盘已满"}}';
const FEISHU = '{"msg_type":"text","content":{"text":"磁盘已满"}}';
const OCP = '{"alarm_name":"磁盘已满","alarm_target":"host=a"}';

/** A path that a sender's configuration has by mistake, and the group that gets the alert. */
const PATHS: [path: string, body: string, group: string, by: string][] = [
  ["/webhook/", ALERTMANAGER, "default/default", "default"],
  ["//webhook", ALERTMANAGER, "default/default", "default"],
  ["/webhook//?token=test-token", ALERTMANAGER, "default/default", "default"],
  ["//", ALERTMANAGER, "default/default", "default"],
  ["/webhook/dba/default/", ALERTMANAGER, "dba/default", "named"],
  ["/webhook//dba//default", ALERTMANAGER, "dba/default", "named"],
  ["/webhook/dba", ALERTMANAGER, "dba/default", "named"],
  ["/webhook/dba/", ALERTMANAGER, "dba/default", "named"],
  ["/webhook/数据库", ALERTMANAGER, "dba/default", "named"],
  ["/webhook/web", ALERTMANAGER, "default/default", "unknown_group"],
  ["/webhook/nobody", ALERTMANAGER, "default/default", "unknown_group"],
  ["/webhook/__proto__", ALERTMANAGER, "default/default", "unknown_group"],
  ["/webhook/dba/default/more", ALERTMANAGER, "default/default", "unknown_group"],
  ["/webhook/%E0%A4%A", ALERTMANAGER, "default/default", "unknown_group"],
  ["/dingtalk/dba/send/", ALERTMANAGER, "dba/default", "named"],
  ["//dingtalk//dba//send", ALERTMANAGER, "dba/default", "named"],
  ["/dingtalk/dba", ALERTMANAGER, "dba/default", "named"],
  ["/dingtalk/web/2/send", ALERTMANAGER, "web/2", "named"],
  ["/dingtalk/nobody", ALERTMANAGER, "default/default", "unknown_group"],
  ["/dingtalk/send", ALERTMANAGER, "default/default", "default"],
  ["/dingtalk", ALERTMANAGER, "default/default", "default"],
  ["/ocp/dba/default/", OCP, "dba/default", "named"],
  ["/ocp/dba", OCP, "dba/default", "named"],
  ["/ocp/nobody/", OCP, "default/default", "unknown_group"],
  ["/ocp/", OCP, "default/default", "default"],
  ["/ocp/dba/default/more", OCP, "default/default", "unknown_group"],
  ["/prometheusalert/?type=dd", ALERTMANAGER, "default/default", "default"],
  ["//prometheusalert?type=dd", ALERTMANAGER, "default/default", "default"],
  ["/robot/send/?access_token=test-token", DINGTALK, "default/default", "default"],
  ["//robot/send?access_token=test-token", DINGTALK, "default/default", "default"],
  ["/cgi-bin//webhook/send/?key=test-token", DINGTALK, "default/default", "default"],
  ["/open-apis/bot/v2/hook/test-token/", FEISHU, "default/default", "default"],
];

for (const [path, body, group, by] of PATHS) {
  Deno.test(`what is posted to ${path} is taken for ${group}, because ${by}`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const response = await house.request(path, { method: "POST", body });
    const text = await response.text();
    equal(response.status, 200, text);
    equal(await routed(house), [group, by]);
  });
}

const OTHERS: [path: string, method: string, status: number, words: RegExp][] = [
  ["/webhook/dba/", "GET", 405, /by POST/],
  ["/webhook/dba", "PUT", 405, /by POST/],
  ["//alarm/", "GET", 200, /"code": ?1003/],
  ["/alarm_v2//", "GET", 200, /"code": ?1004/],
  ["/healthz/", "GET", 200, /alive/],
  ["//api//tokens/", "GET", 401, /Sign in/],
  ["/webhok", "POST", 404, /nothing at POST \/webhok/],
];

for (const [path, method, status, words] of OTHERS) {
  Deno.test(`${method} ${path} is answered ${status}`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const response = await house.request(path, { method });
    match(await response.text(), words);
    equal(response.status, status);
  });
}

Deno.test("OCP's interface is the same behind a slash at the end, and its signature covers the path as it was sent", async () => {
  await using house = await testRelay();
  const body = JSON.stringify({ alarmType: "ob_down", target: "host=a" });
  const authorization = `Basic ${btoa("ocp:test-token")}`;
  for (const path of ["/api/v2/alarm/alarms/", "//api/v2/alarm//alarms"]) {
    const response = await house.request(path, { method: "POST", body, headers: { authorization } });
    equal((await response.json()).successful, true, path);
  }
});
