import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { MINUTE, SECOND } from "../../../relay/base/duration.ts";
import { isWhole } from "../../../relay/domain/record.ts";
import { api } from "../../kit/api.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";
import { comparable, REQUESTS } from "./_requests.ts";

async function post(
  house: TestRelay,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<{ status: number; answer?: unknown }> {
  const response = await house.request("/api/v2/alerts", {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
  const text = await response.text();
  return { status: response.status, ...text === "" ? {} : { answer: JSON.parse(text) } };
}

for (const { what, body, type, stored, status, answer } of REQUESTS) {
  Deno.test(`${what} is answered ${status}, and ${stored} alerts are stored`, async () => {
    await using house = await testRelay();
    const answered = await post(house, body, type === undefined ? {} : { "content-type": type });
    equal(comparable(answered), comparable({ status, ...answer === undefined ? {} : { answer } }));
    equal((await house.relay.store.log.newest(10)).length, stored);
    equal(house.reports, []);
  });
}

Deno.test("an alert keeps what its sender says of it", async () => {
  await using house = await testRelay();
  const now = house.clock.now();
  await post(
    house,
    JSON.stringify([{
      labels: { alertname: "DiskFull", severity: "page", instance: "db-1", empty: "" },
      annotations: { summary: "The disk is full", runbook_url: "https://wiki.example.com/disk" },
      startsAt: new Date(now - MINUTE).toISOString(),
      endsAt: new Date(now + 4 * MINUTE).toISOString(),
      generatorURL: "http://prometheus:9090/graph",
    }]),
  );
  const [logged] = await house.relay.store.log.newest(1);
  ok(isWhole(logged!.alert));
  equal(logged!.alert, {
    dialect: "alertmanager_api",
    status: "firing",
    severity: "critical",
    title: "DiskFull",
    text: "The disk is full",
    labels: { alertname: "DiskFull", severity: "page", instance: "db-1" },
    annotations: { summary: "The disk is full", runbook_url: "https://wiki.example.com/disk" },
    startsAt: now - MINUTE,
    endsAt: null,
    clearsAfter: 4 * MINUTE,
    links: [
      { kind: "source", url: "http://prometheus:9090/graph" },
      { kind: "runbook", url: "https://wiki.example.com/disk" },
    ],
  });
});

const START = Date.UTC(2026, 0, 31, 8);
const at = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString();

/** Times of an alert that is posted at the 0th minute, in minutes. */
const TIMES: [startsAt: number | undefined, endsAt: number | undefined, expected: object][] = [
  [undefined, undefined, {
    status: "firing",
    startsAt: START,
    startAssumed: true,
    endsAt: null,
    clearsAfter: 5 * MINUTE,
  }],
  [-10, undefined, {
    status: "firing",
    startsAt: START - 10 * MINUTE,
    endsAt: null,
    clearsAfter: 5 * MINUTE,
  }],
  [-10, 4, { status: "firing", startsAt: START - 10 * MINUTE, endsAt: null, clearsAfter: 4 * MINUTE }],
  [undefined, 4, {
    status: "firing",
    startsAt: START,
    startAssumed: true,
    endsAt: null,
    clearsAfter: 4 * MINUTE,
  }],
  [-10, 0, { status: "resolved", startsAt: START - 10 * MINUTE, endsAt: START }],
  [-10, -5, { status: "resolved", startsAt: START - 10 * MINUTE, endsAt: START - 5 * MINUTE }],
  [undefined, -5, { status: "resolved", startsAt: START - 5 * MINUTE, endsAt: START - 5 * MINUTE }],
];

for (const [startsAt, endsAt, expected] of TIMES) {
  Deno.test(`an alert from ${startsAt ?? "?"} to ${endsAt ?? "?"} minutes has the times that Alertmanager gives it`, async () => {
    await using house = await testRelay();
    const alert = {
      labels: { alertname: "Test" },
      ...startsAt === undefined ? {} : { startsAt: at(startsAt) },
      ...endsAt === undefined ? {} : { endsAt: at(endsAt) },
    };
    await post(house, JSON.stringify([alert]));
    const [logged] = await house.relay.store.log.newest(1);
    const { status, startsAt: starts, startAssumed, endsAt: ends, clearsAfter } = logged!.alert as never;
    equal(
      JSON.parse(JSON.stringify({ status, startsAt: starts, startAssumed, endsAt: ends, clearsAfter })),
      expected,
    );
  });
}

Deno.test("a sender shows the intake token, an API token for this door, or the credential of an operator", async () => {
  await using house = await testRelay();
  const tokenOf = async (body: object): Promise<string> =>
    (await api(house, "POST", "tokens", { body })).body.token;
  const operator = await tokenOf({ name: "amtool", scope: "operate" });
  const reader = await tokenOf({ name: "karma", scope: "read" });
  const own = await tokenOf({ name: "prometheus", scope: "intake", doors: ["alertmanager_api"] });
  const other = await tokenOf({ name: "zabbix", scope: "intake", doors: ["in"] });
  const basic = (password: string): string => `Basic ${btoa(`any:${password}`)}`;
  const tried: [authorization: string, status: number][] = [
    [`Bearer ${SECRETS.intakeToken}`, 200],
    [basic(SECRETS.intakeToken), 200],
    [`Bearer ${own}`, 200],
    [`Bearer ${operator}`, 200],
    [basic(operator), 200],
    [`Bearer ${reader}`, 401],
    [`Bearer ${other}`, 401],
    ["Bearer wrong", 401],
    ["", 401],
  ];
  for (const [authorization, status] of tried) {
    const answered = await post(house, '[{"labels":{"a":"b"}}]', { authorization });
    equal(answered.status, status, authorization);
    if (status === 401) {
      match((answered.answer as { message: string }).message, /^The token is (wrong|missing): send/);
    }
  }
  const response = await house.request(`/api/v2/alerts?token=${SECRETS.intakeToken}`, {
    method: "POST",
    body: "[]",
    headers: { authorization: "", "content-type": "application/json" },
  });
  equal([response.status, await response.text()], [200, ""]);
});

Deno.test("a Prometheus with an old token does not lock the console for people at its address", async () => {
  await using house = await testRelay();
  for (let times = 0; times < 30; times++) {
    equal((await post(house, "[]", { authorization: "Bearer an-old-token" })).status, 401);
  }
  equal((await api(house, "GET", "tokens")).status, 200);
});

Deno.test("a page in a browser cannot post alerts, whatever password the browser adds", async () => {
  await using house = await testRelay({ env: { FENGHUO_OPEN_INTAKE: "1" } });
  for (const authorization of ["", `Basic ${btoa(`admin:${SECRETS.adminPassword}`)}`]) {
    const { status } = await post(house, "[]", { authorization, origin: "https://evil.example" });
    equal(status, 403);
  }
});

Deno.test("a refused request is counted and told, and its sender's next right ones end the trouble", async () => {
  await using house = await testRelay();
  equal((await post(house, "[{}]")).status, 422);
  await house.advance(SECOND);
  match(house.warnings.join(), /"alertmanager_api", .*0\.labels in body is required/);
  equal(house.relay.commands.refusals.hasOpen, true);
  await house.advance(10 * MINUTE);
  equal((await post(house, '[{"labels":{"alertname":"A"}}]')).status, 200);
  await house.settle();
  equal(house.relay.commands.refusals.hasOpen, false);
});

Deno.test("a batch of thousands is stored, and sent again it writes nothing", async () => {
  await using house = await testRelay();
  const alerts = Array.from({ length: 5_000 }, (_, index) => ({
    labels: { alertname: "Test", instance: `host-${index}` },
    startsAt: at(0),
    endsAt: at(4),
  }));
  equal(await post(house, JSON.stringify(alerts)), { status: 200 });
  equal((await house.relay.store.log.newest(10_000)).length, 5_000);
  house.clock.advance(MINUTE);
  equal(await post(house, JSON.stringify(alerts)), { status: 200 });
  equal((await house.relay.store.log.newest(10_000)).length, 5_000);
});

Deno.test("whatever JSON is posted, it is accepted or refused in Alertmanager's form, and nothing breaks", async () => {
  await using house = await testRelay();
  const wild = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.record({
      labels: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constant(null)))),
      annotations: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.string())),
      startsAt: fc.oneof(fc.jsonValue(), fc.date({ noInvalidDate: true }).map((date) => date.toISOString())),
      endsAt: fc.oneof(fc.jsonValue(), fc.date({ noInvalidDate: true }).map((date) => date.toISOString())),
      generatorURL: fc.oneof(fc.jsonValue(), fc.webUrl()),
    }, { requiredKeys: [] })),
  );
  await fc.assert(
    fc.asyncProperty(wild, async (value) => {
      const { status, answer } = await post(house, JSON.stringify(value));
      ok([200, 400, 422].includes(status), `${status} ${JSON.stringify(answer)}`);
      const isObject = typeof answer === "object" && answer !== null && "code" in answer &&
        "message" in answer;
      ok(status === 200 ? answer === undefined : typeof answer === "string" || isObject);
    }),
    { numRuns: 300 },
  );
  await house.settle();
  equal(house.reports, []);
});

Deno.test("the probes of an Alertmanager are answered", async () => {
  await using house = await testRelay();
  for (const path of ["/-/healthy", "/-/ready"]) {
    const response = await house.request(path, { headers: { authorization: "" } });
    equal([response.status, await response.text()], [200, "OK"], path);
  }
});
