// deno-lint-ignore-file no-explicit-any -- an answer's shape is what these tests are about
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { ulid } from "../../../relay/base/ulid.ts";
import { startSink } from "../../../simulator/sink.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { SECRETS } from "../../kit/relay.ts";
import { DAY, HOUR } from "../../../relay/base/duration.ts";

/** Ask the API as the administrator. */
async function ask(
  house: TestRelay,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: any }> {
  const response = await house.request(path, {
    headers: { authorization: `Bearer ${SECRETS.adminPassword}`, "content-type": "application/json" },
    ...body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
  });
  return { status: response.status, json: await response.json() };
}

/** The ledger, which must be balanced and equal to the records. */
async function ledger(house: TestRelay, query = "from=7d"): Promise<any> {
  const { json } = await ask(house, `/api/ledger?verify=1&${query}`);
  const { verified, ...sum } = json;
  equal(verified.faults, []);
  equal(verified.differences, []);
  ok(verified.agrees && sum.addsUp, JSON.stringify(json));
  equal(verified.sum, sum);
  return sum;
}

async function post(house: TestRelay, ...instances: string[]): Promise<void> {
  await house.accept(...instances.map((instance) => ({ labels: { instance } })));
}

const yaml = (url: string): string => `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: inbox, config: {} }
      - { channel: webhook, config: { url: "${url}" } }
  - { owner: nobody, level: default, destinations: [] }
rules:
  - { match: ['instance="lonely"'], group: nobody/default }
  - { match: ['instance=~".+"'], group: default/default }
`;

Deno.test("the sum counts notified, folded, suppressed, delivered, dead and pending, and the records agree", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: yaml(sink.url) });
  await post(house, "a", "b", "lonely");
  await post(house, "a", "a");
  await house.settle();
  sink.answer({ status: 400, times: 2 });
  await post(house, "c"); // refused, then refused once more when it is plain
  await house.settle();
  sink.answer({ status: 503 });
  await post(house, "d");
  await house.settle();
  const sum = await ledger(house);
  equal(sum.accepted, 7);
  equal(sum.heard, { told: 5, folded: 2, suppressed: { no_destination: 1 } });
  equal(sum.foldedBy, { "rule:1 default/default": 2 });
  equal(sum.destinations, {
    "default/default/inbox": { routed: 5, delivered: 5, suppressed: 0, pending: 0, dead: 0 },
    "default/default/webhook": { routed: 5, delivered: 3, suppressed: 0, pending: 1, dead: 1 },
  });
  equal(sum.total, { routed: 10, delivered: 8, suppressed: 0, pending: 1, dead: 1 });
  equal(sum.groups["nobody/default"], { told: 0, folded: 0, suppressed: { no_destination: 1 } });
});

Deno.test("a delivery counts in the hour of its alert, whenever it is settled", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: yaml(sink.url) });
  sink.answer({ status: 503, times: 1 });
  await post(house, "a");
  await house.settle();
  const first = new Date(house.clock.now()).toISOString();
  await house.advance(3 * HOUR);
  await post(house, "b");
  await house.settle();
  equal((await ledger(house, `from=${first}&to=${first}`)).total.routed, 0, "an empty period is empty");
  const to = new Date(Date.parse(first) + 1).toISOString();
  equal((await ledger(house, `from=${first}&to=${to}`)).total, {
    routed: 2,
    delivered: 2,
    suppressed: 0,
    pending: 0,
    dead: 0,
  });
  equal((await ledger(house)).total.delivered, 4);
});

Deno.test("the ledger adds up after a restart in the middle", async () => {
  await using sink = await startSink();
  const kv = await Deno.openKv(":memory:");
  {
    await using house = await testRelay({ kv, yaml: yaml(sink.url) });
    sink.answer({ status: 503, times: 1 });
    await post(house, "a", "b");
    await house.settle();
    equal((await ledger(house)).total.pending, 2);
  }
  {
    await using house = await testRelay({ kv, yaml: yaml(sink.url) });
    await post(house, "c");
    await house.advance(HOUR);
    const { accepted, total } = await ledger(house);
    equal([accepted, total.routed, total.delivered], [3, 6, 6]);
  }
  kv.close();
});

Deno.test("what is missing, double or made up is named, and the tallies that say otherwise", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: yaml(sink.url) });
  await post(house, "a", "b");
  await house.settle();
  const [b, a] = await house.relay.store.log.newest(2);
  const { kv } = house;
  const lane = house.relay.config.groups.get("default/default")!.destinations[0]!.lane;
  const record = await kv.get(["delivery", b!.id, `${b!.id}-0`]);
  await kv.delete(["delivery", a!.id, `${a!.id}-1`]);
  const entry = { ...JSON.parse(new TextDecoder().decode(record.value as Uint8Array)) };
  await kv.set(["queue", lane, entry.id], record.value);
  const stranger = `${ulid(house.clock.now())}-000`;
  await kv.set(
    ["delivery", stranger, `${stranger}-0`],
    new TextEncoder().encode(JSON.stringify({ ...entry, alert: stranger, id: `${stranger}-0` })),
  );
  const { json: { verified, addsUp } } = await ask(house, "/api/ledger?from=1h&verify=1");
  equal(addsUp, false, "one waits that was delivered");
  equal(verified.agrees, false);
  equal(
    verified.faults.map(({ id, what }: { id: string; what: string }) => [what, id]).sort(),
    [["missing", `${a!.id}-1`], ["twice", `${b!.id}-0`], ["unexpected", `${stranger}-0`]],
  );
  match(
    verified.differences.join("\n"),
    /^default\/default\/webhook: 2 routed, 1 delivered.* in the records; .* in the tallies$/m,
  );
});

