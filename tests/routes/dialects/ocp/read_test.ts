import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { ocpRoutes } from "../../../../routes/dialects/ocp/ocp.ts";
import { SECRETS, type TestRelay, testRelay as anyRelay, type TestRelayOptions } from "../../../kit/relay.ts";
import { MINUTE } from "../../../../relay/base/duration.ts";

const ALARMS = "/api/v2/alarm/alarms";
const LOGIN = `Basic ${btoa("username:ocp-password")}`;

/** A relay with a login of its own for OCP: without one only a viewer reads. */
function testRelay({ env, ...options }: TestRelayOptions = {}): Promise<TestRelay> {
  const login = { FENGHUO_OCP_USER: "username", FENGHUO_OCP_PASSWORD: "ocp-password" };
  return anyRelay({ ...options, env: { ...login, ...env } });
}

interface Listed {
  readonly contents: Record<string, unknown>[];
  readonly page: { number: number; size: number; totalElements: number; totalPages: number };
}

interface Envelope {
  readonly status: number;
  readonly successful: boolean;
  readonly data?: Record<string, unknown>;
  readonly error?: { code: number; message: string };
}

async function ask(house: TestRelay, path: string, init: RequestInit = {}): Promise<Envelope> {
  const response = await house.request(path, { headers: { authorization: LOGIN }, ...init });
  const text = await response.text();
  match(text, /^[\x20-\x7e]+$/, "the answer is ASCII, and never empty");
  ok(response.headers.get("content-type")?.startsWith("application/json"));
  const envelope = JSON.parse(text) as Envelope;
  equal([envelope.status, envelope.successful], [response.status, response.ok]);
  return envelope;
}

async function list(house: TestRelay, path: string): Promise<Listed> {
  const { data, error } = await ask(house, path);
  equal(error, undefined);
  return data as unknown as Listed;
}

async function push(house: TestRelay, alarm: object): Promise<string> {
  const { data } = await ask(house, ALARMS, {
    method: "POST",
    body: JSON.stringify({ alarmType: "cpu", ...alarm }),
    headers: { authorization: LOGIN, "content-type": "application/json" },
  });
  return data!.id as string;
}

/** Four alarms, a minute after another: `b` was over before `d` began. */
async function someAlarms(house: TestRelay): Promise<Record<"a" | "b" | "c" | "d", string>> {
  const a = await push(house, {
    target: "a",
    level: 1,
    appType: "OceanBase",
    scope: "Tenant",
    labels: { k: "值" },
  });
  await house.settle();
  house.clock.advance(MINUTE);
  const b = await push(house, {
    target: "b",
    level: 2,
    appType: "OCP",
    summary: "Disk 满",
    description: "d",
  });
  await house.settle();
  house.clock.advance(MINUTE);
  const c = await push(house, { target: "c", level: 5, alarmType: "disk", name: "磁盘" });
  await house.settle();
  house.clock.advance(MINUTE);
  equal(await push(house, { target: "b", status: "Inactive" }), b, "a recovery has its alarm's id");
  const d = await push(house, { target: "d" });
  await house.post({ labels: { alertname: "of another dialect" } });
  await house.settle();
  return { a, b, c, d };
}

Deno.test("an alarm reads as it was pushed, under the id that the push was answered", async () => {
  await using house = await testRelay();
  const { a, b } = await someAlarms(house);
  equal((await ask(house, `${ALARMS}/${a}`)).data, {
    activeAt: "2026-01-31T08:00:00.000Z",
    alarmType: "cpu",
    appType: "OceanBase",
    gmtCreate: "2026-01-31T08:00:00.000Z",
    gmtModified: "2026-01-31T08:00:00.000Z",
    id: a,
    labels: { k: "值" },
    level: 1,
    name: "cpu",
    scope: "Tenant",
    status: "Active",
    statusUpdatedAt: "2026-01-31T08:00:00.000Z",
    target: "a",
    updatedAt: "2026-01-31T08:00:00.000Z",
  });
  const { data } = await ask(house, `${ALARMS}/${b}/`);
  equal([data!.status, data!.resolvedAt, data!.level, data!.summary, data!.description], [
    "Inactive",
    "2026-01-31T08:03:00.000Z",
    2,
    "Disk 满",
    "d",
  ]);
});

Deno.test("a repeated push has its alarm's id, and moves its time", async () => {
  await using house = await testRelay();
  const id = await push(house, { target: "a" });
  house.clock.advance(MINUTE);
  equal(await push(house, { target: "a", level: 2 }), id);
  const { data } = await ask(house, `${ALARMS}/${id}`);
  equal([data!.activeAt, data!.updatedAt, data!.level], [
    "2026-01-31T08:00:00.000Z",
    "2026-01-31T08:01:00.000Z",
    1,
  ]);
});

