import assert from "node:assert/strict";
import { ChannelFaults } from "../../../relay/channel/channel_faults.ts";
import { type Channel, defineChannel, secret, z } from "../../../relay/channel.ts";
import {
  complaintText,
  type Config,
  type Environment,
  parseConfig,
  settings,
} from "../../../relay/config/mod.ts";
import { sha256Hex } from "../../../relay/base/hash.ts";
import { DEFAULT_LABEL_RULES, labelRules } from "../../../relay/message/labels.ts";
import type { ChannelRegistry } from "../../../relay/channel/registry.ts";

const request = (): { url: string } => ({ url: "https://example.com/" });

const CHANNELS: readonly Channel[] = [
  defineChannel({ name: "inbox", title: "Inbox", config: z.object({}), request, sample: {} }),
  defineChannel({
    name: "dingtalk_robot",
    title: "DingTalk",
    config: z.object({
      token: secret("Token"),
      secret: secret("Secret", { optional: true }),
      base: z.url().optional(),
      form: z.enum(["text", "markdown"]).default("text"),
    }),
    lane: ({ token }) => token,
    request,
    sample: { token: "t" },
  }),
  defineChannel({
    name: "email",
    title: "Mail",
    config: z.object({
      host: z.string(),
      port: z.number().int().min(1).max(65_535).default(465),
      user: z.string(),
      password: secret("Password"),
      from: z.string(),
      headers: z.record(z.string(), z.string().meta({ secret: true })).optional(),
    }),
    request,
    sample: { host: "h", user: "u", password: "p", from: "f" },
  }),
  defineChannel({
    name: "slow",
    title: "Takes its time",
    config: z.object({ minutes: z.number().default(2) }),
    timeout: ({ minutes }) => minutes * 60_000,
    request,
    sample: {},
  }),
  defineChannel({
    name: "careless",
    title: "Shows what it should not",
    config: z.object({
      key: z.string().meta({ secret: true }).refine((key) => key === "", {
        error: ({ input }) => `cannot be ${input}`,
      }).refine((key) => key === "", { error: ({ input }) => `Invalid key ${input}` }),
    }),
    request,
    sample: { key: "" },
  }),
  defineChannel({
    name: "clumsy",
    title: "Throws",
    config: z.object({ key: secret("Key") }),
    lane: ({ key }) => {
      throw new Error(`bad ${key}`);
    },
    request,
    sample: { key: "x" },
  }),
];

const channels: ChannelRegistry = {
  get: (name) => CHANNELS.find((channel) => channel.name === name),
  faults: new ChannelFaults(),
  broken: new Map([["wecom_robot", 'Cannot load channel from "wecom_robot.ts": boom']]),
  names: () => CHANNELS.map(({ name }) => name),
  load: () => Promise.resolve(),
};

const secrets = { key: "kept-key", adminPassword: "kept-password", intakeToken: "kept-token" };

async function config(yaml?: string, env: Environment = {}): Promise<Config> {
  const parsed = await parseConfig({ env, yaml, secrets, channels });
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.complaints.map(complaintText).join("\n"));
  return parsed.config;
}

async function complaints(yaml?: string, env: Environment = {}): Promise<string[]> {
  const parsed = await parseConfig({ env, yaml, secrets, channels });
  return parsed.ok ? [] : parsed.complaints.map(complaintText);
}

const EXAMPLE = `
departments:                       # alarm_v2: dep → name and signing secret (a list = rotation with overlap)
  du-srv: { name: 云端, secret: "\${SRV_SECRET}" }
  du-op: { secret: [old, new] }
members:
  - { id: li.lei, name: 李雷, email: li.lei@example.com, mobile: 13800000000, dingtalk: user1, wecom: LiLei }
defaults:
  email: { host: smtp.example.com, port: 465, user: ops, password: "\${SMTP_PASSWORD}", from: ops@example.com }
groups:
  - owner: chenmin
    level: 3
    members: [li.lei]
    window: 10m
    destinations:
      - { name: night-robot, channel: dingtalk_robot, config: { token: "\${DING_TOKEN}", secret: "\${DING_SECRET}" } }
      - { channel: email, config: {} }
  - { owner: ops, level: default, locale: en, timezone: UTC }
rules:
  - { match: ['team="ops"', 'severity=~"critical|warning"'], group: ops/default }
links:
  - { from: "http://prometheus-*:9090/", to: "https://prom.example.com/" }
ignore_labels: [pod]
stale_after: 12h
severities: { Blocker: critical }
retention: { alerts: 7d }
`;
const EXAMPLE_ENV = { SRV_SECRET: "srv!", SMTP_PASSWORD: "smtp!", DING_TOKEN: "ding!", DING_SECRET: "SEC!" };

