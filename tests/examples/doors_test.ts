/** The doors of examples/: each reads a payload as its vendor documents it, over HTTP. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { TestClock } from "../kit/clock.ts";
import { ROOT } from "../kit/process.ts";
import { testRelay } from "../kit/relay.ts";
import { CERTIFICATE, NOW, signSmn, signSns } from "../routes/dialects/door_types/_cloud.ts";
import type { Alert } from "../../relay/domain/alert.ts";

const DOORS = `${ROOT}examples/doors/`;
const START = Date.UTC(2026, 10, 30, 2, 1, 5);

/** The result of each payload: status, severity, title, some labels, and the distance of its start from START. */
const EXPECTED: Readonly<
  Record<string, [status: string, severity: string, title: string, labels: Record<string, string>][]>
> = {
  aliyun_arms: [["firing", "warning", "JVM full GC", { app: "orders" }]],
  aliyun_cms: [["firing", "critical", "CPU 使用率", { instance: "db-1", metric: "cpu_total" }]],
  aliyun_sls: [
    ["firing", "critical", "Too many 5xx", { host: "web-1", service: "orders" }],
    ["resolved", "critical", "Too many 5xx", { host: "web-2" }],
  ],
  aws_sns: [["firing", "error", "CPU of db-1", { DBInstanceIdentifier: "db-1" }]],
  azure_monitor: [["firing", "error", "cpu-over-80", { target: "db-1" }]],
  cloudevents: [["firing", "critical", "backup failed on db-1", { job: "backup", host: "db-1" }]],
  datadog: [["firing", "critical", "[Triggered] Disk is full on {host:db-1}", { host: "db-1" }]],
  gcp: [["firing", "critical", "CPU of the database", { team: "dba", zone: "us-east1-b" }]],
  github: [["firing", "error", "Build failed on main", { repository: "octo-org/octo-repo" }]],
  gitlab: [["firing", "error", "Pipeline of dba/tools failed on main", { branch: "main" }]],
  grafana_hmac: [["firing", "critical", "High memory usage", { team: "blue" }]],
  huawei_smn: [["firing", "critical", "CPU Usage: ecs-shop", { rule: "alarm-shop" }]],
  jenkins: [["firing", "error", "backup failed", { job: "backup" }]],
  kubernetes_events: [["firing", "warning", "BackOff: Pod db-0", { namespace: "prod", node: "node-3" }]],
  n9e: [["firing", "warning", "磁盘使用率过高", { ident: "db-1", path: "/data" }]],
  nagios: [["firing", "critical", "MySQL on db-1", { host: "db-1", service: "MySQL" }]],
  sentry: [["firing", "error", "ReferenceError: blooopy is not defined", { environment: "prod" }]],
  skywalking: [["firing", "critical", "service_resp_time_rule: orders", { level: "CRITICAL" }]],
  standard_webhooks: [["firing", "critical", "backup.failed of orders", { host: "db-1" }]],
  tencent_cloud: [["firing", "warning", "CPU of the database", { unInstanceId: "ins-o9p3rg3m" }]],
  uptime_kuma: [["firing", "critical", "shop", { team: "web" }]],
  zabbix: [["firing", "critical", "MySQL: Replication lag is too high (over 30s for 5m)", { host: "db-1" }]],
};

/** A later payload of the same problem that ends it. */
const ENDS: Readonly<Record<string, (text: string) => string>> = {
  aliyun_arms: (text) => text.replace("FIRING", "RESOLVED"),
  aliyun_cms: (text) => text.replace("alertState=ALERT", "alertState=OK").replace("93.4", "12.1"),
  aws_sns: (text) =>
    text.replace('NewStateValue\\":\\"ALARM', 'NewStateValue\\":\\"OK').replace("22b80b92", "22b80b93"),
  azure_monitor: (text) => text.replace('"Fired"', '"Resolved"'),
  cloudevents: (text) => text.replace("job.failed", "job.succeeded"),
  datadog: (text) => text.replace('"Triggered"', '"Recovered"').replace("[Triggered]", "[Recovered]"),
  gcp: (text) => text.replace('"open"', '"closed"').replace("above", "below"),
  github: (text) => text.replace('"failure"', '"success"').replace("30433642", "30433643"),
  gitlab: (text) => text.replace('"failed"', '"success"'),
  grafana_hmac: (text) => text.replaceAll('"firing"', '"resolved"'),
  huawei_smn: (text) =>
    text.replace('alarm_status\\":\\"alarm', 'alarm_status\\":\\"ok').replace("d3df1fb0", "d3df1fb1"),
  jenkins: (text) => text.replace("FAILURE", "SUCCESS"),
  n9e: (text) => text.replace('"is_recovered": false', '"is_recovered": true').replace("93.41", "80"),
  nagios: (text) => text.replace("PROBLEM", "RECOVERY").replace("CRITICAL", "OK"),
  sentry: () =>
    JSON.stringify({ action: "resolved", data: { issue: { id: "1117540176", title: "x", level: "error" } } }),
  standard_webhooks: (text) => text.replace("backup.failed", "backup.succeeded"),
  tencent_cloud: (text) => text.replace('"alarmStatus": "1"', '"alarmStatus": "0"'),
  uptime_kuma: (text) => text.replace('"status": 0', '"status": 1').replace("ECONNREFUSED", "OK"),
  zabbix: (text) => text.replace('"value": "1"', '"value": "0"'),
};