Deno.test("a period that makes no sense is refused, with what to write", async () => {
  await using house = await testRelay();
  const { status, json } = await ask(house, "/api/ledger?from=yesterday");
  equal(status, 422);
  match(json.error, /^from: "yesterday" must be a time such as .*24h$/);
  equal((await ask(house, "/api/ledger?from=1h&to=2h")).status, 422);
});

for (const exclusive of [true, false]) {
  Deno.test(`the dead are sent again or dropped, and the ledger stays exact (${exclusive ? "local" : "shared"} store)`, async () => {
    await using sink = await startSink();
    await using house = await testRelay({ exclusive, yaml: yaml(sink.url) });
    sink.answer({ status: 400 });
    await post(house, "a", "b", "c");
    await house.settle();
    await house.advance(HOUR);
    const { json: { dead } } = await ask(house, "/api/dead");
    equal(
      dead.map(({ destination }: { destination: string }) => destination),
      Array(3).fill("default/default/webhook"),
    );
    equal((await ledger(house)).total.dead, 3);
    const [one, two, three] = dead;

    const { json: read } = await ask(house, `/api/dead/${one.id}`);
    equal(read.delivery.attempts.length, 2);
    equal(read.alert.title, "Test");
    equal((await ask(house, `/api/dead/${three.id}/drop`, {})).status, 422, "a note is needed");
    equal((await ask(house, `/api/dead/${three.id}/drop`, { note: "nobody minds" })).json, { dropped: 1 });
    const dropped = await house.relay.store.deliveries.get({ id: three.id, alert: three.alert });
    equal([dropped?.state, dropped?.dropped?.note, dropped?.dropped?.by], ["dead", "nobody minds", "admin"]);

    sink.answer({ status: 503, times: 1 });
    equal((await ask(house, `/api/dead/${one.id}/send`, {})).json, { sent: 1 });
    equal((await ask(house, `/api/dead/${one.id}/send`, {})).status, 404, "it is no longer dead");
    await house.settle();
    const waiting = await house.relay.store.deliveries.get({ id: one.id, alert: one.alert });
    equal([waiting?.state, waiting?.attempts.length, waiting?.again?.by], ["pending", 3, "admin"]);
    equal((await ledger(house)).total, { routed: 6, delivered: 3, suppressed: 0, pending: 1, dead: 2 });
    sink.answer({ status: 200 });
    await house.advance(HOUR);
    equal((await ledger(house)).total, { routed: 6, delivered: 4, suppressed: 0, pending: 0, dead: 2 });

    equal((await ask(house, "/api/dead/send", { since: "5m" })).json.sent, 0, "it died before that");
    sink.answer({ status: 400 });
    equal((await ask(house, "/api/dead/send", { since: "2h", destination: two.destination })).json, {
      sent: 1,
      refused: 0,
      ended: 0,
      stays: [],
      more: false,
    });
    await house.settle();
    equal((await ledger(house)).total, { routed: 6, delivered: 4, suppressed: 0, pending: 0, dead: 2 });
    const { json: again } = await ask(house, "/api/dead");
    equal(again.dead.map(({ id }: { id: string }) => id), [two.id], "it died again");
  });
}

Deno.test("a dead delivery is sent again from its own copy when the log has forgotten the alert", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: yaml(sink.url) });
  sink.answer({ status: 400, times: 2 });
  await post(house, "a");
  await house.settle();
  const [alert] = await house.relay.store.log.newest(1);
  const id = `${alert!.id}-1`;
  await house.kv.delete(["log", alert!.id.slice(0, 26)]);
  const { relay } = house;
  relay.store.log.alert = () => Promise.resolve(undefined);
  equal((await ask(house, `/api/dead/${id}/send`, {})).status, 200);
  await house.settle();
  equal((await relay.store.deliveries.get({ id, alert: alert!.id }))?.state, "delivered");
  equal(await relay.store.dead.onItsWay(id), undefined, "the copy goes with it");
});

Deno.test("a dead delivery whose destination is gone stays, and says so", async () => {
  await using sink = await startSink();
  const kv = await Deno.openKv(":memory:");
  {
    await using house = await testRelay({ kv, yaml: yaml(sink.url) });
    sink.answer({ status: 400 });
    await post(house, "a");
    await house.settle();
  }
  {
    await using house = await testRelay({ kv });
    const { json: { dead: [letter] } } = await ask(house, "/api/dead");
    const { status, json } = await ask(house, `/api/dead/${letter.id}/send`, {});
    equal([status, json.error], [
      409,
      'Cannot send it again: the destination "default/default/webhook" is gone',
    ]);
    const all = await ask(house, "/api/dead/send", {});
    equal([all.json.sent, all.json.refused, all.json.stays[0].id], [0, 1, letter.id]);
    await house.advance(DAY);
    equal((await ledger(house)).total.dead, 1);
  }
  kv.close();
});
