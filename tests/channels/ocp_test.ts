import assert from "node:assert/strict";
import ocp from "../../channels/ocp.ts";
import type { Message, Tools, Verdict } from "../../relay/channel.ts";
import { type Ocp, type OcpOptions, startOcp } from "../../simulator/ocp.ts";
import { testRelay } from "../kit/relay.ts";
import { TestClock } from "../kit/clock.ts";
import { alert, HOSTILE, message, NOW } from "./_message.ts";
import { answer, exchange } from "./_send.ts";

const KEYS = { AK: "sk+/=" };
const SIGNED = { access_key: "AK", secret_key: "sk+/=" };
const RULE = { alarm_type: "fenghuo_alert" };
const RULES = ["fenghuo_alert", "host_disk_full", "ob_generic"];
const FINGERPRINT = "0123456789abcdef0123456789abcdef";

const start = (options: Partial<OcpOptions> = {}): Promise<Ocp> =>
  startOcp({ keys: KEYS, users: { ops: "pässword" }, rules: RULES, now: () => NOW, ...options });

/** Send as the relay would. */
async function send(
  input: object,
  text: Message,
  { now = NOW, fetch = exchange }: Partial<Tools> = {},
): Promise<Verdict> {
  const tools = { now, fetch, signal: AbortSignal.any([]) } as Tools;
  return await ocp.send!(ocp.config.parse({ ...RULE, ...input }), text, tools);
}

const firing = (own: Partial<Parameters<typeof alert>[0]> = {}): Message =>
  message({ alerts: [alert({ fingerprint: FINGERPRINT, ...own })] });

Deno.test("a firing alert becomes an alarm of a rule on a target, told only in labels", async () => {
  for (const login of [SIGNED, { user: "ops", password: "pässword" }]) {
    await using server = await start();
    const text = firing({ labels: { alertname: "DiskFull", instance: "node-3:9100", ob_cluster: "c1" } });
    assert.deepEqual(await send({ base: `${server.url}//`, ...login }, text), {
      kind: "delivered",
      because: "successful (traceId e61c62a983ae4a05, server a83ad33525)",
    });
    assert.deepEqual(server.alarms, [{
      alarmType: "fenghuo_alert",
      target: "fenghuo=0123456789abcdef:alertname=DiskFull:instance=node-3_9100",
      labels: {
        alertname: "DiskFull",
        instance: "node-3:9100",
        ob_cluster: "c1",
        level: "2",
        severity: "critical",
        summary: "DiskFull",
        description: "node-3 is 97 % full",
        reason: "first",
        source: "fenghuo",
        origin: "fenghuo",
      },
      pushes: 1,
      updatedAt: NOW,
    }]);
  }
});

Deno.test("the target stays the same while the alert does, and a repeat is the same alarm", async () => {
  await using server = await start();
  await send({ base: server.url, ...SIGNED }, firing());
  await send({ base: server.url, ...SIGNED }, firing({ reason: "repeat", text: "98 %", severity: "error" }));
  assert.deepEqual(server.alarms.map(({ pushes, labels }) => [pushes, labels.level]), [[2, "3"]]);
});

const TYPES: [object, Parameters<typeof alert>[0], string][] = [
  [{}, {}, "fenghuo_alert"],
  [{ alarm_types: { DiskFull: "host_disk_full" } }, {}, "host_disk_full"],
  [{ alarm_types: { Other: "host_disk_full" } }, {}, "fenghuo_alert"],
  [{ alarm_types: { "team=db": "ob_generic" } }, { labels: { team: "db" } }, "ob_generic"],
  [{ alarm_types: { "team=db": "ob_generic" } }, { labels: { team: "dba" } }, "fenghuo_alert"],
  [
    { alarm_types: { DiskFull: "host_disk_full", "team=db": "ob_generic" } },
    { labels: { team: "db" } },
    "host_disk_full",
  ],
  [{ alarm_types: { "constructor=x": "ob_generic" } }, {}, "fenghuo_alert"],
];
Deno.test("the rule is the first that names the alert or a label of it, else the general one", async () => {
  await using server = await start();
  for (const [input, own, type] of TYPES) {
    await send(
      { base: server.url, ...SIGNED, ...input },
      firing({ fingerprint: crypto.randomUUID(), ...own }),
    );
    assert.equal(server.alarms.at(-1)!.alarmType, type);
  }
});

