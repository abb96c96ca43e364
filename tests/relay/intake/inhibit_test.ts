import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { type Scene, scene } from "../../kit/duty.ts";
import { inWords } from "../../kit/duty.ts";
import { MINUTE } from "../../../relay/base/duration.ts";
import { eventually } from "../../kit/eventually.ts";
import { withoutWatch } from "../../kit/without_watch.ts";
import { type TestAlert, testRelay } from "../../kit/relay.ts";

const RULE =
  `inhibit: [{ source: ['severity="critical"'], target: ['severity=~"warning|info"'], equal: [host] }]`;

const DOWN = { labels: { alertname: "HostDown", severity: "critical", host: "db-1" } };
const SLOW = { labels: { alertname: "Slow", severity: "warning", host: "db-1" } };
const ELSEWHERE = { labels: { ...SLOW.labels, host: "db-2" } };
const over = (alert: TestAlert): TestAlert => ({ ...alert, status: "resolved" });

/** Each logged alert, the oldest first: `Slow inhibited`. */
async function log({ house }: Pick<Scene, "house">): Promise<string[]> {
  const logged = await house.relay.store.log.newest(1_000);
  return logged.toReversed().map(({ alert, routing }) =>
    `${"title" in alert ? alert.title : "?"} ${inWords(routing[0]!.outcome)}`
  );
}

