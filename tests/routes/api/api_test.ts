import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { LoggedAlert } from "../../../relay/domain/record.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { startSink } from "../../../simulator/sink.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const TOKEN = `Bearer ${SECRETS.adminPassword}`;

async function get<T>(
  house: TestRelay,
  path: string,
  authorization = TOKEN,
): Promise<{ status: number; body: T }> {
  const response = await house.request(path, { headers: { authorization } });
  return { status: response.status, body: await response.json() };
}

Deno.test("the log is read page by page, the newest first, each alert once", async () => {
  await using house = await testRelay();
  for (let index = 0; index < 12; index++) {
    await (await house.post({ labels: { instance: `${index % 10}` } }, { labels: { instance: "x" } })).body
      ?.cancel();
  }
  const seen: string[] = [];
  let before = "";
  for (;;) {
    const { body: { alerts } } = await get<{ alerts: LoggedAlert[] }>(
      house,
      `/api/alerts?limit=7${before && `&before=${before}`}`,
    );
    if (alerts.length === 0) break;
    seen.push(...alerts.map(({ id }) => id));
    before = seen.at(-1)!;
  }
  equal(seen.length, 24);
  equal(seen, seen.toSorted().reverse());
});

Deno.test("an alert is shown with what became of its deliveries", async () => {
  await using house = await testRelay();
  await house.fire({ labels: { instance: "db-1" } });
  const [logged] = await house.relay.store.log.newest(1);
  const { body } = await get<{ alert: LoggedAlert; deliveries: { state: string; destination: string }[] }>(
    house,
    `/api/alerts/${logged!.id}`,
  );
  equal(body.alert.id, logged!.id);
  equal(body.deliveries.map(({ state, destination }) => [state, destination]), [[
    "delivered",
    "default/default/inbox",
  ]]);
  equal((await get(house, "/api/alerts/nothing")).status, 404);
});

Deno.test("incidents have the counts of what was folded, and are known once they are over", async () => {
  await using house = await testRelay();
  for (let index = 0; index < 5; index++) {
    await house.accept({ labels: { instance: "a" } });
  }
  await house.accept({ labels: { instance: "b" } }, { labels: { instance: "c" } });
  await house.accept({ status: "resolved", labels: { instance: "b" } });
  const open = await get<{ incidents: Incident[] }>(house, "/api/incidents");
  equal(open.body.incidents.map(({ count, known }) => [count, known]), [[1, false], [5, false]]);
  const closed = await get<{ incidents: Incident[] }>(house, "/api/incidents?state=closed");
  equal(closed.body.incidents.map(({ count, known }) => [count, known]), [[2, true]]);
  const [newest, oldest] = open.body.incidents;
  const older = await get<{ incidents: Incident[] }>(house, `/api/incidents?before=${newest!.id}`);
  equal(older.body.incidents.map(({ id }) => id), [oldest!.id]);
});

Deno.test("a member who cannot be reached is listed until a message arrives", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml: `
members: [{ id: li }, { id: han }]
groups:
  - { owner: default, level: default, members: [li, han], destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }`,
  });
  const { recipients } = house.relay.store;
  const seen = { channel: "webhook", destination: "default/default/webhook", because: "60121 not found" };
  await recipients.note({ ...seen, failed: ["li", "han"], reached: [] }, 1_000);
  await recipients.note({ ...seen, failed: ["li"], reached: ["han"] }, 2_000);
  const { body } = await get<{ failing: unknown[] }>(house, "/api/members/failing");
  equal(body.failing, [{ ...seen, member: "li", since: 1_000, lastAt: 2_000 }]);
  await house.fire({});
  equal((await get<{ failing: unknown[] }>(house, "/api/members/failing")).body.failing, []);
});

Deno.test("the interface is closed to everybody but the administrator", async () => {
  await using house = await testRelay();
  for (
    const path of ["/api/alerts", "/api/incidents", "/api/members/failing", "/api/alerts/x", "/api/nothing"]
  ) {
    for (
      const authorization of [
        "",
        "Bearer nope",
        `Bearer ${SECRETS.intakeToken}`,
        `Basic ${btoa("admin:nope")}`,
      ]
    ) {
      const { status, body } = await get<{ error: string }>(house, path, authorization);
      equal(status, 401, path);
      ok(!JSON.stringify(body).includes(SECRETS.adminPassword));
    }
  }
  equal((await get(house, "/api/alerts", `Basic ${btoa(`admin:${SECRETS.adminPassword}`)}`)).status, 200);
  equal((await get(house, "/api/nothing")).status, 404);
});

const WRONG: [string, RegExp][] = [
  ["/api/alerts?limit=0", /^limit: /],
  ["/api/alerts?limit=x", /^limit: /],
  ["/api/alerts?limit=1001", /^limit: /],
  ["/api/incidents?state=half", /^state: must be one of open, closed, all/],
];

for (const [path, words] of WRONG) {
  Deno.test(`${path} is answered 422 with what would be right`, async () => {
    await using house = await testRelay();
    const { status, body } = await get<{ error: string }>(house, path);
    equal(status, 422);
    match(body.error, words);
  });
}