/** Payloads that their vendor signs. */
const SIGN: Readonly<Record<string, (text: string) => string>> = {
  aws_sns: (text) => JSON.stringify(signSns(JSON.parse(text))),
  huawei_smn: (text) => JSON.stringify(signSmn(JSON.parse(text))),
};

const names = [...Deno.readDirSync(DOORS)].filter(({ isFile }) => isFile).map(({ name }) =>
  name.replace(/\.yaml$/, "")
);

Deno.test("every example is tried", () => equal(names.toSorted(), Object.keys(EXPECTED)));

for (const name of names) {
  Deno.test(`examples/doors/${name}.yaml reads what ${name} sends`, async () => {
    await using house = await testRelay({
      yaml: await Deno.readTextFile(`${DOORS}${name}.yaml`),
      clock: new TestClock(NOW),
      fetch: () => Promise.resolve(new Response(CERTIFICATE.pem)),
      env: {
        SENTRY_CLIENT_SECRET: "a client secret",
        GITHUB_WEBHOOK_SECRET: "a webhook secret",
        GRAFANA_HMAC_SECRET: "a grafana secret",
        STANDARD_WEBHOOKS_SECRET: "a standard secret",
      },
    });
    const file = [...Deno.readDirSync(`${DOORS}payloads`)].find((one) =>
      one.name.startsWith(`${name}.`)
    )!.name;
    const text = await Deno.readTextFile(`${DOORS}payloads/${file}`);
    const type = file.endsWith(".txt") ? "application/x-www-form-urlencoded" : "application/json";
    const send = async (payload: string): Promise<{ accepted: number }> => {
      const body = SIGN[name]?.(payload) ?? payload;
      const hmac = (secret: string, before = "", encoding: "hex" | "base64" = "hex"): string =>
        createHmac("sha256", secret).update(before + body).digest(encoding);
      const time = String(house.clock.now() / 1_000);
      const response = await house.request(`/in/${name}`, {
        method: "POST",
        body,
        headers: {
          "content-type": type,
          "sentry-hook-signature": hmac("a client secret"),
          "x-hub-signature-256": `sha256=${hmac("a webhook secret")}`,
          "x-grafana-alerting-signature": hmac("a grafana secret", `${time}:`),
          "x-grafana-alerting-timestamp": time,
          "webhook-id": "msg_1",
          "webhook-timestamp": time,
          "webhook-signature": `v1,${hmac("a standard secret", `msg_1.${time}.`, "base64")}`,
        },
      });
      const answer = await response.text();
      equal(response.status, 200, answer);
      return JSON.parse(answer);
    };
    const expected = EXPECTED[name]!;
    equal((await send(text)).accepted, expected.length);
    const logged = (await house.relay.store.log.newest(10)).toReversed().map(({ alert }) => alert as Alert);
    for (const [index, [status, severity, title, labels]] of expected.entries()) {
      const alert = logged[index]!;
      const dialect = name === "grafana_hmac" ? "grafana" : name; // its alerts are those of /webhook
      equal([alert.dialect, alert.status, alert.severity, alert.title], [dialect, status, severity, title]);
      equal(Object.fromEntries(Object.keys(labels).map((label) => [label, alert.labels[label]])), labels);
      ok(alert.text !== "", "it has a text");
      ok(
        Math.abs(alert.startsAt! - START) <= 300_000,
        `its start is ${new Date(alert.startsAt!).toISOString()}`,
      );
    }
    const end = ENDS[name];
    if (end === undefined) return;
    ok(end(text) !== text);
    await send(end(text));
    await house.settle();
    const open = await house.relay.store.incidents.newest("open", 10);
    equal(open.filter(({ dialect }) => name.startsWith(dialect)), [], "what ends it has the same key");
  });
}
