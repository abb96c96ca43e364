import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import type { Action } from "../../../relay/domain/action.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { api } from "../../kit/api.ts";
import { minutes, type Scene, scene } from "../../kit/duty.ts";
import { addsUp } from "../../kit/ledger.ts";
import { testRelay } from "../../kit/relay.ts";
import { cardScene, on } from "../delivery/_cards.ts";

const YAML = `
groups:
  - { owner: default, level: default, remind: 30m, destinations: [{ channel: inbox }] }`;

const CRITICAL = {
  labels: { severity: "critical" },
  status: "firing",
  startsAt: "2026-01-31T08:00:00Z",
} as const;

async function newest({ house }: Pick<Scene, "house">): Promise<Incident> {
  const [incident] = await house.relay.store.incidents.newest("open", 1);
  return incident!;
}

async function act(scene: Pick<Scene, "house">, action: Action): Promise<void> {
  const { relay, clock } = scene.house;
  const { id } = await newest(scene);
  const result = await relay.commands.act(id, action, { by: "李雷", account: "li.lei", now: clock.now() });
  equal(result!.refused, undefined);
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, a forgotten acknowledgement expires, says so, and the reminders go on`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    await house.fire(CRITICAL);
    await house.heard();
    await act(house, { kind: "take", until: house.house.clock.now() + 2 * HOUR });
    await house.minutes(119);
    equal(await house.heard(), [], "somebody has it");
    await house.restart();
    await house.minutes(1);
    equal(await house.heard(), ["expired firing"]);
    const { known, knownBy, holder, knownUntil } = await newest(house);
    equal([known, knownBy, holder, knownUntil], [false, undefined, undefined, undefined]);
    const { id } = await newest(house);
    const [notified, last] = await house.house.relay.store.timeline.of(id, { limit: 2, reverse: true });
    equal([notified!.kind, last!.kind, "by" in last! && last.by], ["notified", "expired", "李雷"]);
    await house.minutes(29);
    equal(await house.heard(), [], "it was just notified");
    await house.minutes(1);
    equal(await house.heard(), ["reminder firing"]);
    ok(await addsUp(house.house));
  });

  Deno.test(`on ${store}, a snooze ends, and what is sent again meanwhile notifies nobody`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    await house.fire(CRITICAL);
    await house.heard();
    await act(house, { kind: "snooze", until: house.house.clock.now() + 5 * HOUR });
    await house.minutes(4 * 60 + 10);
    equal(await house.fire(CRITICAL), "acknowledged");
    await house.minutes(49);
    equal(await house.heard(), []);
    await house.minutes(1);
    equal(await house.heard(), ["expired firing"]);
    equal((await newest(house)).snoozed, undefined);
  });
}

Deno.test("two instances say once that it expired", async () => {
  await using here = await scene({ exclusive: false, yaml: YAML });
  const { kv, clock } = here.house;
  await using there = await testRelay({ kv, exclusive: false, clock, yaml: YAML });
  await here.fire(CRITICAL);
  await here.heard();
  await act(here, { kind: "acknowledge", until: clock.now() + 10 * MINUTE });
  await minutes(here.house, 11, [there]);
  equal(await here.heard(), ["expired firing"]);
  const { id } = await newest(here);
  const kinds = (await here.house.relay.store.timeline.of(id, { limit: 9 })).map(({ kind }) => kind);
  equal(kinds, ["acknowledged", "expired", "notified"]);
});

Deno.test("under a silence nobody is notified when it expires, and the first alert after the silence notifies", async () => {
  await using house = await scene({ yaml: YAML });
  await house.fire(CRITICAL);
  await house.heard();
  await act(house, { kind: "acknowledge", until: house.house.clock.now() + 10 * MINUTE });
  await api(house.house, "POST", "silences", { body: { matchers: ["alertname=Test"], duration: "20m" } });
  await house.minutes(19);
  equal(await house.heard(), []);
  equal((await newest(house)).known, false);
  await house.minutes(2);
  equal(await house.fire(CRITICAL), "repeat");
});

Deno.test("an acknowledgement that was withdrawn or extended in time does not expire", async () => {
  await using house = await scene({ yaml: YAML });
  await house.fire(CRITICAL);
  await house.heard();
  const start = house.house.clock.now();
  await act(house, { kind: "acknowledge", until: start + 10 * MINUTE });
  await house.minutes(5);
  await act(house, { kind: "acknowledge", until: start + 40 * MINUTE });
  await house.minutes(30);
  equal(await house.heard(), []);
  await act(house, { kind: "unacknowledge" });
  await house.minutes(8);
  equal(await house.heard(), ["reminder firing"]);
});

Deno.test("a card shows that nobody has it, and the destination is notified of it", async () => {
  await using world = await cardScene({ channel: { events: ["acknowledged", "unacknowledged"] } });
  const { house, vendor } = world;
  await house.fire(on("db-1"));
  await act(world, { kind: "take", until: house.clock.now() + 10 * MINUTE });
  await house.settle();
  await minutes(house, 11);
  equal(vendor.shown.flat().toSorted(), [
    "db-1 acknowledged",
    "db-1 expired",
    "db-1 first",
    "db-1 unacknowledged",
  ]);
  ok(await addsUp(house));
});
