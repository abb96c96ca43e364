import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { readDoors } from "../../../../relay/config/mod.ts";
import { mapPayload, type Mapped, MAX_MAPPED } from "../../../../relay/domain/mapping/map_payload.ts";

async function mapped(door: string, payload: unknown): Promise<Mapped> {
  const yaml = `doors: [{ name: it, ${door} }]`;
  const { doors, complaints } = await readDoors(yaml, { name: "test", env: {}, timezone: "Asia/Shanghai" });
  equal(complaints, []);
  return mapPayload(payload, doors.get("it")!.mapping!, {
    dialect: "it",
    severities: new Map([["sev9", "info"]]),
  });
}

const STATUSES: [door: string, payload: unknown, status: string][] = [
  ["title: x", {}, "firing"],
  ["title: x, status: $.s", { s: "PROBLEM" }, "firing"],
  ["title: x, status: $.s", { s: "Ok" }, "resolved"],
  ["title: x, status: $.s", { s: true }, "firing"],
  ["title: x, status: $.s", { s: 0 }, "resolved"],
  ["title: x, status: $.s", { s: "恢复" }, "resolved"],
  ["title: x, status: { from: $.s, words: { Weird: resolved } }", { s: " weird " }, "resolved"],
  ["title: x, status: { from: $.s, words: { OK: firing } }", { s: "ok" }, "firing"],
  ["title: x, status: { from: $.s, default: resolved }", {}, "resolved"],
  ["title: x, status: { from: $.s, words: { ping: ignore } }", { s: "ping" }, "ignored"],
  ["title: x, status: $.s", {}, "status: finds nothing in this alert, and has no default"],
  ["title: x, status: $.s", { s: "hmm" }, 'status: finds "hmm": say in its words'],
  ["title: $.t", {}, "title: finds nothing in this alert, and has no default"],
  ["title: $.t", null, "title: finds nothing in this alert, and has no default"],
  ["title: $.t", "text", "title: finds nothing in this alert, and has no default"],
  ['title: x, alerts: "$.list[*]"', { list: [] }, "alerts: selects nothing in this payload"],
  ["title: x", [], "alerts: the payload is an empty list"],
];

for (const [door, payload, expected] of STATUSES) {
  Deno.test(`{ ${door} } of ${JSON.stringify(payload)}: ${expected}`, async () => {
    const { alerts, wrong, ignored } = await mapped(door, payload);
    const found = alerts[0]?.alert.status ??
      (ignored > 0 ? "ignored" : `${wrong[0]!.field}: ${wrong[0]!.reason}`);
    ok(found.startsWith(expected), found);
    equal(alerts.length + wrong.length + ignored, 1);
  });
}

Deno.test("a severity is the meaning of the mapping's word or of a known word, else the default, and the sender's word is kept", async () => {
  const door = "title: x, severity: { from: $.s, words: { A: critical }, default: error }";
  const of = async (s: unknown): Promise<unknown> => {
    const [{ alert }] = (await mapped(door, { s })).alerts as [Mapped["alerts"][0]];
    return [alert.severity, alert.severityText];
  };
  equal(await of("a"), ["critical", undefined]);
  equal(await of("WARN"), ["warning", undefined]);
  equal(await of("sev9"), ["info", undefined]);
  equal(await of("odd"), ["error", "odd"]);
  equal(await of(null), ["error", undefined]);
});

Deno.test("an alert is read from its own part of the payload, and missing values from the whole payload", async () => {
  const { alerts, wrong } = await mapped(
    'alerts: "$.events[*]", title: "{$.name} on {$.cluster}", labels: { host: $.host, cluster: $.cluster }, key: [$.id]',
    { cluster: "c1", events: [{ id: 1, name: "A", host: "h1" }, { id: 2 }, { id: 3, name: "C" }] },
  );
  equal(
    alerts.map(({ alert: { title, labels }, identity }) => [title, labels.host, labels.cluster, identity]),
    [
      ["A on c1", "h1", "c1", { key0: "1" }],
      ["C on c1", undefined, "c1", { key0: "3" }],
    ],
  );
  equal(wrong, [{ index: 1, field: "title", reason: "finds nothing in this alert, and has no default" }]);
});

Deno.test("labels come from objects, pairs, named entries and tags, not from nested objects", async () => {
  const { alerts: [one] } = await mapped("title: x, labels_from: [$.a, $.b, $.c, $.d]", {
    a: { host: "h", port: 1, deep: { x: 1 }, none: null, "": "x" },
    b: ["team:dba", "env=prod", "no tag"],
    c: [{ key: "level", value: "P1" }, { name: "zone", value: "" }, ["pair", 2], ["three", 1, 2]],
    d: "single:1",
  });
  const { alertname, severity, origin, ...rest } = one!.alert.labels;
  equal([alertname, severity, origin], ["x", "warning", "it"]);
  equal(rest, { host: "h", port: "1", team: "dba", env: "prod", level: "P1", pair: "2", single: "1" });
});

Deno.test("without a key the title and the labels identify an alert; its times, its text and its severity do not", async () => {
  const door = "title: $.t, text: $.x, severity: $.s, labels: { host: $.h }, starts_at: $.at, status: $.st";
  const of = async (payload: object): Promise<unknown> =>
    (await mapped(door, { t: "T", h: "h", st: "firing", ...payload })).alerts[0]!.identity;
  const first = await of({ x: "1", s: "critical", at: 1_796_004_065 });
  equal(await of({ x: "2", s: "info", at: 1_796_004_099, st: "ok" }), first);
  ok(JSON.stringify(await of({ h: "other" })) !== JSON.stringify(first));
});

Deno.test("only web addresses become links", async () => {
  const { alerts: [one] } = await mapped("title: x, links: { source: $.a, runbook: $.b, dashboard: $.c }", {
    a: "https://a.example.com/x",
    b: "javascript:alert(1)",
    c: "not a link",
  });
  equal(one!.alert.links, [{ kind: "source", url: "https://a.example.com/x" }]);
});

Deno.test("of a payload with too many alerts the first are read, and the answer gives the limit", async () => {
  const { alerts, wrong } = await mapped(
    "title: $.t",
    Array.from({ length: MAX_MAPPED + 5 }, () => ({ t: "x" })),
  );
  equal(alerts.length, MAX_MAPPED);
  match(wrong[0]!.reason, /at most 10000/);
});

Deno.test("of any JSON, each alert is read, refused with a reason, or ignored", async () => {
  const door =
    `alerts: "$.alerts[*]", title: [$.title, $..name], text: $.text, status: { from: $..status, default: firing },
    severity: $..severity, labels_from: [$, $.tags], labels: { a: $.x }, key: [$.id], starts_at: $..time, links: { source: $..url }`;
  const { doors } = await readDoors(`doors: [{ name: it, ${door} }]`, {
    name: "t",
    env: {},
    timezone: "UTC",
  });
  const item = fc.dictionary(
    fc.constantFrom("title", "name", "status", "severity", "tags", "time", "url", "id", "x", "__proto__"),
    fc.jsonValue(),
  );
  const payload = fc.oneof(fc.jsonValue(), fc.record({ alerts: fc.array(fc.oneof(item, fc.jsonValue())) }));
  fc.assert(fc.property(payload, (payload) => {
    const { alerts, wrong } = mapPayload(JSON.parse(JSON.stringify(payload)), doors.get("it")!.mapping!, {
      dialect: "it",
      severities: new Map(),
    });
    for (const { alert } of alerts) {
      ok(alert.title !== "" && Object.values(alert.labels).every((value) => typeof value === "string"));
    }
    ok(wrong.every(({ reason }) => reason !== ""));
  }));
});
