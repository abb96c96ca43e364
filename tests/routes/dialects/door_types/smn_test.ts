import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { Alert } from "../../../../relay/domain/alert.ts";
import { type CloudHouse, cloudHouse, type Message, signSmn } from "./_cloud.ts";

const PROJECT = "0553db98c800d5192f9bc01232b89622";
const TOPIC = `urn:smn:cn-north-4:${PROJECT}:alarms`;
const YAML = `
groups: [{ owner: default, level: default, destinations: [{ channel: inbox }] }]
doors: [{ name: cloud, type: smn, topics: ["${TOPIC}"] }]`;

/** The message of Cloud Eye in its first form. */
const ALARM = {
  message_type: "alarm",
  alarm_id: "al1704475580412b2a4lnr3W",
  alarm_name: "alarm-shop",
  alarm_status: "alarm",
  time: 1796004065000,
  namespace: "AGT.ECS",
  metric_name: "cpu_usage",
  dimension: "instance_id:ed5e8d39-9301-45ea-b11d-6ece27a09e17",
  default_content: "CPU usage >= 80% for 1 consecutive periods. Current Data: 97.08%",
  template_variable: {
    ResourceName: "ecs-shop",
    MetricName: "CPU Usage",
    IsAlarm: true,
    AlarmLevel: "Major",
    ResourceId: "ed5e8d39-9301-45ea-b11d-6ece27a09e17",
    AlarmRuleName: "alarm-shop",
    Link: "https://console.huaweicloud.com/ces/?region=cn-north-4#/alarm/histories",
  },
};

/** The same in its second form. */
const ALARM_V1 = {
  version: "v1",
  data: {
    Namespace: "分布式缓存服务",
    ResourceName: "dcs-shop",
    MetricName: "每秒并发操作数",
    IsAlarm: true,
    AlarmLevel: "次要",
    RegionId: "cn-east-3",
    ResourceId: "3dc7b9ea-70b4-4c38-942d-e2636e6d844c",
    CurrentData: "6.00 count",
    AlarmTime: "2026/11/30 10:01:05 GMT+08:00",
    AlarmRuleName: "alarm-c5jj",
    Filter: "原始值",
    ComparisonOperator: ">",
    Value: "5 count",
  },
};

let id = 0;

function message(content: unknown, over: Message = {}): Message {
  return {
    type: "Notification",
    topic_urn: TOPIC,
    message_id: `d3df1fb0248f48b69fb9df467617${++id}`,
    signature_version: "v1",
    message: typeof content === "string" ? content : JSON.stringify(content),
    signing_cert_url:
      "https://smn.cn-north-4.myhuaweicloud.com/smn/SMN_cn-north-4_b98100ca131b4116ab8ee7ccedbaae99.pem",
    unsubscribe_url: "https://console.huaweicloud.com/smn/subscription/unsubscribe?region=cn-north-4",
    timestamp: "2026-11-30T02:01:06Z",
    ...over,
  };
}

const SUBSCRIBE = `https://console.huaweicloud.com/smn/subscription/confirm?token=${
  "ab".repeat(64)
}&topic_urn=${TOPIC}&region=cn-north-4`;

const confirmation = (over: Message = {}): Message =>
  message("You are invited to subscribe", {
    type: "SubscriptionConfirmation",
    subscribe_url: SUBSCRIBE,
    ...over,
  });

async function logged(there: CloudHouse): Promise<Alert[]> {
  return (await there.relay.store.log.newest(9)).map(({ alert }) => alert as Alert).toReversed();
}

Deno.test("an alarm of Cloud Eye fires and ends, in both of its forms", async () => {
  await using there = await cloudHouse(YAML);
  const over = { subject: "[Major Alarm]From Cloud Eye: CPU Usage" };
  const sent = [
    ALARM,
    ALARM_V1,
    { ...ALARM, alarm_status: "ok", template_variable: { ...ALARM.template_variable, IsAlarm: false } },
    { ...ALARM_V1, data: { ...ALARM_V1.data, IsAlarm: false, CurrentData: "1.00 count" } },
  ];
  for (const content of sent) equal((await there.send(signSmn(message(content, over)))).status, 200);
  const alerts = await logged(there);
  equal(alerts.map(({ title, severity, status, startsAt }) => [title, severity, status, startsAt]), [
    ["CPU Usage: ecs-shop", "critical", "firing", 1796004065000],
    ["每秒并发操作数: dcs-shop", "warning", "firing", 1796004065000],
    ["CPU Usage: ecs-shop", "critical", "resolved", 1796004065000],
    ["每秒并发操作数: dcs-shop", "warning", "resolved", 1796004065000],
  ]);
  match(alerts[0]!.text, /^CPU usage/);
  equal(alerts[1]!.text, "6.00 count (原始值 > 5 count)");
  equal(alerts[0]!.links.map(({ kind }) => kind), ["source"]);
  equal([alerts[0]!.labels.topic, alerts[1]!.labels.region], [TOPIC, "cn-east-3"]);
  equal(await there.relay.store.incidents.newest("open", 5), []);
  equal(there.asked.length, 1);
});

