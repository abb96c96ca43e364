import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { testRelay } from "../../kit/relay.ts";

const SECRET = "A0/+=&%23 cd";

Deno.test("a group that is created while the relay runs is notified at once, and after a restart", async () => {
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  {
    await using house = await testRelay({ kv });
    const made = await api(house, "PUT", "config/groups/ops/1", {
      body: { destinations: [{ channel: "webhook", config: { url: sink.url } }] },
    });
    equal(made.status, 200);
    equal(made.body.managedBy, "console");
    equal(
      (await api(house, "PUT", "config/rules", { body: [{ match: ["a=b"], group: "ops/1" }] })).status,
      200,
    );
    await house.fire({ labels: { a: "b" } });
    equal(sink.requests.length, 1);
  }
  await using again = await testRelay({ kv });
  await again.fire({ labels: { a: "b", other: "one" } });
  equal(sink.requests.length, 2);
});

Deno.test("what the file declares is shown with its secrets hidden, and not changed", async () => {
  await using house = await testRelay({
    yaml: `
departments: { srv: { secret: "${SECRET}" } }
members: [{ id: li }]
groups: [{ owner: a, level: 1, members: [li], robot_token: ["${SECRET}", other-token] }]`,
  });
  const { body } = await api(house, "GET", "config");
  equal(body.items.map(({ what, managedBy }: { what: string; managedBy: string }) => [what, managedBy]), [
    ["departments/srv", "file"],
    ["members/li", "file"],
    ["groups/a/1", "file"],
  ]);
  ok(!JSON.stringify(body).includes(SECRET));
  match(body.items[0].value.secret, /^••••[0-9a-f]{8}$/);
  for (const [method, sent] of [["PUT", { body: {} }], ["DELETE", {}]] as const) {
    const refused = await api(house, method, "config/groups/a/1", sent);
    equal(refused.status, 409);
    match(refused.body.error, /own file/);
  }
});

Deno.test("of two people who edit the same item the second gets a conflict, and overwrites nothing", async () => {
  await using house = await testRelay();
  const { body: first } = await api(house, "PUT", "config/members/li", { body: { name: "李" } });
  const { version } = first;
  equal((await api(house, "PUT", "config/members/li", { body: { name: "李雷" }, version })).status, 200);
  const late = await api(house, "PUT", "config/members/li", { body: { name: "韩" }, version });
  equal(late.status, 409);
  equal(late.body.current.value, { id: "li", name: "李雷" });
  equal(late.body.current.by, "admin");
  equal((await api(house, "PUT", "config/members/li", { body: { name: "韩" } })).status, 428);
  equal((await api(house, "DELETE", "config/members/li", { version })).status, 409);
  // Another item is another matter.
  equal((await api(house, "PUT", "config/members/han", { body: {} })).status, 200);
  equal((await api(house, "GET", "config/members/li")).body.value.name, "李雷");
});

Deno.test("the secrets of doors are shown as marks, kept by them, exported as variables, and in no audit", async () => {
  await using house = await testRelay();
  const doors = [
    { name: "own", title: "$.title", auth: { token: "S3CRET token" } },
    { name: "hmac", title: "$.title", auth: { hmac: { header: "x-sign", secret: "S3CRET hmac" } } },
    { name: "typed", type: "standard_webhooks", secret: ["S3CRET one", "S3CRET two"] },
  ];
  const made = await api(house, "PUT", "config/doors", { body: doors });
  equal(made.status, 200);
  const [, ...others] = made.body.value;
  const less = await api(house, "PUT", "config/doors", { body: others, version: made.body.version });
  equal(less.status, 200);
  equal(house.relay.config.doors.get("hmac")!.auth, { hmac: doors[1]!.auth!.hmac });
  equal(house.relay.config.doors.get("typed")!.type, {
    name: "standard_webhooks",
    secrets: ["S3CRET one", "S3CRET two"],
  });
  const exported = await house.request("/api/config/export", {
    headers: { authorization: "Bearer test-password" },
  });
  const yaml = await exported.text();
  match(yaml, /secret: \$\{HMAC_AUTH_HMAC_SECRET\}[^]*- \$\{TYPED_SECRET_0\}/);
  const audit = (await api(house, "GET", "audit?what=doors")).body;
  const all = JSON.stringify([made.body, less.body, (await api(house, "GET", "config")).body, audit, yaml]);
  ok(!all.includes("S3CRET"), all);
});

