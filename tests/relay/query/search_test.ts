import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { listedIn, PackBuilder } from "../../../relay/store/pack.ts";
import { type FoundAlerts, searchLog } from "../../../relay/query/search.ts";
import { type LogFilter, type LogPart, summaryOf, termsOf, wordsOf } from "../../../relay/domain/summary.ts";
import { isWhole, type LoggedAlert } from "../../../relay/domain/record.ts";
import { SEVERITIES } from "../../../relay/domain/severity.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";
import { DAY, MINUTE } from "../../../relay/base/duration.ts";

/** Two groups and a rule, so that an alert may go to one or the other, or to both. */
const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: db, level: "1", window: 10m, destinations: [{ channel: inbox }] }
  - { owner: nobody, level: "1", destinations: [] }
rules:
  - { match: ['alertname=~".*[aA].*"'], group: db/1 }
  - { match: ['alertname=~".*(A|1).*"'], group: nobody/1 }
`;

/** Words that trouble whoever mixes up text, JSON and case. */
const WILD = [
  ..."aA1=\"\\/{}[],:'%_\n\t\0ΣσςİıßÉéẞ中文🔥\u202e\u2028",
  "\\n",
  "\\u0041",
  "ΟΔΟΣ",
  "__proto__",
  "constructor",
  "firing",
  "critical",
  "db/1",
  "alertmanager",
];

const word = fc.array(fc.constantFrom(...WILD), { minLength: 1, maxLength: 4 }).map((parts) =>
  parts.join("")
);

const alert: fc.Arbitrary<TestAlert> = fc.record({
  status: fc.constantFrom("firing" as const, "firing" as const, "resolved" as const),
  labels: fc.tuple(
    fc.constantFrom("A", "b1", "中文", "ΟΔΟΣ x"),
    fc.constantFrom("critical", "error", "warning", "info", "unheard-of"),
    fc.dictionary(word, word, { maxKeys: 3 }),
  ).map(([alertname, severity, labels]) => ({ ...labels, alertname, severity })),
  annotations: fc.record({ message: word }, { requiredKeys: [] }),
});

const filter: fc.Arbitrary<LogFilter> = fc.record({
  status: fc.constantFrom("firing" as const, "resolved" as const),
  severities: fc.subarray([...SEVERITIES], { minLength: 1 }),
  group: fc.constantFrom("default/default", "db/1", "nobody/1", "no/where"),
  dialect: fc.constantFrom("alertmanager", "ocp"),
  told: fc.boolean(),
  terms: fc.array(fc.oneof(word, word.map((value) => `A=${value}`), fc.constant("alertname=A")), {
    minLength: 1,
    maxLength: 2,
  }).map((words) => termsOf(words.join(" "))),
}, { requiredKeys: [] });

/** The specification of the search, implemented again in the slow way. */
function isWanted(logged: LoggedAlert, first: LoggedAlert | undefined, filter: LogFilter): boolean {
  const { alert, routing } = logged;
  const whole = isWhole(alert) ? alert : first?.alert;
  if (!whole || !isWhole(whole)) {
    throw new Error("a folded alert has an incident, and that begins with a whole one");
  }
  const lower = (text: string): string =>
    [...text.toLowerCase()].map((char) => char === "ς" ? "σ" : char).join("");
  const texts = [
    whole.title,
    whole.text,
    ...Object.keys(whole.labels).map((name) => `${name}=${whole.labels[name]}`),
  ];
  if (filter.status && alert.status !== filter.status) return false;
  if (filter.severities && !filter.severities.includes(alert.severity)) return false;
  if (filter.group && !routing.some(({ group }) => group === filter.group)) return false;
  if (filter.dialect && whole.dialect !== filter.dialect) return false;
  if (filter.told && !routing.some(({ outcome }) => outcome.kind === "told")) return false;
  const values = Object.keys(whole.labels).map((name) => lower(whole.labels[name]!));
  return (filter.terms ?? []).every((term) => {
    if (texts.some((text) => lower(text).includes(term))) return true;
    const [first = "", ...rest] = term.split("/");
    const last = rest.pop() ?? "";
    return first !== "" && last !== "" && rest.every((part) => part !== "" && values.includes(part)) &&
      values.some((value) => value.endsWith(first)) && values.some((value) => value.startsWith(last));
  });
}

async function bruteForce({ relay }: TestRelay, filter: LogFilter): Promise<string[]> {
  const log = await relay.store.log.newest(1e6);
  const byId = new Map(log.map((logged) => [logged.id, logged]));
  return log.filter((logged) => isWanted(logged, byId.get(logged.incident ?? ""), filter)).map(({ id }) =>
    id
  );
}

/** All pages of a search, one after the other. */
async function pageThrough(
  { relay: { store } }: TestRelay,
  filter: LogFilter,
  { limit, budget, part = {} }: { limit: number; budget: number; part?: LogPart },
): Promise<string[]> {
  const ids: string[] = [];
  let before: string | undefined;
  for (let pages = 0; pages < 10_000; pages++) {
    const { alerts, next }: FoundAlerts = await searchLog(store, {
      filter,
      limit,
      budget,
      part: { ...part, before },
    });
    ok(alerts.length <= limit);
    ids.push(...alerts.map(({ id }) => id));
    if (next === undefined) return ids;
    before = next;
  }
  throw new Error("the search does not end");
}

async function packsOf({ kv }: TestRelay): Promise<number> {
  return (await Array.fromAsync(kv.list({ prefix: ["summary"] }))).length;
}

for (const exclusive of [true, false]) {
  Deno.test(`a search finds what reading the whole log finds, ${exclusive ? "alone" : "on a shared store"}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(alert, { minLength: 70, maxLength: 120 }), { minLength: 4, maxLength: 6 }),
        fc.array(filter, { minLength: 5, maxLength: 8 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(0, 1e9),
        async (payloads, filters, limit, budget) => {
          await using house = await testRelay({ yaml: YAML, exclusive });
          for (const [index, alerts] of payloads.entries()) {
            await house.accept(...alerts);
            await house.advance(3 * MINUTE);
            if (index % 2 === 0) await house.relay.store.summaries.pack();
          }
          ok(await packsOf(house) > 0);
          for (const filter of [{}, ...filters]) {
            equal(await pageThrough(house, filter, { limit, budget }), await bruteForce(house, filter));
          }
        },
      ),
      { numRuns: 12, endOnFailure: true },
    );
  });
}

