import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { isWhole, type LoggedAlert } from "../../../relay/domain/record.ts";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { api } from "../../kit/api.ts";
import { SECRETS, type TestRelay, testRelay, webhook } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

const YAML = `
groups:
  - { owner: dba, level: default, robot_token: robot-token, destinations: [{ channel: inbox, config: {} }] }
`;

const GOOD = JSON.stringify(webhook({}));

async function post(house: TestRelay, path: string, body: string, headers: HeadersInit = {}): Promise<void> {
  await (await house.request(path, { method: "POST", body, headers })).body?.cancel();
  await house.advance(1_000);
  await house.relay.refusals.idle();
  await house.settle();
}

/** The relay's own incidents, the oldest first: `firing [group] title`. */
async function own(house: TestRelay): Promise<string[]> {
  const logged: LoggedAlert[] = await house.relay.store.log.newest(200);
  return logged.toReversed().flatMap(({ alert, routing }) => {
    if (!isWhole(alert) || alert.dialect !== "fenghuo") return [];
    return [`${alert.status} ${routing.map(({ group }) => group)} ${alert.title}`];
  });
}

const OCP_LOGIN = { authorization: `Basic ${btoa(`ocp:${SECRETS.intakeToken}`)}` };

/** Requests of known senders, and the people notified of the refusal. */
const REFUSED: [
  what: string,
  path: string,
  body: string,
  headers: HeadersInit,
  incident: RegExp,
  text: RegExp,
][] = [
  [
    "a wrong field",
    "/webhook",
    '{"alerts":[{"status":"x"}]}',
    {},
    /default\/default 接入令牌（[^）]+）在入口 alertmanager 被拒绝/,
    /422 alerts\[0\]/,
  ],
  [
    "a body that is no JSON",
    "/webhook/dba/default",
    '{"password":"S3CRET"',
    {},
    / dba\/default /,
    /400 The body is not JSON$/m,
  ],
  [
    "a payload that is too large",
    "/dingtalk/dba/send",
    "x".repeat(17_000_000),
    {},
    / dba\/default .*dingtalk/,
    /413 The body is too large/,
  ],
  [
    "another compression",
    "/ocp/dba",
    "x",
    { "content-encoding": "br" },
    / dba\/default .*ocp/,
    /415 The body is compressed/,
  ],
  [
    "an address that is not there",
    "/webhok",
    GOOD,
    {},
    /default\/default 接入令牌（[^）]+）被拒绝：请求的地址不存在/,
    /404 There is nothing at POST \/webhok/,
  ],
  [
    "a message of another type",
    "/robot/send?access_token=robot-token",
    '{"msgtype":"x"}',
    {},
    / dba\/default dba\/default 的机器人（/,
    /400105/,
  ],
  [
    "an alarm of OCP's without a target",
    "/api/v2/alarm/alarms",
    '{"alarmType":"a"}',
    OCP_LOGIN,
    /default\/default .*OCP/,
    /400 Illegal argument/,
  ],
];

for (const [what, path, body, headers, incident, text] of REFUSED) {
  Deno.test(`${what} at ${path} is counted, logged and notified once, as an incident of the relay's own`, async () => {
    await using house = await testRelay({ yaml: YAML });
    for (let time = 0; time < 5; time++) await post(house, path, body, headers);
    const [told, ...more] = await own(house);
    match(told ?? "", incident);
    equal(more, []);
    const [line, ...lines] = house.warnings;
    match(line!, /^Refused at the door/);
    equal(lines, [], "once a minute");
    const { body: { refusals } } = await api(house, "GET", "refusals");
    equal(refusals.map(({ count }: { count: number }) => count), [5]);
    const [message] = await house.relay.store.caches.newest("inbox", 10) as { text: string }[];
    match(JSON.stringify(message).replaceAll("\\n", "\n"), text);
    for (const words of [...house.warnings, JSON.stringify(refusals), JSON.stringify(message)]) {
      doesNotMatch(words, /S3CRET|test-token|robot-token/);
    }
  });
}

Deno.test("the incident leads to the page of what was refused", async () => {
  await using house = await testRelay({
    yaml: YAML,
    env: { FENGHUO_PUBLIC_URL: "https://relay.example.com" },
  });
  await post(house, "/webhook", "{}");
  const [logged] = await house.relay.store.log.newest(1);
  ok(logged !== undefined && isWhole(logged.alert));
  equal(logged.alert.links, [{
    kind: "source",
    url: "https://relay.example.com/doors",
    title: "被拒绝的请求",
  }]);
});

Deno.test("a signed alarm for an unknown group opens an incident, and an unsigned one is only counted", async () => {
  await using house = await testRelay({ yaml: `${ALARM_V2_YAML}      - { channel: inbox, config: {} }` });
  await post(house, "/alarm_v2", JSON.stringify(alarmV2({ level: "9" })));
  await post(house, "/alarm_v2", JSON.stringify(alarmV2({ sign: "0".repeat(32) })));
  match((await own(house)).join("\n"), /^firing default\/default 部门 du-srv（.*$/);
  const counts = house.relay.refusals.list().map(({ status, sender }) => [status, sender]);
  equal(counts, [[2000, undefined], [3001, "department du-srv"]]);
});

