/** Cards that change in place, whatever happens in whatever order. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { MINUTE, SECOND } from "../../../relay/base/duration.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";
import { type CardRequest, CARDS_YAML, CardVendor, withCards } from "./_cards.ts";

/** A delivery as the API answers it. */
interface Delivery {
  readonly about: string;
  readonly state: string;
}

const INSTANCES = ["a", "b"];

type Step =
  | { readonly kind: "fire" | "resolve" | "acknowledge" | "close"; readonly instance: string }
  | { readonly kind: "pass"; readonly minutes: number }
  | { readonly kind: "vendor"; readonly answers: "well" | "down" | "refuses" | "throttles" }
  | { readonly kind: "restart" | "lose cards" };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: ofInstance("fire"), weight: 4 },
    { arbitrary: ofInstance("resolve"), weight: 3 },
    { arbitrary: ofInstance("acknowledge"), weight: 2 },
    { arbitrary: ofInstance("close"), weight: 1 },
    {
      arbitrary: fc.record({ kind: fc.constant("pass" as const), minutes: fc.integer({ min: 1, max: 8 }) }),
      weight: 3,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant("vendor" as const),
        answers: fc.constantFrom("well", "down", "refuses", "throttles"),
      }),
      weight: 2,
    },
    { arbitrary: fc.record({ kind: fc.constantFrom("restart", "lose cards") }), weight: 1 },
  ) as fc.Arbitrary<Step>,
  { maxLength: 14 },
);

/** The vendor refuses the last card: its delivery is dead, and the one before stays. */
const CLOSED_WHILE_REFUSED: Step[] = [
  { kind: "fire", instance: "a" },
  { kind: "close", instance: "a" },
  { kind: "vendor", answers: "refuses" },
  { kind: "pass", minutes: 1 },
];

function ofInstance<K extends string>(kind: K): fc.Arbitrary<{ kind: K; instance: string }> {
  return fc.record({ kind: fc.constant(kind), instance: fc.constantFrom(...INSTANCES) });
}

const alertOf = (instance: string, status: "firing" | "resolved"): TestAlert => ({
  status,
  labels: { instance },
});

const ANSWERS = {
  well: () => undefined,
  down: () => new Response("down", { status: 503 }),
  refuses: () => new Response("no", { status: 400 }),
  throttles: () => new Response("slow", { status: 429, headers: { "retry-after": "30" } }),
};

/** The vendor notes when two messages about one incident are on their way at once. */
function watched(vendor: CardVendor): { readonly overlaps: string[] } {
  const underWay = new Map<string, number>();
  const overlaps: string[] = [];
  const { before } = vendor;
  vendor.before = async (request: CardRequest, signal) => {
    const [instance] = request.text.split(" ") as [string];
    const count = (underWay.get(instance) ?? 0) + 1;
    underWay.set(instance, count);
    if (count > 1) overlaps.push(instance);
    await new Promise((resolve) => setTimeout(resolve, 0));
    try {
      return await before(request, signal);
    } finally {
      underWay.set(instance, underWay.get(instance)! - 1);
    }
  };
  return { overlaps };
}

for (const exclusive of [true, false]) {
  Deno.test(`whatever happens, each incident's newest card says how it ended, and no receipt is left (${exclusive ? "own" : "shared"} store)`, async () => {
    const channels = await withCards({ events: ["acknowledged", "closed"] });
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const clock = new TestClock();
        using kv = await Deno.openKv(":memory:");
        const vendor = new CardVendor();
        let answers: keyof typeof ANSWERS = "well";
        vendor.before = () => ANSWERS[answers]();
        const { overlaps } = watched(vendor);
        const open = (): Promise<TestRelay> =>
          testRelay({ clock, kv, exclusive, yaml: CARDS_YAML, channels, fetch: vendor.fetch });
        let house = await open();
        try {
          for (const step of steps) {
            switch (step.kind) {
              case "fire":
                await house.accept(alertOf(step.instance, "firing"));
                break;
              case "resolve":
                await house.accept(alertOf(step.instance, "resolved"));
                break;
              case "acknowledge":
              case "close": {
                const { body } = await api(house, "GET", `incidents?text=${step.instance}`);
                const [found] = body.incidents.filter(({ where }: { where: string }) =>
                  where === step.instance
                );
                const what = step.kind === "close" ? "close" : "ack";
                if (found) await api(house, "POST", `incidents/${found.id}/${what}`, { body: { by: "x" } });
                break;
              }
              case "pass":
                for (let minute = 0; minute < step.minutes; minute++) await house.advance(MINUTE);
                break;
              case "vendor":
                answers = step.answers;
                break;
              case "lose cards":
                vendor.cards.clear();
                break;
              case "restart":
                await house[Symbol.asyncDispose]();
                house = await open();
                break;
            }
          }
          answers = "well";
          for (const instance of INSTANCES) {
            await house.advance(10 * MINUTE);
            await house.accept(alertOf(instance, "firing"), alertOf(instance, "firing"));
            await house.advance(SECOND);
          }
          for (let minute = 0; minute < 30; minute++) await house.advance(MINUTE);
          for (const instance of INSTANCES) await house.accept(alertOf(instance, "resolved"));
          for (let minute = 0; minute < 30; minute++) await house.advance(MINUTE);
          for (const instance of INSTANCES) {
            const newest = vendor.shown.findLast(([text]) => text!.startsWith(`${instance} `));
            // The sender of a closed incident continues with the same occurrence, which does not reopen it.
            const isClosed = steps.some((step) => step.kind === "close" && step.instance === instance);
            const ends = [`${instance} resolved`, ...isClosed ? [`${instance} closed`] : []];
            if (newest && ends.includes(newest.at(-1)!)) continue;
            // A lost card has no end to show, and an action that people already see is not sent again after a
            // refusal.
            const mayBeMissing = steps.some(({ kind }) => kind === "lose cards" || kind === "acknowledge");
            if (!newest && mayBeMissing) continue;
            const { deliveries } = (await api(house, "GET", "deliveries")).body as { deliveries: Delivery[] };
            const failed = deliveries.filter(({ about, state }) =>
              about === instance && state !== "delivered"
            );
            ok(isClosed && failed.length > 0, `${instance}: ${JSON.stringify(vendor.shown)}`);
          }
          equal(overlaps, []);
          equal(await Array.fromAsync(kv.list({ prefix: ["receipt"] })), []);
          const { body } = await api(house, "GET", "ledger?from=1d&verify=1");
          ok(body.addsUp && body.verified.agrees, JSON.stringify(body));
        } finally {
          await house[Symbol.asyncDispose]();
        }
      }),
      { numRuns: 40, examples: [[CLOSED_WHILE_REFUSED]] },
    );
  });
}
