import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startSink } from "../../simulator/sink.ts";
import { type Answer, api } from "../kit/api.ts";
import { visitor } from "../kit/console.ts";
import { filled } from "../kit/form.ts";
import { type TestRelay, testRelay } from "../kit/relay.ts";

const TOKEN = "stored-robot-token";
const PASSWORD = "stored-mail-password";
const HEADER = "Bearer stored-header";
const HOOK = "http://127.0.0.1:1/stored-path";

const ELSEWHERE = /^stands for the secret of another field or channel/;
const STRAYED = /^would send a stored secret to another scheme, host or port/;

// deno-lint-ignore no-explicit-any -- an item as the API shows it
type Item = any;

/** A relay with stored secrets: the operators' robot, hook and mail account. */
async function stored(own: string): Promise<TestRelay> {
  const house = await testRelay();
  const defaults = { host: "127.0.0.1", port: 465, user: "ops", password: PASSWORD, from: "ops@example.com" };
  const destinations = [
    { name: "robot", channel: "dingtalk_robot", config: { token: TOKEN, base: own } },
    { name: "hook", channel: "webhook", config: { url: HOOK, headers: { authorization: HEADER } } },
  ];
  for (
    const [what, body] of [
      ["members/li", { email: "li@example.com" }],
      ["defaults/email", defaults],
      ["groups/ops/1", { members: ["li"], destinations }],
    ] as const
  ) {
    const { status, body: answer } = await api(house, "PUT", `config/${what}`, { body });
    equal(status, 200, JSON.stringify(answer));
  }
  return house;
}

async function shown(house: TestRelay, what: string): Promise<{ value: Item; version: string }> {
  return (await api(house, "GET", `config/${what}`)).body;
}

/** An attempt of a person with the right to change the configuration to learn a secret → the answer. */
const DETOURS: [name: string, change: (group: Item, foreign: URL) => Item, RegExp][] = [
  [
    "another base",
    ([robot], { origin }) => [{ ...robot, config: { ...robot.config, base: origin } }],
    STRAYED,
  ],
  ["no base", ([robot]) => [{ ...robot, config: { token: robot.config.token } }], STRAYED],
  [
    "a hook of their own, in a header",
    (
      [robot],
      { href },
    ) => [{ channel: "webhook", config: { url: href, headers: { x: robot.config.token } } }],
    ELSEWHERE,
  ],
  [
    "the headers with an address of their own",
    ([, hook], { href }) => [{ ...hook, config: { ...hook.config, url: href } }],
    STRAYED,
  ],
  [
    "another port of the same host",
    ([, hook]) => [{ ...hook, config: { ...hook.config, url: "http://127.0.0.1:2/stored-path" } }],
    STRAYED,
  ],
  ["a field that is shown", ([robot]) => [{ ...robot, name: robot.config.token }], ELSEWHERE],
  [
    "another secret field",
    ([robot]) => [{ ...robot, config: { ...robot.config, secret: robot.config.token } }],
    ELSEWHERE,
  ],
  [
    "a mail server of their own, with what all mail shares",
    (
      _,
      { hostname, port },
    ) => [{ channel: "email", config: { host: hostname, port: Number(port), tls: "none" } }],
    STRAYED,
  ],
  ["mail without encryption", () => [{ channel: "email", config: { tls: "none" } }], STRAYED],
];

for (const [name, change, words] of DETOURS) {
  Deno.test(`a stored secret leaves by no detour: ${name}`, async () => {
    await using own = await startSink();
    await using foreign = await startSink();
    await using house = await stored(own.url);
    const { value, version } = await shown(house, "groups/ops/1");
    const destinations = change(value.destinations, new URL("/steal", foreign.url));
    const document = { groups: [{ ...value, destinations }] };
    const answers: Answer[] = [
      await api(house, "PUT", "config/groups/ops/1", { body: { ...value, destinations }, version }),
      await api(house, "POST", "destinations/test", {
        body: { group: "ops/1", destination: destinations[0] },
      }),
      await api(house, "POST", "config/plan", { body: { document } }),
      await api(house, "POST", "config/apply", { body: { document, hash: "0" } }),
    ];
    for (const { status, body } of answers) {
      equal(status, 422, JSON.stringify(body));
      match(body.complaints[0].message, words);
      match(body.complaints[0].path, /^destinations\[0\]/);
    }
    equal(foreign.requests.length, 0);
    equal((await shown(house, "groups/ops/1")).version, version);
  });
}

