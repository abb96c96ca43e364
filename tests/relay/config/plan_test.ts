import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { isVariable } from "../../../relay/channel/secret_field.ts";
import { discover } from "../../kit/channels.ts";
import { exportYaml, interpolate, readYaml } from "../../../relay/config/mod.ts";
import type { Tree } from "../../../relay/config/file.ts";
import { api } from "../../kit/api.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const SECRET = "A0/+=&%23 cd ${NOT_A_NAME} \"'";

const DOCUMENT = {
  departments: { srv: { name: "云端", secret: SECRET } },
  members: [{ id: "li", name: "李雷" }, { id: "han" }],
  groups: [{
    owner: "ops",
    level: 1,
    members: ["li"],
    destinations: [{ name: "robot", channel: "dingtalk_robot", config: { token: SECRET, secret: "SEC1" } }],
  }],
  rules: [{ match: ["a=b"], group: "ops/1" }],
};

async function apply(
  house: TestRelay,
  document: unknown,
  prune = false,
): Promise<{ what: string; action: string }[]> {
  const { status, body: plan } = await api(house, "POST", "config/plan", { body: { document, prune } });
  equal(status, 200, JSON.stringify(plan));
  const applied = await api(house, "POST", "config/apply", { body: { document, prune, hash: plan.hash } });
  equal(applied.status, 200, JSON.stringify(applied.body));
  return plan.changes;
}

Deno.test("a file is applied as a whole, with a note for each item, and a second time there is nothing to do", async () => {
  await using house = await testRelay();
  equal((await apply(house, DOCUMENT)).map(({ what, action }) => `${action} ${what}`), [
    "added departments/srv",
    "added members/li",
    "added members/han",
    "added groups/ops/1",
    "added rules",
  ]);
  equal(house.relay.config.groups.get("ops/1")?.members[0]?.name, "李雷");
  equal((await api(house, "GET", "audit")).body.entries.length, 5);
  equal(await apply(house, DOCUMENT), []);
  equal(house.relay.configuration.revision, 1);
});

Deno.test("a plan shows field by field what changes, and never a secret", async () => {
  await using house = await testRelay();
  await apply(house, DOCUMENT);
  const robot = { name: "robot", channel: "dingtalk_robot", config: { token: "another", secret: "SEC1" } };
  const { body: { changes } } = await api(house, "POST", "config/plan", {
    body: {
      document: {
        members: [{ id: "li", name: "李" }],
        groups: [{ ...DOCUMENT.groups[0], window: "1h", destinations: [{ channel: "inbox" }, robot] }],
      },
    },
  });
  ok(!JSON.stringify(changes).includes("another") && !JSON.stringify(changes).includes("A0/"));
  const [li, han, group, ...more] = changes;
  equal(more, [], "sections that are not in the file are left alone");
  equal(li, {
    what: "members/li",
    action: "changed",
    fields: [{ path: "name", before: "李雷", after: "李" }],
  });
  equal([han.what, han.action], ["members/han", "removed"]);
  equal(group.fields.map(({ path }: { path: string }) => path), [
    "destinations.robot.config.token",
    "destinations.inbox",
    "window",
  ]);
});

Deno.test("with prune the sections that the file does not have are emptied", async () => {
  await using house = await testRelay();
  await apply(house, DOCUMENT);
  equal((await apply(house, { members: [{ id: "han" }] }, true)).map(({ action }) => action), [
    "removed",
    "removed",
    "removed",
    "removed",
  ]);
  equal((await api(house, "GET", "config")).body.items.map(({ what }: { what: string }) => what), [
    "members/han",
  ]);
});

Deno.test("a plan that somebody's change has made another one is not applied, and the new one is shown", async () => {
  await using house = await testRelay();
  const { body: { hash } } = await api(house, "POST", "config/plan", { body: { document: DOCUMENT } });
  equal((await api(house, "PUT", "config/members/li", { body: { name: "韩" } })).status, 200);
  const late = await api(house, "POST", "config/apply", { body: { document: DOCUMENT, hash } });
  equal(late.status, 409);
  equal([late.body.plan.changes[0].what, late.body.plan.changes[0].action], ["members/li", "changed"]);
  equal(house.relay.config.members.get("li")?.name, "韩");
});