Deno.test("without a file and with an empty environment everything has its default", async () => {
  const { groups, departments, severities, ignoreLabels, labelRules, heartbeats, members, ...rest } =
    await config(
      undefined,
      {
        PORT: "",
        HOST: "",
      },
    );
  assert.deepEqual(rest, {
    port: 8000,
    host: "::",
    kv: "./data/fenghuo.db",
    deliver: undefined,
    deploy: false,
    doors: new Map(),
    file: {},
    key: "kept-key",
    adminPassword: "kept-password",
    intakeToken: "kept-token",
    openIntake: false,
    calledHeartbeats: new Map(),
    tracing: undefined,
    jsonLog: false,
    drill: undefined,
    enrich: [],
    heartbeatUrls: [],
    inhibit: [],
    metrics: { open: false, token: undefined },
    ocp: { user: undefined, password: undefined },
    oidc: undefined,
    proxies: [],
    proxyUser: undefined,
    publicUrl: undefined,
    timezone: "Asia/Shanghai",
    locale: "zh",
    alarmWait: 5_000,
    alarmMaxAge: undefined,
    rules: [],
    links: [],
    robots: [],
    aliases: new Map(),
    defaults: new Map(),
    allowedTargets: new Set(),
    ocpRules: { clearAfter: 5 * 60_000, byType: new Map() },
    staleAfter: 86_400_000,
    resolveTimeout: 300_000,
    tables: new Map(),
    timeline: undefined,
    retention: {
      alerts: 30 * 86_400_000,
      dead: 90 * 86_400_000,
      audit: 365 * 86_400_000,
      refused: 86_400_000,
    },
  });
  assert.deepEqual([...groups.keys()], ["default/default"]);
  const { destinations, window } = groups.get("default/default")!;
  assert.deepEqual(destinations.map(({ id, channel }) => [id, channel]), [[
    "default/default/inbox",
    "inbox",
  ]]);
  assert.equal(window, 300_000);
  assert.deepEqual([...departments], [["default", { name: "default", secrets: ["kept-token"] }]]);
  assert.deepEqual([severities.size, ignoreLabels.size, members.size], [0, 0, 0]);
  assert.deepEqual(labelRules, DEFAULT_LABEL_RULES);
  assert.deepEqual([...heartbeats], [["Watchdog", {}]]);
});

Deno.test("the labels that say where and the hidden ones are lists of the operator's, and what is none is a complaint", async () => {
  const { labelRules: rules } = await config(
    "where_labels: [region/shop, +door]\nhide_labels: [team, rule_*]",
  );
  assert.deepEqual(rules, labelRules({ where: ["region/shop", "+door"], hide: ["team", "rule_*"] }));
  assert.deepEqual(rules.where, { objects: [["region", "shop"]], details: ["door"] });
  const where =
    'must be a label, labels joined by "/" such as "namespace/pod", or a detail such as "+mountpoint"';
  const hide = 'must be a label such as "job", or the start of labels and "*", such as "rule_*"';
  assert.deepEqual(
    await complaints('where_labels: [ok, a//b, +, +a/b, "", "a*"]\nhide_labels: [ok*, a*b, "", " "]'),
    [
      ...[1, 2, 3, 4, 5].map((index) => `where_labels[${index}]: ${where}`),
      ...[1, 2, 3].map((index) => `hide_labels[${index}]: ${hide}`),
    ],
  );
  assert.deepEqual(await complaints("where_labels: []"), ["where_labels: must have an entry"]);
});

Deno.test("OCP's rules are read with their levels and periods, and a level that is none is a complaint", async () => {
  const { ocpRules } = await config(
    "ocp: { clear_after: 10m, rules: { a: { level: 2 }, b: { name: B, clear_after: 1m } } }",
  );
  assert.deepEqual(ocpRules, {
    clearAfter: 600_000,
    byType: new Map<string, object>([["a", { level: 2 }], ["b", { name: "B", clearAfter: 60_000 }]]),
  });
  await assert.rejects(config("ocp: { rules: { a: { level: 6 } } }"), /ocp\.rules\.a\.level/);
});