Deno.test("a resolved alert and one that came from OCP are not pushed, and the record says why", async () => {
  const fetch = (): never => assert.fail("nothing is sent");
  const input = { base: "http://127.0.0.1:1", ...SIGNED };
  const over = await send(input, firing({ status: "resolved", reason: "resolved" }), { fetch });
  assert.equal(over.kind, "delivered");
  assert.match(over.because, /OCP clears the alarm by itself/);
  const foreign = await send(input, firing({ labels: { origin: "ocp", alarm_type: "x" } }), { fetch });
  assert.equal(foreign.kind, "delivered");
  assert.match(foreign.because, /came from OCP/);
});

Deno.test("whatever an alert says, a strict OCP takes it", async (t) => {
  await using server = await start({ limit: { requests: 1_000, per: 60_000 } });
  for (const [name, text] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      const labels = { alertname: text, instance: text, [text]: text, __proto__: text };
      const verdict = await send({ base: server.url, ...SIGNED }, firing({ title: text, text, labels }));
      assert.equal(verdict.kind, "delivered", verdict.because);
    });
  }
});

const OUTCOMES: [string, object, Partial<OcpOptions>, Partial<Verdict>, RegExp][] = [
  [
    "a wrong secret key",
    { secret_key: "no" },
    {},
    { kind: "refused", what: "config" } as Verdict,
    /HTTP 401/,
  ],
  ["a clock that is off", {}, { now: () => NOW + 16 * 60_000 }, { kind: "refused" }, /Date is out of range/],
  [
    "a rule that is not there",
    { alarm_type: "nothing" },
    {},
    { kind: "refused", what: "config" } as Verdict,
    /create the alarm rule/,
  ],
  [
    "over the limit",
    {},
    { limit: { requests: 0, per: 45_000 } },
    { kind: "throttled", waitMs: 45_000 } as Verdict,
    /HTTP 429/,
  ],
];
for (const [what, input, options, expected, words] of OUTCOMES) {
  Deno.test(`${what} is ${expected.kind}`, async () => {
    await using server = await start(options);
    const { because, ...verdict } = await send({ base: server.url, ...SIGNED, ...input }, firing());
    assert.deepEqual({ ...verdict, ...expected }, verdict);
    assert.match(because, words);
    assert.deepEqual(server.alarms, []);
  });
}

const ok = { status: 200 };
const ANSWERS: [string, { status?: number; headers?: HeadersInit }, string][] = [
  ['{"successful":true}', ok, "delivered"],
  ['{"successful":true,"data":{"id":1}}', { status: 201 }, "delivered"],
  ['{"successful":"true"}', ok, "retry"],
  ['{"successful":true}', { status: 500 }, "retry"],
  ["<html>", ok, "retry"],
  ["", { status: 204 }, "retry"],
  ['{"successful":false,"status":401,"error":{"code":10000,"message":"m"}}', ok, "refused config"],
  ['{"successful":false,"status":500,"error":{"code":10999,"message":"m"}}', ok, "retry"],
  ['{"error":{"code":20001,"message":"m"}}', { status: 500 }, "refused config"],
  ['{"error":{"code":0,"message":"ALM20001"}}', { status: 400 }, "refused config"],
  ['{"error":{"code":10001,"message":"m"}}', { status: 400 }, "refused payload"],
  ["", { status: 302 }, "refused config"],
  ["", { status: 403 }, "refused config"],
  ["", { status: 404 }, "refused config"],
  ["", { status: 408 }, "retry"],
  ["", { status: 415 }, "refused payload"],
  ["", { status: 502 }, "retry"],
  ["", { status: 429 }, "throttled 60000"],
  ["", { status: 429, headers: { "ratelimit-reset": "7" } }, "throttled 7000"],
  ["", { status: 429, headers: { "ratelimit-reset": "0" } }, "throttled 1000"],
  ["", { status: 429, headers: { "ratelimit-reset": String(NOW / 1_000 + 9) } }, "throttled 9000"],
  ["", { status: 429, headers: { "retry-after": "3" } }, "throttled 3000"],
  ["", { status: 429, headers: { "ratelimit-reset": "99999" } }, "throttled 900000"],
];
for (const [text, init, expected] of ANSWERS) {
  Deno.test(`${JSON.stringify(init)} ${text} is ${expected}`, async () => {
    const fetch = (): Promise<ReturnType<typeof answer>> => Promise.resolve(answer(text, init));
    const verdict = await send({ base: "http://ocp.example.com", ...SIGNED }, firing(), { fetch });
    const detail = "what" in verdict ? verdict.what : "waitMs" in verdict ? verdict.waitMs : "";
    assert.equal(`${verdict.kind} ${detail}`.trim(), expected);
  });
}

