import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { PEER_HOLD, PEER_LAG } from "../../../relay/domain/late_peer.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { type Scene, scene } from "../../kit/duty.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

const STARTED = { startsAt: "2026-01-31T07:58:00Z" };
const RESOLVED = { ...STARTED, status: "resolved", endsAt: "2026-01-31T07:59:30Z" } as const;
const HELD = Math.ceil(PEER_HOLD / MINUTE);

/** One peer has sent firing and resolved; the other one has sent firing. @returns the id of its alert */
async function lateFiring(house: Scene): Promise<string> {
  equal([await house.fire(STARTED), await house.fire(RESOLVED)], ["first", "resolved"]);
  await house.heard();
  await house.house.advance(10_000);
  equal(await house.fire(STARTED), "late_peer");
  equal(await house.heard(), []);
  return (await house.house.relay.store.log.newest(1))[0]!.id;
}

async function whyOf({ house }: Scene, id: string): Promise<string> {
  return (await api(house, "GET", `alerts/${id}/why?lang=en`)).body.sentences.join("\n");
}

async function open({ house }: Scene): Promise<number> {
  return (await api(house, "GET", "incidents")).body.incidents.length;
}

async function addsUp({ house }: Scene): Promise<boolean> {
  const { body } = await api(house, "GET", "ledger?from=2h&verify=1");
  return body.addsUp && body.verified.agrees;
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, a late peer's firing is held, and its own resolved ends that: nobody is told`, async () => {
    await using house = await scene({ exclusive });
    const held = await lateFiring(house);
    equal(await open(house), 0);
    match(
      await whyOf(house, held),
      /^Not notified yet: .* is notified after 2026-01-31 16:05:25, unless a resolved/m,
    );
    await house.minutes(2);
    await house.restart();
    equal(await house.fire(STARTED), "late_peer", "it waits no longer for that");
    equal(await house.fire(RESOLVED), "late_peer");
    match(
      await whyOf(house, held),
      /^Not notified: a late peer .* the resolved alert \w+-000 contradicted it at/m,
    );
    await house.minutes(2 * HELD);
    equal([await house.heard(), await open(house)], [[], 0]);
    ok(await addsUp(house));
  });

  Deno.test(`on ${store}, a firing after its own resolved that nothing contradicts is told after the moment, through a restart`, async () => {
    await using house = await scene({ exclusive });
    const held = await lateFiring(house);
    await house.minutes(HELD - 2);
    equal(await house.heard(), []);
    await house.restart();
    await house.minutes(3);
    equal([await house.heard(), await open(house)], [["first firing"], 1]);
    match(
      await whyOf(house, held),
      /^It was held, .* processed at 2026-01-31 16:0\d:\d\d as alert \w+-000\.$/m,
    );
    equal(await house.fire(RESOLVED), "resolved");
    equal(await house.heard(), ["resolved resolved"]);
    ok(await addsUp(house));
  });
}

Deno.test("a firing that is sent again after the moment is told at once, and once", async () => {
  await using house = await scene({});
  await lateFiring(house);
  await house.house.advance(PEER_HOLD);
  equal(await house.fire(STARTED), "first");
  await house.minutes(2 * HELD);
  equal(await house.heard(), ["first firing"]);
});

Deno.test("a new occurrence is told at once, and what was held for an older one is not told any more", async () => {
  await using house = await scene({});
  const held = await lateFiring(house);
  equal(await house.fire({ startsAt: "2026-01-31T08:00:00Z" }), "first");
  match(await whyOf(house, held), /^Not notified: .* a newer occurrence replaced it: alert \w+-000\.$/m);
  equal(await house.fire(RESOLVED), "late_peer", "the late peer speaks of what was over before");
  await house.minutes(2 * HELD);
  equal([await house.heard(), await open(house)], [["first firing"], 1]);
});

Deno.test("a firing long after its own resolved is no late peer's: a Prometheus that was away has come back", async () => {
  await using house = await scene({});
  await house.fire(STARTED);
  await house.fire(RESOLVED);
  await house.house.advance(PEER_LAG);
  equal(await house.fire(STARTED), "first");
});

Deno.test("what a silence covers while it is held is told of nobody, and the firing counts in its incident", async () => {
  await using house = await scene({});
  await lateFiring(house);
  await api(house.house, "POST", "silences", { body: { matchers: ["alertname=Test"], duration: "1h" } });
  await house.minutes(2 * HELD);
  equal([await house.heard(), await open(house)], [[], 1]);
  const [newest] = await house.house.relay.store.log.newest(1);
  equal(newest!.routing[0]!.outcome.kind === "suppressed" && newest!.routing[0]!.outcome.by, "silence");
});

Deno.test("the console shows what is held, and until when", async () => {
  await using house = await scene({});
  const held = await lateFiring(house);
  const viewer = await visitor(house.house);
  match((await viewer.get(`/alerts/${held}`)).html, /暂未通知：它开始于事件恢复之前/);
  const { incident } = (await house.house.relay.store.log.alert(held))!;
  match((await viewer.get(`/incidents/${incident}`)).html, /暂缓到 2026-01-31 16:05:25/);
});

Deno.test("a memo on an incident that was just over is not lost when a late peer speaks", async () => {
  await using house = await scene({});
  await house.fire(STARTED);
  await house.fire(RESOLVED);
  const { body } = await api(house.house, "GET", "incidents?state=closed");
  const path = `incidents/${body.incidents[0].id}`;
  await api(house.house, "PUT", `${path}/memo`, { body: { memo: "a switch was restarted" } });
  equal(await house.fire(STARTED), "late_peer");
  const { body: { incident } } = await api(house.house, "GET", path);
  equal([incident.memo, incident.count], ["a switch was restarted", 3]);
});

Deno.test("an end that the relay assumed itself says nothing of peers: what fires after it is told at once", async () => {
  await using house = await scene({ yaml: "ocp: { clear_after: 1h }" });
  const headers = { authorization: `Basic ${btoa("ocp:test-token")}` };
  const alarm = {
    alarmType: "t",
    target: "x",
    level: "2",
    summary: "s",
    status: "Active",
    activeAt: STARTED.startsAt,
  };
  const push = async (): Promise<void> => {
    const body = JSON.stringify(alarm);
    equal((await house.house.request("/api/v2/alarm/alarms", { method: "POST", headers, body })).status, 200);
    await house.house.settle();
  };
  await push();
  await house.minutes(61);
  equal(await house.heard(), ["first firing", "resolved resolved"]);
  await push();
  equal(await house.heard(), ["first firing"]);
});

Deno.test("an alert that was sent with an end alone is over at its end, which Alertmanager makes its start, too", async () => {
  await using house = await scene({});
  const end = "2026-01-31T08:00:03Z";
  await house.fire({ startsAt: end, endsAt: end });
  await house.fire({ startsAt: end, endsAt: end, status: "resolved" });
  equal(await house.heard(), ["first firing", "resolved resolved"]);
});