Deno.test("the environment overrides what was kept, and says the rest", async () => {
  const {
    port,
    host,
    kv,
    key,
    adminPassword,
    intakeToken,
    openIntake,
    ocp,
    publicUrl,
    timezone,
    locale,
    alarmWait,
    alarmMaxAge,
  } = await config(undefined, {
    PORT: "0",
    HOST: "127.0.0.1",
    FENGHUO_KV: "https://kv.example.com/",
    FENGHUO_KEY: "some-key",
    FENGHUO_ADMIN_PASSWORD: "some-password",
    FENGHUO_INTAKE_TOKEN: "some-token\n",
    FENGHUO_OPEN_INTAKE: "1",
    FENGHUO_OCP_USER: "u",
    FENGHUO_OCP_PASSWORD: "w-password\r\n",
    FENGHUO_PUBLIC_URL: "https://example.com/fenghuo/",
    FENGHUO_TZ: "Europe/Berlin",
    FENGHUO_LOCALE: "en",
    FENGHUO_ALARM_WAIT: "500ms",
    FENGHUO_ALARM_MAX_AGE: "10m",
  });
  assert.deepEqual([port, host, kv], [0, "127.0.0.1", "https://kv.example.com/"]);
  assert.deepEqual([key, adminPassword, intakeToken, openIntake, ocp], [
    "some-key",
    "some-password",
    "some-token",
    true,
    { user: "u", password: "w-password" },
  ]);
  assert.deepEqual([publicUrl, timezone, locale, alarmWait, alarmMaxAge], [
    "https://example.com/fenghuo",
    "Europe/Berlin",
    "en",
    500,
    600_000,
  ]);
});

Deno.test("every wrong variable is named at once", async () => {
  const env = {
    PORT: "65536",
    FENGHUO_KV: "https://",
    FENGHUO_OPEN_INTAKE: "maybe",
    FENGHUO_PUBLIC_URL: "fenghuo.example.com",
    FENGHUO_TZ: "Asia/Peking",
    FENGHUO_LOCALE: "fr",
    FENGHUO_ALARM_WAIT: "5",
  };
  assert.deepEqual(await complaints(undefined, env), [
    'FENGHUO_KV: must be a path, or a URL such as "https://kv.example.com/"',
    "PORT: must be a port from 0 to 65535",
    "FENGHUO_OPEN_INTAKE: must be 1 or 0",
    'FENGHUO_PUBLIC_URL: must be a URL such as "https://fenghuo.example.com/"',
    'FENGHUO_TZ: must be a time zone such as "Asia/Shanghai" or "UTC"',
    "FENGHUO_LOCALE: must be one of zh, en",
    'FENGHUO_ALARM_WAIT: must be a duration such as "30s", "5m", "1h30m" or "30d"',
  ]);
});

Deno.test("Deno Deploy must be given the three secrets", async () => {
  const parsed = await parseConfig({ env: { DENO_DEPLOY: "1", FENGHUO_KEY: "some-key" }, channels });
  assert.ok(!parsed.ok);
  const why = "is missing; Deno Deploy has no disk to keep one on, so set it there";
  assert.deepEqual(parsed.complaints.map(complaintText), [
    `FENGHUO_ADMIN_PASSWORD: ${why}`,
    `FENGHUO_INTAKE_TOKEN: ${why}`,
  ]);
});

Deno.test("what is needed before the channels are loaded is known alone", () => {
  assert.deepEqual(settings({}), {
    settings: {
      deploy: false,
      kv: "./data/fenghuo.db",
      kvKind: "file",
      ephemeral: false,
      configPath: "./fenghuo.yaml",
      configRequired: false,
      channels: undefined,
      templates: undefined,
    },
    complaints: [],
  });
  const env = {
    DENO_DEPLOY: "true",
    FENGHUO_CONFIG: "/etc/f.yaml",
    FENGHUO_CHANNELS: "/c",
    FENGHUO_TEMPLATES: "/t",
  };
  assert.deepEqual(settings(env).settings, {
    deploy: true,
    kv: undefined,
    kvKind: "platform",
    ephemeral: true,
    configPath: "/etc/f.yaml",
    configRequired: true,
    channels: "/c",
    templates: "/t",
  });
  assert.equal(settings({ DENO_DEPLOY: "0" }).settings.deploy, false);
  const assigned = { ...env, DENO_KV_DEFAULT_PATH: "https://kv.example.com/connect" };
  assert.equal(settings(assigned).settings.ephemeral, false);
  assert.equal(settings({ ...env, FENGHUO_KV: "https://kv.example.com/" }).settings.ephemeral, false);
  const kindOf = (FENGHUO_KV: string): string => settings({ FENGHUO_KV }).settings.kvKind;
  assert.deepEqual([":memory:", "HTTP://kv.example.com/", "./https.db"].map(kindOf), [
    "memory",
    "remote",
    "file",
  ]);
});

