import { deepStrictEqual as equal } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { complaintText, parseConfig } from "../../../relay/config/mod.ts";
import { DEFAULT_FLAP } from "../../../relay/domain/flap.ts";
import type { Group } from "../../../relay/domain/group.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

/** The group with these settings, or their errors. */
async function read(settings: string): Promise<Partial<Group> | string[]> {
  const yaml = `
members: [{ id: li.lei }, { id: han }, { id: mei }]
groups:
  - { owner: ops, level: default, members: [li.lei, han], destinations: [], ${settings} }`;
  const secrets = { key: "k", adminPassword: "p", intakeToken: "t" };
  const parsed = await parseConfig({ env: {}, yaml, secrets, channels: await discover() });
  if (!parsed.ok) return parsed.complaints.map(complaintText);
  const { remind, flap, quiet, oncall } = parsed.config.groups.get("ops/default")!;
  return Object.fromEntries(
    Object.entries({ remind, flap, quiet, oncall }).filter(([, value]) => value !== undefined),
  );
}

const RIGHT: [string, Partial<Group>][] = [
  ["", {}],
  ["remind: 30m", { remind: 30 * MINUTE }],
  ["flap: { count: 5, per: 30m }", { flap: { count: 5, per: 30 * MINUTE } }],
  ["flap: { count: 5 }", { flap: { count: 5, per: 60 * MINUTE } }],
  ["flap: { per: 30m }", { flap: { count: 7, per: 30 * MINUTE } }],
  ["quiet: { from: 22:00, to: 08:00 }", {
    quiet: [{ from: "22:00", to: "08:00", days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] }],
  }],
  ['quiet: { from: "12:00", to: "13:30", days: [sat] }', {
    quiet: [{ from: "12:00", to: "13:30", days: ["sat"] }],
  }],
  ['quiet: [{ from: "12:00", to: "13:30", days: [sat] }, { from: 22:00, to: 24:00, days: [sun] }]', {
    quiet: [
      { from: "12:00", to: "13:30", days: ["sat"] },
      { from: "22:00", to: "24:00", days: ["sun"] },
    ],
  }],
  ["oncall: { rotation: [li.lei, [han, li.lei]], start: 2026-11-16 }", {
    oncall: {
      layers: [{
        turns: [[{ id: "li.lei" }], [{ id: "han" }, { id: "li.lei" }]],
        start: "2026-11-16",
        handover: "09:00",
        every: 7,
      }],
      overrides: [],
    },
  }],
  ['oncall: { rotation: [han], start: "2026-11-16", handover: 18:30, every: 2d }', {
    oncall: {
      layers: [{ turns: [[{ id: "han" }]], start: "2026-11-16", handover: "18:30", every: 2 }],
      overrides: [],
    },
  }],
  [
    'oncall: { layers: [{ rotation: [han], start: 2026-11-16, from: "18:00", to: "09:00", days: [mon], timezone: UTC }], ' +
    'overrides: [{ members: [li.lei], from: "2026-12-24T09:00", until: "2026-12-24T09:00-01:00" }] }, timezone: Asia/Shanghai',
    {
      oncall: {
        layers: [{
          turns: [[{ id: "han" }]],
          start: "2026-11-16",
          handover: "09:00",
          every: 7,
          timezone: "UTC",
          hours: { from: "18:00", to: "09:00", days: ["mon"] },
        }],
        overrides: [{
          members: [{ id: "li.lei" }],
          from: Date.parse("2026-12-24T09:00+08:00"),
          until: Date.parse("2026-12-24T10:00Z"),
        }],
      },
    },
  ],
  [
    "oncall: { rotation: [han], start: 2026-11-16, layers: [{ rotation: [li.lei], start: 2026-11-17, days: [sun] }] }",
    {
      oncall: {
        layers: [
          { turns: [[{ id: "han" }]], start: "2026-11-16", handover: "09:00", every: 7 },
          {
            turns: [[{ id: "li.lei" }]],
            start: "2026-11-17",
            handover: "09:00",
            every: 7,
            hours: { from: "00:00", to: "24:00", days: ["sun"] },
          },
        ],
        overrides: [],
      },
    },
  ],
];

for (const [settings, made] of RIGHT) {
  Deno.test(`a group may say: ${settings || "nothing of it"}`, async () =>
    equal(await read(settings), { flap: DEFAULT_FLAP, ...made }));
}