Deno.test("of several alerts each is pushed, and the first that is not taken ends the attempt", async () => {
  await using server = await start({ limit: { requests: 2, per: 60_000 } });
  const alerts = ["a", "b", "c"].map((fingerprint) => alert({ fingerprint }));
  assert.equal((await send({ base: server.url, ...SIGNED }, message({ alerts }))).kind, "throttled");
  assert.equal(server.alarms.length, 2);
});

Deno.test("a config has keys, or a user, and never half of either", () => {
  const parse = (input: object): boolean =>
    ocp.config.safeParse({ base: "http://ocp:8080", ...RULE, ...input }).success;
  assert.ok(parse(SIGNED));
  assert.ok(parse({ user: "u", password: "p" }));
  assert.ok(!parse({}));
  assert.ok(!parse({ access_key: "AK" }));
  assert.ok(!parse({ ...SIGNED, user: "u" }));
  assert.ok(!parse({ ...SIGNED, alarm_type: "no-dashes" }));
});

Deno.test("through the whole relay: told, told again after the window, and left to expire", async () => {
  const clock = new TestClock();
  await using server = await start({ now: () => clock.now() });
  const yaml = `groups:
  - { owner: default, level: default, window: 2m, destinations: [{ channel: ocp, config: {
      base: "${server.url}", access_key: AK, secret_key: sk+/=, alarm_type: fenghuo_alert } }] }`;
  await using house = await testRelay({ yaml, clock });
  await house.post({});
  await house.settle();
  await house.post({});
  await house.settle();
  assert.deepEqual(server.alarms.map(({ pushes }) => pushes), [1], "inside the window");
  clock.advance(120_000);
  await house.post({ startsAt: new Date(clock.now()).toISOString() });
  await house.settle();
  assert.deepEqual(server.alarms.map(({ pushes }) => pushes), [2]);
  await house.post({ status: "resolved" });
  await house.settle();
  assert.equal(server.requests.length, 2);
  const [logged] = await house.relay.store.log.newest(1);
  const [delivery] = await house.relay.store.deliveries.of(logged!.id);
  assert.equal(delivery!.state, "delivered");
  assert.match(delivery!.because, /OCP clears the alarm/);
});

Deno.test("what OCP's own channel sends back of a pushed alarm is told to nobody again", async () => {
  await using server = await start();
  await send({ base: server.url, ...SIGNED }, firing());
  const [{ alarmType, target, labels } = assert.fail()] = server.alarms;
  await using house = await testRelay();
  for (const variables of [{ alarm_target: target }, labels]) {
    const body = JSON.stringify({ alarm_type: alarmType, message: "m", ...variables });
    const response = await house.request("/ocp/default/default", { method: "POST", body });
    assert.match((await response.json()).ignored, /pushed the alarm/);
  }
  assert.deepEqual(await house.relay.store.log.newest(1), []);
});
