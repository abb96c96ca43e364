import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { obstacleOf } from "../../../relay/delivery/obstacle.ts";
import type { Pause, VendorRefusal } from "../../../relay/store/lane_record.ts";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startDingTalkEnterprise } from "../../../simulator/dingtalk_enterprise.ts";
import { startWeComEnterprise } from "../../../simulator/wecom_enterprise.ts";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

interface Answer {
  readonly code: number;
  readonly message?: string;
  readonly pending?: string[];
  /** The caller's wait, by the relay's clock. */
  readonly ms: number;
}

let count = 0;

/** A call about something new; it gets its answer at the deadline at the latest. */
async function call(house: TestRelay, changes: Record<string, string> = {}): Promise<Answer> {
  const before = house.clock.now();
  const body = JSON.stringify(alarmV2({ notes: `${++count}`, ...changes }));
  let ms = -1;
  const answer = house.request("/alarm_v2", { method: "POST", body }).then((response) => {
    ms = house.clock.now() - before;
    return response.json();
  });
  // The answers of vendors need real time; the deadline is the clock's.
  for (let turn = 0; ms < 0; turn++) {
    await house.settle();
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (turn >= 2_000) house.clock.advance(5_000);
    if (turn >= 2_010) throw new Error("There was no answer at the deadline");
  }
  return { ...await answer, ms };
}

const APP = { appKey: "ding1", appSecret: "D1ng+/=&s3cret", templateId: "t-1" };
const MEMBERS = `members:
  - { id: li.lei, dingtalk: user1, wecom: LiLei, email: li.lei@example.com }
  - { id: han.mei, dingtalk: user2, wecom: HanMei }
`;
const yaml = (destination: string): string =>
  `${MEMBERS}${
    ALARM_V2_YAML.replace("level: 3", "level: 3\n    members: [li.lei, han.mei]")
  }      - ${destination}\n`;

const busy = { status: 500, json: {} };
const CASES: [what: string, code: number, faulty: string, path: "chat" | "robot" | "wecom" | "mail"][] = [
  ["a robot that answers 500", 4002, "", "robot"],
  ["a DingTalk token that cannot be had", 4000, "/v1.0/oauth2/accessToken", "chat"],
  ["a DingTalk chat that cannot be made", 4001, "/v1.0/im/sceneGroup/create", "chat"],
  ["a DingTalk chat that takes no message", 4002, "/v1.0/robot/groupMessages/send", "chat"],
  ["a WeCom token that cannot be had", 4003, "/cgi-bin/gettoken", "wecom"],
  ["a WeCom app that takes no message", 4004, "/cgi-bin/message/send", "wecom"],
  ["a mail server that is not there", 4005, "", "mail"],
];

for (const [what, code, path, vendor] of CASES) {
  Deno.test(`each of nine calls is answered ${code} at once, with the reason: ${what}`, async () => {
    const clock = new TestClock();
    const now = (): number => clock.now();
    await using robot = await startDingTalk({ robots: [{ token: "robot-token" }], now });
    await using chat = await startDingTalkEnterprise({
      app: APP,
      staff: [{ user: "user1" }, { user: "user2" }],
      now,
    });
    await using wecom = await startWeComEnterprise({
      app: { corpid: "ww1", secret: "wecom-secret", agentid: 7 },
      members: [{ user: "LiLei" }, { user: "HanMei" }],
      now,
    });
    const destinations = {
      robot: `{ channel: dingtalk_robot, config: { token: robot-token, base: "${robot.url}" } }`,
      chat:
        `{ channel: dingtalk_chat, config: { appKey: ding1, appSecret: "${APP.appSecret}", templateId: t-1, base: "${chat.url}" } }`,
      wecom:
        `{ channel: wecom_app, config: { corpid: ww1, secret: wecom-secret, agentid: 7, base: "${wecom.url}" } }`,
      mail: "{ channel: email, config: { host: 127.0.0.1, port: 1, from: a@example.com } }",
    };
    if (vendor === "robot") robot.fault("5xx", { status: 500, times: 99 });
    else if (vendor !== "mail") {
      ({ chat, wecom })[vendor].fault("answer", { path, reply: busy, times: 99 });
    }
    await using house = await testRelay({ clock, yaml: yaml(destinations[vendor]) });
    for (let number = 1; number <= 9; number++) {
      const answer = await call(house);
      equal([answer.code, answer.ms, answer.pending], [code, 0, undefined], `call ${number}`);
      match(
        answer.message!,
        vendor === "mail" ? /^email: .+/ : /^(dingtalk_robot|dingtalk_chat|wecom_app): HTTP 500/,
      );
    }
    const [record] = await house.relay.store.log.newest(1);
    equal(record!.routing[0]!.outcome.kind, "told", "and it is kept, to be tried again");
    await house.settle();
  });
}

