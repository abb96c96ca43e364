import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { discover } from "../../kit/channels.ts";
import { compose, merge } from "../../../relay/config/compose.ts";
import { type Config, parseConfig } from "../../../relay/config/mod.ts";
import type { Tree } from "../../../relay/config/file.ts";
import { SECRETS } from "../../kit/relay.ts";

const channels = await discover();

const FILE = `
members: [{ id: li }]
groups:
  - { owner: file, level: a, members: [li], aliases: [x], destinations: [{ channel: inbox }, { channel: webhook, config: { url: "https://a.example/" } }] }
rules: [{ match: ["a=b"], group: file/a }]
`;

async function base(yaml = FILE): Promise<Config> {
  const parsed = await parseConfig({ env: {}, yaml, secrets: SECRETS, channels });
  ok(parsed.ok);
  return parsed.config;
}

const groupOf = (more: object): object => ({ owner: "s", level: "1", ...more });
const HOOK = { channel: "webhook", config: { url: "https://b.example/" } };

/** The stored group, the omitted parts, and the rest of the group `s/1`: members, destinations, aliases, window. */
const LEFT_OUT: [string, Tree, string[], [string[], string[], number] | undefined][] = [
  ["nothing", { groups: [groupOf({ destinations: [HOOK] })] }, [], [[], ["webhook"], 300_000]],
  ["a member that is gone", { groups: [groupOf({ members: ["gone", "li"], destinations: [HOOK] })] }, [
    "groups/s/1 members[0]",
  ], [["li"], ["webhook"], 300_000]],
  ["a destination", { groups: [groupOf({ destinations: [{ channel: "gone" }, HOOK] })] }, [
    "groups/s/1 destinations[0].channel",
  ], [[], ["webhook"], 300_000]],
  [
    "a fallback to a destination that is left out",
    {
      groups: [groupOf({ destinations: [{ ...HOOK, fallback: "gone" }, { channel: "gone" }] })],
    },
    ["groups/s/1 destinations[1].channel", "groups/s/1 destinations[0].fallback"],
    [[], ["webhook"], 300_000],
  ],
  ["a window", { groups: [groupOf({ window: "soon", destinations: [HOOK] })] }, ["groups/s/1 window"], [
    [],
    ["webhook"],
    300_000,
  ]],
  ["a setting that is no longer known", { groups: [groupOf({ old: 1, destinations: [HOOK] })] }, [
    "groups/s/1 old",
  ], [[], ["webhook"], 300_000]],
  ["an alias that the file has taken", { groups: [groupOf({ aliases: ["x", "y"], destinations: [HOOK] })] }, [
    "groups/s/1 aliases[0]",
  ], [[], ["webhook"], 300_000]],
  [
    "a rule, a link and a spelling",
    {
      links: [{ from: "x", to: "y" }],
      severities: { a: "critical", b: "none" },
    },
    ["severities b", "links [0].from", "links [0].to"],
    undefined,
  ],
  ["defaults under the file's destination", { defaults: { webhook: { secret: "no secret" } } }, [
    "defaults/webhook secret",
  ], undefined],
];

for (const [what, stored, problems, left] of LEFT_OUT) {
  Deno.test(`of what is stored, ${what} is left out, and no more`, async () => {
    const composed = compose(await base(), stored, channels);
    const places = composed.problems.map(({ what, path }) => `${what}${path && ` ${path}`}`);
    equal([...new Set(places)].sort(), problems.toSorted());
    const group = composed.config.groups.get("s/1");
    equal(
      group && [group.members.map(({ id }) => id), group.destinations.map(({ name }) => name), group.window],
      left,
    );
    equal([...composed.config.rules.map(({ group }) => group)], ["file/a"]);
  });
}

Deno.test("a robot's door never opens because its secret was left out", async () => {
  const stored = { groups: [groupOf({ robot_token: "t", robot_secret: 7 })] };
  equal(compose(await base(), stored, channels).config.robots, []);
});

Deno.test("whatever is stored, the file works as it is written", async () => {
  const file = await base();
  const alone = compose(file, {}, channels).config;
  const junk = fc.oneof(
    fc.constantFrom(null, [], {}, 7, "x", ["x"], { id: 1 }, [[]], { a: { b: [1] } }),
    fc.jsonValue(),
  );
  const sections = [
    "departments",
    "members",
    "defaults",
    "groups",
    "rules",
    "links",
    "ocp",
    "severities",
    "retention",
    "other",
  ];
  const stored = fc.dictionary(
    fc.constantFrom(...sections),
    fc.oneof(
      junk,
      fc.array(
        fc.oneof(
          junk,
          fc.record({
            owner: junk,
            level: junk,
            destinations: junk,
            members: junk,
            id: junk,
            match: junk,
            group: junk,
          }),
        ),
      ),
      fc.dictionary(fc.constantFrom("webhook", "inbox", "x", "clear_after", "alerts"), junk),
    ),
  );
  fc.assert(
    fc.property(stored, (tree) => {
      const { config } = compose(file, tree as Tree, channels);
      equal(config.groups.get("file/a"), alone.groups.get("file/a"));
      equal(config.rules.map(({ group }) => group), ["file/a"]);
      equal(config.members.get("li"), { id: "li" });
      // Nothing of the file is lost on the way.
      equal(merge(file.file, tree as Tree).rules, file.file.rules);
    }),
    { numRuns: 300 },
  );
});