async function addsUp({ house }: Pick<Scene, "house">): Promise<void> {
  const { body } = await api(house, "GET", "ledger?from=2h&verify=1");
  ok(body.addsUp && body.verified.agrees, JSON.stringify(body.verified));
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, an inhibited alert notifies nobody until its inhibitor ends, and then at once`, async () => {
    await using house = await scene({ yaml: RULE, exclusive });
    equal([await house.fire(DOWN), await house.fire(SLOW)], ["first", "inhibited"]);
    equal(await house.fire(ELSEWHERE), "first", "another host");
    equal(await house.fire(SLOW), "inhibited", "a re-send");
    equal(await house.heard(), ["first firing", "first firing"]);
    await house.house.fire(over(DOWN));
    equal(await log(house), [
      "HostDown first",
      "Slow inhibited",
      "Slow first",
      "Slow inhibited",
      "HostDown resolved",
      "Slow first",
    ]);
    equal(
      await house.heard(),
      ["resolved firing", "first firing"].map((words) =>
        words.replace("resolved firing", "resolved resolved")
      ),
    );
    equal(await house.fire(over(SLOW)), "resolved");
    await addsUp(house);
  });

  Deno.test(`on ${store}, one payload may name a target before its source`, async () => {
    await using house = await scene({ yaml: RULE, exclusive });
    await house.house.fire(SLOW, ELSEWHERE, DOWN);
    equal((await log(house)).toSorted(), ["HostDown first", "Slow first", "Slow inhibited"]);
  });

  Deno.test(`on ${store}, an inhibited alert that ends under its inhibitor is told to nobody`, async () => {
    await using house = await scene({ yaml: RULE, exclusive });
    equal([await house.fire(DOWN), await house.fire(SLOW)], ["first", "inhibited"]);
    equal(await house.fire(over(SLOW)), "inhibited");
    equal(await house.fire(over(DOWN)), "resolved");
    equal(await house.heard(), ["first firing", "resolved resolved"]);
    await addsUp(house);
  });

  Deno.test(`on ${store}, a group that was notified before the inhibition is notified of the end`, async () => {
    await using house = await scene({ yaml: RULE, exclusive });
    equal([await house.fire(SLOW), await house.fire(DOWN)], ["first", "first"]);
    equal([await house.again(SLOW), await house.fire(over(SLOW))], ["inhibited", "resolved"]);
  });

  Deno.test(`on ${store}, what a restart finds inhibited is told when the inhibitor ends, even by its own silence`, async () => {
    const yaml = `${RULE}\nstale_after: 2h`;
    await using house = await scene({ yaml, exclusive });
    equal([await house.fire(DOWN), await house.fire(SLOW)], ["first", "inhibited"]);
    await house.restart();
    equal(await house.fire(SLOW), "inhibited");
    await house.minutes(100);
    equal(await house.fire(SLOW), "inhibited");
    await house.minutes(21);
    equal(await house.heard(), ["first firing", "first firing"], "HostDown is stale, so Slow is told");
    await addsUp(house);
  });

  Deno.test(`on ${store}, a rule that is removed lets go of what it inhibited, and a new one knows what is open`, async () => {
    await using house = await scene({ yaml: "", exclusive });
    equal([await house.fire(DOWN), await house.fire(ELSEWHERE)], ["first", "first"]);
    await house.restart(RULE);
    await house.house.settle();
    equal(await house.fire(SLOW), "inhibited");
    await house.heard();
    await house.restart("");
    await house.house.settle();
    equal(await house.heard(), ["first firing"]);
    equal((await log(house)).at(-1), "Slow first");
  });

  Deno.test(`on ${store}, an alert that a second incident inhibits, too, waits for both`, async () => {
    await using house = await scene({ yaml: RULE, exclusive });
    const power = { labels: { ...DOWN.labels, alertname: "NoPower" } };
    await house.house.fire(DOWN, power);
    equal(await house.fire(SLOW), "inhibited");
    await house.heard();
    await house.house.fire(over(DOWN));
    equal(await house.heard(), ["resolved resolved"]);
    const open = await house.house.relay.store.incidents.open(({ title }) => title === "Slow");
    const [noPower] = await house.house.relay.store.incidents.open(({ title }) => title === "NoPower");
    equal(open.map(({ inhibited }) => inhibited?.by), [noPower!.id]);
    await house.house.fire(over(power));
    equal(await house.heard(), ["resolved resolved", "first firing"]);
  });

  Deno.test(`on ${store}, a silence of then covers what an inhibitor lets go`, async () => {
    await using house = await scene({ yaml: RULE, exclusive });
    equal([await house.fire(DOWN), await house.fire(SLOW)], ["first", "inhibited"]);
    await api(house.house, "POST", "silences", { body: { matchers: ["alertname=Slow"], duration: "1h" } });
    await house.house.fire(over(DOWN));
    equal((await log(house)).at(-1), "Slow silence");
  });

  Deno.test(`on ${store}, an acknowledged or inhibited incident inhibits, a closed one does not, a reopened one does`, async () => {
    const yaml = `inhibit:
      - { source: [severity=critical], target: ['severity=~"warning|info"'] }
      - { source: [severity=warning], target: [severity=info] }`;
    await using house = await scene({ yaml, exclusive });
    await house.fire(DOWN);
    const [{ id }] = (await api(house.house, "GET", "incidents")).body.incidents;
    const act = async (kind: string): Promise<void> => {
      const { status, body } = await api(house.house, "POST", `incidents/${id}/${kind}`, { body: {} });
      equal(status, 200, JSON.stringify(body));
      await house.house.settle();
    };
    await act("ack");
    equal(await house.fire(SLOW), "inhibited");
    const note = { labels: { alertname: "Note", severity: "info" } };
    equal(await house.fire(note), "inhibited");
    await house.heard();
    await act("close");
    equal((await log(house)).slice(-1), ["Slow first"], "Slow still inhibits Note");
    await act("reopen");
    equal(await house.fire({ labels: { ...SLOW.labels, alertname: "Other" } }), "inhibited");
  });
}

Deno.test("a rule that is added while the relay runs knows what is open, and one that is removed lets go", async () => {
  await using house = await scene({});
  const save = async (method: string, body?: unknown): Promise<void> => {
    const { body: before } = await api(house.house, "GET", "config/inhibit");
    const { status, body: said } = await api(house.house, method, "config/inhibit", {
      body,
      version: before.version,
    });
    ok(status < 300, JSON.stringify(said));
    await house.house.settle();
  };
  equal(await house.fire(DOWN), "first");
  await save("PUT", [{ source: ["severity=critical"], target: ["severity=warning"], equal: ["host"] }]);
  equal([await house.fire(SLOW), await house.fire(ELSEWHERE)], ["inhibited", "first"]);
  await save("PUT", [{ source: ["severity=critical"], target: ["severity=warning"], equal: ["cluster"] }]);
  equal(await house.fire({ labels: { ...ELSEWHERE.labels, disk: "b" } }), "inhibited");
  await house.heard();
  await save("DELETE");
  equal(await house.heard(), ["first firing", "first firing"]);
});

Deno.test("an open incident that is inhibited by one that is over is told after a start, whatever was lost", async () => {
  await using house = await scene({ yaml: RULE });
  equal([await house.fire(DOWN), await house.fire(SLOW)], ["first", "inhibited"]);
  house.house.relay.upkeep.lift = () => {};
  await house.house.fire(over(DOWN));
  await house.heard();
  for await (const { key } of house.house.kv.list({ prefix: ["inhibitor"] })) {
    if (key[1] !== "") await house.house.kv.delete(key);
  }
  await house.restart();
  await house.house.settle();
  equal(await house.heard(), ["first firing"]);
});

Deno.test("an alert that is found inhibited just after the end of that is decided again at once", async () => {
  await using house = await scene({ yaml: RULE });
  await house.house.fire(DOWN, SLOW);
  const [slow] = await house.house.relay.store.incidents.open(({ title }) => title === "Slow");
  const { fingerprint, inhibited } = slow!;
  await house.house.fire(over(DOWN));
  equal((await house.heard()).length, 3);
  await house.house.relay.writer.update([{
    kind: "suppressed",
    fingerprint,
    group: "default/default",
    alert: inhibited!.alert,
    labels: SLOW.labels,
    isFirst: true,
    suppressor: { by: "inhibited", id: inhibited!.by },
  }]);
  await house.house.settle();
  equal(await house.heard(), ["first firing"]);
});

Deno.test("an end at one instance lets go of what another one inhibited", async () => {
  await using here = await scene({ yaml: RULE, exclusive: false });
  await using there = await testRelay({
    kv: here.house.kv,
    exclusive: false,
    clock: here.house.clock,
    yaml: RULE,
  });
  await here.fire(DOWN);
  await eventually("the source", () => there.relay.store.inhibitors.of(SLOW.labels).length === 1);
  await there.fire(SLOW);
  ok((await log(here)).includes("Slow inhibited"), "by what happens at the other instance");
  here.house.clock.advance(1_000);
  await here.house.fire(over(DOWN));
  ok((await log(here)).includes("Slow first"));
  await eventually("the end", () => there.relay.store.inhibitors.of(SLOW.labels).length === 0);
});

Deno.test("without an Alertmanager repeats are no lines, and what is lifted ends when its sender said", async () => {
  await using house = await scene({ yaml: RULE });
  const { clock } = house.house;
  const post = async (alert: TestAlert, lasts: number): Promise<void> => {
    const endsAt = new Date(clock.now() + lasts * MINUTE).toISOString();
    const body = JSON.stringify([{ labels: alert.labels, endsAt }]);
    const headers = { "content-type": "application/json" };
    equal((await house.house.request("/api/v2/alerts", { method: "POST", body, headers })).status, 200);
    await house.house.settle();
  };
  await post(DOWN, 10);
  await post(SLOW, 5);
  await house.minutes(4);
  await post(SLOW, 8);
  await house.minutes(1);
  equal(await log(house), ["HostDown first", "Slow inhibited"]);
  await post(DOWN, 0);
  equal(await house.heard(), ["first firing", "resolved resolved", "first firing"]);
  await house.minutes(6);
  equal(await house.heard(), []);
  await house.minutes(1);
  equal(await house.heard(), ["resolved resolved"]);
  await addsUp(house);
});

Deno.test("an end at an instance that has not heard of the inhibitor lets go of what another one inhibited", async () => {
  await using here = await scene({ yaml: RULE, exclusive: false });
  await using there = await testRelay({
    kv: withoutWatch(here.house.kv),
    exclusive: false,
    clock: here.house.clock,
    yaml: RULE,
  });
  equal([await here.fire(DOWN), await here.fire(SLOW)], ["first", "inhibited"]);
  equal(there.relay.store.inhibitors.of(SLOW.labels), [], "it is not told of changes before its next upkeep");
  here.house.clock.advance(1_000);
  await there.fire(over(DOWN));
  await here.house.settle();
  ok((await log(here)).includes("Slow first"));
  await eventually("the end", () => here.house.relay.store.inhibitors.of(SLOW.labels).length === 0);
  for (let minute = 0; minute < 3; minute++) {
    await here.minutes(1);
    await there.relay.tidy();
  }
  const left: Deno.KvKey[] = [];
  for await (const { key } of here.house.kv.list({ prefix: ["inhibitor"] })) left.push(key);
  equal(left, [["inhibitor", ""]]);
});

Deno.test("no reminder of an incident while another one inhibits it", async () => {
  const yaml = `inhibit: [{ source: [alertname=Site], target: [alertname=HostDown] }]
groups: [{ owner: default, level: default, remind: 10m, destinations: [{ channel: inbox }] }]`;
  await using house = await scene({ yaml });
  await house.fire(DOWN);
  await house.fire({ labels: { alertname: "Site", severity: "warning" } });
  await house.heard();
  await house.minutes(25);
  equal(await house.heard(), []);
  await house.house.fire({ labels: { alertname: "Site", severity: "warning" }, status: "resolved" });
  await house.heard();
  await house.minutes(2);
  equal(await house.heard(), ["reminder firing"]);
});

Deno.test("why nobody was notified names the incident that inhibits", async () => {
  await using house = await scene({ yaml: RULE });
  await house.fire(DOWN);
  await house.fire(SLOW);
  const [logged] = await house.house.relay.store.log.newest(1);
  const { body } = await api(house.house, "GET", `alerts/${logged!.id}/why?lang=en`);
  match(body.sentences.at(-1), /inhibited by the incident \w+-000/);
});
