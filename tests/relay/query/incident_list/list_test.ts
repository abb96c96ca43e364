import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { HOUR } from "../../../../relay/base/duration.ts";
import { isAcknowledged } from "../../../../relay/domain/acknowledge.ts";
import type { Labels } from "../../../../relay/domain/alert.ts";
import { type Incident, notifiedGroups } from "../../../../relay/domain/incident.ts";
import { matchesAll, parseMatchers } from "../../../../relay/domain/matcher.ts";
import { labelsIn } from "../../../../relay/domain/record.ts";
import { SEVERITIES, type Severity } from "../../../../relay/domain/severity.ts";
import type { Facet } from "../../../../relay/query/shapes/incident_list.ts";
import { countIncidents, groupIncidents, listIncidents } from "../../../../relay/query/incident_list/list.ts";
import { SORT_ORDERS, type SortOrder } from "../../../../relay/query/incident_list/order.ts";
import type { WantedIncidents } from "../../../../relay/query/incident_list/wanted.ts";
import { api } from "../../../kit/api.ts";
import { type TestRelay, testRelay } from "../../../kit/relay.ts";

const YAML = `
groups:
  - { owner: a, level: default, window: 0s, destinations: [{ channel: inbox }] }
  - { owner: b, level: default, destinations: [{ channel: inbox }] }
`;

/** An event of one of a few incidents. */
const step = fc.record({
  name: fc.constantFrom("Disk", "Cpu"),
  host: fc.integer({ min: 0, max: 4 }),
  what: fc.constantFrom(
    "firing",
    "firing",
    "firing",
    "resolved",
    "known",
    "unknown",
    "closed",
    "reopened",
    "silent",
  ),
  severity: fc.constantFrom(...SEVERITIES),
  team: fc.constantFrom("a", "b"),
});

const FILTERS: readonly WantedIncidents[] = [
  { state: "open" },
  { state: "open", severity: "critical" },
  { state: "open", acknowledged: true },
  { state: "open", group: "a/default", severity: "warning" },
  { state: "open", title: "Disk" },
  { state: "open", title: "No such" },
  { state: "open", matchers: parseMatchers('host=~"host-[0-2]", alertname!="Cpu"') },
  { state: "open", matchers: parseMatchers('rack=""') },
  { state: "open", text: "host-1" },
  { state: "open", text: "a/host-2" },
  { state: "open", known: false, text: "disk TEAM=a" },
];

type Labelled = Incident & { labels: Labels };

/** Every open incident with its labels, the newest first. */
async function everyOne({ relay: { store } }: TestRelay): Promise<Labelled[]> {
  const all = await store.incidents.newest("open", 1_000);
  const alerts = await store.records.alerts(all.map(({ id }) => id));
  return all.map((one) => ({ ...one, labels: labelsIn(alerts.get(one.id)) }));
}

/** The filter, applied to one incident in the simplest way. */
function isWanted(one: Labelled, wanted: WantedIncidents): boolean {
  const { severity, acknowledged, known, group, title, matchers = [], text = "" } = wanted;
  const lines = [one.title, ...Object.entries(one.labels).map(([name, value]) => `${name}=${value}`)];
  const hay = lines.join("\n").toLowerCase();
  return (severity === undefined || one.severity === severity) &&
    (acknowledged === undefined || isAcknowledged(one) === acknowledged) &&
    (known === undefined || one.known === known) &&
    (group === undefined || notifiedGroups(one).includes(group)) &&
    (title === undefined || one.title === title) &&
    matchesAll(matchers, one.labels) &&
    text.toLowerCase().split(" ").every((term) =>
      hay.includes(term) || term === `${one.labels.team}/${one.labels.host}`.toLowerCase()
    );
}

function tally(values: readonly string[]): [string, number][] {
  return [...Map.groupBy(values, (value) => value)].map((
    [value, all],
  ): [string, number] => [value, all.length])
    .sort();
}

function valuesOf(facets: readonly Facet[], by: Facet["by"], name?: string): [string, number][] {
  const facet = facets.find((one) => one.by === by && one.name === name);
  return (facet?.values ?? []).map(({ value, count }): [string, number] => [value, count]).sort();
}

