import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { ChannelFaults } from "../../../relay/channel/channel_faults.ts";
import { defineChannel, delivered, z } from "../../../relay/channel.ts";
import type { ChannelRegistry } from "../../../relay/channel/registry.ts";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { eventually } from "../../kit/eventually.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";

const NOON = Date.parse("2026-11-17T12:00:00+08:00");

const YAML = `
members: [{ id: li, name: 李雷 }, { id: han }, { id: mei }]
groups:
  - owner: ops
    level: dba
    members: [li, han]
    timezone: Asia/Shanghai
    oncall: { layers: [{ rotation: [li, han], start: 2026-11-16, every: 1d, from: "09:00", to: "21:00" }] }
    destinations: [{ channel: pager }]
  - { owner: ops, level: all, members: [li, han, mei], destinations: [{ channel: pager }] }`;

/** A channel that records its recipients. */
function pager(): { called: string[][]; channels: ChannelRegistry } {
  const called: string[][] = [];
  const channel = defineChannel({
    name: "pager",
    title: "Pager",
    config: z.object({}),
    send: (_config, { recipients }) => {
      called.push(recipients.map(({ id }) => id));
      return Promise.resolve(delivered("ok"));
    },
    sample: {},
  });
  return {
    called,
    channels: {
      get: (name) => name === "pager" ? channel : undefined,
      names: () => ["pager"],
      faults: new ChannelFaults(),
      broken: new Map(),
      load: () => Promise.resolve(),
    },
  };
}

Deno.test("the API tells who is on call now and next, and when nobody is", async () => {
  await using house = await testRelay({ yaml: YAML, clock: new TestClock(NOON), ...pager() });
  const { body: { groups: [group, ...others] } } = await api(
    house,
    "GET",
    "oncall?to=2026-11-18T12:00:00%2B08:00",
  );
  equal(others, []);
  equal([group.group, group.timezone], ["ops/dba", "Asia/Shanghai"]);
  equal(group.now, { members: [{ id: "han" }], because: "rotation", until: NOON + 9 * HOUR });
  equal(group.next, {
    from: NOON + 9 * HOUR,
    members: [{ id: "li", name: "李雷" }, { id: "han" }],
    because: "nobody",
  });
  equal(group.gaps, [{ from: NOON + 9 * HOUR, until: NOON + 21 * HOUR }]);
  equal(group.shifts.map(({ because, from }: { because: string; from: number }) => [because, from]), [
    ["rotation", NOON],
    ["nobody", NOON + 9 * HOUR],
    ["rotation", NOON + 21 * HOUR],
  ]);
});

Deno.test("a group without a calendar is told when it is named: all of its members are on call", async () => {
  await using house = await testRelay({ yaml: YAML, clock: new TestClock(NOON), ...pager() });
  const { body: { groups: [group] } } = await api(house, "GET", "oncall?group=ops/all");
  equal([group.now.because, group.now.members.length, "until" in group.now], ["everyone", 3, false]);
});

