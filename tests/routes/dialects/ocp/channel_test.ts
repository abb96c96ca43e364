import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Alert } from "../../../../relay/domain/alert.ts";
import { ocpAlarmOf } from "../../../../routes/dialects/ocp/alarm.ts";
import { readOcpVariables } from "../../../../routes/dialects/ocp/variables.ts";
import { isValid } from "../../../../simulator/ocp.ts";
import { faultyKv } from "../../../kit/faulty_kv.ts";
import { SECRETS, type TestRelay, testRelay } from "../../../kit/relay.ts";

const PATH = "/ocp/default/default";

/** Every "Response 校验信息" that the manual shows for a channel that succeeds. */
const VALIDATIONS = ["{}", '{"errcode":0}', '{"errcode":0,"errmsg":"ok"}', '{"successful":true}'];

interface Answer {
  readonly errcode: number;
  readonly errmsg: string;
  readonly successful: boolean;
  readonly [key: string]: unknown;
}

/** Post to the channel's address, and check the common properties of all answers. */
async function post(
  house: TestRelay,
  body: BodyInit | object,
  init: RequestInit = {},
  path = PATH,
): Promise<Answer> {
  const isText = typeof body === "string" || body instanceof URLSearchParams || body instanceof Uint8Array;
  const response = await house.request(path, {
    method: "POST",
    body: isText ? body as BodyInit : JSON.stringify(body),
    ...init,
  });
  const text = await response.text();
  match(text, /^\{"errcode":\d+,"errmsg":[\x20-\x7e]*\}$/);
  ok(!text.includes(SECRETS.intakeToken));
  const answer = JSON.parse(text) as Answer;
  equal([answer.successful, answer.errcode === 0], [response.ok, response.ok]);
  equal(
    VALIDATIONS.map((validation) => isValid(text, validation)),
    VALIDATIONS.map((v) => response.ok || v === "{}"),
  );
  return answer;
}

async function lastAlert(house: TestRelay): Promise<Alert> {
  const [logged] = await house.relay.store.log.newest(1);
  return logged!.alert as Alert;
}

async function alertOf(body: BodyInit | object, init: RequestInit = {}, path = PATH): Promise<Alert> {
  await using house = await testRelay();
  const { errcode } = await post(house, body, init, path);
  equal(errcode, 0);
  equal(house.reports, []);
  return await lastAlert(house);
}

/** The outcome of each alert in turn: the reason of its notification, folded, or suppressed. */
async function outcomes(...bodies: (BodyInit | object)[]): Promise<string[]> {
  await using house = await testRelay();
  const found: string[] = [];
  for (const body of bodies) {
    await post(house, body);
    house.clock.advance(1_000);
    const [{ outcome } = { outcome: undefined }] = (await house.relay.store.log.newest(1))[0]!.routing;
    found.push(outcome?.kind === "told" ? outcome.reason : outcome?.kind ?? "");
  }
  return found;
}

const ALARM = {
  alarm_type: "no_enough_exporter",
  alarm_target: "service=OCP:svr_ip=1.2.3.4",
  alarm_name: "exporter进程数量不够",
  alarm_level: "停服",
  alarm_status: "Active",
  alarm_active_at: "2020-12-03T09:44:04+08:00",
  message: "exporter 不够",
};

const FIRED =
  "### OCP 告警通知 exporter进程数量不够\n- 级别：严重\n- 告警对象：service=OCP:svr_ip=1.2.3.4\n" +
  "- 概述：service=OCP exporter进程数量不够\n- 生成时间：2025-06-06T15:03:06.671+08:00\n" +
  "- 详情：2025-06-06T15:03:06.671+08:00 只有 1 个\n第二行\n- OCP 链接：http://h:8080/alarm/event/1000160";
const RECOVERED = "【OCP 告警恢复通知】\n- 告警对象 service=OCP:svr_ip=1.2.3.4\n" +
  "- 告警详情 2025-06-06T15:09:00.000+08:00 只有 1 个\n第二行\n- 恢复时间 2025-06-06T15:09:14.972+08:00";