Deno.test("the example of the documentation is read as it is meant", async () => {
  const read = await config(EXAMPLE, EXAMPLE_ENV);
  assert.deepEqual([...read.groups.keys()], ["default/default", "chenmin/3", "ops/default"]);
  assert.deepEqual([...read.departments], [
    ["du-srv", { name: "云端", secrets: ["srv!"] }],
    ["du-op", { name: "du-op", secrets: ["old", "new"] }],
  ]);

  const chenmin = read.groups.get("chenmin/3")!;
  assert.deepEqual([chenmin.owner, chenmin.level, chenmin.window], ["chenmin", "3", 600_000]);
  assert.deepEqual([chenmin.locale, chenmin.timezone], ["zh", "Asia/Shanghai"]);
  assert.deepEqual(chenmin.members.map(({ id, mobile }) => [id, mobile]), [["li.lei", "13800000000"]]);
  const [robot, mail] = chenmin.destinations;
  assert.equal(robot!.id, "chenmin/3/night-robot");
  assert.deepEqual(robot!.config, { token: "ding!", secret: "SEC!", form: "text" });
  assert.equal(robot!.lane, `dingtalk_robot-${sha256Hex("ding!", 16)}`);
  assert.deepEqual(robot!.secrets, ["ding!", "SEC!"]);
  assert.equal(mail!.id, "chenmin/3/email");
  assert.deepEqual(mail!.secrets, ["smtp!"]);
  assert.match(mail!.lane, /^email-[0-9a-f]{16}$/);
  assert.match(mail!.configHash, /^[0-9a-f]{16}$/);

  const ops = read.groups.get("ops/default")!;
  assert.deepEqual([ops.locale, ops.timezone, ops.window, ops.destinations], ["en", "UTC", 300_000, []]);
  assert.deepEqual(read.rules.map(({ matchers, group }) => [matchers.map(({ name }) => name), group]), [
    [["team", "severity"], "ops/default"],
  ]);
  assert.deepEqual(read.links, [{ from: "http://prometheus-*:9090/", to: "https://prom.example.com/" }]);
  assert.deepEqual([...read.ignoreLabels], ["pod"]);
  assert.deepEqual([...read.severities], [["blocker", "critical"]]);
  assert.equal(read.staleAfter, 43_200_000);
  assert.deepEqual(read.retention, {
    alerts: 7 * 86_400_000,
    dead: 90 * 86_400_000,
    audit: 365 * 86_400_000,
    refused: 86_400_000,
  });
});

Deno.test("a file may be empty, or have empty sections", async () => {
  for (const yaml of ["", "# nothing\n", "---\n", "groups:\nrules:\nretention:\n", "groups: []"]) {
    assert.deepEqual([...(await config(yaml)).groups.keys()], ["default/default"], yaml);
  }
});

Deno.test("a number stands where a text is meant, and loses none of its digits", async () => {
  const yaml = `
members: [{ id: 7, mobile: +8613800000000, dingtalk: 0138, wecom: 13800000000 }]
groups: [{ owner: 5, level: 007, members: ["7"], destinations: [{ name: 1, channel: inbox }] }]`;
  const group = (await config(yaml)).groups.get("5/007")!;
  assert.deepEqual(group.members, [{
    id: "7",
    mobile: "+8613800000000",
    dingtalk: "0138",
    wecom: "13800000000",
  }]);
  assert.equal(group.destinations[0]!.id, "5/007/1");
  for (const level of ["1.10", "12345678901234567890"]) {
    const [complaint] = await complaints(`groups: [{ owner: a, level: ${level} }]`);
    assert.match(complaint!, /^groups\[0\]\.level: /, level);
  }
});

Deno.test("the default group can be declared, and is then what the file says", async () => {
  const { groups } = await config("groups: [{ owner: default, level: default, window: 0 }]");
  assert.deepEqual([groups.size, groups.get("default/default")!.window], [1, 0]);
  assert.deepEqual(groups.get("default/default")!.destinations, []);
});

/** A group `a/b` with these destinations. */
function destinations(...list: string[]): string {
  return `groups: [{ owner: a, level: b, destinations: [${list.join(", ")}] }]`;
}

const TYPO = "is not a setting; did you mean";

Deno.test("a destination has its own limits and its fallback, and a fallback gets nothing else", async () => {
  const { groups } = await config(`
groups:
  - owner: a
    level: b
    destinations:
      - { name: robot, channel: inbox, limits: [{ messages: 5, per: 1m }, { messages: 500, per: day }], fallback: mail }
      - { name: mail, channel: inbox, fallback_after: 90s }
`);
  const shown = groups.get("a/b")?.destinations.map(
    ({ name, limits, fallback, fallbackAfter, isFallback }) => {
      return { name, limits, fallback, fallbackAfter, isFallback };
    },
  );
  assert.deepEqual(shown, [
    {
      name: "robot",
      limits: [{ messages: 5, per: 60_000 }, { messages: 500, per: "day" }],
      fallback: "a/b/mail",
      fallbackAfter: 600_000,
      isFallback: false,
    },
    { name: "mail", limits: [], fallback: undefined, fallbackAfter: 90_000, isFallback: true },
  ]);
});