for (const [what, code, path, vendor] of CASES.slice(0, 3)) {
  Deno.test(`the same alert again, before it is clear that the vendor is sick, is answered ${code} at once: ${what}`, async () => {
    const clock = new TestClock();
    const now = (): number => clock.now();
    await using robot = await startDingTalk({ robots: [{ token: "robot-token" }], now });
    const staff = [{ user: "user1" }, { user: "user2" }];
    await using chat = await startDingTalkEnterprise({ app: APP, staff, now });
    const destination = vendor === "robot"
      ? `{ channel: dingtalk_robot, config: { token: robot-token, base: "${robot.url}" } }`
      : `{ channel: dingtalk_chat, config: { appKey: ding1, appSecret: "${APP.appSecret}", templateId: t-1, base: "${chat.url}" } }`;
    if (vendor === "robot") robot.fault("5xx", { status: 500, times: 1 });
    else chat.fault("answer", { path, reply: busy, times: 1 });
    await using house = await testRelay({
      clock,
      yaml: yaml(destination).replace("level: 3", "level: 3\n    window: 0"),
    });
    for (let number = 1; number <= 3; number++) {
      const { message, ...answer } = await call(house, { notes: "the same" });
      equal(answer, { code, ms: 0 }, `call ${number}`);
      match(message!, /^dingtalk_(robot|chat): HTTP 500/);
    }
    await house.advance(60_000);
    const deliveries = await house.deliveries();
    equal(deliveries.map(({ state }) => state), ["delivered", "delivered", "delivered"], "nothing is lost");
  });
}

Deno.test("a refused config is answered at once for its own group, and another group of the same robot has its message", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({
    robots: [{ token: "robot-token", secret: "SEC-right" }],
    now: () => clock.now(),
  });
  const to = (secret: string): string =>
    `{ channel: dingtalk_robot, config: { token: robot-token, secret: ${secret}, base: "${dingtalk.url}" } }`;
  await using house = await testRelay({
    clock,
    yaml: `${yaml(to("SEC-wrong"))}  - { owner: chenmin, level: 4, destinations: [${to("SEC-right")}] }\n`,
  });
  for (let number = 1; number <= 3; number++) {
    const refused = await call(house, { level: "3" });
    equal([refused.code, refused.ms, refused.pending], [4002, 0, undefined]);
    match(refused.message!, /^dingtalk_robot: 310000/);
    equal(await call(house, { level: "4" }), { code: 0, ms: 0 });
  }
  equal(dingtalk.robot("robot-token").messages.length, 3);
});

Deno.test("a robot that was removed is named in every answer, and one beside it has its message", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "robot-token" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml: yaml(`{ channel: dingtalk_robot, config: { token: gone-robot, base: "${dingtalk.url}" } }`) +
      "      - { channel: inbox, config: {} }\n",
  });
  for (let number = 1; number <= 3; number++) {
    const { code, message, ms } = await call(house);
    equal([code, ms], [4002, 0]);
    match(message!, /^dingtalk_robot: \d+ .*token/);
  }
  await house.settle();
  const kept = await house.relay.store.caches.newest("inbox", 20) as { title: string }[];
  ok(kept.filter(({ title }) => title.includes("陈敏")).length === 3);
});