Deno.test("what looks otherwise in a pack than in an alert is found there all the same", async () => {
  await using house = await testRelay();
  const values = [
    'a"b',
    "a\\b",
    "a\\nb",
    "a\0b",
    "a=b",
    "ΟΔΟΣ",
    "\nΣx",
    "İb",
    "ß",
    "🔥",
    "\u202eb",
    "{}",
    "a/b",
  ];
  const others = Array.from({ length: 220 }, (_, place) => ({ labels: { instance: `${place}` } }));
  await house.accept(...values.map((value) => ({ labels: { value } })));
  await house.accept(...others);
  await house.relay.store.summaries.pack();
  equal(await packsOf(house), 1);
  const found = async (query: string, filter: LogFilter = {}): Promise<number> =>
    (await searchLog(house.relay.store, { filter: { ...filter, terms: termsOf(query) }, limit: 50 })).alerts
      .length;
  for (const value of values) equal(await found(value), 1, JSON.stringify(value));
  equal(await found("value=ΟΔΟσ"), 1);
  equal(await found("οδος VALUE="), 1);
  equal(await found("value=b"), 0);
  equal(await found("🔥", { severities: ["critical", "warning"] }), 1);
});

/** A relay with packs and a rest that is in none. */
async function filled(): Promise<TestRelay> {
  const house = await testRelay();
  for (let index = 0; index < 500; index += 50) {
    const alerts = Array.from({ length: 50 }, (_, place) => ({
      labels: { instance: `db-${index + place}`, severity: SEVERITIES[place % 4]! },
    }));
    await house.accept(...alerts);
    house.clock.advance(MINUTE);
  }
  await house.relay.tidy();
  return house;
}

Deno.test("what is packed and what is not make one list, and what comes meanwhile does not shift it", async () => {
  await using house = await filled();
  equal(await packsOf(house), 2);
  const first = await searchLog(house.relay.store, { limit: 50 });
  await house.accept({ labels: { instance: "later" } });
  const second = await searchLog(house.relay.store, { limit: 50, part: { before: first.next } });
  const all = await bruteForce(house, {});
  equal([...first.alerts, ...second.alerts].map(({ id }) => id), all.slice(1, 101));
  equal((await pageThrough(house, {}, { limit: 7, budget: 1e9 })).length, 501);
});