const LISTS: [path: string, targets: string][] = [
  ["", "dcba"],
  ["/", "dcba"],
  ["?status=Active", "dca"],
  ["?status=Inactive", "b"],
  ["?status=Active,Inactive", "dcba"],
  ["?status=Silenced", ""],
  ["?level=1", "a"],
  ["?level=2", "b"],
  ["?level=3&level=5", "dc"],
  ["?appType=OCP", "b"],
  ["?scope=Tenant", "a"],
  ["?alarmType=disk", "c"],
  ["?target=a&target[]=d", "da"],
  ["?keyword=DISK", "cb"],
  ["?keyword=%E7%A3%81%E7%9B%98", "c"],
  ["?keyword=nothing", ""],
  ["?activeAtStart=2026-01-31T08:01:00Z", "dcb"],
  ["?activeAtStart=2026-01-31T16:01:00%2B08:00&activeAtEnd=2026-01-31T16:02:00%2B08:00", "cb"],
  ["?activeAtEnd=2026-01-31T16:00:30+08:00", "a"],
  ["?status=Active&level=1,5&unknown=x", "ca"],
  ["?isSubscribedByMe=true", "dcba"],
  ["/actived", "dca"],
  ["/actived?level[]=5", "c"],
  ["/history", "b"],
  ["/history?status=Active", ""],
];
Deno.test("lists hold what their filters ask for, the newest first", async (t) => {
  await using house = await testRelay();
  await someAlarms(house);
  for (const [path, targets] of LISTS) {
    await t.step(`alarms${path}`, async () => {
      const { contents, page } = await list(house, `${ALARMS}${path}`);
      equal(contents.map(({ target }) => target).join(""), targets);
      equal(page.totalElements, targets.length);
    });
  }
});

Deno.test("pages are counted from 1, and behind the last there is nothing", async () => {
  for (const exclusive of [true, false]) {
    await using house = await testRelay({ exclusive });
    for (let index = 0; index < 23; index++) await push(house, { target: `t${index}` });
    const pages = async (query: string): Promise<[number, Listed["page"]]> => {
      const { contents, page } = await list(house, `${ALARMS}?${query}`);
      return [contents.length, page];
    };
    const total = { totalElements: 23 };
    equal(await pages(""), [10, { number: 1, size: 10, ...total, totalPages: 3 }]);
    equal(await pages("page=3"), [3, { number: 3, size: 10, ...total, totalPages: 3 }]);
    equal(await pages("page=4&size=10"), [0, { number: 4, size: 10, ...total, totalPages: 3 }]);
    equal(await pages("size=200&keyword=T"), [23, { number: 1, size: 200, ...total, totalPages: 1 }]);
    equal(await pages("level=1"), [0, { number: 1, size: 10, totalElements: 0, totalPages: 0 }]);
  }
});

Deno.test("notifications have the outcome of each delivery", async () => {
  const yaml = "groups: [{ owner: default, level: default, destinations: [{ channel: inbox, config: {} }] }]";
  await using house = await testRelay({ yaml });
  const { a, b, d } = await someAlarms(house);
  const { contents, page } = await list(house, "/api/v2/alarm/notifications");
  equal(page.totalElements, 5, "four began, one ended; the other dialect's is none of OCP's");
  equal(contents.map(({ status, alarmIds }) => [status, (alarmIds as string[])[0]]).slice(0, 2), [
    ["Success", d],
    ["Success", b],
  ]);
  const { contents: [first], page: { totalElements } } = await list(
    house,
    `/api/v2/alarm/notifications?alarmId=${a}&status=Success,Failed`,
  );
  equal(totalElements, 1);
  equal({ ...first, id: "", message: "" }, {
    alarmIds: [a],
    channelId: "default/default/inbox",
    channelResponse: "kept in the inbox",
    generatedAt: "2026-01-31T08:00:00.000Z",
    id: "",
    isAggregated: false,
    labels: { k: "值" },
    message: "",
    sentAt: "2026-01-31T08:00:00.000Z",
    status: "Success",
  });
  equal((await list(house, "/api/v2/alarm/notifications?status=Pending")).contents, []);
});

const REFUSALS: [path: string, status: number, code: number, words: RegExp, init?: RequestInit][] = [
  [`${ALARMS}?page=0`, 400, 10001, /COM10001.*page: must be a whole number/],
  [`${ALARMS}?page=x`, 400, 10001, /page/],
  [`${ALARMS}?size=201`, 400, 10001, /size: must be a whole number from 1 to 200/],
  [`${ALARMS}?size=-1`, 400, 10001, /size/],
  [`${ALARMS}?level=6`, 400, 10001, /level: must be one of 1, 2/],
  [`${ALARMS}?status=active`, 400, 10001, /status: must be one of Active/],
  [`${ALARMS}?activeAtStart=yesterday`, 400, 10001, /activeAtStart: must be a time/],
  ["/api/v2/alarm/notifications?status=Sent", 400, 10001, /status: must be one of Pending/],
  ["/api/v2/alarm/notifications?size=0", 400, 10001, /size/],
  [`${ALARMS}/1000160`, 404, 70001, /ALM70001.*1000160/],
  [ALARMS, 401, 10000, /send Basic/, { headers: { authorization: "" } }],
  [ALARMS, 401, 10000, /password is wrong/, { headers: { authorization: `Basic ${btoa("u:nope")}` } }],
  [`${ALARMS}/history`, 405, 10008, /use GET/, { method: "POST" }],
  ["/api/v2/alarm/notifications", 405, 10008, /use GET/, { method: "DELETE" }],
];
for (const [path, status, code, words, init] of REFUSALS) {
  Deno.test(`${init?.method ?? "GET"} ${path} ${init ? "so " : ""}is answered ${status} ${code}: ${words.source}`, async () => {
    await using house = await testRelay();
    const envelope = await ask(house, path, init);
    equal([envelope.status, envelope.error!.code], [status, code]);
    match(envelope.error!.message, words);
    equal(house.reports, []);
  });
}

