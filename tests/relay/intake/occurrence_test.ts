import { deepStrictEqual as equal } from "node:assert/strict";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { SECRETS, type TestRelay, testRelay, webhook } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

/** A sender's post and its address. */
interface Post {
  readonly path: string;
  readonly body: object;
  readonly headers?: Record<string, string>;
}

const token = { authorization: `Bearer ${SECRETS.intakeToken}` };
const ocpLogin = { authorization: `Basic ${btoa(`user:${SECRETS.intakeToken}`)}` };

const grafana = (startsAt: string): object => ({ ...webhook({ startsAt }), version: "1", orgId: 1 });
const ocpPush = (more: object = {}): object => ({ alarmType: "disk_full", target: "host=db-1", ...more });
const ocpChannel = (more: object = {}): object => ({
  alarm_type: "disk_full",
  alarm_target: "host=db-1",
  alarm_name: "Disk full",
  alarm_status: "Active",
  ...more,
});

const EARLY = "2026-01-31T08:00:00Z";
const LATER = "2026-01-31T08:05:30Z";

/** Two posts, six minutes apart, and whether the second notifies after the window or is only a re-send. */
const POSTS: readonly [name: string, Post, Post | "the same", "repeat" | "resent"][] = [
  [
    "Alertmanager, the same start",
    { path: "/webhook", body: webhook({ startsAt: EARLY }) },
    "the same",
    "resent",
  ],
  ["Alertmanager, a new start", { path: "/webhook", body: webhook({ startsAt: EARLY }) }, {
    path: "/webhook",
    body: webhook({ startsAt: LATER }),
  }, "repeat"],
  [
    "Alertmanager, no start",
    { path: "/webhook", body: { alerts: [{ status: "firing", labels: { a: "b" } }] } },
    "the same",
    "repeat",
  ],
  ["Grafana, the same start", { path: "/webhook", body: grafana(EARLY) }, "the same", "resent"],
  ["Grafana, a new start", { path: "/webhook", body: grafana(EARLY) }, {
    path: "/webhook",
    body: grafana(LATER),
  }, "repeat"],
  [
    "legacy Grafana",
    { path: "/webhook", body: { ruleName: "CPU", ruleId: 1, state: "alerting" } },
    "the same",
    "repeat",
  ],
  [
    "PrometheusAlert, Alertmanager's payload",
    {
      path: "/prometheusalert?type=dd",
      body: webhook({ startsAt: EARLY }),
    },
    "the same",
    "resent",
  ],
  [
    "PrometheusAlert, any JSON",
    {
      path: "/prometheusalert?type=dd",
      body: { title: "Disk full", startsAt: EARLY },
    },
    "the same",
    "repeat",
  ],
  [
    "alarm_v2 with a constant alert_time",
    {
      path: "/alarm_v2",
      body: alarmV2({ alert_time: "2018-09-11 19:24:45" }),
    },
    "the same",
    "repeat",
  ],
  [
    "a robot's message",
    {
      path: `/robot/send?access_token=robot-1-token-of-its-own`,
      body: { msgtype: "text", text: { content: "disk full" } },
    },
    "the same",
    "repeat",
  ],
  [
    "OCP's push with its start",
    {
      path: "/api/v2/alarm/alarms",
      body: ocpPush({ activeAt: EARLY }),
      headers: ocpLogin,
    },
    "the same",
    "resent",
  ],
  [
    "OCP's push with a new start",
    {
      path: "/api/v2/alarm/alarms",
      body: ocpPush({ activeAt: EARLY }),
      headers: ocpLogin,
    },
    { path: "/api/v2/alarm/alarms", body: ocpPush({ activeAt: LATER }), headers: ocpLogin },
    "repeat",
  ],
  [
    "OCP's push without a start: it must be repeated, or the alarm is over",
    {
      path: "/api/v2/alarm/alarms",
      body: ocpPush(),
      headers: ocpLogin,
    },
    "the same",
    "resent",
  ],
  [
    "OCP's channel with its start",
    {
      path: "/ocp/default/default",
      body: ocpChannel({ alarm_active_at: "2026-01-31T16:00:00+08:00" }),
    },
    "the same",
    "resent",
  ],
  [
    "OCP's channel without a start",
    { path: "/ocp/default/default", body: ocpChannel() },
    "the same",
    "repeat",
  ],
];

async function post(house: TestRelay, { path, body, headers = token }: Post): Promise<string> {
  const response = await house.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  equal(response.status, 200, await response.text());
  await house.settle();
  const [logged] = await house.relay.store.log.newest(1);
  const { outcome } = logged!.routing[0]!;
  if (outcome.kind === "told") return outcome.reason;
  return outcome.kind === "folded" && outcome.still ? "resent" : outcome.kind;
}

for (const [name, first, second, expected] of POSTS) {
  Deno.test(`what is posted again after six minutes: ${name}: ${expected}`, async () => {
    await using house = await testRelay({
      env: { FENGHUO_ALARM_WAIT: "0" },
      yaml: `${ALARM_V2_YAML}      - { channel: inbox }
  - owner: default
    level: default
    robot_token: robot-1-token-of-its-own
    destinations: [{ channel: inbox }]`,
    });
    equal(await post(house, first), "first");
    house.clock.advance(6 * MINUTE);
    equal(await post(house, second === "the same" ? first : second), expected);
  });
}
