import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { SEVERITIES, type Severity } from "../../../relay/domain/severity.ts";
import { CurrentIncidents } from "../../../relay/store/current_incidents.ts";
import type { Incident, Window } from "../../../relay/domain/incident.ts";

const at = fc.integer({ min: 0, max: 2 ** 42 });
const id = fc.constantFrom("01JD0000000000000000000000-000", "01JD0000000000000000000000-001", "01JE0-7");
const severity = fc.constantFrom<Severity>(...SEVERITIES);
const text = fc.string({ unit: "binary", maxLength: 200 });

const window = fc.record<Window, "until" | "severity" | "told" | "at" | "folded" | "deliveries" | "dead">({
  until: at,
  severity,
  told: id,
  at,
  reminded: fc.record({ at, count: fc.nat() }),
  folded: fc.nat(),
  deliveries: fc.nat(9),
  dead: fc.array(fc.string(), { maxLength: 2 }),
}, { requiredKeys: ["until", "severity", "told", "at", "folded", "deliveries", "dead"] });

const incident = fc.record({
  id,
  fingerprint: fc.constantFrom("f1", "f2", "f3"),
  dialect: fc.constantFrom("alertmanager", "0"),
  title: text,
  severity,
  openedAt: at,
  lastAt: at,
  lastId: id,
  count: fc.nat(),
  windows: fc.dictionary(fc.constantFrom("ops/1", "默认/默认"), window),
  startsAt: at,
  clearsAfter: fc.nat(),
  stale: fc.constant(true),
  late: fc.record({ alert: id, at, until: at }),
  closedAt: fc.option(at),
  known: fc.boolean(),
  knownBy: text,
  knownAt: at,
  memo: text,
  flaps: fc.dictionary(fc.constantFrom("ops/1"), fc.record({ changes: fc.array(at), told: severity })),
}, {
  requiredKeys: [
    "id",
    "fingerprint",
    "dialect",
    "title",
    "severity",
    "openedAt",
    "lastAt",
    "lastId",
    "count",
    "windows",
    "closedAt",
    "known",
  ],
}) as fc.Arbitrary<Incident>;

Deno.test("an incident comes back as it was, whatever it holds", async () => {
  await fc.assert(fc.asyncProperty(fc.array(incident, { maxLength: 10 }), async (incidents) => {
    const current = new CurrentIncidents();
    const newest = new Map<string, Incident>();
    for (const one of incidents) {
      current.set(one);
      newest.set(one.fingerprint, one);
    }
    for (const [fingerprint, one] of newest) equal(plain(current.get(fingerprint)), plain(one));
    equal(sorted(await current.filter(() => true)).map(plain), sorted(newest.values()).map(plain));
  }));
});

Deno.test("incidents are given in the order in which they began", async () => {
  const current = new CurrentIncidents();
  for (const [fingerprint, id] of [["f1", "01JD2-000"], ["f2", "01JD0-000"], ["f3", "01JD1-000"]] as const) {
    current.set({ ...EXAMPLE, fingerprint, id });
  }
  equal((await current.filter(() => true)).map(({ fingerprint }) => fingerprint), ["f2", "f3", "f1"]);
});

Deno.test("what is forgotten is gone, and nobody else is", async () => {
  const current = new CurrentIncidents();
  for (const fingerprint of ["f1", "f2"]) current.set({ ...EXAMPLE, fingerprint });
  current.delete("f1");
  equal(current.get("f1"), undefined);
  equal((await current.filter(() => true)).map(({ fingerprint }) => fingerprint), ["f2"]);
});

Deno.test("titles without end take no memory without end, and come back all the same", () => {
  const current = new CurrentIncidents();
  for (let number = 0; number < 12_000; number++) {
    current.set({ ...EXAMPLE, fingerprint: String(number), title: `title ${number}` });
  }
  for (const number of [0, 9_999, 11_999]) equal(current.get(String(number))!.title, `title ${number}`);
});

Deno.test("others get their turn while many incidents are looked at", async () => {
  const current = new CurrentIncidents();
  for (let number = 0; number < 5_000; number++) current.set({ ...EXAMPLE, fingerprint: String(number) });
  let turns = 0;
  const timer = setInterval(() => turns++);
  equal((await current.filter(({ fingerprint }) => fingerprint.endsWith("99"))).length, 50);
  clearInterval(timer);
  ok(turns > 0);
});

Deno.test("an incident that changes while others are looked at is looked at again", async () => {
  const current = new CurrentIncidents();
  for (let number = 0; number < 2_000; number++) current.set({ ...EXAMPLE, fingerprint: String(number) });
  const found = await current.filter(({ fingerprint, count }) => {
    if (fingerprint === "1000") {
      current.set({ ...EXAMPLE, fingerprint: "1", count: 7 });
      current.set({ ...EXAMPLE, fingerprint: "2", count: 8 });
    }
    return ["1", "2"].includes(fingerprint) && count !== 7;
  });
  equal(found.map(({ fingerprint, count }) => [fingerprint, count]), [["2", 8]]);
});

const EXAMPLE: Incident = {
  id: "01JD0000000000000000000000-000",
  fingerprint: "f1",
  dialect: "alertmanager",
  title: "HighCPU",
  severity: "warning",
  openedAt: 1_000,
  lastAt: 2_000,
  lastId: "01JD0000000000000000000000-001",
  count: 2,
  windows: {},
  closedAt: null,
  known: false,
};

function sorted(incidents: Iterable<Incident>): Incident[] {
  return [...incidents].sort((a, b) => a.fingerprint < b.fingerprint ? -1 : 1);
}

/** fast-check's records have no prototype, and keys that are there with nothing in them. */
function plain(one: Incident | undefined): unknown {
  return one && JSON.parse(JSON.stringify(one));
}
