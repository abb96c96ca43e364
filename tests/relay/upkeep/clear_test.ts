import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { type Scene, scene } from "../../kit/duty.ts";
import { DAY, HOUR } from "../../../relay/base/duration.ts";

const STEP = 6 * HOUR;

/** The sender is silent for this long; the cron runs sometimes. */
async function silence({ house }: Scene, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP) {
    await house.advance(Math.min(STEP, ms - passed));
    await house.relay.tidy();
  }
  await house.settle();
}

async function incidents({ house }: Scene, state: string): Promise<Record<string, unknown>[]> {
  return (await api(house, "GET", `incidents?state=${state}`)).body.incidents;
}

async function whyNewest({ house }: Scene): Promise<string> {
  const [newest] = await house.relay.store.log.newest(1);
  return (await api(house, "GET", `alerts/${newest!.id}/why?lang=en`)).body.sentences.join("\n");
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  for (const [hours, restarts] of [[25, false], [25, true], [72, true]] as const) {
    const how = `${hours} h of silence${restarts ? " and a restart" : ""}`;
    Deno.test(`on ${store}, the end of an incident is told after ${how}, and why says so`, async () => {
      await using house = await scene({ exclusive });
      equal(await house.fire(), "first");
      await house.heard();
      await silence(house, hours * HOUR);
      equal(await incidents(house, "open"), [], "it left the list of what burns");
      equal((await incidents(house, "closed")).map(({ stale }) => stale), [true]);
      equal(await house.heard(), [], "nobody is told of that");
      if (restarts) await house.restart();
      equal(await house.fire({ status: "resolved" }), "resolved");
      equal(await house.heard(), ["resolved resolved"]);
      match(
        await whyNewest(house),
        /^It belongs to the incident .*: 2 alerts since .*\n.*\nNotified: resolved\.$/m,
      );
      equal((await incidents(house, "closed")).map(({ stale, known }) => ({ stale, known })), [
        { stale: undefined, known: true },
      ]);
      equal(await house.fire({ status: "resolved" }), "nothing_open");
    });
  }

  Deno.test(`on ${store}, a repeat after a day of silence is one: the incident is open again, with who acknowledged it`, async () => {
    await using house = await scene({ exclusive });
    const labels = { instance: "a" };
    for (const one of [labels, { instance: "b" }]) await house.fire({ labels: one });
    const [, first] = (await incidents(house, "open")).map(({ id }) => id as string);
    await api(house.house, "POST", `incidents/${first}/ack`, {
      body: { by: "li.lei", memo: "a disk is on its way" },
    });
    for (let day = 0; day < 3; day++) {
      await silence(house, 25 * HOUR);
      await house.house.relay.store.incidents.sweep();
      if (day === 1) await house.restart();
      if (day === 2) {
        const { body } = await api(house.house, "PUT", `incidents/${first}/memo`, {
          body: { memo: "two disks" },
        });
        equal([body.incident.memo, body.incident.stale], ["two disks", true]);
      }
      equal(await house.fire({ labels: { instance: "b" } }), "repeat");
      equal(await house.fire({ labels }), "acknowledged", "a person has said that they know");
    }
    const open = await incidents(house, "open");
    equal(
      open.map(({ id, count, known, knownBy, memo, stale, closedAt }) => ({
        first: id === first,
        count,
        known,
        knownBy,
        memo,
        stale,
        closedAt,
      })),
      [
        {
          first: false,
          count: 4,
          known: false,
          knownBy: undefined,
          memo: undefined,
          stale: undefined,
          closedAt: null,
        },
        {
          first: true,
          count: 4,
          known: true,
          knownBy: "li.lei",
          memo: "two disks",
          stale: undefined,
          closedAt: null,
        },
      ],
    );
    equal(await incidents(house, "closed"), []);
    const { burning } = (await api(house.house, "GET", "overview")).body;
    equal([burning.total, burning.known], [2, 1]);
    await house.house.relay.store.incidents.sweep();
    await house.restart();
    equal((await incidents(house, "open")).length, 2, "no sweep took what was open again");
    equal(await house.fire({ status: "resolved", labels }), "resolved");
  });

  Deno.test(`on ${store}, what begins anew after a day of silence is told, whoever acknowledged what was before`, async () => {
    await using house = await scene({ exclusive });
    await house.fire();
    const [{ id }] = await incidents(house, "open") as [{ id: string }];
    await api(house.house, "POST", `incidents/${id}/ack`, { body: { memo: "a memo" } });
    await silence(house, 25 * HOUR);
    const startsAt = new Date(house.house.clock.now()).toISOString();
    equal(await house.fire({ startsAt }), "repeat");
    const [open] = await incidents(house, "open");
    equal([open!.id, open!.known, open!.memo], [id, false, "a memo"]);
  });

  Deno.test(`on ${store}, after the retention nothing is known, and why does not say that nobody was ever told`, async () => {
    await using house = await scene({ exclusive, yaml: "retention: { alerts: 2d }" });
    await house.fire({ labels: { instance: "a" } });
    await house.fire({ labels: { instance: "b" } });
    await silence(house, 49 * HOUR);
    equal(await house.fire({ labels: { instance: "a" }, status: "resolved" }), "nothing_open");
    match(
      await whyNewest(house),
      /^Not notified: .* It was never notified, or longer ago than alerts are kept\.$/m,
    );
    equal(await house.fire({ labels: { instance: "b" } }), "first");
    await silence(house, HOUR);
    if (exclusive) {
      await house.restart();
      equal((await incidents(house, "open")).length, 1);
    }
  });
}

