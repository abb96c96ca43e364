/** Each recipient gets each alert once, whatever happens in whatever order. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { MINUTE, SECOND } from "../../../relay/base/duration.ts";
import { type Channel, delivered, refused, retryAlone } from "../../../relay/channel.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { type CardRequest, CardVendor, withCards } from "./_cards.ts";

const PEOPLE = ["an", "bo", "chen", "di"];

/** A change of it is a destination with another config. */
interface Setting {
  readonly members: readonly string[];
  readonly path: number;
}

const yamlOf = ({ members, path }: Setting): string => `
members:
${PEOPLE.map((id, index) => `  - { id: ${id}, name: ${id}, mobile: "1380000000${index}" }`).join("\n")}
groups:
  - owner: default
    level: default
    members: [${members.join(", ")}]
    destinations:
      - { name: phones, channel: webhook, config: { url: "http://cards.test/${path}" }, fallback: spare }
      - { name: spare, channel: webhook, config: { url: "http://spare.test/" } }`;

/** The vendor's answers, for all recipients or for one person. */
const ANSWERS = {
  "well": () => undefined,
  "down": () => new Response("down", { status: 503 }),
  "throttles": () => new Response("slow", { status: 429, headers: { "retry-after": "30" } }),
  "refuses the config": () => new Response("key", { status: 401 }),
  "refuses the person": () => new Response("unknown", { status: 422 }),
  "asks for patience": () => new Response("busy", { status: 423 }),
};
type Answer = keyof typeof ANSWERS;

const verdict: Channel["verdict"] = (response) => {
  if (response.status === 401) return refused("config", "key");
  if (response.status === 422) return refused("recipient", "unknown");
  if (response.status === 423) return retryAlone("busy", { waitMs: 30 * SECOND });
  if (response.status !== 200) return undefined;
  return delivered("ok", { receipt: response.json as { card: string } });
};

type Step =
  | { readonly kind: "fire"; readonly count: number }
  | { readonly kind: "resolve" | "ack" | "close"; readonly back: number }
  | { readonly kind: "pass"; readonly minutes: number }
  | { readonly kind: "vendor"; readonly answer: Answer }
  | { readonly kind: "person"; readonly person: string; readonly answer: Answer }
  | { readonly kind: "restart"; readonly without: string; readonly path: number };

const person = fc.constantFrom(...PEOPLE);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant("fire"), count: fc.integer({ min: 1, max: 6 }) }), weight: 5 },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom("resolve", "ack", "close"),
      back: fc.integer({ min: 1, max: 6 }),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ kind: fc.constant("pass"), minutes: fc.integer({ min: 1, max: 5 }) }), weight: 3 },
  {
    arbitrary: fc.record({
      kind: fc.constant("vendor"),
      answer: fc.constantFrom("well", "down", "throttles", "refuses the config"),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("person"),
      person,
      answer: fc.constantFrom("well", "down", "refuses the person", "asks for patience"),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("restart"),
      without: fc.oneof(fc.constant(""), person),
      path: fc.nat(2),
    }),
    weight: 1,
  },
) as fc.Arbitrary<Step>;

const CHANNELS: Readonly<Record<string, Partial<Channel>>> = {
  "new messages": { threads: false },
  "cards": { events: ["acknowledged", "closed"] },
  "cards and digests": {
    events: ["acknowledged", "closed"],
    digest: true,
    limits: { rates: [{ messages: 6, per: MINUTE }] },
  },
  "several at once": { threads: false, combine: "payload", limits: { parallel: 3 } },
};

for (const exclusive of [true, false]) {
  for (const [what, change] of Object.entries(CHANNELS)) {
    Deno.test(`whatever happens, each recipient gets each alert once (${what}, ${exclusive ? "own" : "shared"} store)`, async () => {
      const channels = await withCards({
        per: "recipient",
        address: { name: "mobile", title: "Mobile" },
        verdict,
        ...change,
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
          const clock = new TestClock();
          using kv = await Deno.openKv(":memory:");
          const vendor = new CardVendor();
          const answers = new Map<string, Answer>();
          /** The requests that the vendor has accepted. */
          const accepted: CardRequest[] = [];
          const excused = new Set<string>();
          vendor.before = (request) => {
            const answer = [answers.get("vendor"), answers.get(request.to!)]
              .find((answer) => answer && answer !== "well") ?? "well";
            if (answer === "refuses the person") excused.add(request.to!);
            if (answer === "well") accepted.push(request);
            return ANSWERS[answer]();
          };
          let setting: Setting = { members: PEOPLE, path: 0 };
          const open = (): Promise<TestRelay> =>
            testRelay({ clock, kv, exclusive, yaml: yamlOf(setting), channels, fetch: vendor.fetch });
          let house = await open();
          const fired: string[] = [];
          const ended = new Set<string>();
          try {
            for (const step of steps) {
              switch (step.kind) {
                case "fire": {
                  const names = Array.from({ length: step.count }, (_, index) => `n${fired.length + index}`);
                  fired.push(...names);
                  await house.accept(...names.map((instance) => ({ labels: { instance } })));
                  break;
                }
                case "resolve":
                case "ack":
                case "close": {
                  const instance = fired.at(-step.back);
                  if (instance === undefined) break;
                  if (step.kind !== "ack") ended.add(instance);
                  if (step.kind === "resolve") {
                    await house.accept({ labels: { instance }, status: "resolved" });
                    break;
                  }
                  const { body } = await api(house, "GET", `incidents?text=${instance}`);
                  const found = body.incidents.find(({ where }: { where: string }) => where === instance);
                  if (!found) break;
                  await api(house, "POST", `incidents/${found.id}/${step.kind}`, { body: { by: "x" } });
                  break;
                }
                case "pass":
                  for (let minute = 0; minute < step.minutes; minute++) await house.advance(MINUTE);
                  break;
                case "vendor":
                  answers.set("vendor", step.answer);
                  break;
                case "person":
                  answers.set(step.person, step.answer);
                  break;
                case "restart":
                  excused.add(step.without);
                  setting = { members: PEOPLE.filter((id) => id !== step.without), path: step.path };
                  await house[Symbol.asyncDispose]();
                  house = await open();
                  break;
              }
            }
            answers.clear();
            for (let minute = 0; minute < 90; minute++) await house.advance(MINUTE);
            for (const instance of fired) {
              for (const person of PEOPLE) {
                const texts = accepted
                  .filter(({ to, text }) => to === person && text.split(/[+ ]/).includes(instance))
                  .map(({ text }) => text);
                const words = `${instance} for ${person}: ${texts.join("; ")}`;
                // The text of a digest that holds its end, too, does not say which of both it holds.
                const firsts = texts.filter((text) =>
                  text.endsWith("first") && !(text.includes("+") && ended.has(instance))
                );
                ok(firsts.length <= 1, words);
                ok(texts.filter((text) => text.endsWith("resolved")).length <= 1, words);
                const alerts = texts.filter((text) => !text.endsWith("acknowledged"));
                if (!ended.has(instance) && !excused.has(person)) ok(alerts.length >= 1, words);
              }
            }
            const states = (await house.deliveries()).map(({ state }) => state);
            equal(states.filter((state) => state === "pending"), []);
            const { body } = await api(house, "GET", "ledger?from=1d&verify=1");
            ok(body.addsUp && body.verified.agrees, JSON.stringify(body));
          } finally {
            await house[Symbol.asyncDispose]();
          }
        }),
        { numRuns: 20 },
      );
    });
  }
}
