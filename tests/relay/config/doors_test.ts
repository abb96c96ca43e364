/** What the configuration says of the doors that other systems' users know. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { type Complaint, complaintText, type Config, parseConfig } from "../../../relay/config/mod.ts";
import { DIALECTS } from "../../../relay/domain/occurrence.ts";

const secrets = { key: "k", adminPassword: "p", intakeToken: "t" };
const channels = await discover();

async function read(yaml: string): Promise<Config | readonly Complaint[]> {
  const parsed = await parseConfig({ env: { S: "hunter22" }, yaml, secrets, channels });
  return parsed.ok ? parsed.config : parsed.complaints;
}

async function config(yaml: string): Promise<Config> {
  const read_ = await read(yaml);
  if ("groups" in read_) return read_;
  throw new Error((read_ as readonly Complaint[]).map(complaintText).join("\n"));
}

const groups = (...fields: string[]): string =>
  `groups: [${fields.map((more, index) => `{ owner: o${index}, level: default, ${more} }`).join(", ")}]`;

Deno.test("robot tokens, aliases, environments, targets and defaults are read as they are meant", async () => {
  const { robots, aliases, departments, allowedTargets, defaults } = await config(`
${groups("robot_token: [aa, bb], robot_secret: SEC1, aliases: [webhook1, 2]", 'robot_token: "${S}"')}
departments: { a: { secret: xx, environments: [prod, pre] }, b: { secret: yy } }
allowed_targets: [Hooks.Example.com, "10.0.0.5:8080", "[::1]:80", example.org]
defaults: { email: { host: h, from: a@b.c } }
`);
  equal(robots, [
    { token: "aa", secret: "SEC1", group: "o0/default" },
    { token: "bb", secret: "SEC1", group: "o0/default" },
    { token: "hunter22", secret: undefined, group: "o1/default" },
  ]);
  equal([...aliases], [["webhook1", "o0/default"], ["2", "o0/default"]]);
  equal([...departments.values()], [
    { name: "a", secrets: ["xx"], environments: ["prod", "pre"] },
    { name: "b", secrets: ["yy"] },
  ]);
  ok(["hooks.example.com", "10.0.0.5:8080", "example.org"].every((host) => allowedTargets.has(host)));
  equal([...defaults], [["email", { host: "h", from: "a@b.c" }]]);
});

const MISTAKES: [yaml: string, complaint: string][] = [
  [
    groups('robot_token: "${S}"', 'robot_token: "${S}"'),
    "groups[1].robot_token: is there already; each token stands for one group",
  ],
  [
    groups("robot_token: [aa, aa]"),
    "groups[0].robot_token: is there already; each token stands for one group",
  ],
  [groups('robot_token: ""'), "groups[0].robot_token: must not be empty"],
  [groups("robot_token: []"), "groups[0].robot_token: must not be empty"],
  [groups("robot_secret: xx"), "groups[0].robot_secret: has no effect without robot_token"],
  [
    groups("aliases: [x]", "aliases: [y, x]"),
    'groups[1].aliases[1]: there is already a group with the alias "x"',
  ],
  [groups("aliases: x"), "groups[0].aliases: must be a list, not a string"],
  ["groups: [{ owner: adhoc, level: x }]", 'groups[0].owner: "adhoc" is taken by Fenghuo itself'],
  [
    "departments: { a: { secret: xx, environments: [prd] } }",
    'departments.a.environments[0]: must be one of prod, pre, dev; did you mean "prod"?',
  ],
  ["departments: { a: { secret: xx, environments: [] } }", "departments.a.environments: must not be empty"],
  ...["https://x.example.com", "x/y", "*.example.com/", "a b", "", "u@h", "x?y", "x:"].map((
    host,
  ): [string, string] => [
    `allowed_targets: ["${host}"]`,
    'allowed_targets[0]: must be a host such as "hooks.example.com" or "10.0.0.5:8080"',
  ]),
  ...[...DIALECTS, "alarm", "relay"].map((name): [string, string] => [
    `doors: [{ name: ${name}, title: x }]`,
    "doors[0].name: is the name of a built-in source type: choose another",
  ]),
];

for (const [yaml, complaint] of MISTAKES) {
  Deno.test(`${yaml} is reported as ${complaint}`, async () => {
    const found = await read(yaml);
    ok(!("groups" in found), "it is no mistake");
    equal((found as readonly Complaint[]).map(complaintText), [complaint]);
  });
}