const WRONG: [unknown, string, RegExp][] = [
  [{ grups: [] }, "grups", /is not a setting; did you mean "groups"/],
  [{ groups: {} }, "groups", /must be a list/],
  [{ groups: [{ owner: "a" }] }, "groups", /owner and level/],
  [{ members: [{ id: "a" }, { id: "a" }] }, "members/a", /already a "a"/],
  [{ departments: [] }, "departments", /must be a mapping/],
  [{ groups: [{ owner: "a", level: "b", members: ["x"] }] }, "groups/a/b", /no member/],
  [{ members: [{ id: "file", name: "other" }] }, "members/file", /relay's own file/],
];

for (const [document, what, words] of WRONG) {
  Deno.test(`${JSON.stringify(document)} is not planned`, async () => {
    await using house = await testRelay({ yaml: "members: [{ id: file }]" });
    const { status, body } = await api(house, "POST", "config/plan", { body: { document } });
    equal(status, 422);
    equal(body.complaints[0].what, what);
    match(body.complaints[0].message, words);
  });
}

Deno.test("YAML that is sent as text takes nothing from the relay's environment", async () => {
  await using house = await testRelay({ env: { HOME_SECRET: "of the relay" } });
  const sent = (yaml: string): ReturnType<typeof api> =>
    api(house, "POST", "config/plan", { body: { yaml } });
  equal((await sent("members: [{ id: a, name: '$${x}' }]")).body.changes[0].fields[0].after.name, "${x}");
  const { status, body } = await sent("members: [{ id: a, name: '${HOME_SECRET}' }]");
  equal(status, 422);
  match(body.complaints[0].message, /HOME_SECRET is not set/);
  equal((await sent("a: [")).status, 422);
});

Deno.test("an export has placeholders in the place of secrets, and the secrets only when they are asked for, which is noted", async () => {
  await using house = await testRelay();
  await apply(house, DOCUMENT);
  const get = async (query: string): Promise<string> => {
    const response = await house.request(`/api/config/export${query}`, {
      headers: { authorization: "Bearer test-password" },
    });
    equal(response.status, 200);
    return await response.text();
  };
  const hidden = await get("");
  ok(!hidden.includes("A0/") && !hidden.includes("SEC1"));
  for (const name of ["SRV_SECRET", "OPS_1_ROBOT_TOKEN", "OPS_1_ROBOT_SECRET"]) {
    ok(hidden.includes(`\${${name}}`), hidden);
  }
  equal((await api(house, "GET", "audit?what=config")).body.entries, []);
  ok((await get("?secrets=1&of=stored")).includes("SEC1"));
  equal((await api(house, "GET", "audit?what=config")).body.entries[0].action, "exported with secrets");
});

const text = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ unit: "binary", minLength: 1 }),
  fc.constantFrom(
    "${A}",
    "$${",
    "$$${x}",
    "007",
    "true",
    "null",
    "1e3",
    " lead",
    "多行\n文本\n",
    "- a",
    "\ud800",
    "••••",
  ),
).filter((part) => part.trim() !== "" && !part.startsWith("••••"));
const shared = text.filter((one) => one.length > 1 && !isVariable(one));
const id = fc.stringMatching(/^[a-z0-9]{1,8}$/);

const trees = fc.record({
  departments: fc.dictionary(
    id,
    fc.record({ name: text, secret: fc.oneof(shared, fc.array(shared, { minLength: 1 })) }),
  ),
  members: fc.uniqueArray(fc.record({ id, name: text }), { selector: (member) => member.id }),
  groups: fc.uniqueArray(
    fc.record({
      owner: id,
      level: fc.oneof(id, fc.nat()),
      window: fc.constantFrom("0", "5m", 0),
      destinations: fc.tuple(fc.record({
        name: id,
        channel: fc.constant("webhook"),
        config: fc.record({
          url: fc.webUrl({ validSchemes: ["https"] }),
          secret: fc.constant("whsec_c2VjcmV0"),
        }),
      })),
    }),
    { selector: ({ owner, level }) => `${owner}/${level}` },
  ),
  doors: fc.uniqueArray(
    fc.record({
      name: id,
      title: fc.constant("$.title"),
      auth: fc.oneof(
        fc.record({ token: fc.constantFrom("a long token", "another token") }),
        fc.record({ hmac: fc.record({ header: fc.constant("x"), secret: fc.constant("a long secret") }) }),
      ),
    }),
    { selector: ({ name }) => name },
  ),
  severities: fc.dictionary(id, fc.constantFrom("critical", "info")),
  ignore_labels: fc.array(text),
}, { requiredKeys: [] });

Deno.test("applying what was exported changes nothing, with its secrets or with their placeholders", async () => {
  const channels = await discover();
  await using house = await testRelay({ channels });
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      await apply(house, tree, true);
      const stored: Tree = house.relay.configuration.stored;
      for (const secrets of [true, false]) {
        const { yaml, variables } = await exportYaml(stored, { channels, secrets });
        if (!secrets) {
          for (const value of variables.values()) ok(value.length < 8 || !yaml.includes(value));
        }
        const read = await readYaml(yaml, "x");
        ok("tree" in read, JSON.stringify(read));
        const { tree: again, complaints } = interpolate(read.tree, Object.fromEntries(variables));
        equal(complaints, []);
        equal(await apply(house, again, true), []);
      }
    }),
    { numRuns: 60 },
  );
});
