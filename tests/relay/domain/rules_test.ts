import assert from "node:assert/strict";
import type { Labels } from "../../../relay/domain/alert.ts";
import type { Group } from "../../../relay/domain/group.ts";
import { parseMatchers } from "../../../relay/domain/matcher.ts";
import { route, type Rule } from "../../../relay/domain/rules.ts";

function group(id: string): Group {
  const [owner = "", level = ""] = id.split("/");
  return { id, owner, level, members: [], destinations: [], window: 0, locale: "zh", timezone: "UTC" };
}

const IDS = ["default/default", "ops/default", "ops/night", "dba/7", "web/1", "web/2"];
const groups: ReadonlyMap<string, Group> = new Map(IDS.map((id) => [id, group(id)]));
const rules: readonly Rule[] = [
  { matchers: parseMatchers('job="db"'), group: "dba/7" },
  { matchers: parseMatchers('severity="critical",job!=""'), group: "ops/night" },
  { matchers: parseMatchers('job=~"db|web"'), group: "dba/7" },
];

/** The groups with their reasons, on one line. */
function routed(labels: Labels, named?: string): string {
  return route(labels, { named, rules, groups })
    .map(({ group, by, rule }) => `${group.id} ${by}${rule === undefined ? "" : ` ${rule}`}`).join(", ");
}

Deno.test("the first step that yields a group wins", () => {
  const table: readonly (readonly [expected: string, labels: Labels, named?: string])[] = [
    ["ops/night named", { job: "db", team: "web" }, "ops/night"],
    ["default/default unknown_group", { job: "db" }, "ops/morning"],
    ["default/default unknown_group", { job: "db" }, ""],
    ["dba/7 rule 0", { job: "db", team: "ops" }],
    ["dba/7 rule 0, ops/night rule 1", { job: "db", severity: "critical" }],
    ["ops/night rule 1", { job: "mail", severity: "critical" }],
    ["dba/7 rule 2", { job: "web" }],
    ["ops/default team", { team: "ops" }],
    ["dba/7 team", { team: "dba" }],
    ["default/default default", { team: "web" }],
    ["default/default default", { team: "nobody" }],
    ["default/default default", { team: "" }],
    ["default/default default", {}],
  ];
  for (const [expected, labels, named] of table) {
    assert.equal(routed(labels, named), expected, JSON.stringify(labels));
  }
});

Deno.test("hostile names and values reach nothing but the default group", () => {
  for (const name of ["constructor", "__proto__", "toString", "ops/", "/", "default\0"]) {
    assert.equal(routed({ team: name }), "default/default default", name);
    assert.equal(routed({}, name), "default/default unknown_group", name);
  }
  // The label names an owner: a group's whole id is none.
  for (const team of ["ops/default", "ops/night"]) {
    assert.equal(routed({ team }), "default/default default", team);
  }
  assert.equal(
    routed(Object.fromEntries([["__proto__", "db"], ["constructor", "x"]])),
    "default/default default",
  );
});

Deno.test("without a default group there is a bug, and it is said", () => {
  assert.throws(
    () => route({}, { rules: [], groups: new Map() }),
    /^Error: Cannot route: there is no group "default\/default"$/,
  );
});

Deno.test("of thousands of rules an alert meets only those that name one of its values", () => {
  let tried = 0;
  const counted = (text: string): Rule["matchers"] =>
    parseMatchers(text).map((matcher) => ({
      ...matcher,
      accepts: (value) => {
        tried++;
        return matcher.accepts(value);
      },
    }));
  const many = Array.from({ length: 2_000 }, (_, number): Rule => ({
    matchers: counted(`severity=~"critical|error", service=~"service-${number}|job-${number}", env!="dev"`),
    group: IDS[number % IDS.length]!,
  }));
  const routed = route({ severity: "critical", service: "job-1207" }, { rules: many, groups });
  assert.deepEqual(routed.map(({ group, rule }) => [group.id, rule]), [[IDS[1207 % IDS.length], 1207]]);
  assert.equal(tried, 3);
});

Deno.test("an indexed rule is found by a label that is missing", () => {
  const empty: readonly Rule[] = [
    { matchers: parseMatchers('env=""'), group: "ops/night" },
    { matchers: parseMatchers('env=~"|dev"'), group: "ops/default" },
    { matchers: parseMatchers('env="dev"'), group: "dba/7" },
  ];
  const ids = (labels: Labels): string[] =>
    route(labels, { rules: empty, groups }).map(({ group }) => group.id);
  assert.deepEqual(ids({}), ["ops/night", "ops/default"]);
  assert.deepEqual(ids({ env: "dev" }), ["ops/default", "dba/7"]);
});
