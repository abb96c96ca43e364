import { deepStrictEqual as equal } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { eventually } from "../../kit/eventually.ts";
import { inWords, type Scene, scene } from "../../kit/duty.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

/** Silence an alertname. @returns the silence's id */
async function silence({ house }: Pick<Scene, "house">, more: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await api(house, "POST", "silences", {
    body: { matchers: ["alertname=Test"], duration: "1h", ...more },
  });
  equal(status, 201, JSON.stringify(body));
  return body.silence.id;
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, what a silence covers is counted and nobody hears of it, until the first firing after it`, async () => {
    await using house = await scene({ exclusive });
    const id = await silence(house);
    equal(await house.fire(), "silence");
    equal(await house.fire(), "silence");
    equal(await house.fire({ status: "resolved" }), "silence");
    equal(await house.fire(), "silence");
    equal(await house.fire({ labels: { alertname: "Other" } }), "first");
    const [, newest] = await house.house.relay.store.log.newest(2);
    equal(newest!.routing[0]!.outcome, { kind: "suppressed", by: "silence", silence: id });
    const { body } = await api(house.house, "GET", `incidents/${newest!.incident}`);
    equal([body.incident.count, body.incident.windows], [1, {}]);
    equal((await house.house.relay.store.incidents.newest("closed", 10)).map(({ count }) => count), [3]);
    await house.restart();
    equal(await house.fire(), "silence", "a restart does not end it");
    await house.minutes(60);
    equal(await house.fire(), "first");
    equal(await house.heard(), ["first firing", "first firing"]);
  });

  Deno.test(`on ${store}, an incident that was told before a silence is told again after it, with the count of its occurrences`, async () => {
    await using house = await scene({ exclusive });
    equal(await house.fire(), "first");
    await house.minutes(6);
    const id = await silence(house);
    equal([await house.again(), await house.fire()], ["silence", "silence"]);
    const { body } = await api(house.house, "DELETE", `silences/${id}`);
    equal([body.silence.state, body.silence.expiredAt], ["expired", house.house.clock.now()]);
    equal(await house.fire(), "repeat");
    const [logged] = await house.house.relay.store.log.newest(1);
    equal(logged!.routing[0]!.outcome, { kind: "told", reason: "repeat", still: true, folded: 1 });
  });
}

Deno.test("a silence that is made at one instance counts at another without being asked for", async () => {
  await using here = await scene({ exclusive: false });
  await using there = await testRelay({ kv: here.house.kv, exclusive: false, clock: here.house.clock });
  equal(await here.fire({ labels: { alertname: "Else" } }), "first");
  await silence({ house: there });
  await eventually("the silence", () => here.house.relay.store.silences.all().length === 1);
  equal(await here.fire(), "silence");
  const [known] = (await api(here.house, "GET", "silences?state=active")).body.silences;
  await api(here.house, "DELETE", `silences/${known.id}`);
  await eventually("its end", () => there.relay.store.silences.get(known.id)?.expiredAt !== undefined);
  await there.accept({});
  const [logged] = await there.relay.store.log.newest(1);
  equal(inWords(logged!.routing[0]!.outcome), "first");
});

Deno.test("why nobody was told is said with the silence's comment", async () => {
  await using house = await scene({});
  const id = await silence(house, { comment: "new disks" });
  await house.fire();
  const [logged] = await house.house.relay.store.log.newest(1);
  const { body } = await api(house.house, "GET", `alerts/${logged!.id}/why?lang=en`);
  equal(body.sentences.at(-1), `Not notified: covered by the silence ${id}. Comment: new disks`);
  equal(body.silences[id].author, "admin");
});

Deno.test("an incident that falls silent under a silence ends without a word", async () => {
  await using house = await scene({});
  const push = async (): Promise<void> => {
    const authorization = `Basic ${btoa(`ocp:${SECRETS.intakeToken}`)}`;
    const body = JSON.stringify({ alarmType: "ob_host_down", target: "10.0.0.1", labels: { host: "db-1" } });
    await (await house.house.request("/api/v2/alarm/alarms", {
      method: "POST",
      body,
      headers: { authorization },
    })).body?.cancel();
    await house.house.settle();
  };
  await push();
  equal(await house.heard(), ["first firing"]);
  await silence(house, { matchers: ['host="db-1"'] });
  await house.minutes(7);
  equal(await house.heard(), []);
  const [closed] = await house.house.relay.store.log.newest(1);
  equal([closed!.alert.status, inWords(closed!.routing[0]!.outcome)], ["resolved", "silence"]);
});

Deno.test("a silence that is over is listed for as long as alerts are kept", async () => {
  await using house = await scene({ yaml: "retention: { alerts: 2h }" });
  await silence(house, { duration: "10m" });
  await house.minutes(11);
  const states = async (): Promise<string[]> =>
    (await api(house.house, "GET", "silences")).body.silences.map(({ state }: { state: string }) => state);
  equal(await states(), ["expired"]);
  house.house.clock.advance(118 * MINUTE);
  await house.minutes(1);
  equal(await states(), []);
  await house.restart();
  equal(await states(), []);
});

Deno.test("a caller that waits hears of the delivery of a resolved that ends a silence, too", async () => {
  await using house = await scene({});
  const { relay, clock, settle } = house.house;
  const send = (status: "firing" | "resolved"): ReturnType<typeof relay.accept> => {
    const text = { title: "T", text: "", labels: { alertname: "Test" }, annotations: {}, links: [] };
    const alert = {
      dialect: "test",
      status,
      severity: "warning",
      startsAt: null,
      endsAt: null,
      ...text,
    } as const;
    return relay.accept([{ alert, identity: alert.labels }], {
      now: clock.now(),
      bytes: 1,
      waitUntil: clock.now() + 1_000,
    });
  };
  equal((await send("firing")).attempts.map(({ state }) => state), ["delivered"]);
  await silence(house, { until_resolved: true, duration: undefined });
  const { records } = relay.store;
  const read = records.incidents.bind(records);
  const lifted = new Promise<void>((resolve) => {
    records.incidents = async (ids) => {
      await settle(); // deliver before the silence ends
      resolve();
      return await read(ids);
    };
  });
  const answer = send("resolved");
  await lifted;
  await settle();
  clock.advance(2_000);
  equal((await answer).attempts.map(({ state }) => state), ["delivered"]);
});