Deno.test("an alert of another dialect is no alarm of OCP's", async () => {
  await using house = await testRelay();
  await house.post({});
  const [{ id } = { id: "" }] = await house.relay.store.log.newest(1);
  equal((await ask(house, `${ALARMS}/${id}`)).status, 404);
});

Deno.test("reads have a limit of their own, and use up nothing of the pushes'", async () => {
  await using house = await testRelay();
  const app = ocpRoutes(house.relay, { report: () => {}, pushes: { limit: 2, per: MINUTE } });
  const statuses: number[] = [];
  for (const path of [ALARMS, "/api/v2/alarm/notifications", ALARMS]) {
    const response = await app.request(path, { headers: { authorization: LOGIN } });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  equal(statuses, [200, 200, 429]);
  const push = await app.request(ALARMS, {
    method: "POST",
    headers: { authorization: LOGIN },
    body: JSON.stringify({ alarmType: "t", target: "host=1" }),
  });
  await push.body?.cancel();
  equal(push.status, 200);
});

const ADMIN = { authorization: `Bearer ${SECRETS.adminPassword}` };
const INTAKE = { authorization: `Basic ${btoa(`any:${SECRETS.intakeToken}`)}` };
const OPEN = { FENGHUO_OPEN_INTAKE: "1" };
const OWN = { FENGHUO_OCP_USER: "ocp", FENGHUO_OCP_PASSWORD: "ocp-secret-1" };
const OWN_LOGIN = { authorization: `Basic ${btoa("ocp:ocp-secret-1")}` };

/** To push is one right, to read another. */
const RIGHTS: [who: string, headers: HeadersInit, env: Record<string, string>, push: number, read: number][] =
  [
    ["nobody", { authorization: "" }, {}, 401, 401],
    ["the intake token", INTAKE, {}, 200, 401],
    ["the intake token as Bearer", { authorization: `Bearer ${SECRETS.intakeToken}` }, {}, 401, 401],
    ["the admin password", ADMIN, {}, 401, 200],
    ["nobody, where the intake is open,", { authorization: "" }, OPEN, 200, 401],
    ["the intake token, where the intake is open,", INTAKE, OPEN, 200, 401],
    ["OCP's own login", OWN_LOGIN, OWN, 200, 200],
    ["OCP's own login, where the intake is open,", OWN_LOGIN, { ...OPEN, ...OWN }, 200, 200],
    [
      "nobody, where the intake is open and OCP has a login,",
      { authorization: "" },
      { ...OPEN, ...OWN },
      401,
      401,
    ],
    ["the intake token, where OCP has a login,", INTAKE, { ...OPEN, ...OWN }, 401, 401],
    ["the admin password, where OCP has a login,", ADMIN, OWN, 401, 200],
  ];

for (const [who, headers, env, push, read] of RIGHTS) {
  Deno.test(`${who} is answered ${push} to a push of OCP's and ${read} to a look at its alarms`, async () => {
    await using house = await anyRelay({ env });
    const body = JSON.stringify({ alarmType: "ob_down", target: "host=a" });
    const pushed = await house.request(ALARMS, { method: "POST", body, headers });
    equal(pushed.status, push, await pushed.text());
    for (
      const path of [
        ALARMS,
        `${ALARMS}/actived`,
        `${ALARMS}/history`,
        "/api/v2/alarm/notifications",
        `${ALARMS}/x`,
      ]
    ) {
      const looked = await house.request(path, { headers });
      equal(looked.status, read === 200 && path.endsWith("/x") ? 404 : read, await looked.text());
    }
  });
}

Deno.test("an API token reads alarms when its scope is read, and not when it only sends alerts", async () => {
  await using house = await anyRelay();
  const make = async (scope: string): Promise<string> => {
    const response = await house.request("/api/tokens", {
      method: "POST",
      body: JSON.stringify({ name: scope, scope, days: 1 }),
      headers: ADMIN,
    });
    return (await response.json()).token;
  };
  for (const [scope, status] of [["read", 200], ["operate", 200], ["intake", 401]] as const) {
    const token = await make(scope);
    for (const authorization of [`Bearer ${token}`, `Basic ${btoa(`any:${token}`)}`]) {
      const looked = await house.request(ALARMS, { headers: { authorization } });
      equal(looked.status, status, await looked.text());
    }
  }
});
