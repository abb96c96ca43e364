import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import type { Covered } from "../../../relay/query/covered.ts";
import { formatMatcher, type Operator } from "../../../relay/domain/matcher.ts";
import { labelsIn } from "../../../relay/domain/record.ts";
import { matchesAll, parseMatcher } from "../../../relay/domain/matcher.ts";
import { type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

/** Everything, in as many searches as it takes. */
async function allCovered(
  { relay }: TestRelay,
  matchers: readonly string[],
  budget: number,
): Promise<{ ids: string[]; total: number; searches: number }> {
  const ids: string[] = [];
  let [total, searches] = [0, 0];
  let before: string | undefined;
  do {
    const found: Covered = await relay.query.incidents.coveredBy(matchers, { limit: 1_000, before, budget });
    ids.push(...found.incidents.map(({ id }) => id));
    total += found.total;
    searches++;
    equal(found.next === undefined, found.lookedBackTo === undefined);
    before = found.next;
  } while (before !== undefined);
  return { ids, total, searches };
}

/** The same the slow way: each open incident's first alert, one by one. */
async function oneByOne({ relay }: TestRelay, matchers: readonly string[]): Promise<string[]> {
  const { log, incidents } = relay.store;
  const parsed = matchers.map(parseMatcher);
  const ids: string[] = [];
  for (const { id } of await incidents.newest("open", 1_000)) {
    if (matchesAll(parsed, labelsIn(await log.alert(id)))) ids.push(id);
  }
  return ids;
}

const value = fc.array(fc.constantFrom(..."aA=\"\\{},'%_\n\tΣσςİß中🔥", "db-1"), {
  minLength: 1,
  maxLength: 3,
})
  .map((parts) => parts.join(""));
const labels = fc.record({ host: value, env: fc.constantFrom("prod", "Prod", "test") }, {
  requiredKeys: ["host"],
});
const alert: fc.Arbitrary<TestAlert> = fc.record({
  status: fc.constantFrom("firing" as const, "firing" as const, "resolved" as const),
  labels,
});
const matcher = fc.record({
  name: fc.constantFrom("host", "env", "alertname"),
  operator: fc.constantFrom<Operator>("=", "=", "!=", "=~", "!~"),
  value: fc.oneof(value, fc.constantFrom("prod", "Test", "")),
}).map(({ operator, value, ...rest }) =>
  formatMatcher({ ...rest, operator, value: operator.endsWith("~") ? "[a-z中]+" : value })
);

Deno.test("the summaries name the incidents that reading each one's first alert would name", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(alert, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
      fc.array(matcher, { minLength: 1, maxLength: 2 }),
      fc.nat(6),
      async (posts, matchers, packedAfter) => {
        await using house = await testRelay();
        for (const [number, alerts] of posts.entries()) {
          if (number === packedAfter) await house.relay.store.summaries.pack({ rest: 0 });
          await house.accept(...alerts);
          house.clock.advance(MINUTE);
        }
        const expected = await oneByOne(house, matchers);
        const { ids, total } = await allCovered(house, matchers, 60_000);
        equal(ids, expected);
        equal(total, expected.length);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("a search that runs out of time says how far back it looked, and goes on from there when asked", async () => {
  await using house = await testRelay();
  for (let batch = 0; batch < 12; batch++) {
    const alerts = Array.from({ length: 50 }, (_, number): TestAlert => ({
      labels: { host: `db-${batch}-${number}`, env: number % 2 === 0 ? "prod" : "test" },
    }));
    await house.accept(...alerts);
    house.clock.advance(MINUTE);
    await house.relay.store.summaries.pack({ rest: 0 });
  }
  const matchers = ["env=prod"];
  const first = await house.relay.query.incidents.coveredBy(matchers, { limit: 3, budget: 0 });
  equal(first.incidents.length, 3);
  equal(first.total > 3 && first.total < 300, true, "it counts what it does not name, and has not seen all");
  const { ids, searches } = await allCovered(house, matchers, 0);
  equal(ids, await oneByOne(house, matchers));
  equal(ids.length, 300);
  equal(searches > 2, true);
});

Deno.test("nothing is looked at before the oldest open incident", async () => {
  await using house = await testRelay();
  const post = async (host: string, status: "firing" | "resolved"): Promise<void> => {
    await house.accept({ status, labels: { host } });
    house.clock.advance(MINUTE);
  };
  for (let number = 0; number < 250; number++) {
    await post(`old-${number}`, "firing");
    await post(`old-${number}`, "resolved");
  }
  await house.relay.store.summaries.pack({ rest: 0 });
  equal(await house.relay.query.incidents.coveredBy(["alertname=Test"], { limit: 9, budget: 0 }), {
    total: 0,
    incidents: [],
  });
  await post("new", "firing");
  const { total, next } = await house.relay.query.incidents.coveredBy(["alertname=Test"], {
    limit: 9,
    budget: 0,
  });
  equal([total, next], [1, undefined]);
});
