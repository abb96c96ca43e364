import { deepStrictEqual as equal } from "node:assert/strict";
import { readDoors } from "../../../../relay/config/mod.ts";
import { explainPayload } from "../../../../relay/domain/mapping/explain.ts";
import { mapPayload } from "../../../../relay/domain/mapping/map_payload.ts";

const YAML = `
doors:
  - name: any
    alerts: $.alerts
    title: [$.name, "{$.kind} of {$.host}", Untitled]
    status: { from: $.state, default: firing }
    labels: { host: $.host, dc: $.dc, none: $.none }
    labels_from: $.tags
    key: [$.id, $.host]
    starts_at: $.at
    links: { source: $.url }
`;
const PAYLOAD = {
  dc: "sh",
  url: "https://a.example/",
  alerts: [
    {
      name: "",
      kind: "disk",
      host: "db-1",
      state: "PROBLEM",
      tags: ["a:1", "b:2"],
      id: 7,
      at: 1_795_000_000,
    },
    { name: "N", state: "what" },
  ],
};

const OPTIONS = { dialect: "any", severities: new Map() };

Deno.test("each part says which expression counts, what it finds, and where", async () => {
  const { doors } = await readDoors(YAML, { name: "x", env: {}, timezone: "UTC" });
  const { mapping } = doors.get("any")!;
  const [first, second, ...more] = explainPayload(PAYLOAD, mapping!, { ...OPTIONS, limit: 20 });
  const lines = first!.parts.map(({ part, expressions, found, isAround }) =>
    `${part} ${expressions.join(" | ")} = ${found ?? "–"}${isAround ? " around" : ""}`
  );
  equal(lines, [
    "status $.state = PROBLEM",
    "title {$.kind} of {$.host} = disk of db-1",
    "labels.host $.host = db-1",
    "labels.dc $.dc = sh around",
    "labels.none $.none = –",
    'labels_from $.tags = ["a:1","b:2"]',
    "key[0] $.id = 7",
    "key[1] $.host = db-1",
    "starts_at $.at = 1795000000",
    "links.source $.url = https://a.example/ around",
  ]);
  equal(second!.parts[1], { part: "title", expressions: ["$.name"], found: "N", isAround: false });
  equal(more, []);
});

Deno.test("the results are those of the mapping", async () => {
  const { doors } = await readDoors(YAML, { name: "x", env: {}, timezone: "UTC" });
  const { mapping } = doors.get("any")!;
  const payload = { alerts: [...PAYLOAD.alerts, { state: "strange" }, {}] };
  const { alerts } = mapPayload(payload, mapping!, OPTIONS);
  const explained = explainPayload(payload, mapping!, { ...OPTIONS, limit: 20 }).map(({ result }) => result);
  equal(explained, alerts);
  equal(explainPayload(payload, mapping!, { ...OPTIONS, limit: 1 }).length, 1);
});

for (
  const [what, yaml, names] of [
    ["a file", YAML, ["any"]],
    ["a list", "- { name: a, title: $.t }\n- { name: b, title: $.t }", ["a", "b"]],
    ["one door", "name: a\ntitle: $.t", ["a"]],
    ["one door without a name", "# new\ntitle: $.t", ["new"]],
    ["one door of a type", "type: cloudevents", ["new"]],
  ] as const
) {
  Deno.test(`a mapping may be written as ${what}`, async () => {
    const { doors, complaints } = await readDoors(yaml, { name: "x", env: {}, timezone: "UTC" });
    equal([complaints, [...doors.keys()]], [[], names]);
  });
}