/** The text of an imported file, with the variables of the relay's own export → the answer. */
const IMPORTS: [name: string, yaml: (foreign: string) => string, RegExp][] = [
  [
    "in the headers of a hook of an own group",
    (foreign) => hook("own", `{ url: "${foreign}", headers: { x: "\${OPS_1_ROBOT_TOKEN}" } }`),
    /^stands for a secret that is not there/,
  ],
  [
    "in the same field of an own group",
    (foreign) => robot("own", `{ token: "\${OPS_1_ROBOT_TOKEN}", base: "${foreign}" }`),
    /^stands for a secret that is not there/,
  ],
  [
    "in its own field, with another server",
    (foreign) => robot("ops", `{ token: "\${OPS_1_ROBOT_TOKEN}", base: "${foreign}" }`),
    STRAYED,
  ],
  [
    "in another field of its own item",
    (foreign) => hook("ops", `{ url: "${foreign}", secret: "\${OPS_1_ROBOT_TOKEN}" }`),
    ELSEWHERE,
  ],
  [
    "in a name",
    () => 'members: [{ id: li, name: "${EMAIL_PASSWORD}" }]',
    /^stands for a secret that is not there/,
  ],
  [
    "inside another text",
    (foreign) => hook("ops", `{ url: "${foreign}?t=\${OPS_1_ROBOT_TOKEN}" }`),
    /^the environment variable OPS_1_ROBOT_TOKEN is not set/,
  ],
  [
    "of the relay's own environment",
    (foreign) => hook("own", `{ url: "${foreign}?t=\${FENGHUO_KEY}" }`),
    /^the environment variable FENGHUO_KEY is not set/,
  ],
];

function hook(owner: string, config: string): string {
  return `groups: [{ owner: ${owner}, level: 1, destinations: [{ channel: webhook, config: ${config} }] }]`;
}

function robot(owner: string, config: string): string {
  return `groups: [{ owner: ${owner}, level: 1, destinations: [{ name: robot, channel: dingtalk_robot, config: ${config} }] }]`;
}

for (const [where, yamlWith, words] of IMPORTS) {
  Deno.test(`an import that names a stored secret ${where} is refused`, async () => {
    await using own = await startSink();
    await using foreign = await startSink();
    await using house = await stored(own.url);
    const yaml = yamlWith(foreign.url);
    const { revision } = (await api(house, "GET", "config")).body;
    for (const [path, more] of [["plan", {}], ["apply", { hash: "0" }]] as const) {
      const { status, body } = await api(house, "POST", `config/${path}`, { body: { yaml, ...more } });
      equal(status, 422, JSON.stringify(body));
      match(body.complaints[0].message, words);
      ok(![TOKEN, PASSWORD].some((secret) => JSON.stringify(body).includes(secret)));
    }
    equal((await api(house, "GET", "config")).body.revision, revision);
    equal(foreign.requests.length, 0);
  });
}

Deno.test("what all mail shares moves to no other server with the password that is stored", async () => {
  await using house = await stored("http://127.0.0.1:1");
  const { value, version } = await shown(house, "defaults/email");
  for (const change of [{ host: "mail.example.net" }, { port: 2525 }, { tls: "none" }]) {
    const { status, body } = await api(house, "PUT", "config/defaults/email", {
      body: { ...value, ...change },
      version,
    });
    equal(status, 422, JSON.stringify(body));
    match(body.complaints[0].message, STRAYED);
  }
  const anew = await api(house, "PUT", "config/defaults/email", {
    body: { ...value, host: "mail.example.net", password: PASSWORD },
    version,
  });
  equal(anew.status, 200, "whoever writes the secret knows it");
});