Deno.test("an attempt may take as long as the destination says, else its channel, from a second to ten minutes", async () => {
  const { groups } = await config(destinations(
    "{ channel: inbox }",
    "{ channel: inbox, name: own, timeout: 30s }",
    "{ channel: slow }",
    "{ channel: slow, name: sooner, timeout: 1s }",
    "{ channel: slow, name: too-long, config: { minutes: 90 } }",
    "{ channel: slow, name: too-short, config: { minutes: 0 } }",
  ));
  assert.deepEqual(
    groups.get("a/b")!.destinations.map(({ timeout }) => timeout),
    [undefined, 30_000, 120_000, 1_000, 600_000, 1_000],
  );
  for (const timeout of ["0", "500ms", "11m"]) {
    assert.deepEqual(await complaints(destinations(`{ channel: inbox, timeout: ${timeout} }`)), [
      "groups[0].destinations[0].timeout: must be from 1s to 10m",
    ]);
  }
  assert.deepEqual(await complaints(destinations(`{ channel: dingtalk_robot, timeout: 61s }`)), [
    "groups[0].destinations[0].timeout: must be from 1s to 1m, because DingTalk takes a single request",
  ]);
});

Deno.test("each mistake is reported with its place and with what would be right", async () => {
  const table: readonly (readonly [yaml: string, ...complaints: string[]])[] = [
    ["inhibit: [{ source: [], target: [a=1] }]", "inhibit[0].source: must have a matcher"],
    [
      "inhibit: [{ source: ['a=~\"(\"'], target: [a=1] }]",
      "inhibit[0].source[0]: the regular expression is not in RE2's syntax: missing closing ): `(`",
    ],
    ["inhibit: [{ source: [a=1], equal: [b] }]", "inhibit[0].target: is missing; a list is needed"],
    [
      "inhibit: [{ source: [a=1], target: [b=1], equals: [c] }]",
      'inhibit[0].equals: is not a setting; did you mean "equal"?',
    ],
    ["inhibit: { source: [a=1], target: [b=1] }", "inhibit: must be a list"],
    ["[]", "fenghuo.yaml: must be a mapping"],
    ["a: 1\n---\nb: 2", "fenghuo.yaml: must be a single YAML document"],
    ["gruops: []", `gruops: ${TYPO} "groups"?`],
    ["groups: {}", "groups: must be a list"],
    ["groups: [x]", "groups[0]: must be a mapping, not a string"],
    ["groups: [{ owner: a }]", "groups[0].level: is missing; a string or a number is needed"],
    ["groups: [{ owner: a/b, level: c }]", 'groups[0].owner: must have at most 60 bytes, and no "/"'],
    ["groups: [{ owner: [], level: c }]", "groups[0].owner: must be a string or a number, not a list"],
    ["groups: [{ owner: a, level: b, windwo: 5m }]", `groups[0].windwo: ${TYPO} "window"?`],
    [
      "groups: [{ owner: a, level: b, window: 5 }]",
      'groups[0].window: must be a duration such as "30s", "5m", "1h30m" or "30d"',
    ],
    [
      "groups: [{ owner: a, level: b, repeat: soon }]",
      'groups[0].repeat: must be a duration such as "30s", "5m", "1h30m" or "30d"',
    ],
    [
      "heartbeat: [{ name: Watchdog, within: soon, more: 1 }]",
      "heartbeat[0].more: is not a setting; known are name, within",
      'heartbeat[0].within: must be a duration such as "30s", "5m", "1h30m" or "30d"',
    ],
    [
      "groups: [{ owner: a, level: b, locale: eng }]",
      'groups[0].locale: must be one of zh, en; did you mean "en"?',
    ],
    [
      "groups: [{ owner: a, level: b, timezone: Mars/One }]",
      'groups[0].timezone: must be a time zone such as "Asia/Shanghai" or "UTC"',
    ],
    [
      "groups: [{ owner: a, level: 1 }, { owner: a, level: '1' }]",
      'groups[1]: there is already a group "a/1"',
    ],
    [
      "members: [{ id: li.lei }]\ngroups: [{ owner: a, level: b, members: [li.lie] }]",
      'groups[0].members[0]: there is no member "li.lie"; did you mean "li.lei"?',
    ],
    ["members: [{ id: 7 }, { id: '7' }]", 'members[1].id: there is already a member "7"'],
    [
      "members: [{ id: a, email: none }]",
      'members[0].email: must be an address such as "li.lei@example.com"',
    ],
    ["members: [{ id: a, name: 5 }]", "members[0].name: must be a string, not a number; write it in quotes"],
    [
      "rules: [{ match: ['a=b'], group: defualt/default }]",
      'rules[0].group: there is no group "defualt/default"; did you mean "default/default"?',
    ],
    [
      "rules: [{ match: ['a=b', 'team'], group: default/default }]",
      "rules[0].match[1]: an operator is needed: =, !=, =~ or !~ at character 5",
    ],
    [
      "rules: [{ match: [], group: default/default }]",
      "rules[0].match: must have a matcher; for all alerts write 'alertname=~\".*\"'",
    ],
    ["rules: [{ match: ['a=b'] }]", "rules[0].group: is missing; a string is needed"],
    [
      "links: [{ from: 'prometheus', to: 'https://a/' }]",
      'links[0].from: must be like "http://prometheus-*:9090/", with "*" in the host only',
    ],
    ["severities: { P0: crit }", "severities.P0: must be one of critical, error, warning, info"],
    [
      "severities: { P0: eror }",
      'severities.P0: must be one of critical, error, warning, info; did you mean "error"?',
    ],
    ["severities: { P0: error, p0: info }", "severities.p0: is there already, in other letters"],
    ["stale_after: 0", "stale_after: must be longer than 0"],
    ["retention: { alert: 5d }", `retention.alert: ${TYPO} "alerts"?`],
    ["departments: { a: {} }", "departments.a.secret: is missing; a string or a list is needed"],
    [
      "departments: { a: { secret: 5 } }",
      "departments.a.secret: must be a string or a list, not a number; write it in quotes",
    ],
    ["departments: { a: { secret: [] } }", "departments.a.secret: must not be empty"],
    ["departments: { a: { secret: xx, nmae: y } }", `departments.a.nmae: ${TYPO} "name"?`],
    ["defaults: { emial: {} }", 'defaults.emial: there is no channel "emial"; did you mean "email"?'],
    ["defaults: { inbox: { colour: red } }", "defaults.inbox.colour: is not a setting"],
    [
      destinations("{ channel: dingtalk_robto }"),
      'groups[0].destinations[0].channel: there is no channel "dingtalk_robto"; did you mean "dingtalk_robot"?',
    ],
    [
      destinations("{ channel: constructor }"),
      'groups[0].destinations[0].channel: there is no channel "constructor"',
    ],
    [
      destinations("{ channel: inbox, fallback: inbux }"),
      'groups[0].destinations[0].fallback: there is no destination "inbux" in this group; did you mean "inbox"?',
    ],
    [
      destinations("{ channel: inbox, fallback: inbox }"),
      "groups[0].destinations[0].fallback: comes back to its beginning: inbox → inbox",
    ],
    [
      destinations(
        "{ name: a, channel: inbox, fallback: b }, { name: b, channel: inbox, fallback: c }, " +
          "{ name: c, channel: inbox, fallback: b }",
      ),
      "groups[0].destinations[1].fallback: comes back to its beginning: b → c → b",
      "groups[0].destinations[2].fallback: comes back to its beginning: c → b → c",
    ],
    [
      destinations("{ channel: inbox, limits: [{ messages: 0, per: 1m }] }"),
      "groups[0].destinations[0].limits[0].messages: must be at least 1",
    ],
    [
      destinations("{ channel: inbox, limits: [{ messages: 5, per: fortnight }] }"),
      'groups[0].destinations[0].limits[0].per: must be a duration such as "1m", or "day" or "month"',
    ],
    [
      destinations("{ channel: dingtalk_robot }"),
      "groups[0].destinations[0].config.token: is missing; a string is needed",
    ],
    [
      destinations("{ channel: dingtalk_robot, config: { token: '' } }"),
      "groups[0].destinations[0].config.token: must not be empty",
    ],
    [
      destinations("{ channel: dingtalk_robot, config: { token: x, secert: y } }"),
      `groups[0].destinations[0].config.secert: ${TYPO} "secret"?`,
    ],
    [
      destinations("{ channel: dingtalk_robot, config: { token: x, base: y } }"),
      'groups[0].destinations[0].config.base: must be a URL such as "https://example.com/"',
    ],
    [
      destinations("{ channel: inbox }", "{ channel: inbox }"),
      'groups[0].destinations[1].name: there is already a destination "inbox" in this group; give one of them another name',
    ],
    [
      destinations("{ channel: inbox, name: a/b }"),
      'groups[0].destinations[0].name: must have at most 60 bytes, and no "/"',
    ],
    [
      `defaults: { email: { host: h, user: u, password: p, from: f, port: 0 } }\n${
        destinations("{ channel: email }", "{ name: x, channel: email }")
      }`,
      "defaults.email.port: must be at least 1",
    ],
    [
      destinations(...Array.from({ length: 501 }, (_, index) => `{ name: n${index}, channel: inbox }`)),
      "groups[0].destinations: would send one alert to 501 destinations in 1 group; at most 500 in 200 groups are allowed",
    ],
    [
      `groups: [${
        Array.from({ length: 201 }, (_, index) =>
          `{ owner: o${index}, level: l, destinations: [{ channel: inbox }] }`)
          .join(", ")
      }]\nrules: [${
        Array.from({ length: 201 }, (_, index) => `{ match: ['a="b"'], group: o${index}/l }`).join(", ")
      }]`,
      "rules[200]: would send one alert to 201 destinations in 201 groups; at most 500 in 200 groups are allowed, together with other rules",
    ],
  ];
  for (const [yaml, ...expected] of table) {
    assert.deepEqual(await complaints(yaml), expected, yaml.slice(0, 200));
  }
});

