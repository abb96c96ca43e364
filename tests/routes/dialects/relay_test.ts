import { deepStrictEqual as equal, match } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { api } from "../../kit/api.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = `
departments: { edge: { name: Edge, secret: [new-secret, old-secret] } }
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: ops, level: default, aliases: [dba], destinations: [{ channel: inbox }] }`;

const ALERT = {
  status: "firing",
  severity: "critical",
  title: "DiskFull",
  text: "full",
  labels: { alertname: "DiskFull" },
  startsAt: "2026-03-01T08:00:00Z",
};

interface Call {
  readonly body?: unknown;
  readonly secret?: string;
  /** Seconds that the sender's clock is ahead. */
  readonly ahead?: number;
  /** Replaces or removes headers. */
  readonly headers?: Record<string, string | undefined>;
  /** The sent body, if it differs from the signed one. */
  readonly altered?: string;
}

async function call(
  house: TestRelay,
  { body = { alerts: [ALERT] }, secret = "new-secret", ahead = 0, headers = {}, altered }: Call = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const timestamp = String(Math.floor(house.clock.now() / 1_000) + ahead);
  const mac = createHmac("sha256", secret).update(`id1.${timestamp}.${text}`).digest("base64");
  const own: Record<string, string | undefined> = {
    authorization: "none",
    "fenghuo-department": "edge",
    "webhook-id": "id1",
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${mac}`,
    ...headers,
  };
  const sent = Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await house.request("/relay", { method: "POST", headers: sent, body: altered ?? text });
  return { status: response.status, body: await response.json() };
}

Deno.test("a request with one valid signature is accepted, with any of the department's secrets", async (t) => {
  const table: [what: string, call: Call][] = [
    ["the newer secret", {}],
    ["the older secret", { secret: "old-secret" }],
    ["five minutes late", { ahead: -300 }],
    ["five minutes early", { ahead: 300 }],
    ["no alerts", { body: { alerts: [] } }],
  ];
  for (const [what, own] of table) {
    await t.step(what, async () => {
      await using house = await testRelay({ yaml: YAML });
      const { status, body } = await call(house, own);
      equal([status, body.accepted], [200, what === "no alerts" ? 0 : 1]);
    });
  }
  await t.step("among others", async () => {
    await using house = await testRelay({ yaml: YAML });
    const timestamp = String(Math.floor(house.clock.now() / 1_000));
    const text = JSON.stringify({ alerts: [ALERT] });
    const mac = createHmac("sha256", "new-secret").update(`id1.${timestamp}.${text}`).digest("base64");
    equal((await call(house, { headers: { "webhook-signature": `v1a,xx v1,AAAA v1,${mac}` } })).status, 200);
  });
});

Deno.test("what is not signed, or not so, is refused, and nothing is stored", async (t) => {
  const table: [what: string, call: Call, reason: RegExp][] = [
    ["another secret", { secret: "x" }, /signature is wrong/],
    [
      "an altered body",
      { altered: JSON.stringify({ alerts: [{ ...ALERT, title: "x" }] }) },
      /signature is wrong/,
    ],
    ["another id", { headers: { "webhook-id": "id2" } }, /signature is wrong/],
    ["six minutes late", { ahead: -360 }, /6 min old: set the clocks/],
    ["six minutes early", { ahead: 360 }, /6 min early: set the clocks/],
    ["no signature", { headers: { "webhook-signature": undefined } }, /signature is missing/],
    ["no time", { headers: { "webhook-timestamp": undefined } }, /signature is missing/],
    ["no number", { headers: { "webhook-timestamp": "NaN" } }, /signature is missing/],
    ["no id", { headers: { "webhook-id": undefined } }, /signature is missing/],
    ["no department", { headers: { "fenghuo-department": undefined } }, /department is unknown/],
    ["a department that is not there", { headers: { "fenghuo-department": "x" } }, /department is unknown/],
    ["a name of every object", { headers: { "fenghuo-department": "constructor" } }, /department is unknown/],
    [
      "a token instead",
      { headers: { "webhook-signature": undefined, authorization: "Bearer test-token" } },
      /missing/,
    ],
  ];
  for (const [what, own, reason] of table) {
    await t.step(what, async () => {
      await using house = await testRelay({ yaml: YAML });
      const { status, body } = await call(house, own);
      equal(status, 401);
      match(body.error as string, reason);
      equal(await house.relay.store.log.newest(1), []);
    });
  }
});

Deno.test("a wrong field of a signed request is named in the answer, and the refusal is recorded", async () => {
  await using house = await testRelay({ yaml: YAML });
  const table: [body: unknown, status: number, reason: RegExp][] = [
    ["no JSON", 400, /JSON/],
    [{}, 422, /^alerts: /],
    [{ alerts: [{ ...ALERT, severity: "page" }] }, 422, /^alerts\[0\]\.severity: /],
    [{ alerts: [{ ...ALERT, status: null }] }, 422, /^alerts\[0\]\.status: /],
    [{ alerts: [{ ...ALERT, labels: { a: 1 } }] }, 422, /^alerts\[0\]\.labels\.a: /],
    [{ alerts: [{ ...ALERT, links: [{ kind: "x", url: "y" }] }] }, 422, /^alerts\[0\]\.links\[0\]\.kind: /],
  ];
  for (const [body, status, reason] of table) {
    const answer = await call(house, { body });
    equal(answer.status, status, JSON.stringify(answer));
    match(answer.body.error as string, reason);
  }
  await house.settle();
  const { refusals } = (await api(house, "GET", "refusals")).body;
  match(JSON.stringify(refusals), /department edge/);
});

Deno.test("the group of a request is one of ours, or its alias; an unknown one falls back", async (t) => {
  for (
    const [group, notified] of [
      [undefined, "default/default"],
      ["", "default/default"],
      ["ops/default", "ops/default"],
      ["dba", "ops/default"],
      ["no/such", "default/default"],
    ]
  ) {
    await t.step(String(group), async () => {
      await using house = await testRelay({ yaml: YAML });
      equal((await call(house, { body: { group, alerts: [ALERT] } })).status, 200);
      const [logged] = await house.relay.store.log.newest(1);
      equal(logged!.routing.map(({ group }) => group), [notified]);
    });
  }
});
