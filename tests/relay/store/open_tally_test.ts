import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { burningOf, findBurning } from "../../../relay/query/overview/burning.ts";
import { SEVERITIES, type Severity } from "../../../relay/domain/severity.ts";
import { OpenTally } from "../../../relay/store/open_tally.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { api } from "../../kit/api.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { HOUR } from "../../../relay/base/duration.ts";
import { incident } from "../../kit/domain.ts";

const YAML = `
groups:
  - { owner: a, level: default, window: 0s, destinations: [{ channel: inbox }] }
  - { owner: b, level: default, destinations: [{ channel: inbox }] }
`;

/** The possible changes of one of a few incidents. */
const step = fc.record({
  host: fc.integer({ min: 0, max: 6 }),
  what: fc.constantFrom("firing", "firing", "firing", "resolved", "known", "unknown", "silent"),
  severity: fc.constantFrom(...SEVERITIES),
  team: fc.constantFrom("a", "b"),
});

/** Burning as it is when every open incident is looked at. */
async function lookedAt({ relay }: TestRelay): Promise<unknown> {
  return await burningOf(await relay.store.incidents.newest("open", 1_000), { more: false });
}

Deno.test("whatever happens to incidents, what burns is what one sees who looks at each, also after a restart", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const kv = await Deno.openKv(":memory:");
      try {
        await using house = await testRelay({ kv, yaml: YAML });
        const { relay, clock } = house;
        for (const { host, what, severity, team } of steps) {
          clock.advance(1_000);
          const labels = { host: String(host), severity, team };
          if (what === "firing" || what === "resolved") {
            await (await house.post({ status: what, labels: { host: labels.host, team, severity } })).body
              ?.cancel();
          } else if (what === "silent") {
            clock.advance(25 * HOUR);
            await relay.tidy();
          } else {
            const [first] = await relay.store.incidents.newest("open", 1);
            if (!first) continue;
            await api(house, what === "known" ? "POST" : "DELETE", `incidents/${first.id}/ack`);
          }
          equal(await findBurning(relay.store), await lookedAt(house));
        }
        await using again = await testRelay({ kv, yaml: YAML, clock });
        equal(await findBurning(again.relay.store), await lookedAt(again));
      } finally {
        kv.close();
      }
    }),
    { numRuns: 25 },
  );
});

function numbered(number: number, severity: Severity = "warning"): Incident {
  return incident({ id: `I${String(number).padStart(6, "0")}`, at: number, severity });
}

Deno.test("of very many only the newest are kept, and when they are used up it says so until it has learnt the others", () => {
  const tally = new OpenTally();
  const all = Array.from({ length: 3_000 }, (_, number) => numbered(number));
  for (const one of all) tally.changed(undefined, one);
  equal(tally.severities.warning, 3_000);
  equal(tally.newest("warning", 2), [all[2_999]!.id, all[2_998]!.id]);
  // An older one that grows better or worse does not pass for one of the newest.
  tally.changed(numbered(3, "critical"), numbered(3));
  equal(tally.newest("warning", 2), [all[2_999]!.id, all[2_998]!.id]);
  const over = all.splice(995);
  for (const one of over) tally.changed(one, { ...one, closedAt: 1 });
  equal(tally.newest("warning", 2), undefined);
  tally.learn("warning", all.map(({ id }) => id));
  equal(tally.newest("warning", 2), [all[994]!.id, all[993]!.id]);
  equal(tally.newest("info", 2), [], "of the others there is none");
});
