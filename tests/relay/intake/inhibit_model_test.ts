import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { scene } from "../../kit/duty.ts";

const HOSTS = ["db-1", "db-2"];
const SOURCES = ["Down", "Power"];
const TARGETS = ["Slow"];
const RULES = `inhibit: [{ source: [severity=critical], target: [severity=warning], equal: [host] }]`;

const names = HOSTS.flatMap((host) => [...SOURCES, ...TARGETS].map((name) => `${name} ${host}`));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant("firing" as const), fc.constantFrom(...names)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("resolved" as const), fc.constantFrom(...names)) },
  { weight: 1, arbitrary: fc.constant(["crash"] as [string]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(["restart"] as [string], ["minute"], ["without"], ["with"]),
  },
);

/** The expectation of a reader of the configuration: the open alerts that notified a person. */
class Model {
  readonly open = new Set<string>();
  readonly told = new Set<string>();
  hasRules = true;

  firing(name: string): void {
    this.open.add(name);
    if (!this.#isInhibited(name)) this.told.add(name);
  }

  resolved(name: string): void {
    this.open.delete(name);
    this.told.delete(name);
  }

  /** Alerts without an inhibitor notify. */
  lift(): void {
    for (const name of this.open) if (!this.#isInhibited(name)) this.told.add(name);
  }

  #isInhibited(text: string): boolean {
    const [name, host] = text.split(" ");
    return this.hasRules && TARGETS.includes(name!) &&
      SOURCES.some((source) => this.open.has(`${source} ${host}`));
  }
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, whatever fires, ends, is restarted or crashes, exactly what nothing inhibits is told`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), async (steps) => {
        await using house = await scene({ yaml: RULES, exclusive });
        const model = new Model();
        let lifts = true;
        const restart = async (): Promise<void> => {
          await house.restart(model.hasRules ? RULES : "");
          await house.house.settle();
          lifts = true;
        };
        for (const [kind, what] of steps) {
          house.house.clock.advance(1_000);
          if (kind === "firing" || kind === "resolved") {
            const [alertname, host] = what!.split(" ") as [string, string];
            const severity = SOURCES.includes(alertname) ? "critical" : "warning";
            model[kind](what!);
            await house.house.fire({ status: kind, labels: { alertname, host, severity } });
          } else if (kind === "crash") {
            // The process ends after the commit, and before it has decided anything again.
            house.house.relay.upkeep.lift = () => {};
            lifts = false;
          } else if (kind === "minute") {
            await house.minutes(1);
            model.lift(); // the minute's upkeep does it, too
          } else {
            if (kind !== "restart") model.hasRules = kind === "with";
            await restart();
          }
          if (lifts) model.lift();
        }
        await restart();
        model.lift();
        const open = await house.house.relay.store.incidents.open(() => true);
        const alerts = await house.house.relay.store.records.alerts(open.map(({ id }) => id));
        const seen = open.map(({ id, title, windows }) => {
          const logged = alerts.get(id)!.alert;
          const host = "labels" in logged ? logged.labels.host : "?";
          return `${title} ${host} ${Object.keys(windows).length > 0 ? "told" : "quiet"}`;
        });
        const expected = [...model.open].map((name) => `${name} ${model.told.has(name) ? "told" : "quiet"}`);
        equal(seen.toSorted(), expected.toSorted());
      }),
      { numRuns: 25 },
    );
  });
}
