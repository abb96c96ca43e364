import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { MINUTE } from "../../../relay/base/duration.ts";
import { api } from "../../kit/api.ts";
import { scene } from "../../kit/duty.ts";
import { Rule, seconds } from "../../kit/prometheus.ts";

const YAML = `
groups:
  - { owner: default, level: default, window: 5m, repeat: 7m, destinations: [{ channel: inbox, config: {} }] }
inhibit: [{ source: [alertname=A], target: [alertname=B], equal: [] }]
`;

/** With so short a retention each repeat is due to be logged, so none is left out. */
const LOGGED = `${YAML}retention: { alerts: 1m }\n`;

/** A rule fires and is repeated each minute, is resolved, or its sender stops; and what people do meanwhile. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom(
      "A",
      "A",
      "B",
      "B",
      "-A",
      "-B",
      "stop A",
      "silence",
      "acknowledge",
      "close",
      "restart",
    ),
    minutes: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 5, maxLength: 15 },
);

/** What the inbox heard, and in which minute. */
async function play(
  yaml: string,
  exclusive: boolean,
  script: readonly { what: string; minutes: number }[],
): Promise<string[]> {
  await using world = await scene({ exclusive, yaml });
  const heard: string[] = [];
  const firing = new Map<string, Rule>();
  const begin = world.house.clock.now();
  for (const { what, minutes } of script) {
    // On a shared store an end that only a killed instance knew of may be lost.
    if (what === "restart" && exclusive) await world.restart();
    const { house } = world;
    const [, act = "", name = ""] = /^(-|stop )?([AB])$/.exec(what) ?? [];
    if (what === "silence") {
      const until = new Date(house.clock.now() + 4 * MINUTE).toISOString();
      await api(house, "POST", "silences", { body: { matchers: ["alertname=A"], comment: "c", until } });
    } else if (what === "acknowledge" || what === "close") {
      const [open] = await house.relay.store.incidents.open(() => true);
      if (open) {
        await api(house, "POST", `incidents/${open.id}/${what === "close" ? what : "ack"}`, { body: {} });
      }
    } else if (name !== "" && act === "" && !firing.has(name)) {
      const rule = new Rule(house, { alertname: name });
      firing.set(name, rule);
      await rule.fires(house);
    } else if (act !== "") {
      if (act === "-") await firing.get(name)?.resolves(house);
      firing.delete(name);
    }
    for (let minute = 0; minute < minutes; minute++) {
      await seconds(house, 40);
      for (const rule of firing.values()) await rule.fires(house);
      await seconds(house, 20);
      const now = (house.clock.now() - begin) / MINUTE;
      for (const one of await world.heard()) heard.push(`${now} ${one}`);
    }
  }
  return heard;
}

for (const exclusive of [true, false]) {
  Deno.test(`on ${exclusive ? "a local" : "a shared"} store, people hear the same whether repeats are logged or not`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        equal(await play(YAML, exclusive, script), await play(LOGGED, exclusive, script));
      }),
      { numRuns: 25 },
    );
  });
}