Deno.test("an override decides who is called, from its begin to its end, also in a group of the file", async () => {
  const { called, channels } = pager();
  await using house = await testRelay({ yaml: YAML, clock: new TestClock(NOON), channels });
  let alerts = 0;
  const call = async (): Promise<string[]> => {
    await house.request("/webhook/ops/dba", {
      method: "POST",
      body: JSON.stringify({
        version: "4",
        alerts: [{ status: "firing", labels: { alertname: `A${alerts++}` }, annotations: {} }],
      }),
    });
    await house.settle();
    return called.at(-1)!;
  };
  equal(await call(), ["han"]);
  const draft = { group: "ops/dba", members: ["li"], duration: "2h", comment: "the dentist" };
  const { status, body } = await api(house, "POST", "oncall/overrides", { body: draft });
  equal(status, 201);
  const { id, ...override } = body.override;
  equal(override, {
    group: "ops/dba",
    from: NOON,
    until: NOON + 2 * HOUR,
    state: "active",
    members: [{ id: "li", name: "李雷" }],
    left: [],
    by: "admin",
    comment: "the dentist",
    createdAt: NOON,
  });
  equal(await call(), ["li"]);
  await house.advance(2 * HOUR - MINUTE);
  equal(await call(), ["li"]);
  await house.advance(MINUTE);
  equal(await call(), ["han"]);
  equal((await api(house, "GET", "oncall?group=ops/dba")).body.groups[0].overrides, []);
  const [kept] = (await api(house, "GET", "oncall/overrides")).body.overrides;
  equal([kept.id, kept.state], [id, "over"]);
  const gone = await house.request(`/api/oncall/overrides/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  equal([gone.status, (await gone.json()).error], [404, "There is no override of this id, or it is over"]);
});

Deno.test("an override outlives a restart, is ended early, and each change is in the audit", async () => {
  const clock = new TestClock(NOON);
  const kv = await Deno.openKv(":memory:");
  const { channels } = pager();
  {
    await using house = await testRelay({ yaml: YAML, clock, kv, channels });
    for (const from of [NOON, NOON + 48 * HOUR]) {
      await api(house, "POST", "oncall/overrides", {
        body: { group: "ops/dba", members: ["li"], from, duration: "8h" },
      });
    }
  }
  await using house = await testRelay({ yaml: YAML, clock, kv, channels });
  await house.advance(HOUR);
  const [now, later] = (await api(house, "GET", "oncall/overrides?group=ops/dba")).body.overrides;
  equal([now.state, later.state], ["active", "pending"]);
  const end = async ({ id }: { id: string }): Promise<number> =>
    (await house.request(`/api/oncall/overrides/${id}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
    })).status;
  equal([await end(now), await end(later), await end(now)], [204, 204, 404]);
  const { overrides } = (await api(house, "GET", "oncall/overrides")).body;
  equal(overrides.map(({ id, until }: { id: string; until: number }) => [id, until]), [[
    now.id,
    NOON + HOUR,
  ]]);
  const { entries } = (await api(house, "GET", "audit?what=oncall")).body;
  equal(entries.map(({ action, what }: { action: string; what: string }) => `${action} ${what}`), [
    "removed oncall/ops/dba",
    "ended oncall/ops/dba",
    "added oncall/ops/dba",
    "added oncall/ops/dba",
  ]);
  kv.close();
});

Deno.test("an override that is made at one instance counts at another, and two cannot both end it", async () => {
  const clock = new TestClock(NOON);
  const { channels } = pager();
  await using here = await testRelay({ yaml: YAML, exclusive: false, clock, channels });
  await using there = await testRelay({ yaml: YAML, kv: here.kv, exclusive: false, clock, channels });
  const { id } = (await api(here, "POST", "oncall/overrides", {
    body: { group: "ops/dba", members: ["li"], duration: "2h" },
  })).body.override;
  await eventually("the override", () => there.relay.store.overrides.of("ops/dba").length === 1);
  clock.advance(MINUTE);
  const end = (house: typeof here): Promise<boolean> =>
    house.relay.commands.overrides.end(id, { by: "admin", now: clock.now() });
  const ended = await Promise.all([end(here), end(there)]);
  equal(ended.filter(Boolean).length, 1);
  await eventually("its end", () => there.relay.store.overrides.of("ops/dba")[0]!.until === clock.now());
});

Deno.test("an override begins now at the earliest, so that nobody was on call who was not", async () => {
  await using house = await testRelay({ yaml: YAML, clock: new TestClock(NOON), ...pager() });
  const body = { group: "ops/dba", members: ["li"], from: NOON - 5 * HOUR, until: NOON + HOUR };
  const { override } = (await api(house, "POST", "oncall/overrides", { body })).body;
  equal([override.from, override.until], [NOON, NOON + HOUR]);
});