Deno.test("an event whose sender never says that it is over leaves the list, and is a repeat when it comes again", async () => {
  await using house = await scene({ yaml: `${ALARM_V2_YAML}      - { channel: inbox, config: {} }\n` });
  const send = async (time: string): Promise<void> => {
    const response = await house.house.request("/alarm_v2", {
      method: "POST",
      body: JSON.stringify(alarmV2({ alert_time: time })),
    });
    equal(await response.json(), { code: 0 });
    await house.house.settle();
  };
  await send("2026-01-31 16:00:00");
  equal(await house.heard(), ["first firing"]);
  const [{ id }] = await incidents(house, "open") as [{ id: string }];
  await api(house.house, "POST", `incidents/${id}/ack`, { body: {} });
  await silence(house, 7 * DAY);
  equal(await incidents(house, "open"), []);
  await send("2026-02-07 16:00:00");
  equal(await house.heard(), ["repeat firing"]);
  equal((await incidents(house, "open")).map((one) => [one.id, one.known]), [[id, false]]);
});

Deno.test("an incident that ends by its sender's silence ends so, however much earlier it would leave the list", async () => {
  await using house = await scene({ yaml: "ocp: { clear_after: 3d }\nretention: { alerts: 1d }" });
  const headers = { authorization: `Basic ${btoa("ocp:test-token")}` };
  const body = JSON.stringify({ alarmType: "t", target: "x", level: "2", summary: "s", status: "Active" });
  for (let day = 0; day < 12; day++) {
    const answer = await house.house.request("/api/v2/alarm/alarms", { method: "POST", headers, body });
    equal(answer.status, 200, await answer.text());
    await silence(house, DAY);
  }
  await house.heard();
  equal((await incidents(house, "open")).length, 1);
  await silence(house, 3 * DAY);
  equal(await incidents(house, "open"), []);
  equal(await house.heard(), ["resolved resolved"], "although the log has forgotten its first alert");
});

Deno.test("the console says that nobody said it is over", async () => {
  await using house = await scene({});
  await house.fire();
  await silence(house, 25 * HOUR);
  const viewer = await visitor(house.house);
  const list = (await viewer.get("/incidents?state=closed")).html;
  match(list, /久无消息/);
  ok(!list.includes("已恢复</span>"));
  const [{ id }] = await incidents(house, "closed") as [{ id: string }];
  match((await viewer.get(`/incidents/${id}`)).html, /没有收到恢复：来源自 2026-01-31 16:00:00 起再无消息/);
});

Deno.test("an incident that an earlier version left open keeps its acknowledgement when its sender repeats it", async () => {
  await using house = await scene({});
  await house.fire();
  const [{ id }] = await incidents(house, "open") as [{ id: string }];
  await api(house.house, "POST", `incidents/${id}/ack`, { body: {} });
  // Earlier versions did not store when an occurrence began.
  for await (const { key, value } of house.house.kv.list<Uint8Array>({ prefix: ["incident", "open"] })) {
    const { startsAt: _, ...older } = JSON.parse(new TextDecoder().decode(value));
    await house.house.kv.set(key, new TextEncoder().encode(JSON.stringify(older)));
  }
  await house.restart();
  await silence(house, 25 * HOUR);
  equal(await house.fire(), "acknowledged");
});