Deno.test("an alarm with all of its variables becomes an alert", async () => {
  const alert = await alertOf({
    ...ALARM,
    app_type: "OCP",
    alarm_scope_en_us: "Service",
    alarm_scope_zh_cn: "服务",
    alarm_url: "http://h:8080/alarm/event/1000160",
    alarm_summary: "只有 1 个",
    alarm_description: "详情",
    alarm_level_color: "#722ED1",
    recipients_uids: "",
    value: "19673.51",
    value_shown: "5 小时 27 分 53.51 秒",
    ob_cluster: "${ob_cluster}",
    ob_tenant: "  ",
    anything_else: "x",
  });
  equal(alert, {
    dialect: "ocp_channel",
    status: "firing",
    severity: "critical",
    title: "exporter进程数量不够",
    text: "exporter 不够",
    authored: { markup: "dingtalk", form: "markdown" },
    labels: {
      alarm_type: "no_enough_exporter",
      alarm_target: "service=OCP:svr_ip=1.2.3.4",
      alarm_name: "exporter进程数量不够",
      alarm_level: "停服",
      alarm_status: "Active",
      alarm_active_at: "2020-12-03T09:44:04+08:00",
      app_type: "OCP",
      alarm_scope: "服务",
      value: "5 小时 27 分 53.51 秒",
      anything_else: "x",
      service: "OCP",
      svr_ip: "1.2.3.4",
      origin: "ocp",
    },
    annotations: { summary: "只有 1 个", description: "详情" },
    startsAt: Date.UTC(2020, 11, 3, 1, 44, 4),
    endsAt: null,
    links: [{ kind: "source", url: "http://h:8080/alarm/event/1000160" }],
  });
});

Deno.test("a message in OCP's default template says all that its variables would", async () => {
  const { title, severity, startsAt, labels, links, text, annotations } = await alertOf({ message: FIRED });
  equal([title, severity, labels.alarm_target], [
    "exporter进程数量不够",
    "critical",
    "service=OCP:svr_ip=1.2.3.4",
  ]);
  equal(startsAt, Date.parse("2025-06-06T15:03:06.671+08:00"));
  equal(links, [{ kind: "source", url: "http://h:8080/alarm/event/1000160" }]);
  equal(annotations.description, "2025-06-06T15:03:06.671+08:00 只有 1 个\n第二行");
  ok(text.startsWith("### OCP 告警通知"), "as it was written");
});

const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);
const robot = (content: string): string => `{"msgtype":"text","text":{"content":"${content}"}}`;
const as = (type: string): RequestInit => ({ headers: { "content-type": type } });

/** The forms of a message; the alert's text is always this. */
const TEXT = 'he said "no"\nand \t100% & c:\\dir';
const BODIES: [string, BodyInit | object, RequestInit?, string?][] = [
  ["JSON", { ...ALARM, message: TEXT }],
  [
    "JSON with raw line ends",
    JSON.stringify({ ...ALARM, message: TEXT }).replaceAll("\\n", "\n").replaceAll("\\t", "\t"),
  ],
  ["JSON that a quote has broken", `{"alarm_type":"t","alarm_level":"1","message":"${TEXT}"}`],
  ["JSON that a quote in its middle has broken", `{"message":"${TEXT}","alarm_type":"t", "alarm_level" : 1}`],
  ["JSON with a message in JSON", { message_json: JSON.stringify(TEXT) }],
  ["JSON with a message in JSON, without quotes", `{"message_json": ${JSON.stringify(TEXT)}}`],
  ["JSON with labels in it", { labels: ALARM, message: TEXT }],
  ["a text message of DingTalk", robot(JSON.stringify(TEXT).slice(1, -1))],
  ["a text message of DingTalk that a quote has broken", robot(TEXT)],
  ["a markdown message of DingTalk", { msgtype: "markdown", markdown: { title: "t", text: TEXT } }],
  ["a markdown message of WeCom", { msgtype: "markdown", markdown: { content: TEXT } }],
  ["a message of Feishu", { msg_type: "text", content: { text: TEXT } }],
  ["a form", form({ ...ALARM, message: TEXT })],
  ["a form with a message in JSON", form({ ...ALARM, message: "", message_json: JSON.stringify(TEXT) })],
  ["JSON that says it is a form", JSON.stringify({ message: TEXT }), as("application/x-www-form-urlencoded")],
  ["plain text", TEXT, as("text/plain")],
  ["plain text without a type", new TextEncoder().encode(TEXT)],
  ["a string of JSON", JSON.stringify(TEXT)],
];

