import { deepStrictEqual as equal } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { complaintText, parseConfig } from "../../../relay/config/mod.ts";
import { MINUTE } from "../../../relay/base/duration.ts";
import type { Group } from "../../../relay/domain/group.ts";

const MINE =
  `{ owner: ops, level: default, members: [li.lei], destinations: [{ channel: webhook, config: { url: "http://a.test/" } }]`;

/** The group with these settings, or their errors. */
async function read(settings: string, { group = MINE, more = "" } = {}): Promise<Group | string[]> {
  const yaml = `
members: [{ id: li.lei, mobile: "13800000001" }, { id: cto, mobile: "13800000002" }, { id: han }]
defaults: { twilio_voice: { account: AC0123456789abcdef0123456789abcdef, user: SK0123456789abcdef0123456789abcdef, secret: s3cret+/=, from: "+8613800000000" } }
groups:
  - ${group}, ${settings} }
  - { owner: dba, level: lead, destinations: [{ channel: webhook, config: { url: "http://b.test/" } }] ${more} }`;
  const secrets = { key: "k", adminPassword: "p", intakeToken: "t" };
  const parsed = await parseConfig({ env: {}, yaml, secrets, channels: await discover() });
  if (!parsed.ok) return parsed.complaints.map(complaintText);
  return parsed.config.groups.get("ops/default")!;
}

Deno.test("a step notifies a group, members at the group's own destinations, or through a channel", async () => {
  const made = await read(
    `escalate: [{ after: 10m, to: dba/lead }, { after: 20m, members: [cto] },
     { after: 30m, members: [cto, li.lei], channel: twilio_voice, only: [critical], times: 3, every: 5m },
     { after: 40m, channel: inbox }]`,
  ) as Group;
  equal(made.escalate, [
    { after: 10 * MINUTE, to: { group: "dba/lead" }, times: 1, every: 10 * MINUTE },
    {
      after: 20 * MINUTE,
      to: { destinations: ["ops/default/escalation-20m-webhook"] },
      times: 1,
      every: 10 * MINUTE,
    },
    {
      after: 30 * MINUTE,
      to: { destinations: ["ops/default/escalation-30m-twilio_voice"] },
      only: ["critical"],
      times: 3,
      every: 5 * MINUTE,
    },
    {
      after: 40 * MINUTE,
      to: { destinations: ["ops/default/escalation-40m-inbox"] },
      times: 1,
      every: 10 * MINUTE,
    },
  ]);
  equal(
    made.destinations.map(({ name, channel, isStep = false, members }) => [
      name,
      channel,
      isStep,
      members?.map(({ id }) => id),
    ]),
    [
      ["webhook", "webhook", false, undefined],
      ["escalation-20m-webhook", "webhook", true, ["cto"]],
      ["escalation-30m-twilio_voice", "twilio_voice", true, ["cto", "li.lei"]],
      ["escalation-40m-inbox", "inbox", true, undefined],
    ],
  );
  const [own, copy, call] = made.destinations;
  equal(copy!.lane, own!.lane, "it shares the budget of the destination that it uses");
  equal(call!.secrets.includes("s3cret+/="), true);
});

const WRONG: [settings: string, complaints: string[], options?: Parameters<typeof read>[1]][] = [
  ["escalate: [{ after: 10m, to: dba/leat }]", [
    'groups[0].escalate[0].to: there is no group "dba/leat"; did you mean "dba/lead"?',
  ]],
  ["escalate: [{ after: 10m, to: ops/default }]", [
    "groups[0].escalate[0].to: is this group itself, which has been notified already",
  ]],
  [
    "escalate: [{ after: 10m, to: dba/lead }]",
    [
      "groups[0].escalate[0].to: comes back to its beginning: ops/default → dba/lead → ops/default",
      "groups[1].escalate[0].to: comes back to its beginning: dba/lead → ops/default → dba/lead",
    ],
    { more: ", escalate: [{ after: 10m, to: ops/default }]" },
  ],
  ["escalate: [{ after: 10m, members: [cta] }]", [
    'groups[0].escalate[0].members[0]: there is no member "cta"; did you mean "cto"?',
  ]],
  ["escalate: [{ after: 10m, members: [cto], channel: twilio_vois }]", [
    'groups[0].escalate[0].channel: there is no channel "twilio_vois"; did you mean "twilio_voice"?',
  ]],
  ["escalate: [{ after: 10m, members: [cto, han], channel: twilio_voice }]", [
    'groups[0].escalate[0].members[1]: "han" has no mobile, which twilio_voice needs',
  ]],
  ["escalate: [{ after: 10m, to: dba/lead }, { after: 600s, members: [cto] }]", [
    "groups[0].escalate[1].after: must be later than that of the step before, 10m",
  ]],
  ["escalate: [{ after: 10m }]", [
    "groups[0].escalate[0]: notifies nobody: write to, members or channel",
  ]],
  [
    "escalate: [{ after: 10m, members: [cto] }]",
    ["groups[0].escalate[0]: notifies nobody: the group has no destination; write channel"],
    { group: "{ owner: ops, level: default, members: [li.lei], destinations: []" },
  ],
  [
    "escalate: [{ after: 10m, channel: twilio_voice }]",
    [
      "groups[0].escalate[0]: notifies nobody: the group has no members whom twilio_voice could call; write members",
    ],
    { group: "{ owner: ops, level: default, destinations: [{ channel: inbox }]" },
  ],
  ["escalate: [{ after: 10m, to: dba/lead, members: [cto] }]", [
    'groups[0].escalate[0].members: has no effect beside to: "dba/lead" notifies its own members',
  ]],
  ["escalate: [{ after: 10m, members: [cto], config: { a: b } }]", [
    "groups[0].escalate[0].config: has no effect without channel",
  ]],
  ["escalate: [{ after: 10m, members: [cto], every: 5m }]", [
    "groups[0].escalate[0].every: has no effect without times",
  ]],
  ["escalate: [{ after: 10m, members: [cto], times: 3, every: 5s }]", [
    "groups[0].escalate[0].every: must be at least 1m",
  ]],
  ["escalate: [{ after: 10m, member: [cto], channel: inbox }]", [
    'groups[0].escalate[0].member: is not a setting; did you mean "members"?',
  ]],
  [`escalate: [${Array.from({ length: 11 }, (_, at) => `{ after: ${at + 1}m, members: [cto] }`)}]`, [
    "groups[0].escalate: must have at most 10 steps",
  ]],
  [
    "escalate: [{ after: 10m, channel: inbox }]",
    [
      'groups[0].escalate[0].after: needs the name "escalation-10m-inbox", which a destination of the group has',
    ],
    {
      group: "{ owner: ops, level: default, destinations: [{ channel: inbox, name: escalation-10m-inbox }]",
    },
  ],
];

for (const [settings, complaints, options] of WRONG) {
  Deno.test(`a group may not say: ${settings.slice(0, 90)} (${complaints[0]!.split(": ")[1]})`, async () =>
    equal(await read(settings, options), complaints));
}
