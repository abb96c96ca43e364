/** Digests that are edited in place, with any events in any order. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { MINUTE, SECOND } from "../../../relay/base/duration.ts";
import type { ChannelRequest } from "../../../relay/channel.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { addsUp } from "../../kit/ledger.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { CARDS_YAML, CardVendor, off, on, withCards } from "./_cards.ts";

const NAMES = ["db-1", "db-2", "db-3", "db-4", "db-5"];
const EDITS = { messages: 3, per: MINUTE };

type Step =
  | { readonly kind: "fire" | "resolve" | "acknowledge"; readonly names: readonly string[] }
  | { readonly kind: "pass"; readonly seconds: number }
  | { readonly kind: "vendor"; readonly answers: keyof typeof ANSWERS }
  | { readonly kind: "restart" | "lose cards" };

/** The vendor's answers. `isEdit`: the request edits a message. */
const ANSWERS = {
  "well": () => undefined,
  "down": () => new Response("down", { status: 503 }),
  "refuses edits": (isEdit: boolean) => isEdit ? new Response("no", { status: 400 }) : undefined,
  "loses edits": (isEdit: boolean) => isEdit ? new Response("gone", { status: 410 }) : undefined,
  "throttles": () => new Response("slow", { status: 429, headers: { "retry-after": "20" } }),
};

function about<K extends "fire" | "resolve" | "acknowledge">(kind: K): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constant(kind), names: fc.subarray(NAMES, { minLength: 1 }) }) as fc.Arbitrary<
    Step
  >;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: about("fire"), weight: 4 },
    { arbitrary: about("resolve"), weight: 4 },
    { arbitrary: about("acknowledge"), weight: 3 },
    {
      arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 400 }) }),
      weight: 4,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant("vendor" as const),
        answers: fc.constantFrom(...Object.keys(ANSWERS) as (keyof typeof ANSWERS)[]),
      }),
      weight: 2,
    },
    { arbitrary: fc.record({ kind: fc.constantFrom("restart" as const, "lose cards" as const) }), weight: 1 },
  ),
  { maxLength: 14 },
);

for (const exclusive of [true, false]) {
  Deno.test(`whatever happens, the last message about an incident shows its end, and each delivery ends once (${exclusive ? "own" : "shared"} store)`, async () => {
    const channels = await withCards({
      digest: true,
      events: ["acknowledged", "unacknowledged", "escalated", "closed"],
      limits: { rates: [{ messages: 2, per: MINUTE }], edits: [EDITS] },
      request: (_config, { alerts, earlier, digest, status }, { id }): ChannelRequest => ({
        url: "http://cards.test/",
        json: {
          card: earlier?.card,
          text: (alerts.map(({ labels, status, reason }) => `${labels.instance} ${status} ${reason}`)).join(
            ", ",
          ),
          id: digest && earlier ? `edit ${id}` : `${status} ${id}`,
        },
      }),
    });
    let edits = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const clock = new TestClock();
        using kv = await Deno.openKv(":memory:");
        const vendor = new CardVendor();
        let answers: keyof typeof ANSWERS = "well";
        const edited: number[] = [];
        const taken: string[] = [];
        vendor.before = ({ card, id, text }) => {
          const isEdit = id.startsWith("edit ");
          if (isEdit) edited.push(clock.now());
          const answer = ANSWERS[answers](isEdit);
          const isGone = card !== undefined && !vendor.cards.has(card);
          if (!answer && !isGone) taken.push(text);
          return answer;
        };
        const open = (): Promise<TestRelay> =>
          testRelay({ clock, kv, exclusive, yaml: CARDS_YAML, channels, fetch: vendor.fetch });
        const begin = (): string => new Date(clock.now()).toISOString();
        let house = await open();
        try {
          for (const step of steps) {
            switch (step.kind) {
              case "fire":
                await house.fire(...step.names.map((name) => ({ ...on(name), startsAt: begin() })));
                break;
              case "resolve":
                await house.fire(...step.names.map(off));
                break;
              case "acknowledge": {
                const body = { action: "acknowledge", by: "x", filter: { text: step.names[0] } };
                equal((await api(house, "POST", "incidents/act", { body })).status, 200);
                await house.settle();
                break;
              }
              case "pass":
                await house.advance(step.seconds * SECOND);
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
          for (let minute = 0; minute < 20; minute++) await house.advance(MINUTE);
          await house.fire(...NAMES.map((name) => ({ ...on(name), startsAt: begin() })));
          for (let minute = 0; minute < 10; minute++) await house.advance(MINUTE);
          await house.fire(...NAMES.map(off));
          for (let minute = 0; minute < 10; minute++) await house.advance(MINUTE);
          for (const name of NAMES) {
            const last = taken.findLast((text) => text.includes(`${name} `))!;
            ok(last.includes(`${name} resolved`), `${name}: ${JSON.stringify(taken)}`);
          }
          for (const at of edited) {
            const within = edited.filter((other) => other >= at && other < at + EDITS.per).length;
            ok(within <= EDITS.messages, `${within} edits within a minute`);
          }
          edits += edited.length;
          const waiting = (await house.deliveries()).filter(({ state }) => state === "pending");
          equal(waiting, []);
          ok(await addsUp(house));
          equal(house.reports, []);
        } finally {
          await house[Symbol.asyncDispose]();
        }
      }),
      { numRuns: 40 },
    );
    ok(edits > 20, `${edits} edits: the test shows little`);
  });
}
