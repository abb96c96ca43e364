/** People's actions in PagerDuty are applied here, under their name; the relay's own events do not come back. */
import { deepStrictEqual as equal, notDeepStrictEqual as notEqual } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { MINUTE } from "../../relay/base/duration.ts";
import { api } from "../kit/api.ts";
import { type TestRelay, testRelay } from "../kit/relay.ts";

const SECRET = "a-webhook-secret";
const ADDRESS = "/callbacks/ops/default/pagerduty";

const YAML = `
groups:
  - owner: ops
    level: default
    locale: en
    destinations: [{ channel: pagerduty, config: { routing_key: "R1", webhook_secret: "${SECRET}" } }]
  - { owner: other, level: default, destinations: [{ channel: inbox }] }
rules:
  - { match: ['job="ops"'], group: ops/default }
  - { match: ['job="other"'], group: other/default }`;

interface Sent {
  readonly event_action: string;
  readonly dedup_key: string;
}

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  /** PagerDuty's requests. */
  readonly sent: readonly Sent[];
  /** Something happens in PagerDuty. @returns the status of the relay's answer */
  happen(type: string, own?: Record<string, unknown>): Promise<number>;
}

async function scene(job = "ops"): Promise<Scene> {
  const sent: Sent[] = [];
  const house = await testRelay({
    yaml: YAML,
    fetch: async (input, init) => {
      sent.push(await new Request(input, init).json());
      return Response.json({ status: "success", message: "Event processed", dedup_key: "d" }, {
        status: 202,
      });
    },
  });
  await house.fire({ labels: { alertname: "DiskFull", severity: "critical", job } });
  let events = 0;
  const { body: { incidents: [{ fingerprint }] } } = await api(house, "GET", "incidents");
  const happen: Scene["happen"] = async (type, own = {}) => {
    const body = JSON.stringify({
      event: {
        id: `evt-${++events}`,
        event_type: `incident.${type}`,
        resource_type: "incident",
        occurred_at: new Date(house.clock.now()).toISOString(),
        agent: { id: "PLH1HKV", type: "user_reference", summary: "Li Lei" },
        data: {
          id: "PGR0VU2",
          type: "incident",
          incident_key: fingerprint,
          assignees: [{ summary: "Han Meimei" }],
        },
        ...own,
      },
    });
    const signature = createHmac("sha256", SECRET).update(body).digest("hex");
    const headers = { "x-pagerduty-signature": `v1=${"0".repeat(64)},v1=${signature}` };
    return (await house.request(ADDRESS, { method: "POST", headers, body })).status;
  };
  return { house, sent, happen, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}

async function incident(house: TestRelay): Promise<Record<string, unknown>> {
  const { body } = await api(house, "GET", "incidents?state=all");
  return body.incidents[0];
}

Deno.test("a night in PagerDuty: acknowledged, reassigned, resolved", async () => {
  await using world = await scene();
  const { house, sent, happen } = world;
  equal(await happen("acknowledged"), 202);
  equal((await incident(house)).knownBy, "Li Lei (PagerDuty)");
  equal(await happen("reassigned"), 202);
  equal((await incident(house)).holder, "Han Meimei");
  equal(await happen("resolved"), 202);
  equal((await incident(house)).closedBy, "Li Lei (PagerDuty)");
  await house.advance(60_000);
  equal(
    new Set(sent.map(({ event_action }) => event_action)),
    new Set(["trigger", "acknowledge", "resolve"]),
  );
});

Deno.test("what the relay sent, an old event and another incident change nothing", async () => {
  await using world = await scene();
  const { house, happen } = world;
  equal(
    await happen("acknowledged", { agent: { id: "PSVC", type: "service_reference", summary: "Fenghuo" } }),
    200,
  );
  equal(await happen("acknowledged", { agent: null }), 200);
  equal(await happen("acknowledged", { occurred_at: "2020-01-01T00:00:00Z" }), 401);
  equal(await happen("acknowledged", { data: { incident_key: "another" } }), 202);
  equal(await happen("triggered"), 200);
  equal((await incident(house)).known, false);
});

Deno.test("an account acts on no incident that it was not notified of", async () => {
  await using world = await scene("other");
  const { house, sent, happen } = world;
  equal(sent, []);
  equal(await happen("resolved"), 202);
  equal((await incident(house)).closedAt, null);
});

Deno.test("a delivery that PagerDuty repeats acts once", async () => {
  await using world = await scene();
  const { house, happen } = world;
  equal(await happen("acknowledged", { id: "same" }), 202);
  const { id } = await incident(house);
  await api(house, "DELETE", `incidents/${id}/ack`);
  equal(await happen("acknowledged", { id: "same" }), 202);
  equal((await incident(house)).known, false);
});

Deno.test("what was done to an earlier incident arrives late, and leaves the present one alone", async () => {
  await using world = await scene();
  const { house, happen } = world;
  const occurred_at = new Date(house.clock.now() + 1_000).toISOString();
  const { id } = await incident(house);
  await api(house, "POST", `incidents/${id}/close`, { body: { by: "王芳" } });
  await house.advance(60 * MINUTE);
  const startsAt = new Date(house.clock.now()).toISOString();
  await house.fire({ startsAt, labels: { alertname: "DiskFull", severity: "critical", job: "ops" } });
  const present = await incident(house);
  notEqual(present.id, id);
  for (const type of ["acknowledged", "resolved"]) equal(await happen(type, { occurred_at }), 202);
  const { known, closedAt } = await incident(house);
  equal([known, closedAt], [false, null]);
  equal(await happen("resolved"), 202);
  notEqual((await incident(house)).closedAt, null);
});

Deno.test("a name as long as a page is cut, and its event is not sent again for ever", async () => {
  await using world = await scene();
  const { house, happen } = world;
  equal(
    await happen("reassigned", {
      data: {
        incident_key: (await incident(house)).fingerprint,
        assignees: [{ summary: `李\0\n雷${"韩".repeat(60_000)}` }],
      },
    }),
    202,
  );
  equal((await incident(house)).holder, `李␀ 雷${"韩".repeat(55)}…`);
});