Deno.test("all mistakes are reported at once, and none twice", async () => {
  const yaml = `
members: [{ id: a, email: x }]
groups:
  - { owner: o, level: l, window: soon, members: [a, b], destinations: [{ channel: nope }, { channel: email, config: { prot: 1 } }] }
rules: [{ match: ["x"], group: o/l }, { match: [a=b], group: o/m }]
`;
  const found = await complaints(yaml, { PORT: "x" });
  assert.deepEqual(found.map((line) => line.slice(0, line.indexOf(":"))), [
    "PORT",
    "members[0].email",
    "groups[0].window",
    "groups[0].destinations[0].channel",
    "groups[0].destinations[1].config.prot",
    "groups[0].destinations[1].config.host",
    "groups[0].destinations[1].config.user",
    "groups[0].destinations[1].config.password",
    "groups[0].destinations[1].config.from",
    "groups[0].members[1]",
    "rules[0].match[0]",
    "rules[1].group",
  ]);
});

Deno.test("a destination's own config stands over the defaults of its channel", async () => {
  const yaml = `
defaults: { email: { host: h, user: u, password: p, from: f, port: 25 } }
${destinations("{ channel: email, config: { port: 587, password: q } }", "{ name: plain, channel: email }")}`;
  const [own, plain] = (await config(yaml)).groups.get("a/b")!.destinations;
  assert.deepEqual(own!.config, { host: "h", port: 587, user: "u", password: "q", from: "f" });
  assert.deepEqual(plain!.config, { host: "h", port: 25, user: "u", password: "p", from: "f" });
  assert.notEqual(own!.lane, plain!.lane);
  assert.notEqual(own!.configHash, plain!.configHash);
});

