import { deepStrictEqual as equal, match } from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { Alert } from "../../../../relay/domain/alert.ts";
import { TestClock } from "../../../kit/clock.ts";
import { type TestRelay, testRelay, webhook } from "../../../kit/relay.ts";

const YAML = `
groups: [{ owner: default, level: default, destinations: [{ channel: inbox }] }]
doors:
  - { name: plain, type: grafana, secret: grafana-secret }
  - { name: timed, type: grafana, secret: [older, grafana-secret], header: x-sign, timestamp_header: x-time }
  - { name: custom, type: grafana, secret: grafana-secret, title: $.what, status: $.status }`;

/** The time of the published vector. */
const NOW = 1_700_000_000_000;
const VECTOR = '{"status":"firing"}';

const house = (): Promise<TestRelay> => testRelay({ yaml: YAML, clock: new TestClock(NOW) });

interface Sent {
  readonly name?: string;
  readonly body?: string;
  readonly headers: Record<string, string>;
}

async function send(
  there: TestRelay,
  { name = "plain", body = VECTOR, headers }: Sent,
): Promise<{ status: number; text: string }> {
  const response = await there.request(`/in/${name}`, {
    method: "POST",
    body,
    headers: { authorization: "none", "content-type": "application/json", ...headers },
  });
  return { status: response.status, text: await response.text() };
}

const sign = (text: string): string => createHmac("sha256", "grafana-secret").update(text).digest("hex");

const ALERTS = JSON.stringify({ ...webhook({ labels: { team: "dba" } }), version: "1", orgId: 1 });

Deno.test("Grafana's payload is read as at its own address, and by a mapping where the door has one", async () => {
  await using there = await house();
  const headers = { "x-grafana-alerting-signature": sign(ALERTS) };
  equal((await send(there, { body: ALERTS, headers })).status, 200);
  const own = '{"what":"Custom","status":"firing"}';
  const custom = await send(there, {
    name: "custom",
    body: own,
    headers: { "x-grafana-alerting-signature": sign(own) },
  });
  equal(custom.status, 200, custom.text);
  const logged = (await there.relay.store.log.newest(5)).map(({ alert }) => alert as Alert);
  equal(logged.map(({ dialect, title }) => [dialect, title]), [["custom", "Custom"], ["grafana", "Test"]]);
  equal(logged[1]!.labels.team, "dba");
});

const SIGNED: [what: string, sent: Sent, status: number, words: RegExp][] = [
  // Signed, but without alerts: the field is missing.
  [
    "the vector without a time",
    {
      headers: {
        "x-grafana-alerting-signature": "bf139e3403a31e4b49defad120bc97d578b44bd35af83566821426b9bb7fc97d",
      },
    },
    422,
    /alerts: an array is needed/,
  ],
  [
    "the vector with a time",
    {
      name: "timed",
      headers: {
        "x-sign": "AB55BF0E780F8F32E85451F62E1BA2AEE0589E5B2162CD2091E4DB5072CC04AE",
        "x-time": "1700000000",
      },
    },
    422,
    /alerts: an array is needed/,
  ],
  ["no signature", { headers: {} }, 401, /send it in the header x-grafana-alerting-signature/],
  ["another body", { headers: { "x-grafana-alerting-signature": sign("{}") } }, 401, /is wrong/],
  ["the wrong length", { headers: { "x-grafana-alerting-signature": "bf" } }, 401, /is wrong/],
  [
    "no time where it is signed",
    { name: "timed", headers: { "x-sign": sign(VECTOR) } },
    401,
    /name the timestamp header x-time/,
  ],
  [
    "a time that is not signed",
    { name: "timed", headers: { "x-sign": sign(VECTOR), "x-time": "1700000000" } },
    401,
    /is wrong/,
  ],
  [
    "a time of six minutes ago",
    {
      name: "timed",
      headers: { "x-sign": sign(`1699999640:${VECTOR}`), "x-time": "1699999640" },
    },
    401,
    /is 6 min old/,
  ],
  [
    "a time in milliseconds",
    { name: "timed", headers: { "x-sign": sign(`1700000000000:${VECTOR}`), "x-time": "1700000000000" } },
    401,
    /time is missing/,
  ],
  [
    "a signed text that is not JSON",
    { body: "garbage", headers: { "x-grafana-alerting-signature": sign("garbage") } },
    400,
    /not JSON/,
  ],
];

for (const [what, sent, status, words] of SIGNED) {
  Deno.test(`${what} is answered with ${status}`, async () => {
    await using there = await house();
    const answer = await send(there, sent);
    equal(answer.status, status, answer.text);
    match(answer.text, words);
    equal(await there.relay.store.log.newest(1), []);
    equal(there.reports, []);
  });
}

Deno.test("a replay with its time changes nothing", async () => {
  await using there = await house();
  const time = String(NOW / 1_000);
  const headers = { "x-sign": sign(`${time}:${ALERTS}`), "x-time": time };
  const first = await send(there, { name: "timed", body: ALERTS, headers });
  const second = await send(there, { name: "timed", body: ALERTS, headers });
  equal(JSON.parse(first.text), { accepted: 1, duplicates: 0, notifications: 1, ignored: 0 });
  equal(JSON.parse(second.text), {
    accepted: 0,
    duplicates: 0,
    notifications: 0,
    ignored: 0,
    repeated: true,
  });
  equal((await there.relay.store.log.newest(5)).length, 1);
});
