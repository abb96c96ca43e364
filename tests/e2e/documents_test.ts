/** Two articles about Alertmanager, followed as they are written: the YAML is theirs, and Fenghuo is the server. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../simulator/dingtalk.ts";
import { eventually } from "../kit/eventually.ts";
import { startRelay, temporaryFolder } from "../kit/process.ts";
import { startSmtp } from "../kit/smtp.ts";
import { isInstalled } from "../kit/program.ts";
import { type ApiAlert, PROGRAM, startAlertmanager } from "./_alertmanager.ts";

const ignore = !(await isInstalled(PROGRAM));

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs ${PROGRAM})`, ignore, fn });
}

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();

const OPEN = { FENGHUO_OPEN_INTAKE: "1" };

test("an Alertmanager that groups by job and sends no credentials to / reaches DingTalk as links", async () => {
  await using folder = await temporaryFolder();
  await using dingtalk = await startDingTalk({ robots: [{ token: "XXX" }] });
  await using relay = await startRelay({
    folder: folder.path,
    env: OPEN,
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: XXX, form: link, base: "${dingtalk.url}" } }]
links: [{ from: "http://prometheus-*:9090/", to: "http://node.example.com:30027/" }]
`,
  });
  await using alertmanager = await startAlertmanager({
    folder: `${folder.path}/alertmanager`,
    webhook: { url: `${relay.url}/` },
    groupBy: ["job"],
  });
  const alert = (instance: string): ApiAlert => ({
    labels: { alertname: "InstanceDown", instance, job: "node" },
    annotations: { description: `${instance} has been down for more than 5 minutes` },
    generatorURL: "http://prometheus-k8s-0:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
    endsAt: inSeconds(600),
  });
  await alertmanager.send(alert("a:9100"), alert("b:9100"));
  await dingtalk.arrived(2);
  const posted = dingtalk.robot("XXX").messages;
  equal(posted.map(({ msgtype, title, text }) => [msgtype, title, text]).toSorted(), [
    ["link", "InstanceDown", "firing: a:9100 has been down for more than 5 minutes"],
    ["link", "InstanceDown", "firing: b:9100 has been down for more than 5 minutes"],
  ]);
  for (const { request } of posted) {
    const { link } = request as { link: { messageUrl: string; picUrl: string } };
    equal([link.messageUrl, link.picUrl], [
      "http://node.example.com:30027/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
      "",
    ]);
  }
});

test("alerts of a team reach its members by mail, and are known once they are over", async () => {
  await using folder = await temporaryFolder();
  await using smtp = await startSmtp();
  await using relay = await startRelay({
    folder: folder.path,
    env: OPEN,
    yaml: `
members: [{ id: li.lei, email: li.lei@example.com }, { id: han.mei, email: han.mei@example.com }]
defaults: { email: { host: 127.0.0.1, port: ${smtp.port}, tls: none, from: ops@example.com } }
groups:
  - { owner: dba, level: default, members: [li.lei], destinations: [{ channel: email }] }
  - { owner: web, level: default, members: [han.mei], destinations: [{ channel: email }] }
`,
  });
  await using alertmanager = await startAlertmanager({
    folder: `${folder.path}/alertmanager`,
    webhook: { url: `${relay.url}/webhook` },
    groupBy: ["team", "alertname"],
  });
  const alert = {
    labels: { alertname: "磁盘已满", team: "dba", severity: "critical", instance: "db-1:9100" },
    annotations: { message: "剩余 4 %" },
    startsAt: inSeconds(-60),
  };
  await alertmanager.send({ ...alert, endsAt: inSeconds(600) });
  await eventually("the first mail", () => smtp.mails.length === 1);
  await alertmanager.send({ ...alert, endsAt: inSeconds(0) });
  await eventually("the second mail", () => smtp.mails.length === 2);
  equal(smtp.mails.map(({ to }) => to), [["li.lei@example.com"], ["li.lei@example.com"]]);
  const [firing, resolved] = smtp.mails.map(({ mail }) => mail.html || "");
  match(firing!, /告警中/);
  match(resolved!, /已恢复/);
  for (const page of [firing!, resolved!]) {
    for (const words of ["磁盘已满", "严重", "db-1:9100", "剩余 4 %"]) ok(page.includes(words), words);
  }
});