Deno.test("destinations of one robot share its lane, in whatever order their configs are written", async () => {
  const yaml = destinations(
    "{ name: a, channel: dingtalk_robot, config: { token: x, form: markdown } }",
    "{ name: b, channel: dingtalk_robot, config: { token: x } }",
    "{ name: c, channel: dingtalk_robot, config: { form: markdown, token: x } }",
    "{ name: d, channel: dingtalk_robot, config: { token: y } }",
  );
  const [a, b, c, d] = (await config(yaml)).groups.get("a/b")!.destinations;
  assert.equal(new Set([a!.lane, b!.lane, c!.lane]).size, 1);
  assert.notEqual(a!.lane, d!.lane);
  assert.equal(a!.configHash, c!.configHash);
  assert.notEqual(a!.configHash, b!.configHash);
});

Deno.test("a destination whose channel cannot be loaded is kept as it is written, and all of it is secret", async () => {
  const yaml = destinations("{ channel: wecom_robot, config: { key: k1, deep: { list: [k2, 3] } } }");
  const [kept] = (await config(yaml)).groups.get("a/b")!.destinations;
  assert.deepEqual(kept!.config, { key: "k1", deep: { list: ["k2", 3] } });
  assert.equal(kept!.lane, `broken-${sha256Hex("a/b/wecom_robot", 16)}`);
  assert.deepEqual(kept!.secrets, ["k1", "k2"]);
});

Deno.test("a value of the environment is put into values only, and cannot change the shape of the file", async () => {
  const yaml = 'departments: { "${A}": { name: "<${A}>$${A}$${", secret: ["${A}${B}"] } }';
  const { departments } = await config(yaml, { A: '", x: [\n# ${B} $& $1', B: "b" });
  assert.deepEqual([...departments], [["${A}", {
    name: '<", x: [\n# ${B} $& $1>${A}${',
    secrets: ['", x: [\n# ${B} $& $1b'],
  }]]);
});

Deno.test("a variable that is not set is named, and its place has no second complaint", async () => {
  const yaml = destinations(
    '{ channel: dingtalk_robot, config: { token: "${DING_TOKEN}", base: "${BASE}" } }',
    '{ channel: "${constructor}" }',
  );
  assert.deepEqual(await complaints(yaml, { BASE: "" }), [
    "groups[0].destinations[0].config.token: the environment variable DING_TOKEN is not set",
    "groups[0].destinations[0].config.base: the environment variable BASE is not set",
    "groups[0].destinations[1].channel: the environment variable constructor is not set",
  ]);
  for (const text of ["${", "${a b}", "${}", "${1}", "${A"]) {
    const [complaint] = await complaints(`departments: { a: { secret: '${text}' } }`, { A: "x" });
    assert.equal(
      complaint,
      'departments.a.secret: "${" must be followed by a name and "}"; "$${" stands for itself',
      text,
    );
  }
});

