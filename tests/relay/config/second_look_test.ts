import { deepStrictEqual as equal } from "node:assert/strict";
import { SecondLook } from "../../../relay/config/second_look.ts";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay, webhook } from "../../kit/relay.ts";
import { withoutWatch } from "../../kit/without_watch.ts";

const GROUP = { destinations: [{ channel: "inbox" }], aliases: ["night-shift"] };

/** Two instances on one database, of which the second gets no notice of changes. */
async function pair(yaml = ""): Promise<{ one: TestRelay; two: TestRelay } & AsyncDisposable> {
  const kv = await Deno.openKv(":memory:");
  const one = await testRelay({ kv, exclusive: false, yaml });
  const two = await testRelay({ kv: withoutWatch(kv), exclusive: false, yaml });
  return {
    one,
    two,
    async [Symbol.asyncDispose](): Promise<void> {
      await one[Symbol.asyncDispose]();
      await two[Symbol.asyncDispose]();
      kv.close();
    },
  };
}

/** The group of the second instance's newest alert, and the reason. */
async function routed({ relay }: TestRelay): Promise<string> {
  const [logged] = await relay.store.log.newest(1);
  return logged!.routing.map(({ group, by }) => `${group} ${by}`).join();
}

const DOORS: readonly [door: string, path: string, labels: Record<string, string>, expected: string][] = [
  ["by its id", "/webhook/ops/1", {}, "ops/1 named"],
  ["by an alias", "/webhook/night-shift", {}, "ops/1 named"],
  ["by the label of its owner", "/webhook", { team: "ops" }, "ops/1 team"],
];

for (const [door, path, labels, expected] of DOORS) {
  Deno.test(`a group that another instance has just made gets its first alert, named ${door}`, async () => {
    await using houses = await pair();
    const { one, two } = houses;
    equal((await api(one, "PUT", "config/groups/ops/1", { body: GROUP })).status, 200);
    const response = await two.request(path, { method: "POST", body: JSON.stringify(webhook({ labels })) });
    equal(response.status, 200, await response.text());
    equal(await routed(two), expected);
  });
}

Deno.test("alarm_v2 does not answer that there is no group before it has looked again", async () => {
  await using houses = await pair(`${ALARM_V2_YAML}      - { channel: inbox }`);
  const { one, two } = houses;
  const call = (): Promise<Response> =>
    two.request("/alarm_v2", {
      method: "POST",
      body: JSON.stringify(alarmV2({ id: "newteam", level: "9" })),
    });
  equal((await (await call()).json()).code, 3001);
  two.clock.advance(10_000);
  equal(
    (await api(one, "PUT", "config/groups/newteam/9", { body: { destinations: [{ channel: "inbox" }] } }))
      .status,
    200,
  );
  const last = await (await call()).json();
  equal(last.code, 0, last.message);
});

Deno.test("a name that stays unknown is not looked for with each alert, and many names not all at once", async () => {
  const clock = new TestClock();
  let looks = 0;
  const look = (): Promise<void> => Promise.resolve(void looks++);
  const second = new SecondLook({ look, clock });
  for (let alert = 0; alert < 100; alert++) await second.for("gone");
  equal(looks, 1);
  for (let name = 0; name < 100; name++) await second.for(`gone-${name}`);
  equal(looks, 20);
  clock.advance(250);
  equal(await second.for("gone-99"), true);
  equal(await second.for("gone-98"), false);
  clock.advance(10_000);
  equal(await second.for("gone"), true);
  equal(looks, 22);
  const failing = new SecondLook({ look: () => Promise.reject(new Error("away")), clock });
  equal(await failing.for("gone"), false);
  equal(await new SecondLook({ look: undefined, clock }).for("gone"), false);
});
