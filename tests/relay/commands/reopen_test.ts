import { deepStrictEqual as equal } from "node:assert/strict";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import { reopened } from "../../../relay/domain/close.ts";
import { type Incident, isOverdue, isStale } from "../../../relay/domain/incident.ts";
import { hasStopped } from "../../../relay/domain/reminder.ts";
import { api } from "../../kit/api.ts";
import { scene } from "../../kit/duty.ts";

const YAML = `
groups:
  - { owner: default, level: default, remind: 30m, destinations: [{ channel: inbox }] }`;

const CRITICAL = { labels: { severity: "critical" }, startsAt: "2026-01-31T08:00:00Z" } as const;

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, an incident that is reopened days after its last alert stays open, and its group is reminded`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    const { relay, clock } = house.house;
    await house.fire(CRITICAL);
    const { id } = (await relay.store.incidents.newest("open", 1))[0]!;
    await api(house.house, "POST", `incidents/${id}/close`);
    await house.heard();
    clock.advance(72 * HOUR);
    await house.minutes(2);
    equal((await api(house.house, "POST", `incidents/${id}/reopen`)).status, 200);
    await house.minutes(1);
    equal(await house.heard(), ["closed resolved", "reopened firing"]);
    await house.minutes(29);
    equal((await relay.store.incidents.get(id))!.closedAt, null);
    equal(await house.heard(), ["reminder firing"]);
    await house.minutes(24 * 60);
    equal((await relay.store.incidents.get(id))!.stale, true, "nobody and nothing says that it lasts");
  });
}

Deno.test("a reopened incident is neither silent nor over before as much time has passed as after an alert", () => {
  const now = Date.UTC(2026, 0, 31, 8);
  const closed: Incident = {
    id: "01KGA00000000000000000000A-000",
    fingerprint: "f",
    dialect: "ocp",
    title: "T",
    severity: "critical",
    openedAt: now - 90 * HOUR,
    lastAt: now - 80 * HOUR,
    lastId: "01KGA00000000000000000000A-000",
    count: 1,
    windows: {},
    told: [],
    clearsAfter: 30 * MINUTE,
    resends: MINUTE,
    closedAt: now - 70 * HOUR,
    known: true,
  };
  const again = reopened(closed, { policies: [], now });
  const at = (later: number): boolean[] => [
    isOverdue(again, now + later),
    hasStopped(again, { now: now + later }),
    isStale(again, { now: now + later, staleAfter: 24 * HOUR }),
  ];
  equal(at(29 * MINUTE), [false, false, false]);
  equal(at(30 * MINUTE), [true, false, false]);
  equal(at(24 * HOUR), [true, true, true]);
});