Deno.test("no complaint shows a secret", async () => {
  const secret = "hunter2-hunter2";
  const table: readonly string[] = [
    `a: "${secret}`,
    `password: *${secret}`,
    `password: !${secret} x`,
    `password: !${secret}:x y`,
    `a: [${secret}\nb: }`,
    `a: ${secret}: ${secret}`,
    `departments: { a: { secret: { x: ${secret} } } }`,
    `departments: { a: { secret: x, name: [${secret}] } }`,
    destinations(`{ channel: dingtalk_robot, config: { token: [${secret}] } }`),
    destinations(`{ channel: dingtalk_robot, config: ${secret} }`),
    destinations(`{ channel: careless, config: { key: ${secret} } }`),
    destinations(`{ channel: email, config: { headers: { a: [${secret}] } } }`),
    destinations('{ channel: "${S}" }'),
    'rules: [{ match: ["a=b"], group: "${S}/x" }]',
    'rules: [{ match: ["a=~\'${S}("], group: default/default }]',
    'groups: [{ owner: a, level: b, members: ["${S}"] }]',
    'severities: { a: "${S}" }',
    'links: [{ from: "${S}", to: "${S}" }]',
  ];
  for (const yaml of table) {
    const found = await complaints(yaml, { S: secret });
    assert.ok(found.length > 0, yaml);
    for (const line of found) assert.ok(!line.includes("hunter2"), `${yaml} → ${line}`);
  }
});

Deno.test("a channel whose code fails on a config is at fault, not the config, and no secret is shown", async () => {
  const yaml = destinations("{ channel: clumsy, config: { key: hunter2-hunter2 } }");
  assert.deepEqual(await complaints(yaml), []);
  const faults = channels.faults.list().filter(({ channel }) => channel === "clumsy");
  assert.deepEqual(faults.map(({ words }) => words), ["it fails on the config of a destination: bad ***"]);
});

Deno.test("no complaint shows a part of what came from the environment, and each says which variable it was", async () => {
  const secret = 'hunter2-hunter2-hunter2 "x';
  const pattern = `rules: [{ match: ['a=~"\${S}"'], group: default/default }]`;
  for (
    const [value, yaml] of [[`a(?<${"hunter2".repeat(3)}`, pattern], [
      secret,
      destinations('{ channel: "${S}" }'),
    ]]
  ) {
    const found = await complaints(yaml!, { S: value! });
    assert.ok(found.length > 0);
    for (const line of found) {
      assert.ok(!line.includes("hunter2"), line);
      assert.match(line, /\$\{S\}/);
    }
  }
});

Deno.test("a mistake in the YAML is reported with its line and column", async () => {
  const table: readonly (readonly [yaml: string, complaint: string])[] = [
    ["a: 1\nb: [1,\nc: 2", "fenghuo.yaml: is no valid YAML: deficient indentation at line 3, column 1"],
    ["groups: []\ngroups: []", "fenghuo.yaml: is no valid YAML: duplicated mapping key at line 2, column 1"],
    ["a: *x", "fenghuo.yaml: is no valid YAML: unidentified alias … at line 1, column 5"],
  ];
  for (const [yaml, complaint] of table) assert.deepEqual(await complaints(yaml), [complaint], yaml);
  const parsed = await parseConfig({ env: {}, yaml: "[", yamlPath: "/etc/f.yaml", secrets, channels });
  assert.ok(!parsed.ok && parsed.complaints[0]!.path === "/etc/f.yaml");
});

Deno.test("aliases share values, and cannot blow up the file", async () => {
  const { groups } = await config(
    "groups: [&a { owner: a, level: b, destinations: &d [{ channel: inbox }] }, { owner: c, level: d, destinations: *d }]",
  );
  assert.equal(groups.get("c/d")!.destinations[0]!.id, "c/d/inbox");
  const bomb = Array.from(
    { length: 30 },
    (_, i) => `a${i}: &a${i} [${i === 0 ? "x" : `*a${i - 1}, *a${i - 1}`}]`,
  ).join("\n");
  for (const yaml of [bomb, "links: &x [*x]", "groups: &x { a: *x }"]) {
    assert.ok(
      (await complaints(yaml)).some((line) => line.includes("too large or too deep")),
      yaml.slice(0, 50),
    );
  }
});