for (const [name, body, init, path] of BODIES) {
  Deno.test(`${name} is understood`, async () => {
    const { text, labels } = await alertOf(body, init, path);
    equal(text, TEXT);
    ok(Object.values(labels).every((value) => !value.includes('"')), JSON.stringify(labels));
  });
}

Deno.test("the body that the documentation gives for an HTTP channel carries every message", async () => {
  const docs = await Deno.readTextFile(new URL("../../../../docs/ocp.md", import.meta.url));
  const [, template = ""] = /```json\n(\{[^`]*\$\{message\}[^`]*\})\n```/.exec(docs) ?? [];
  for (const message of [FIRED, TEXT, '"alarm_type": "x", }', "a\n}", "plain"]) {
    const variables: Record<string, string> = { ...ALARM, message };
    const body = template.replace(/\$\{(\w+)\}/g, (variable, name) => variables[name] ?? variable);
    const { text, labels, severity, title } = await alertOf(body, as("application/json"));
    equal(text, message);
    equal([labels.alarm_type, labels.alarm_target, severity, title], [
      ALARM.alarm_type,
      ALARM.alarm_target,
      "critical",
      ALARM.alarm_name,
    ]);
    ok(!("ob_cluster" in labels), "what OCP has not filled in is missing");
  }
});

Deno.test("whatever is pasted into a body, it is read without a fault", () => {
  const piece = fc.constantFrom(
    ...[
      '{"',
      '"}',
      '":"',
      "\\",
      '"message":',
      '"alarm_type" : ',
      "${alarm_name}",
      "\n- 级别：",
      "\n- Name: ",
      "【告警恢复通知】",
    ],
    ...[
      "PT1M",
      "2020-12-03 09:44",
      "&",
      "=",
      "%",
      "%zz",
      "\ud83d",
      "\0",
      "__proto__",
      "constructor",
      "[1]",
      "null",
    ],
  );
  const body = fc.array(fc.oneof(piece, fc.string(), fc.json()), { maxLength: 12 }).map((parts) =>
    parts.join("")
  );
  const type = fc.constantFrom(null, "application/json", "application/x-www-form-urlencoded", "text/plain");
  fc.assert(fc.property(body, type, (body, contentType) => {
    const variables = readOcpVariables(body, { contentType, query: new URLSearchParams() });
    const sent = ocpAlarmOf(variables, { severities: new Map(), now: AT, authenticated: true });
    if (sent.kind === "own") return;
    const { alert, identity } = sent.incoming;
    ok(alert.title.trim() !== "" && Object.keys(identity).length > 0);
    for (const text of [alert.text, ...Object.values(alert.labels), ...Object.values(identity)]) {
      equal(typeof text, "string");
    }
  }));
});

Deno.test("what cannot be read at all is the message", async () => {
  for (const body of ["{", '{"a":', "[1,2", "{]}", '["a"]', "{ not json at all }"]) {
    equal((await alertOf(body)).text, body);
  }
});

Deno.test("variables in the address stand beside a plain text, and the token is none", async () => {
  await using house = await testRelay({});
  const path = `${PATH}?token=${SECRETS.intakeToken}&alarm_type=t&alarm_target=a%3Db&alarm_level=Caution`;
  await post(house, "plain", { headers: { authorization: "none" } }, path);
  const { labels, severity } = await lastAlert(house);
  equal([labels, severity], [
    { alarm_type: "t", alarm_target: "a=b", a: "b", alarm_level: "Caution", origin: "ocp" },
    "info",
  ]);
});

