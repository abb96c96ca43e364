import { deepStrictEqual as equal, match } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { scene } from "../../kit/duty.ts";
import { SECRETS } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

const yaml = `
groups:
  - { owner: ops, level: default, destinations: [{ channel: inbox }] }
  - { owner: dba, level: default, destinations: [{ channel: inbox }] }
rules:
  - { match: ['alertname=~".+"'], group: ops/default }
  - { match: ['alertname="Db"'], group: dba/default }
`;

for (const exclusive of [true, false]) {
  const where = exclusive ? "on a file" : "on a shared store";
  Deno.test(`${where}, figures by group and week add up over a restart, and the ledger does not count them`, async () => {
    // Sunday in UTC, but Monday 00:30 in Shanghai
    await using house = await scene({ yaml, exclusive, now: Date.UTC(2026, 1, 1, 16, 30) });
    const ack = async (): Promise<void> => {
      const { body } = await api(house.house, "GET", "incidents");
      const { status } = await api(house.house, "POST", `incidents/${body.incidents[0].id}/ack`);
      equal(status, 200);
    };
    const db = { labels: { alertname: "Db" } };
    await house.fire(db);
    await house.minutes(4);
    await ack();
    await house.restart();
    await house.minutes(6);
    await house.fire({ ...db, status: "resolved" }); // answered after 4, over after 10
    await house.fire();
    await house.minutes(20);
    await house.fire({ status: "resolved" }); // over after 20, not answered
    house.house.clock.advance(7 * 24 * 60 * MINUTE);
    await house.fire();
    await house.minutes(2);
    await ack();

    const { body, status } = await api(house.house, "GET", "statistics/response");
    equal(status, 200);
    const both = { answered: 1, mtta: 4 * MINUTE, ended: 2, mttr: 15 * MINUTE, acknowledged: 0.5 };
    const last = { answered: 1, mtta: 2 * MINUTE, ended: 0, mttr: null, acknowledged: null };
    equal(Object.keys(body.weeks).slice(-2), ["2026-02-02", "2026-02-09"]);
    equal(body.weeks["2026-02-02"], {
      total: both,
      groups: {
        "dba/default": { answered: 1, mtta: 4 * MINUTE, ended: 1, mttr: 10 * MINUTE, acknowledged: 1 },
        "ops/default": both,
      },
    });
    equal(body.weeks["2026-02-09"], { total: last, groups: { "ops/default": last } });
    equal(body.total, { ...both, answered: 2, mtta: 3 * MINUTE });

    const { body: ledger } = await api(house.house, "GET", "ledger?from=30d");
    equal(ledger.addsUp, true);
    equal(Object.keys(ledger.groups).sort(), ["dba/default", "ops/default"]);
    const metrics = await (await house.house.request("/metrics", {
      headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
    })).text();
    match(metrics, /fenghuo_incident_resolve_seconds_count\{group="dba\/default"\} 1/);
    match(metrics, /fenghuo_incident_acknowledge_seconds_sum\{group="ops\/default"\} 120/);
    match(metrics, /fenghuo_incidents_ended_total\{group="ops\/default",acknowledged="no"\} 1/);
  });
}
