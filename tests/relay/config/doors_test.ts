/** The configuration's errors about doors for users of other systems. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import {
  type Complaint,
  complaintText,
  type Config,
  isNamedTopic,
  knownSecrets,
  parseConfig,
} from "../../../relay/config/mod.ts";
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
  const patterns = { key: undefined, resolved: undefined };
  equal(robots, [
    { token: "aa", secret: "SEC1", group: "o0/default", patterns },
    { token: "bb", secret: "SEC1", group: "o0/default", patterns },
    { token: "hunter22", secret: undefined, group: "o1/default", patterns },
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
    groups("robot_resolved_pattern: OK"),
    "groups[0].robot_resolved_pattern: has no effect without robot_token",
  ],
  [
    groups('robot_token: aa, robot_key_pattern: "host=("'),
    "groups[0].robot_key_pattern: the regular expression is not in RE2's syntax: missing closing ): `host=(`",
  ],
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

const SECRET = "secret: hunter22";

MISTAKES.push(
  ["doors: [{ name: a }]", "doors[0].title: is missing; a mapping needs it"],
  ["doors: [{ name: a, type: grafana }]", "doors[0].secret: is missing; type grafana needs it"],
  [
    `doors: [{ name: a, type: grafana, ${SECRET}, text: $.x }]`,
    "doors[0].title: is missing; a mapping needs it",
  ],
  [
    "doors: [{ name: a, type: standard_webhooks }]",
    "doors[0].secret: is missing; type standard_webhooks needs it",
  ],
  [
    "doors: [{ name: a, type: standard_webhooks, secret: [whsec_AAAA, whsec_&&] }]",
    "doors[0].secret: must be base64 after whsec_",
  ],
  [
    "doors: [{ name: a, type: standard_webhooks, secret: whsec_AAAAA }]",
    "doors[0].secret: must be base64 after whsec_",
  ],
  [
    "doors: [{ name: a, type: standard_webhooks, secret: whpk_AAAA }]",
    "doors[0].secret: must be base64 after whpk_",
  ],
  [
    `doors: [{ name: a, type: cloudevents, ${SECRET} }]`,
    "doors[0].secret: has no effect with type cloudevents: it belongs to grafana and standard_webhooks",
  ],
  [
    "doors: [{ name: a, title: $.x, timestamp_header: x-time }]",
    "doors[0].timestamp_header: has no effect without a type: it belongs to grafana",
  ],
  [
    "doors: [{ name: a, type: grafana, secret: hunter22, header: 'x y' }]",
    'doors[0].header: must be the name of a header such as "x-signature"',
  ],
  [
    "doors: [{ name: a, type: cloudevent }]",
    'doors[0].type: must be one of grafana, standard_webhooks, cloudevents, sns, smn; did you mean "cloudevents"?',
  ],
  ["doors: [{ name: a, type: sns }]", "doors[0].topics: is missing; type sns needs it"],
  ["doors: [{ name: a, type: sns, topics: [] }]", "doors[0].topics: must not be empty"],
  ...[
    "alarms",
    "*",
    "arn:aws:sns:eu-west-1:*:alarms",
    "arn:aws:sns:eu-west-1:12345678901*:alarms",
    "arn:aws:sqs:eu-west-1:123456789012:alarms",
    "arn:aws:sns:eu-west-1:123456789012:a*b*",
    "arn:aws:sns:eu-west-1:123456789012:alarms:subscription",
  ].map((topic): [string, string] => [
    `doors: [{ name: a, type: sns, topics: "${topic}" }]`,
    'doors[0].topics: must be like "arn:aws:sns:eu-central-1:123456789012:alarms"',
  ]),
  [
    "doors: [{ name: a, type: smn, topics: ['urn:smn:*:*:alarms'] }]",
    'doors[0].topics: must be like "urn:smn:cn-north-4:0553db98c800d5192f9bc01232b89622:alarms"',
  ],
);

const NAMED: [named: string, topic: string, isNamed: boolean][] = [
  ["arn:aws:sns:eu-west-1:1:alarms", "arn:aws:sns:eu-west-1:1:alarms", true],
  ["arn:aws:sns:eu-west-1:1:alarms", "arn:aws:sns:eu-west-1:1:alarms2", false],
  ["arn:aws:sns:*:1:*", "arn:aws:sns:eu-west-1:1:alarms", true],
  ["arn:aws:sns:*:1:*", "arn:aws:sns:eu-west-1:2:alarms", false],
  ["arn:aws:sns:*:1:*", "arn:aws:sns:eu-west-1:1:alarms:more", false],
  ["arn:aws:sns:*:1:*", "arn:aws:sns:eu-west-1:1:a\nb", false],
  ["arn:aws:sns:*:1:a*a", "arn:aws:sns:x:1:a", false],
  ["arn:aws:sns:eu-*:1:db-*-prod", "arn:aws:sns:eu-west-1:1:db-1-prod", true],
  ["arn:aws:sns:eu-*:1:db-*-prod", "arn:aws:sns:us-east-1:1:db-1-prod", false],
];

Deno.test("a topic is one that a door names if each part is", () => {
  for (const [named, topic, isNamed] of NAMED) {
    equal(isNamedTopic(topic, named), isNamed, `${named}: ${topic}`);
  }
});

Deno.test("the secrets of a door's type are known secrets", async () => {
  const read = await config("doors: [{ name: a, type: grafana, secret: [hunter22, hunter33] }]");
  ok(["hunter22", "hunter33"].every((secret) => knownSecrets(read).includes(secret)));
});

Deno.test("a type's own mapping is right, and a door replaces parts of it", async () => {
  const { doors } = await config(`
doors:
  - { name: a, type: cloudevents }
  - { name: b, type: cloudevents, title: $.data.what, timezone: Europe/Berlin }
  - { name: c, type: standard_webhooks, ${SECRET} }
  - { name: d, type: grafana, ${SECRET} }`);
  const event = { type: "t", subject: "s", data: { what: "W", title: "T", severity: "info" } };
  const title = (name: string): string | undefined => doors.get(name)!.mapping!.title.text(event);
  equal([title("a"), title("b")], ["T", "W"]);
  equal(doors.get("b")!.mapping!.severity!.from.text(event), "info");
  equal(doors.get("b")!.mapping!.timezone, "Europe/Berlin");
  equal([doors.get("c")!.mapping === undefined, doors.get("d")!.mapping === undefined], [false, true]);
});

for (const [yaml, complaint] of MISTAKES) {
  Deno.test(`${yaml} is reported as ${complaint}`, async () => {
    const found = await read(yaml);
    ok(!("groups" in found), "it is no mistake");
    equal((found as readonly Complaint[]).map(complaintText), [complaint]);
  });
}