const LEVELS: Readonly<Record<string, readonly string[]>> = {
  critical: ["1", "2", "Down", "Stopped", "停服", "Critical", "严重", "嚴重", " critical "],
  warning: ["3", "Alert", "Warning", "警告"],
  info: ["4", "5", "Caution", "注意", "Info", "Reminder", "提醒"],
};
for (const [severity, words] of Object.entries(LEVELS)) {
  for (const word of words) {
    Deno.test(`the level ${word} is ${severity}, as a variable and in a message`, async () => {
      equal((await alertOf({ ...ALARM, alarm_level: word })).severity, severity);
      const lines = `OCP Alert Notification - Single Alert\n- Name: n\n- Level: ${word}\n- Alert object: a=b`;
      equal((await alertOf({ message: lines })).severity, severity);
    });
  }
}

Deno.test("an unknown level is a warning, and is shown; only a number of OCP's own counts", async () => {
  const { severity, severityText } = await alertOf({ ...ALARM, alarm_level: "terrible" });
  equal([severity, severityText], ["warning", "terrible"]);
  equal((await alertOf({ ...ALARM, alarm_level: "${alarm_level}" })).severity, "warning");
});

const STATUSES: [object, "firing" | "resolved"][] = [
  [{}, "firing"],
  [{ alarm_status: "Active" }, "firing"],
  [{ alarm_status: "告警中" }, "firing"],
  [{ alarm_status: "Silenced" }, "firing"],
  [{ alarm_status: "${alarm_status}" }, "firing"],
  [{ alarm_status: "Inactive" }, "resolved"],
  [{ alarm_status: "已消除" }, "resolved"],
  [{ alarm_status: "已恢复" }, "resolved"],
  [{ alarm_status: "Cleared" }, "resolved"],
  [{ alarm_status_zh_cn: "已消除" }, "resolved"],
  [{ alarm_resolved_at: "2020-12-03T09:50:12+08:00" }, "resolved"],
  [{ alarm_resolved_at: "${alarm_resolved_at}" }, "firing"],
  [{ alarm_resolved_at: "2020-12-03T09:40:00+08:00", alarm_status: "Active" }, "firing"],
  [{ message: "【告警恢复通知】\n- 告警对象 x" }, "resolved"],
  [{ message: "【OCP 告警恢复通知】\n- 告警对象 x" }, "resolved"],
  [{ message: "【警示恢復通知】\n- x" }, "resolved"],
  [{ message: "[Alarm Recover Notification]\n- Target x" }, "resolved"],
  [{ message: "### **[Alarm Recover Notification]**", alarm_status: "Active" }, "resolved"],
  [{ message: "see 【告警恢复通知】" }, "firing"],
];
for (const [fields, status] of STATUSES) {
  Deno.test(`${JSON.stringify(fields)} is ${status}`, async () => {
    const { alarm_status: _, ...rest } = ALARM;
    equal((await alertOf({ ...rest, ...fields })).status, status);
  });
}