Deno.test("a group may turn the damping of flapping off", async () => {
  equal(await read("flap: { count: 0 }"), {});
});

const WRONG: [string, string[]][] = [
  ["remind: 0", ["remind: must be longer than 0"]],
  ["flap: { count: 1, per: 30m }", ["flap.count: must be 0 (off), or from 2 to 20"]],
  ["flap: off", ["flap: must be a mapping such as { count: 7, per: 1h }; { count: 0 } turns it off"]],
  ["flap: { count: 21, per: 30m }", ["flap.count: must be at most 20"]],
  ["quiet: { from: 22:00 }", ["quiet.to: is missing; a string is needed"]],
  ["quiet: { from: 24:00, to: 8am }", [
    'quiet.from: must be a time such as "08:00"',
    'quiet.to: must be a time such as "08:00"',
  ]],
  ["quiet: { from: 22:00, to: 08:00, days: [friday] }", [
    "quiet.days[0]: must be one of mon, tue, wed, thu, fri, sat, sun",
  ]],
  ["quiet: []", ["quiet: must not be empty"]],
  ["quiet: [{ from: 22:00, to: 08:00 }, { from: 22:00, untl: 8 }]", [
    "quiet[1].untl: is not a setting; known are from, to, days",
    "quiet[1].to: is missing; a string is needed",
  ]],
  ["oncall: { rotation: [], start: 2026-11-16 }", ["oncall.rotation: must not be empty"]],
  ["oncall: { rotation: [[]], start: 2026-11-16 }", ["oncall.rotation[0]: must not be empty"]],
  ["oncall: { rotation: [li.lai, mei], start: 2026-11-16 }", [
    'oncall.rotation[0]: there is no member "li.lai" in this group; did you mean "li.lei"?',
    'oncall.rotation[1]: there is no member "mei" in this group',
  ]],
  ["oncall: { rotation: [han], start: 2026-02-30, every: 1m }", [
    'oncall.start: must be a day such as "2026-11-16"',
    'oncall.every: must be a duration in days or weeks, such as "7d" or "1w"',
  ]],
  ["oncall: { rotation: [han], start: 2026-11-16, every: 7, handover: 9 }", [
    'oncall.handover: must be a time such as "08:00"',
    'oncall.every: must be a duration in days or weeks, such as "7d" or "1w"',
  ]],
  ["oncall: {}", ["oncall: has nobody on call; give a rotation with its start, or layers"]],
  ["oncall: { rotation: [han] }", [
    'oncall.start: is missing; give the day of the first turn, such as "2026-11-16"',
  ]],
  ["oncall: { handover: 08:00 }", ["oncall.rotation: is missing; give the member of each turn"]],
  ["oncall: { layers: [] }", ["oncall.layers: must not be empty"]],
  ["oncall: { layers: [{ rotation: [mei], start: 2026-11-16, from: 08:00 }] }", [
    'oncall.layers[0].rotation[0]: there is no member "mei" in this group',
    "oncall.layers[0].to: is missing beside from",
  ]],
  ["oncall: { layers: [{ rotation: [han], start: 2026-11-16, timezone: Mars }] }", [
    'oncall.layers[0].timezone: must be a time zone such as "Asia/Shanghai" or "UTC"',
  ]],
  ['oncall: { overrides: [{ members: [mei], from: "2026-12-24T09:00", until: "2026-12-24T08:00" }] }', [
    'oncall.overrides[0].members: there is no member "mei" in this group',
    "oncall.overrides[0].until: must be after from",
  ]],
  ['oncall: { overrides: [{ members: [han], from: "tomorrow", until: "2026-02-30T08:00" }] }', [
    'oncall.overrides[0].from: must be a time such as "2026-12-24T09:00"',
  ]],
  ['oncall: { overrides: [{ members: [han], from: "2026-02-30T08:00", until: "2026-03-01T08:00" }] }', [
    'oncall.overrides[0].from: there is no time "2026-02-30T08:00"',
  ]],
];

for (const [settings, complaints] of WRONG) {
  Deno.test(`a group may not say: ${settings}`, async () => {
    equal(await read(settings), complaints.map((complaint) => `groups[0].${complaint}`));
  });
}