Deno.test("once the vendor is well again the answer is 0, and what was waiting arrives", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "robot-token" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml: yaml(`{ channel: dingtalk_robot, config: { token: robot-token, base: "${dingtalk.url}" } }`),
  });
  dingtalk.fault("5xx", { times: 5 });
  for (let number = 1; number <= 7; number++) equal((await call(house)).code, 4002);
  for (let minute = 0; minute < 5; minute++) await house.advance(60_000);
  equal(await call(house), { code: 0, ms: 0 });
  await house.settle();
  ok(dingtalk.robot("robot-token").messages.length >= 2);
});

const NOW = 1_000_000;
const pause = (own: Partial<Pause>): Pause => ({
  kind: "failing",
  until: NOW + 1,
  at: NOW - 1,
  because: "x",
  ...own,
});
const OBSTACLES: [what: string, pause: Pause | undefined, expected: object | undefined][] = [
  ["none", undefined, undefined],
  ["a vendor that fails", pause({}), { because: "x" }],
  ["one that fails in a step", pause({ step: "token" }), { because: "x", step: "token" }],
  ["a throttle", pause({ kind: "throttled" }), undefined],
  ["one that is over", pause({ until: NOW }), undefined],
  ["one of a clock that was set back", pause({ at: NOW + 3_600_000, until: NOW + 7_200_000 }), undefined],
];
const REFUSALS: [
  what: string,
  configHash: string,
  own: Partial<VendorRefusal>,
  expected: object | undefined,
][] = [
  ["a refused config", "h", {}, { because: "x" }],
  ["one that is refused in a step", "h", { step: "token" }, { because: "x", step: "token" }],
  ["one that is due to be tried again", "h", { until: NOW }, undefined],
  ["one that was mended", "other", {}, undefined],
];

for (const [what, paused, expected] of OBSTACLES) {
  Deno.test(`${what} is ${expected ? "an" : "no"} obstacle`, () => {
    const record = { failures: 5, ...paused ? { pause: paused } : {} };
    equal(obstacleOf(record, { configHash: "h" }, NOW), expected);
  });
}

for (const [what, hash, own, expected] of REFUSALS) {
  Deno.test(`${what} is ${expected ? "an" : "no"} obstacle`, () => {
    const refusal: VendorRefusal = {
      destination: "d",
      since: 1,
      at: 1,
      times: 1,
      until: NOW + 1,
      because: "x",
      ...own,
    };
    equal(obstacleOf({ failures: 0, refused: { [hash]: refusal } }, { configHash: "h" }, NOW), expected);
  });
}

Deno.test("a call behind a failed one is answered at once, too, while another instance holds the lane", async () => {
  const clock = new TestClock();
  using kv = await Deno.openKv(":memory:");
  await using robot = await startDingTalk({ robots: [{ token: "robot-token" }], now: () => clock.now() });
  const destination = `{ channel: dingtalk_robot, config: { token: robot-token, base: "${robot.url}" } }`;
  const options = {
    kv,
    clock,
    exclusive: false,
    yaml: yaml(destination).replace("level: 3", "level: 3\n    window: 0"),
  };
  await using one = await testRelay(options);
  await using other = await testRelay(options);
  robot.fault("5xx", { status: 500, times: 1 });
  equal((await call(one, { notes: "the same" })).code, 4002);
  robot.fault("hang", { times: 1 });
  const body = JSON.stringify(alarmV2({ notes: "another" }));
  const hanging = one.request("/alarm_v2", { method: "POST", body });
  await robot.arrived(2);
  const response = await other.request("/alarm_v2", {
    method: "POST",
    body: JSON.stringify(alarmV2({ notes: "the same" })),
  });
  const { code, message } = await response.json();
  equal(code, 4002);
  match(message, /HTTP 500/);
  robot.heal();
  clock.advance(60_000);
  await (await hanging).body?.cancel();
});
