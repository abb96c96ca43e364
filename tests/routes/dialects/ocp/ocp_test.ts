import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { signOcp as signAsChannel } from "../../../../channels/_ocp/sign.ts";
import { ocpRoutes } from "../../../../routes/dialects/ocp/ocp.ts";
import { signOcp, stringToSign } from "../../../../routes/dialects/ocp/auth.ts";
import { faultyKv } from "../../../kit/faulty_kv.ts";
import { SECRETS, type TestRelay, testRelay } from "../../../kit/relay.ts";
import { MINUTE } from "../../../../relay/base/duration.ts";

const basic = (user: string, password: string): string => `Basic ${btoa(`${user}:${password}`)}`;
const LOGIN = basic("username", SECRETS.intakeToken);

/** The request of the documentation's first script, byte for byte. */
const SCRIPT_BODY = '{"labels": {"key": "value"}, "target": "alarm_target", "alarmType": "your_alarm_type"}';

interface Envelope {
  data?: Record<string, unknown>;
  error?: { code: number; message: string };
  status: number;
  successful: boolean;
  [key: string]: unknown;
}

async function push(
  house: TestRelay,
  body: unknown,
  init: RequestInit = {},
  path = "/api/v2/alarm/alarms",
): Promise<Envelope> {
  const response = await house.request(path, {
    method: "POST",
    headers: { authorization: LOGIN, "content-type": "application/json", accept: "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
  const text = await response.text();
  match(text, /^[\x20-\x7e]+$/, "the answer is ASCII, and never empty");
  equal(response.headers.get("content-type"), "application/json;charset=UTF-8");
  const envelope = JSON.parse(text) as Envelope;
  equal(envelope.status, response.status);
  equal(envelope.successful, response.status === 200);
  equal(Object.keys(envelope), Object.keys(envelope).toSorted());
  ok(!text.includes(SECRETS.intakeToken));
  return envelope;
}

const alarm = (changes: object = {}): object => ({
  alarmType: "no_enough_exporter",
  target: "service=OCP:svr_ip=1.2.3.4",
  ...changes,
});

Deno.test("the documentation's script is answered with OCP's envelope, and its alarm is notified", async () => {
  await using house = await testRelay();
  const { data, ...envelope } = await push(house, SCRIPT_BODY);
  equal({ ...data, id: "" }, {
    id: "",
    activeAt: "2026-01-31T08:00:00.000Z",
    alarmType: "your_alarm_type",
    labels: { key: "value" },
    level: 3,
    name: "your_alarm_type",
    status: "Active",
    target: "alarm_target",
    updatedAt: "2026-01-31T08:00:00.000Z",
  });
  match(envelope.traceId as string, /^[0-9a-f]{16}$/);
  equal([envelope.duration, envelope.server, envelope.timestamp], [0, "fenghuo", "2026-01-31T08:00:00.000Z"]);
  await house.settle();
  const [message] = await house.relay.store.caches.newest("inbox", 1) as { title: string }[];
  match(message!.title, /your_alarm_type/);
});

Deno.test("an alarm is the same while its type and target are: whatever else is pushed folds", async () => {
  await using house = await testRelay();
  await push(house, alarm({ labels: { a: "1" } }));
  await push(house, alarm({ labels: { a: "2" }, summary: "other words" }));
  await push(house, alarm({ target: "another" }));
  const outcomes = (await house.relay.store.log.newest(10)).map(({ routing }) => routing[0]!.outcome.kind);
  equal(outcomes.toSorted(), ["folded", "told", "told"]);
});

Deno.test("an alarm that is not pushed again is over after five minutes, and that is notified", async () => {
  for (const exclusive of [true, false]) {
    await using house = await testRelay({ exclusive });
    await push(house, alarm({ summary: "exporter" }));
    await house.settle();
    house.clock.advance(4 * MINUTE);
    await push(house, alarm());
    house.clock.advance(4 * MINUTE);
    await house.relay.tidy();
    await house.settle();
    equal((await house.relay.store.caches.newest("inbox", 10)).length, 1, "it was pushed again meanwhile");
    house.clock.advance(MINUTE);
    await house.relay.tidy();
    await house.relay.tidy();
    await house.settle();
    const told = await house.relay.store.caches.newest("inbox", 10) as { status: string; body: string }[];
    equal(told.map(({ status }) => status), ["resolved", "firing"]);
    match(told[0]!.body, /exporter/);
    await push(house, alarm());
    await house.settle();
    equal((await house.relay.store.caches.newest("inbox", 10)).length, 3, "the next push is a new incident");
  }
});

Deno.test("a rule of the configuration gives an alarm its name, level and period", async () => {
  await using house = await testRelay({
    yaml:
      "ocp: { clear_after: 10m, rules: { no_enough_exporter: { name: exporter进程数量不够, level: 1, clear_after: 1m } } }",
  });
  const { data } = await push(house, alarm());
  equal([data!.name, data!.level], ["exporter进程数量不够", 1]);
  await push(house, alarm({ alarmType: "other" }));
  house.clock.advance(MINUTE);
  await house.relay.tidy();
  await house.settle();
  const told = await house.relay.store.caches.newest("inbox", 10) as {
    status: string;
    title: string;
    severity: string;
  }[];
  equal(told.filter(({ status }) => status === "resolved").map(({ severity }) => severity), ["critical"]);
});

const LEVELS: [object, number, string, string?][] = [
  [{}, 3, "warning"],
  [{ level: 1 }, 1, "critical"],
  [{ level: "2" }, 2, "critical"],
  [{ level: "停服" }, 1, "critical"],
  [{ level: "Stopped" }, 1, "critical"],
  [{ level: "嚴重" }, 2, "critical"],
  [{ level: "Caution" }, 4, "info"],
  [{ level: "提醒" }, 5, "info"],
  [{ labels: { alarm_level: "1" } }, 1, "critical"],
  [{ labels: { level: "5" } }, 5, "info"],
  [{ level: "terrible" }, 3, "warning", "terrible"],
];

for (const [fields, level, severity, word] of LEVELS) {
  Deno.test(`the level of ${JSON.stringify(fields)} is ${level}, ${severity}`, async () => {
    await using house = await testRelay();
    const { data } = await push(house, alarm(fields));
    equal(data!.level, level);
    const [logged] = await house.relay.store.log.newest(1);
    const alert = logged!.alert as { severity: string; severityText?: string };
    equal([alert.severity, alert.severityText], [severity, word]);
  });
}

Deno.test("an alarm that is pushed as Inactive, or with a time of resolution, is resolved", async () => {
  await using house = await testRelay();
  await push(house, alarm({ activeAt: "2026-01-31T15:00:00+08:00" }));
  equal((await push(house, alarm({ status: "Inactive" }))).data!.status, "Inactive");
  await push(house, alarm());
  const { data } = await push(house, alarm({ resolvedAt: "2026-01-31T16:05:00+08:00" }));
  equal([data!.status, data!.resolvedAt], ["Inactive", "2026-01-31T08:05:00.000Z"]);
});

const REFUSALS: [string, number, number, RegExp, unknown, RequestInit?, string?][] = [
  ["an empty body", 400, 10003, /not JSON: it is empty/, ""],
  ["no JSON", 400, 10003, /not JSON/, "{"],
  ["an array", 400, 10001, /COM10001.*body/, []],
  ["no alarmType", 400, 10001, /alarmType/, { target: "t" }],
  ["an alarmType with a space", 400, 10001, /letters, digits and underscores/, alarm({ alarmType: "a b" })],
  ["an alarmType that is a number", 400, 10001, /alarmType/, alarm({ alarmType: 1 })],
  ["a blank target", 400, 10001, /target: must not be blank/, alarm({ target: " " })],
  ["labels that are an array", 400, 10001, /labels: must be an object/, alarm({ labels: [] })],
  ["a label that is an object", 400, 10001, /labels\.a: must be a string/, alarm({ labels: { a: {} } })],
  ["an unknown status", 400, 10001, /status: must be Active or Inactive/, alarm({ status: "on" })],
  ["a time that is none", 400, 10001, /activeAt: must be a time/, alarm({ activeAt: "yesterday" })],
  ["a body over the limit", 413, 10003, /too large/, " ".repeat(9_000_000)],
  ["a form", 415, 10003, /application\/json/, "a=b", {
    headers: { authorization: LOGIN, "content-type": "application/x-www-form-urlencoded" },
  }],
  ["no login", 401, 10000, /send Basic/, alarm(), { headers: { authorization: "" } }],
  ["a wrong password", 401, 10000, /user or the password/, alarm(), {
    headers: { authorization: basic("u", "nope") },
  }],
  ["the token as Bearer", 401, 10000, /send Basic/, alarm(), {
    headers: { authorization: `Bearer ${SECRETS.intakeToken}` },
  }],
  ["Python 3's bytes", 401, 10000, /base64\.b64encode\(\.\.\.\)\.decode\(\)/, alarm(), {
    headers: { authorization: "Basic b'dXNlcm5hbWU6cGFzc3dvcmQ='" },
  }],
  ["a PUT", 405, 10008, /PUT is not supported here: use GET, POST/, alarm(), { method: "PUT" }],
  ["a push to one alarm", 405, 10008, /use GET/, alarm(), {}, "/api/v2/alarm/alarms/actived"],
  ["a DELETE", 405, 10008, /DELETE is not supported/, undefined, { method: "DELETE", body: null }],
  ["an unknown address", 404, 10002, /nothing at/, alarm(), {}, "/api/v2/alarm/nothing/at/all"],
  ["the interface itself", 404, 10002, /nothing at/, alarm(), {}, "/api/v2/alarm/"],
];

for (const [name, status, code, words, body, init, path] of REFUSALS) {
  Deno.test(`${name} is answered ${status} in OCP's envelope`, async () => {
    await using house = await testRelay();
    const envelope = await push(house, body, init, path);
    equal([envelope.status, envelope.error!.code], [status, code], envelope.error!.message);
    match(envelope.error!.message, words);
    equal(envelope.data, undefined);
    equal(await house.relay.store.log.newest(1), []);
    equal(house.reports, []);
  });
}

Deno.test("a trailing slash is no redirect, and scalars in labels become strings", async () => {
  await using house = await testRelay();
  const { data } = await push(
    house,
    alarm({ labels: { n: 1, b: true, none: null } }),
    {},
    "/api/v2/alarm/alarms/",
  );
  equal(data!.labels, { n: "1", b: "true" });
});

Deno.test("the configured user and password are asked for, where there are any", async () => {
  await using house = await testRelay({
    env: { FENGHUO_OCP_USER: "ocp", FENGHUO_OCP_PASSWORD: "pass:wörd" },
  });
  const login = (user: string, password: string): RequestInit => {
    const bytes = new TextEncoder().encode(`${user}:${password}`);
    return { headers: { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` } };
  };
  equal((await push(house, alarm(), login("ocp", "pass:wörd"))).status, 200);
  equal((await push(house, alarm(), login("other", "pass:wörd"))).status, 401);
  equal((await push(house, alarm(), login("ocp", SECRETS.intakeToken))).status, 401);
});

/** Both examples of OCP's own documentation of AK/SK signing. */
const SECRET_KEY = "2fc0c299cc94c6be266f2ceece765d4d";
const VECTORS = [
  {
    method: "POST",
    url: "http://ocp.alibaba.net:8080/api/v2/compute/idcs",
    headers: {
      "content-type": "application/json",
      "x-ocp-data": "A,1",
      date: "Tue, 17 Jan 2023 09:13:57 GMT",
    },
    body: '{"name":"test01","description":"test","regionId":1}',
    signature: "XN8P+O+v3vUabB16ZCooq5wMJoY=",
  },
  {
    method: "GET",
    url: "http://ocp.alibaba.net:8080/api/v2/compute/idcs?size=100",
    headers: { "content-type": "application/json;charset=utf-8", date: "Tue, 17 Jan 2023 04:14:02 GMT" },
    body: "",
    signature: "TsQD6HDOuZuJ409m0wdnZPmijlc=",
  },
];

for (const { signature, headers, ...request } of VECTORS) {
  Deno.test(`the documented signature of a ${request.method} is ours, at the door and in the channel`, async () => {
    const signed = { ...request, headers: new Headers(headers as HeadersInit) };
    equal(await signOcp(signed, SECRET_KEY), signature);
    equal(await signAsChannel(signed, SECRET_KEY), signature);
  });
}

Deno.test("several values of one query name are joined, and everything is encoded as RFC 3986 says", () => {
  const url = "http://h/api?b=2&a=3&a=1&c=%20!*";
  equal(
    stringToSign({ method: "GET", url, headers: new Headers(), body: "" }).split("\n").at(-1),
    "/api?a=1,3&b=2&c=%20%21%2A",
  );
});

Deno.test("the door and the channel sign alike, whatever is signed", async () => {
  for (const url of ["http://h:8080/api?b=2&a=3&a=1&c=%20!*'()", "https://h/x?k=值&k=a", "http://h/"]) {
    for (const body of ["", '{"a":"值"}']) {
      const headers = new Headers({
        "x-ocp-b": "2",
        "x-ocp-a": "1",
        "content-type": "application/json",
        date: "d",
      });
      const request = { method: "POST", url, headers, body };
      equal(await signAsChannel(request, SECRET_KEY), await signOcp(request, SECRET_KEY));
    }
  }
});

Deno.test("a signed push is let in; a wrong key, a late one or one without a date is not", async () => {
  await using house = await testRelay({
    env: { FENGHUO_OCP_USER: "cqammmxBpfGjFlto", FENGHUO_OCP_PASSWORD: SECRET_KEY },
  });
  const body = JSON.stringify(alarm());
  const url = "http://localhost/api/v2/alarm/alarms";
  const signed = async (key: string, secret: string, at: number): Promise<RequestInit> => {
    const headers = new Headers({ "content-type": "application/json", date: new Date(at).toUTCString() });
    const signature = await signOcp({ method: "POST", url, headers, body }, secret);
    headers.set("authorization", `OCP-ACCESS-KEY-HMACSHA1 ${key}:${signature}`);
    return { headers };
  };
  const now = house.clock.now();
  equal((await push(house, body, await signed("cqammmxBpfGjFlto", SECRET_KEY, now))).status, 200);
  match(
    (await push(house, body, await signed("cqammmxBpfGjFlto", "wrong", now))).error!.message,
    /signature is wrong/,
  );
  match((await push(house, body, await signed("other", SECRET_KEY, now))).error!.message, /access key/);
  match(
    (await push(house, body, await signed("cqammmxBpfGjFlto", SECRET_KEY, now - 16 * MINUTE))).error!.message,
    /15 minutes/,
  );
  const init = await signed("cqammmxBpfGjFlto", SECRET_KEY, now);
  (init.headers as Headers).delete("date");
  match((await push(house, body, init)).error!.message, /Date is missing/);
  match(
    (await push(house, `${body} `, await signed("cqammmxBpfGjFlto", SECRET_KEY, now))).error!.message,
    /signature/,
  );
});

Deno.test("a store that fails is answered 503 in the envelope", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  {
    await using house = await testRelay({ kv: faulty.kv });
    faulty.onCommit = () => {
      throw new TypeError("disk full");
    };
    const message = "Cannot store the alerts: the database failed; see the relay's log";
    equal((await push(house, alarm())).error, { code: 10999, message });
  }
  kv.close();
});

Deno.test("more pushes than the limit are answered 429 with OCP's headers, and the next window takes them", async () => {
  await using house = await testRelay();
  const app = ocpRoutes(house.relay, { report: () => {}, pushes: { limit: 2, per: MINUTE } });
  const init = { method: "POST", headers: { authorization: LOGIN }, body: JSON.stringify(alarm()) };
  const ask = async (): Promise<[number, (string | null)[], Envelope]> => {
    const response = await app.request("/api/v2/alarm/alarms", init);
    const headers = ["limit", "remaining", "reset"].map((name) => response.headers.get(`ratelimit-${name}`));
    return [response.status, headers, await response.json()];
  };
  equal((await ask()).slice(0, 2), [200, ["2", "1", "60"]]);
  equal((await ask()).slice(0, 2), [200, ["2", "0", "60"]]);
  house.clock.advance(MINUTE / 2);
  const [status, headers, { error, successful }] = await ask();
  equal([status, headers, error!.code, successful], [429, ["2", "0", "30"], 0, false]);
  house.clock.advance(MINUTE / 2);
  equal((await ask())[0], 200);
});