Deno.test("a secret is written, kept by its mark, rotated, and never read", async () => {
  await using house = await testRelay();
  const put = (body: unknown, version?: string): ReturnType<typeof api> =>
    api(house, "PUT", "config/departments/srv", { body, ...version === undefined ? {} : { version } });
  const secrets = (): readonly string[] => house.relay.config.departments.get("srv")!.secrets;

  const made = await put({ name: "云端", secret: SECRET });
  const renamed = await put({ name: "云", secret: made.body.value.secret }, made.body.version);
  equal([renamed.status, secrets()], [200, [SECRET]]);
  const both = await put({ secret: ["second secret", renamed.body.value.secret] }, renamed.body.version);
  equal([both.status, secrets()], [200, ["second secret", SECRET]]);
  const rotated = await put({ secret: both.body.value.secret[0] }, both.body.version);
  equal([rotated.status, secrets()], [200, ["second secret"]]);

  const unknown = await put({ secret: "••••00000000" }, rotated.body.version);
  equal(unknown.status, 422);
  equal(unknown.body.complaints, [{
    what: "departments/srv",
    path: "secret",
    message: "stands for a secret that is not there; write the secret itself",
  }]);
  const { entries } = (await api(house, "GET", "audit?what=departments/srv")).body;
  equal(entries.map(({ action, by }: { action: string; by: string }) => `${by} ${action}`), [
    "admin changed",
    "admin changed",
    "admin changed",
    "admin added",
  ]);
  equal([entries[3].before, entries[3].after.secret], [undefined, made.body.value.secret]);
  const everything = JSON.stringify([entries, (await api(house, "GET", "config")).body, house.reports]);
  for (const secret of [SECRET, "second secret"]) ok(!everything.includes(secret));
  const decoder = new TextDecoder();
  for await (const { key, value } of house.kv.list<Uint8Array>({ prefix: [] })) {
    const text = `${key.join(" ")} ${decoder.decode(value)}`;
    for (const secret of [SECRET, "second secret", "云端"]) {
      ok(key[0] === "audit" && secret === "云端" || !text.includes(secret), key.join("/"));
    }
  }
});

const WRONG: [string, unknown, { what: string; path: string; message: RegExp }][] = [
  ["groups/a/1", { members: ["nobody"] }, { what: "groups/a/1", path: "members[0]", message: /no member/ }],
  ["groups/a/1", { window: "soon" }, { what: "groups/a/1", path: "window", message: /duration/ }],
  ["groups/a/1", { owner: "b" }, { what: "groups/a/1", path: "", message: /names another/ }],
  [
    "groups/a/1",
    { destinations: [{ channel: "webhook", config: { url: "x" } }] },
    { what: "groups/a/1", path: "destinations[0].config.url", message: /URL/ },
  ],
  ...["$DING_TOKEN", "${DING_TOKEN}"].map((token): typeof WRONG[number] => [
    "groups/a/1",
    { destinations: [{ channel: "dingtalk_robot", config: { token } }] },
    { what: "groups/a/1", path: "destinations[0].config.token", message: /variable: .* the value itself$/ },
  ]),
  ["departments/srv", { secret: "${SRV_SECRET}" }, {
    what: "departments/srv",
    path: "secret",
    message: /variable: .* the value itself$/,
  }],
  ["groups/a/1", { robot_token: ["t0ken", "$TOKEN"] }, {
    what: "groups/a/1",
    path: "robot_token[1]",
    message: /variable: .* the value itself$/,
  }],
  ["groups/a/1", { windw: "5m" }, { what: "groups/a/1", path: "windw", message: /did you mean "window"/ }],
  ["groups/a/1", [], { what: "groups/a/1", path: "", message: /mapping/ }],
  ["rules", [{ match: ["a"], group: "default/default" }], {
    what: "rules",
    path: "[0].match[0]",
    message: /./,
  }],
  ["retention", { alerts: 0 }, { what: "retention", path: "alerts", message: /longer/ }],
  ["defaults/webhok", {}, { what: "defaults/webhok", path: "", message: /no channel/ }],
];

for (const [what, body, complaint] of WRONG) {
  Deno.test(`PUT ${what} ${JSON.stringify(body)} is answered with the place and what is wrong there`, async () => {
    await using house = await testRelay();
    const answer = await api(house, "PUT", `config/${what}`, { body });
    equal(answer.status, 422, JSON.stringify(answer.body));
    const [{ message, ...place }] = answer.body.complaints;
    equal(place, { what: complaint.what, path: complaint.path });
    match(message, complaint.message);
    equal((await api(house, "GET", "config")).body.revision, 0);
  });
}

Deno.test("an item that is not there, and a section that is not there, are answered 404", async () => {
  await using house = await testRelay();
  for (
    const what of ["groups/a/1", "groups/a", "groups/a/1/2", "members/", "members", "rules/1", "nothing"]
  ) {
    equal((await api(house, "GET", `config/${what}`)).status, 404, what);
    equal((await api(house, "DELETE", `config/${what}`)).status, 404, what);
  }
  equal((await api(house, "PUT", "config/nothing", { body: {} })).status, 404);
});

Deno.test("a member whom a group names is not removed under it", async () => {
  await using house = await testRelay();
  const { body: { version } } = await api(house, "PUT", "config/members/li", { body: {} });
  await api(house, "PUT", "config/groups/a/1", { body: { members: ["li"] } });
  const refused = await api(house, "DELETE", "config/members/li", { version });
  equal(refused.status, 422);
  equal(refused.body.complaints[0].what, "groups/a/1");
  ok(house.relay.config.members.has("li"));
});