Deno.test("another message is an alert under its subject, or under its first words", async () => {
  await using there = await cloudHouse(YAML);
  await there.send(signSmn(message("规则名称：测试;\n告警级别：紧急", { subject: "作业执行失败" })));
  await there.send(signSmn(message("磁盘已满")));
  await there.send(signSmn(message({ 作业状态: "执行失败" }, { subject: "DataArts" })));
  const alerts = await logged(there);
  equal(alerts.map(({ title, status }) => [title, status]), [
    ["作业执行失败", "firing"],
    ["磁盘已满", "firing"],
    ["DataArts", "firing"],
  ]);
  equal(alerts[0]!.text, "规则名称：测试;\n告警级别：紧急");
});

Deno.test("a subscription is confirmed at Huawei's console, and its end is an alert", async () => {
  await using there = await cloudHouse(YAML);
  equal((await there.send(signSmn(confirmation()))).status, 200);
  equal(there.asked.slice(1), [`GET ${SUBSCRIBE} manual`]);
  equal((await there.send(signSmn(confirmation({ type: "UnsubscribeConfirmation" })))).status, 200);
  equal((await there.relay.store.incidents.newest("open", 5)).length, 1);
});

const CONSOLES: [host: string, status: number][] = [
  ["console.huaweicloud.com", 200],
  ["sa-brazil-1-console.huaweicloud.com", 200],
  ["console-intl.huaweicloud.com", 200],
  ["console.eu.huaweicloud.com", 200],
  ["console.huaweicloud.com:8443", 422],
  ["evil-huaweicloud.com", 422],
  ["console.huaweicloud.com.evil.example", 422],
  ["evil.console.huaweicloud.com", 422],
  ["bucket.obs.cn-north-4.myhuaweicloud.com", 422],
];

for (const [host, status] of CONSOLES) {
  Deno.test(`a confirmation at ${host} is answered with ${status}`, async () => {
    await using there = await cloudHouse(YAML);
    const subscribe_url = SUBSCRIBE.replace("console.huaweicloud.com", host);
    equal((await there.send(signSmn(confirmation({ subscribe_url })))).status, status);
    equal(there.asked.length, status === 200 ? 2 : 1);
  });
}

const REFUSED: [what: string, sent: unknown, status: number, words: RegExp][] = [
  ["an empty object", {}, 422, /type: one of Notification/],
  ["version 2", signSmn(message("x", { signature_version: "v2" })), 422, /signature_version: v1 is needed/],
  ["another topic", signSmn(message("x", { topic_urn: `${TOPIC}2` })), 403, /not the door's/],
  ["an altered message", { ...signSmn(message("x")), message: "y" }, 401, /signature is not SMN's/],
  ["an old message", signSmn(message("x", { timestamp: "2026-11-28T02:01:06Z" })), 401, /of the last day/],
  [
    "a certificate in a bucket",
    signSmn(message("x", { signing_cert_url: "https://obs.cn-north-4.myhuaweicloud.com/smn/SMN_a.pem" })),
    401,
    /not at an address of SMN/,
  ],
  [
    "a certificate at the console",
    signSmn(message("x", { signing_cert_url: "https://console.huaweicloud.com/smn/SMN_a.pem" })),
    401,
    /not at an address of SMN/,
  ],
  [
    "another path",
    signSmn(confirmation({ subscribe_url: SUBSCRIBE.replace("confirm", "unsubscribe") })),
    422,
    /not one of SMN for this topic/,
  ],
  [
    "a subscription of another topic",
    signSmn(confirmation({ subscribe_url: SUBSCRIBE.replace(PROJECT, "0".repeat(32)) })),
    422,
    /not one of SMN for this topic/,
  ],
];

for (const [what, sent, status, words] of REFUSED) {
  Deno.test(`${what} is answered with ${status}`, async () => {
    await using there = await cloudHouse(YAML);
    const answer = await there.send(sent);
    equal(answer.status, status, answer.text);
    match(answer.text, words);
    equal(await logged(there), []);
    equal(there.reports, []);
  });
}