const AT = Date.UTC(2026, 0, 31, 8);
const TIMES: [string, object, number | null, number | null][] = [
  ["an offset", { alarm_active_at: "2020-12-03T09:44:04+08:00" }, Date.UTC(2020, 11, 3, 1, 44, 4), null],
  ["UTC", { alarm_active_at: "2023-04-25T10:04:17Z" }, Date.UTC(2023, 3, 25, 10, 4, 17), null],
  [
    "milliseconds",
    { alarm_active_at: "2025-06-06T15:03:06.671+08:00" },
    Date.UTC(2025, 5, 6, 7, 3, 6, 671),
    null,
  ],
  ["no zone", { alarm_active_at: "2025-06-06 15:03:06" }, Date.UTC(2025, 5, 6, 7, 3, 6), null],
  ["a number", { alarm_active_at: "1749193386671" }, 1_749_193_386_671, null],
  ["none", { alarm_active_at: "${alarm_active_at}" }, AT, null],
  ["words", { alarm_active_at: "yesterday" }, AT, null],
  [
    "a duration after the beginning",
    {
      alarm_status: "Inactive",
      alarm_active_at: "2020-12-03T09:44:04Z",
      alarm_last_interval: "PT6M8.301194S",
    },
    Date.UTC(2020, 11, 3, 9, 44, 4),
    Date.UTC(2020, 11, 3, 9, 50, 12, 301),
  ],
  [
    "a duration in seconds before the end",
    {
      alarm_status: "Inactive",
      alarm_active_at: "",
      alarm_resolved_at: "2020-12-03T09:50:00Z",
      alarm_duration: "60",
    },
    Date.UTC(2020, 11, 3, 9, 49),
    Date.UTC(2020, 11, 3, 9, 50),
  ],
  ["no time of its end", { alarm_status: "Inactive", alarm_active_at: "" }, null, AT],
];
for (const [what, fields, startsAt, endsAt] of TIMES) {
  Deno.test(`times with ${what} are read`, async () => {
    const alert = await alertOf({ ...ALARM, ...fields });
    equal([alert.startsAt, alert.endsAt], [startsAt, endsAt]);
  });
}

Deno.test("an alarm is the same while its type and target are, and its recovery ends it", async () => {
  equal(
    await outcomes(
      { ...ALARM, alarm_id: "1" },
      { ...ALARM, alarm_id: "2", message: "other words" },
      { ...ALARM, alarm_target: "another" },
      { ...ALARM, alarm_id: "3", alarm_status: "Inactive" },
      { ...ALARM, alarm_status: "Inactive" },
      { ...ALARM, alarm_active_at: "2020-12-03T09:50:00+08:00" },
    ),
    ["first", "folded", "first", "resolved", "suppressed", "first"],
  );
});

Deno.test("without its type an alarm is the same by its number, else by target and details, else by its words", async () => {
  equal(await outcomes({ alarm_id: "7", message: "a" }, { alarm_id: "7", message: "b" }), [
    "first",
    "folded",
  ]);
  equal(await outcomes({ message: FIRED }, { message: RECOVERED }), ["first", "resolved"]);
  const at = (time: string): object => ({ message: `disk full at ${time} on node 1` });
  equal(
    await outcomes(at("2020-12-03T09:44:04+08:00"), at("2020-12-03 09:47:04"), {
      message: "disk full on node 2",
    }),
    ["first", "folded", "first"],
  );
});

Deno.test("an aggregated message says how many it stands for, and keeps its key", async () => {
  const { title, labels } = await alertOf({ ...ALARM, alarm_count: "3", alarm_group_by: "ob_cluster=a" });
  equal([title, labels.alarm_count, labels.alarm_group_by], ["exporter进程数量不够 ×3", "3", "ob_cluster=a"]);
  const lines = "OCP告警通知-多条告警\n- 名称：CPU 高\n- 级别：严重\n- 告警数量：4\n- 聚合分组：g";
  equal((await alertOf({ message: lines })).title, "CPU 高 ×4");
});

const TESTS: [string, BodyInit | object][] = [
  ["with every variable unresolved", {
    alarm_type: "${alarm_type}",
    alarm_target: "${alarm_target}",
    alarm_name: "${alarm_name}",
    message: "### OCP 告警通知 ${alarm_name}\n- 级别：${alarm_level}\n- 告警对象：${alarm_target}",
  }],
  ["with every variable empty", { alarm_type: "", alarm_name: "", message: "" }],
  ["with every variable its own name", {
    alarm_type: "alarm_type",
    alarm_name: "alarm_name",
    message: "message test",
  }],
  ["in a form", form({ message: "" })],
  ["in plain text", "这是一条测试消息"],
  ["in a robot's JSON", robot("Test message from OCP")],
];
for (const [what, body] of TESTS) {
  Deno.test(`OCP's test message ${what} arrives, marked as a test, each time`, async () => {
    await using house = await testRelay();
    equal((await post(house, body)).test, true);
    equal((await post(house, body)).test, true);
    await house.settle();
    const messages = await house.relay.store.caches.newest("inbox", 10) as {
      title: string;
      severity: string;
    }[];
    equal(messages.length, 2);
    for (const { title, severity } of messages) {
      match(title, /测试 TEST/);
      equal(severity, "info");
    }
  });
}