Deno.test("an unknown sender opens no incident, and does not fill the log", async () => {
  await using house = await testRelay({ yaml: YAML });
  for (let index = 0; index < 500; index++) {
    for (
      const [path, authorization] of [["webhook/dba", `Bearer wrong-${index}`], ["nowhere", ""]] as const
    ) {
      const init = { method: "POST", body: GOOD, headers: { authorization } };
      await (await house.request(`/${path}/${index}`, init)).body?.cancel();
    }
  }
  await house.advance(1_000);
  equal(await own(house), []);
  ok(house.warnings.length <= 20, `${house.warnings.length} lines`);
  equal(house.relay.refusals.list().reduce((sum, { count }) => sum + count, 0), 1_000);
  for (const line of house.warnings) doesNotMatch(line, /wrong-/);
});

Deno.test("a look with a browser is no sender in trouble", async () => {
  await using house = await testRelay({ yaml: YAML });
  for (const path of ["/webhook", "/prometheusalert", "/ocp/dba/default", "/nowhere"]) {
    await (await house.request(path)).body?.cancel();
    await (await house.request(path, { method: "OPTIONS" })).body?.cancel();
  }
  await house.advance(1_000);
  await house.relay.refusals.idle();
  equal(await own(house), []);
});

Deno.test("the incident is over when its sender is accepted again after ten minutes, and nobody else ends it", async () => {
  await using house = await testRelay({ yaml: YAML });
  await post(house, "/webhook/dba/default", "{}");
  await post(house, "/webhook", GOOD);
  await post(house, "/dingtalk/dba/send", GOOD);
  await house.advance(10 * MINUTE);
  await post(house, "/webhook", GOOD);
  equal((await own(house)).length, 1);
  await post(house, "/webhook/dba/default", GOOD);
  match((await own(house)).join("\n"), /^firing dba\/default.*\nresolved dba\/default.*$/);
  equal((await house.relay.store.incidents.newest("open", 10)).map(({ dialect }) => dialect), [
    "alertmanager",
  ]);
  await post(house, "/webhook/dba/default", GOOD);
  equal((await own(house)).length, 2);
});

Deno.test("a sender of which some alerts are refused and others taken is notified once, not each time", async () => {
  await using house = await testRelay({ yaml: YAML });
  for (let minute = 0; minute < 180; minute += 5) {
    await post(house, "/webhook", "{}");
    await post(house, "/webhook", GOOD);
    await house.advance(5 * MINUTE);
  }
  equal((await own(house)).filter((words) => words.startsWith("resolved")), []);
  const inbox = await house.relay.store.caches.newest("inbox", 100) as { title: string }[];
  equal(inbox.filter(({ title }) => title.includes("被拒绝")).length, 1);
  await house.advance(10 * MINUTE);
  await post(house, "/webhook", GOOD);
  equal((await own(house)).filter((words) => words.startsWith("resolved")).length, 1);
});

Deno.test("a sender that is accepted again within a second opens no incident", async () => {
  await using house = await testRelay({ yaml: YAML });
  for (const body of ["{}", GOOD]) {
    await (await house.request("/webhook", { method: "POST", body })).body?.cancel();
  }
  await house.advance(MINUTE);
  await house.relay.refusals.idle();
  equal([await own(house), house.relay.refusals.hasOpen], [[], false]);
});

Deno.test("an incident stays open while the sender is refused, and closes by itself after an hour without", async () => {
  await using house = await testRelay({ yaml: YAML });
  const isOpen = async (): Promise<boolean> =>
    (await house.relay.store.incidents.newest("open", 10)).some(({ dialect }) => dialect === "fenghuo");
  for (let minute = 0; minute < 180; minute += 5) {
    await post(house, "/webhook", "{}");
    await house.advance(5 * MINUTE);
    await house.relay.tidy();
    ok(await isOpen(), `${minute}`);
  }
  const told = await house.relay.store.caches.newest("inbox", 10);
  equal(told.length, 1, "it is told once in three hours");
  await house.advance(61 * MINUTE);
  await house.relay.tidy();
  ok(!await isOpen());
  await post(house, "/webhook", "{}");
  ok(await isOpen(), "and opens again");
});

Deno.test("an own incident whose message this relay refuses opens no other one", async () => {
  const refused: string[] = [];
  const houses: TestRelay[] = [];
  await using house = await testRelay({
    yaml: `
groups:
  - { owner: default, level: default, destinations: [{ channel: webhook, config: { url: "http://127.0.0.1:8120/webhook" } }] }
`,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const response = await houses[0]!.request("/webhook", {
        method: "POST",
        body: await request.text(),
      });
      refused.push(String(response.status));
      return response;
    },
  });
  houses.push(house);
  await post(house, "/webhook", "{}");
  for (let minute = 0; minute < 30; minute++) {
    await house.advance(MINUTE);
    await house.relay.refusals.idle();
  }
  ok(refused.includes("422"), "the relay's own message is refused at its own door");
  const firing = (await own(house)).filter((words) => words.startsWith("firing"));
  ok(firing.length <= 3, `${firing.length} in half an hour`);
});