const SORTED: Readonly<Record<SortOrder, (a: Incident, b: Incident) => number>> = {
  newest: (a, b) => a.id < b.id ? 1 : -1,
  longest: (a, b) => a.id < b.id ? -1 : 1,
  worst: (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || (a.id < b.id ? 1 : -1),
};

async function expectAsCounted(house: TestRelay): Promise<void> {
  const { store } = house.relay;
  const all = await everyOne(house);
  for (const wanted of FILTERS) {
    const budget = 60_000;
    const some = all.filter((one) => isWanted(one, wanted));
    const told = JSON.stringify(wanted);
    const { total, unacknowledged, facets, part, unread } = await countIncidents(store, { wanted, budget });
    equal([total, part, unread], [some.length, undefined, undefined], told);
    equal(unacknowledged, some.filter((one) => !isAcknowledged(one)).length, told);
    const others = (left: keyof WantedIncidents): Labelled[] =>
      all.filter((one) => isWanted(one, { ...wanted, [left]: undefined }));
    equal(valuesOf(facets, "severity"), tally(others("severity").map(({ severity }) => severity)), told);
    equal(valuesOf(facets, "group"), tally(others("group").flatMap(notifiedGroups)), told);
    equal(valuesOf(facets, "title"), tally(others("title").map(({ title }) => title)), told);
    for (const { name, values } of facets.filter(({ by }) => by === "label")) {
      equal(valuesOf(facets, "label", name), tally(some.flatMap(({ labels }) => labels[name!] ?? [])), told);
      ok(values.length > 1, `${told}: a label that does not distinguish is not offered`);
    }
    for (const sort of SORT_ORDERS) {
      const ids: string[] = [];
      for (let after: string | undefined;;) {
        const page = await listIncidents(store, { wanted, sort, limit: 3, after, budget });
        ids.push(...page.incidents.map(({ id }) => id));
        if ((after = page.next) === undefined) break;
      }
      equal(ids, some.toSorted(SORTED[sort]).map(({ id }) => id), `${told} ${sort}`);
    }
    for (const groupBy of [{ by: "title" }, { by: "label", name: "host" }] as const) {
      const { groups, groupCount } = await groupIncidents(store, {
        wanted,
        sort: "newest",
        groupBy,
        now: 0,
        limit: 100,
        budget,
      });
      const keyOf = (one: Labelled): string => groupBy.by === "title" ? one.title : one.labels.host!;
      const expected = [...Map.groupBy(some, keyOf)].map(([value, those]) => ({
        value,
        incidents: those.length,
        acknowledged: those.filter(isAcknowledged).length,
        severity: those.map(({ severity }) => severity).toSorted(worstFirst)[0],
        newestAt: those[0]!.openedAt,
        since: those.at(-1)!.openedAt,
        newest: those[0]!.id,
      }));
      equal(groups, expected, told);
      equal(groupCount, expected.length);
    }
  }
}

function worstFirst(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

async function happen(house: TestRelay, { name, host, what, severity, team }: {
  name: string;
  host: number;
  what: string;
  severity: Severity;
  team: string;
}): Promise<void> {
  const { relay, clock } = house;
  clock.advance(1_000);
  if (what === "firing" || what === "resolved") {
    const labels = { alertname: name, host: `host-${host}`, team, severity };
    await (await house.post({ status: what, labels })).body?.cancel();
  } else if (what === "silent") {
    clock.advance(25 * HOUR);
    await relay.tidy();
  } else {
    const state = what === "reopened" ? "closed" : "open";
    const [first] = await relay.store.incidents.newest(state, 1);
    if (!first) return;
    const action =
      { known: "acknowledge", unknown: "unacknowledge", closed: "close", reopened: "reopen" }[what];
    await api(house, "POST", "incidents/act", { body: { action, ids: [first.id] } });
  }
}

Deno.test("whatever happens, counts, groups and orders of open incidents equal those of a look at each incident, also after a restart", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const kv = await Deno.openKv(":memory:");
      try {
        await using house = await testRelay({ kv, yaml: YAML });
        for (const one of steps) await happen(house, one);
        await expectAsCounted(house);
        await using again = await testRelay({ kv, yaml: YAML, clock: house.clock });
        await expectAsCounted(again);
      } finally {
        kv.close();
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("on a shared store, counts of the incidents that are read are the same", async () => {
  await using house = await testRelay({ yaml: YAML, exclusive: false });
  for (let host = 0; host < 6; host++) {
    const [name, team] = [host % 2 === 0 ? "Disk" : "Cpu", host % 3 === 0 ? "a" : "b"];
    await happen(house, { name, host, what: "firing", severity: SEVERITIES[host % 4]!, team });
  }
  await happen(house, { name: "", host: 0, what: "known", severity: "info", team: "a" });
  await expectAsCounted(house);
});

Deno.test("closed incidents are counted as far as they were read, and the answer says how far", async () => {
  await using house = await testRelay();
  for (let host = 0; host < 250; host++) {
    await house.accept({ labels: { host: `h-${host}` } }, {
      status: "resolved",
      labels: { host: `h-${host}` },
    });
    house.clock.advance(1_000);
  }
  const { store } = house.relay;
  const whole = await countIncidents(store, { wanted: { state: "closed" }, budget: 60_000 });
  equal([whole.total, whole.part], [250, undefined]);
  const some = await countIncidents(store, { wanted: { state: "closed" }, budget: 0 });
  equal(some.total, 100);
  equal(some.part?.examined, 100);
  ok(some.part!.lookedBackTo > 0);
});