Deno.test("a change of the host that all groups share sends no group's password elsewhere", async () => {
  await using house = await stored("http://127.0.0.1:1");
  const own = [{ channel: "email", config: { password: "the group's own password" } }];
  equal((await api(house, "PUT", "config/groups/dba/1", { body: { destinations: own } })).status, 200);
  const { value, version } = await shown(house, "defaults/email");
  const moved = await api(house, "PUT", "config/defaults/email", {
    body: { ...value, host: "mail.example.net", password: PASSWORD },
    version,
  });
  equal(moved.status, 422);
  equal(moved.body.complaints.map(({ what, path }: Item) => `${what} ${path}`), [
    "groups/dba/1 destinations[0].config.password",
  ]);
});

Deno.test("the form of a destination sends a stored secret nowhere else, and says so at the field", async () => {
  await using own = await startSink();
  await using foreign = await startSink();
  await using house = await stored(own.url);
  const admin = await visitor(house);
  const path = "/groups/ops/1/destinations/robot";
  for (const act of ["test", "save"]) {
    const fields = filled(await admin.get(path), { act, "value.config.base": foreign.url });
    const { status, html } = await admin.post(path, fields);
    equal(status, 422, html);
    match(html, /已保存的密钥会因此发往另一个协议、主机或端口，或经过另一个代理，请重新填写密钥/);
  }
  equal(foreign.requests.length, 0);
  const typed = filled(await admin.get(path), {
    act: "save",
    "value.config.base": foreign.url,
    "value.config.token": TOKEN,
  });
  equal((await admin.post(path, typed)).status, 303);
});

Deno.test("what changes no place keeps its marks: a name, the order, a limit, another destination", async () => {
  await using house = await stored("http://127.0.0.1:1");
  const { value, version } = await shown(house, "groups/ops/1");
  const [robot, hook] = value.destinations;
  const { status, body } = await api(house, "PUT", "config/groups/ops/1", {
    body: {
      ...value,
      window: "10m",
      destinations: [{ channel: "email" }, hook, {
        ...robot,
        name: "bot",
        config: { ...robot.config, mentions: "all" },
      }],
    },
    version,
  });
  equal(status, 200, JSON.stringify(body));
  const { destinations } = house.relay.config.groups.get("ops/1")!;
  const told = JSON.stringify(destinations.map(({ config }) => config));
  for (const secret of [TOKEN, PASSWORD, HEADER, HOOK]) ok(told.includes(secret), secret);
});

Deno.test("a test message that uses stored secrets is in the audit, with where it went and no secret", async () => {
  await using own = await startSink();
  await using house = await stored(own.url);
  const { value } = await shown(house, "groups/ops/1");
  await api(house, "POST", "destinations/test", {
    body: { group: "ops/1", destination: value.destinations[0] },
  });
  await api(house, "POST", "groups/ops/1/test");
  const { entries } = await house.relay.store.audit.list({ limit: 3 });
  const to = [`base: ${own.url.replace(/\/$/, "")}`];
  const notes = entries.map(({ by, action, what, after }) => ({ by, action, what, after }));
  for (const name of ["robot", "hook"]) {
    const channel = name === "robot" ? "dingtalk_robot" : "webhook";
    const after = {
      destination: `ops/1/${name}`,
      channel,
      to: name === "robot" ? to : ["url: http://127.0.0.1:1"],
    };
    const same = notes.filter((note) => JSON.stringify(note.after) === JSON.stringify(after));
    equal(same.length, name === "robot" ? 2 : 1, JSON.stringify(notes));
    equal(same[0], { by: "admin", action: "tested", what: "groups/ops/1", after });
  }
  for (const secret of [TOKEN, HEADER, "stored-path"]) ok(!JSON.stringify(entries).includes(secret));
});
