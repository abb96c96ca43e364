import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { startSink } from "../../../simulator/sink.ts";
import { SECOND } from "../../../relay/base/duration.ts";
import { TestClock } from "../../kit/clock.ts";
import { minutes } from "../../kit/duty.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const NOW = Date.UTC(2026, 10, 30, 8);
const CLUSTERS = ["a", "b"];
const INSTANCES = ["1", "2", "3"];

type Step =
  | { readonly kind: "fire" | "resolve"; readonly cluster: string; readonly instance: string }
  | { readonly kind: "pass"; readonly seconds: number }
  | { readonly kind: "restart" };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      arbitrary: fc.record({
        kind: fc.constantFrom("fire", "fire", "resolve"),
        cluster: fc.constantFrom(...CLUSTERS),
        instance: fc.constantFrom(...INSTANCES),
      }),
      weight: 4,
    },
    {
      arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 400 }) }),
      weight: 3,
    },
    { arbitrary: fc.record({ kind: fc.constant("restart" as const) }), weight: 1 },
  ) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 25 },
);

/** A message as the sink has it. */
interface Told {
  readonly alerts: readonly {
    readonly status: "firing" | "resolved";
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "a local file" : "a shared store";

  Deno.test(`on ${store}, each incident is told as it is in the end, in messages of one message group each`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        await using sink = await startSink();
        const kv = await Deno.openKv(":memory:");
        const clock = new TestClock(NOW);
        const start = (): Promise<TestRelay> =>
          testRelay({
            kv,
            clock,
            exclusive,
            yaml: `
groups:
  - owner: default
    level: default
    flap: { count: 0 }
    group_by: [cluster]
    repeat_interval: 12m
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]`,
          });
        let house = await start();
        const state = new Map<string, "firing" | "resolved">();
        for (const step of steps) {
          if (step.kind === "restart") {
            await house[Symbol.asyncDispose]();
            house = await start();
          } else if (step.kind === "pass") await house.advance(step.seconds * SECOND);
          else {
            const { cluster, instance } = step;
            const name = `${cluster}${instance}`;
            const status = step.kind === "fire" ? "firing" : "resolved";
            if (status === "resolved" && state.get(name) !== "firing") continue;
            state.set(name, status);
            await house.fire({ status, labels: { cluster, instance, severity: "warning" } });
          }
        }
        await minutes(house, 30);
        const told = sink.bodies.map((body) => (body as { data: Told }).data.alerts);
        const last = new Map<string, string>();
        for (const alerts of told) {
          equal(new Set(alerts.map(({ labels }) => labels.cluster)).size, 1, "of one message group");
          equal(new Set(alerts.map(({ labels }) => labels.instance)).size, alerts.length, "a line each");
          for (const { status, labels } of alerts) last.set(`${labels.cluster}${labels.instance}`, status);
        }
        equal(Object.fromEntries([...last].sort()), Object.fromEntries([...state].sort()));
        const response = await house.request("/api/ledger?from=48h&verify=1", {
          headers: { authorization: "Bearer test-password" },
        });
        const { addsUp, verified, total } = await response.json();
        ok(addsUp && verified.agrees, JSON.stringify(verified.differences));
        equal([total.pending, total.dead, total.delivered], [0, 0, total.routed]);
        const firing = [...state.values()].filter((status) => status === "firing").length;
        const late = told.slice(-2).flat().filter(({ status }) => status === "firing");
        ok(firing === 0 || late.length > 0, "what fires is repeated");
        await house[Symbol.asyncDispose]();
        kv.close();
      }),
      { numRuns: 12 },
    );
  });
}