Deno.test("an alarm whose details hold a variable that OCP could not fill is no test", async () => {
  const { title } = await alertOf({ ...ALARM, message: "等待耗时：${request_queue_time_value_zh_cn}" });
  equal(title, ALARM.alarm_name);
  equal(
    (await alertOf({ message: "等待：${request_queue_time_value_zh_cn}\n- x" })).title,
    "等待：${request_queue_time_value_zh_cn}",
  );
});

Deno.test("an alarm that this relay had pushed to OCP is answered, and notified to nobody again", async () => {
  for (
    const own of [
      { ...ALARM, origin: "fenghuo" },
      { ...ALARM, alarm_target: "fenghuo=0123456789abcdef:alertname=DiskFull" },
      { message: FIRED.replace("service=OCP:svr_ip=1.2.3.4", "fenghuo=0123456789abcdef:alertname=DiskFull") },
    ]
  ) {
    await using house = await testRelay();
    match(String((await post(house, own)).ignored), /pushed the alarm/);
    equal(await house.relay.store.log.newest(1), []);
  }
});

Deno.test("the group is the one in the address; an unknown one falls back to the default group", async () => {
  const yaml = "groups: [{ owner: 数据库, level: 一, destinations: [{ channel: inbox, config: {} }] }]";
  await using house = await testRelay({ yaml });
  await post(house, ALARM, {}, `/ocp/${encodeURIComponent("数据库")}/${encodeURIComponent("一")}`);
  await post(house, { ...ALARM, alarm_target: "x" }, {}, "/ocp/nobody/1");
  const routings = (await house.relay.store.log.newest(2)).map((
    { routing: [one] },
  ) => [one!.group, one!.by]);
  equal(routings, [["default/default", "unknown_group"], ["数据库/一", "named"]]);
});

const REFUSALS: [string, number, RegExp, BodyInit | object, RequestInit?][] = [
  ["no token", 401, /token is missing/, ALARM, { headers: { authorization: "" } }],
  ["a wrong token", 401, /token is wrong/, ALARM, { headers: { authorization: "Bearer nope" } }],
  ["an empty body", 400, /body is empty/, " "],
  ["bytes in no known encoding", 400, /UTF-8/, new Uint8Array([0x22, 0xff, 0x22])],
  ["a body over the limit", 413, /too large/, "x".repeat(9_000_000)],
  ["a GET", 405, /takes alarms by POST/, "", { method: "GET", body: null }],
];
for (const [what, status, words, body, init] of REFUSALS) {
  Deno.test(`${what} is refused with errcode ${status}, and nothing is stored`, async () => {
    await using house = await testRelay();
    const { errcode, errmsg } = await post(house, body, init);
    equal(errcode, status);
    match(errmsg, words);
    equal(await house.relay.store.log.newest(1), []);
    equal(house.reports, []);
  });
}

Deno.test("the token is taken as Basic's password, and in the address", async () => {
  await using house = await testRelay();
  equal(
    (await post(house, ALARM, { headers: { authorization: `Basic ${btoa(`ocp:${SECRETS.intakeToken}`)}` } }))
      .errcode,
    0,
  );
  const path = `${PATH}?token=${SECRETS.intakeToken}`;
  equal((await post(house, ALARM, { headers: { authorization: "none" } }, path)).errcode, 0);
});

Deno.test("a store that fails is answered 503 with an errcode, and OCP sends again", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  {
    await using house = await testRelay({ kv: faulty.kv });
    faulty.onCommit = () => {
      throw new TypeError("disk full");
    };
    equal((await post(house, ALARM)).errcode, 503);
  }
  kv.close();
});