Deno.test("a search by time finds what was stored in it", async () => {
  await using house = await filled();
  const began = Date.UTC(2026, 0, 31, 8);
  for (
    const [from, to, count] of [
      [0, 10, 500],
      [0, 1, 50],
      [3, 4, 50],
      [3, 5, 100],
      [9, 10, 50],
      [4, 4, 0],
      [5, 3, 0],
      [10, 20, 0],
    ] as const
  ) {
    const part = { from: began + from * MINUTE, to: began + to * MINUTE };
    const found = await pageThrough(house, {}, { limit: 1_000, budget: 1e9, part });
    equal(found.length, count, `${from}–${to}`);
  }
});

Deno.test("what is newer than an alert is found, without looking further", async () => {
  await using house = await filled();
  const all = await bruteForce(house, {});
  for (const place of [0, 1, 10, 99, 100, 101, 350, 499]) {
    const found = await searchLog(house.relay.store, { limit: 1_000, part: { after: all[place]! } });
    equal(found.alerts.map(({ id }) => id), all.slice(0, place));
  }
});

Deno.test("a search that runs out of time says how far back it looked, and goes on from there", async () => {
  await using house = await filled();
  const filter = { terms: termsOf("db-7") };
  const { alerts, next, lookedBackTo } = await searchLog(house.relay.store, { filter, limit: 50, budget: 0 });
  equal(alerts.length, 0);
  ok(next !== undefined && lookedBackTo !== undefined);
  equal(await pageThrough(house, filter, { limit: 50, budget: 0 }), await bruteForce(house, filter));
});

Deno.test("packing again, after a restart, and by two instances at once, packs each alert once", async () => {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  await using one = await testRelay({ kv, exclusive: false, clock });
  await using other = await testRelay({ kv, exclusive: false, clock });
  for (let index = 0; index < 450; index++) {
    if (index % 150 === 0) {
      await one.accept(
        ...Array.from({ length: 150 }, (_, place) => ({ labels: { instance: `${index + place}` } })),
      );
    }
  }
  equal(await packsOf(one), 0);
  await Promise.all([one, other].map((house) => house.relay.store.summaries.pack()));
  equal(await packsOf(one), 0, "another instance may still write an earlier page");
  clock.advance(3 * MINUTE);
  await Promise.all([one, other].map((house) => house.relay.store.summaries.pack()));
  await one.relay.store.summaries.pack();
  equal(await packsOf(one), 2);
  const all = await bruteForce(one, {});
  equal(await pageThrough(other, {}, { limit: 100, budget: 1e9 }), all);
  equal(all.length, 450);
  kv.close();
});

Deno.test("alerts whose time is over are listed no more, and their packs go with them", async () => {
  await using house = await testRelay({ yaml: "retention: { alerts: 1d }" });
  const post50 = (from: number): Promise<void> =>
    house.accept(...Array.from({ length: 210 }, (_, place) => ({ labels: { instance: `${from + place}` } })));
  await post50(0);
  house.clock.advance(DAY / 2);
  await post50(1_000);
  await house.relay.store.summaries.pack();
  house.clock.advance(DAY / 2 + MINUTE);
  equal((await pageThrough(house, {}, { limit: 50, budget: 1e9 })).length, 210);
});

Deno.test("a pack holds as much as a value takes, however long the texts and whatever their letters", () => {
  for (const text of ["x".repeat(15_000), "中".repeat(5_000), '"'.repeat(7_000), "\u202e".repeat(5_000)]) {
    const pack = new PackBuilder();
    let count = 0;
    for (;; count++) {
      const alert = {
        dialect: "alertmanager",
        status: "firing",
        severity: "warning",
        title: `${count}${text}`,
        text: "",
        labels: {},
        annotations: {},
        startsAt: 0,
        endsAt: null,
        links: [],
      } as const;
      const logged: LoggedAlert = {
        id: String(count),
        at: 0,
        fingerprint: "",
        incident: null,
        alert,
        routing: [],
      };
      if (!pack.add(summaryOf(logged, wordsOf(alert)))) break;
    }
    const bytes = new TextEncoder().encode(pack.finish()).byteLength;
    ok(count >= 3 && bytes < 65_000, `${count} alerts in ${bytes} bytes`);
    equal(listedIn(pack.finish(), {}).length, count);
  }
});