const WRONG: [body: object, status: number, error: string][] = [
  [
    { group: "ops/dbb", members: ["li"], duration: "1h" },
    422,
    'group: there is no such group; did you mean "ops/dba"?',
  ],
  [
    { group: "ops/dba", members: ["mei"], duration: "1h" },
    422,
    'members: there is no member "mei" in this group',
  ],
  [
    { group: "ops/dba", members: ["hn"], duration: "1h" },
    422,
    'members: there is no member "hn" in this group; did you mean "han"?',
  ],
  [{ group: "ops/dba", members: [], duration: "1h" }, 422, "members: must not be empty"],
  [{ group: "ops/dba", members: ["li"] }, 422, 'until: is missing; give it, or a duration such as "8h"'],
  [{ group: "ops/dba", members: ["li"], until: NOON }, 422, "until: must be after from"],
  [{ group: "ops/dba", members: ["li"], from: NOON - HOUR, until: NOON - 1 }, 422, "until: is in the past"],
  [
    { group: "ops/dba", members: ["li"], duration: "367d" },
    422,
    "until: must be at most 366 days ahead",
  ],
  [
    { group: "ops/dba", members: ["li"], until: NOON + 1, duration: "1h" },
    422,
    "duration: cannot be combined with until; give one of them",
  ],
];

Deno.test("a wrong override is refused in a sentence, and nothing is stored", async (t) => {
  await using house = await testRelay({ yaml: YAML, clock: new TestClock(NOON), ...pager() });
  for (const [body, status, error] of WRONG) {
    await t.step(error, async () => {
      const answer = await api(house, "POST", "oncall/overrides", { body });
      equal([answer.status, answer.body.error], [status, error]);
    });
  }
  equal(house.relay.store.overrides.all(), []);
});

Deno.test("a question about no group, or about too long a time, is refused", async () => {
  await using house = await testRelay({ yaml: YAML, clock: new TestClock(NOON), ...pager() });
  const ask = async (query: string): Promise<unknown[]> => {
    const { status, body } = await api(house, "GET", `oncall?${query}`);
    return [status, body.error];
  };
  equal(await ask("group=ops/dbb"), [404, 'group: there is no group "ops/dbb"; did you mean "ops/dba"?']);
  equal(await ask(`from=${NOON}&to=${NOON}`), [422, "to: must be after from"]);
  equal(await ask(`from=${NOON}&to=${NOON + 93 * 24 * HOUR}`), [
    422,
    "to: must be at most 92 days after from",
  ]);
  equal(await ask("from=yesterday"), [
    422,
    'from: must be a time such as "2026-11-20T22:00:00+08:00", or epoch milliseconds, from 1970 to 9999',
  ]);
});

Deno.test("a viewer may look, and not put anybody on call", async () => {
  await using house = await testRelay({ yaml: YAML, clock: new TestClock(NOON), ...pager() });
  const { token } = (await api(house, "POST", "tokens", { body: { name: "tv", scope: "read" } })).body;
  const ask = async (method: string, path: string): Promise<number> =>
    (await house.request(`/api/${path}`, { method, headers: { authorization: `Bearer ${token}` } })).status;
  equal(await ask("GET", "oncall"), 200);
  equal(await ask("POST", "oncall/overrides"), 403);
  equal(await ask("DELETE", "oncall/overrides/x"), 403);
});

Deno.test("who has left the group is named at their override, which then leaves it to the rotation", async () => {
  const clock = new TestClock(NOON);
  const kv = await Deno.openKv(":memory:");
  const { channels } = pager();
  {
    await using house = await testRelay({ yaml: YAML, clock, kv, channels });
    await api(house, "POST", "oncall/overrides", {
      body: { group: "ops/dba", members: ["li"], duration: "8h" },
    });
  }
  const yaml = YAML.replaceAll("members: [li, han]", "members: [han, mei]").replace(
    "[li, han], start",
    "[han], start",
  );
  ok(yaml !== YAML);
  await using house = await testRelay({ yaml, clock, kv, channels });
  const [group] = (await api(house, "GET", "oncall?group=ops/dba")).body.groups;
  equal([group.now.because, group.now.members], ["rotation", [{ id: "han" }]]);
  equal([group.overrides[0].members, group.overrides[0].left], [[], ["li"]]);
  kv.close();
});
