/** Whatever people do to a group while alerts pour in, vendors fail and the relay is started again. */
import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { type DingTalk, startDingTalk } from "../../../simulator/dingtalk.ts";
import { type Sink, startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";

/** The robot's names and tokens change, and so do the fallbacks; `undefined`: the group is removed. */
const group = fc.option(
  fc.record({
    window: fc.constantFrom("0", "1m", "5m"),
    robot: fc.record({
      name: fc.constantFrom("robot", "other"),
      token: fc.constantFrom("A", "A", "B", "GONE"),
    }),
    hooks: fc.subarray(["first", "second"]),
    chain: fc.boolean(),
    after: fc.constantFrom("10s", "1m", "10m"),
    limits: fc.constantFrom([], [{ messages: 3, per: "1m" }]),
    quiet: fc.option(fc.constantFrom({ from: "12:00", to: "18:00" }, { from: "22:00", to: "08:00" })),
    flap: fc.option(fc.constant({ count: 3, per: "5m" })),
    remind: fc.option(fc.constant("2m")),
  }),
  { freq: 6, nil: undefined },
);
const alert = fc.record({
  instance: fc.nat({ max: 30 }),
  status: fc.constantFrom("firing", "firing", "firing", "resolved"),
  severity: fc.constantFrom("critical", "warning", "info"),
});
const FAULTS = {
  "the robot is down": ({ dingtalk }) => dingtalk.fault("5xx", { times: 7 }),
  "the robot is blocked": ({ dingtalk }) => dingtalk.fault("throttle"),
  "the robot dislikes it": ({ dingtalk }) =>
    dingtalk.fault("errcode", { errcode: 430104, errmsg: "unsafe", times: 3 }),
  "a hook is down": ({ sink }) => sink.answer({ status: 503, times: 6 }),
  "a hook dislikes it": ({ sink }) => sink.answer({ status: 400, times: 2 }),
  "a hook lets nobody in": ({ sink }) => sink.answer({ status: 401, times: 1 }),
} satisfies Record<string, (vendors: { dingtalk: DingTalk; sink: Sink }) => void>;

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ post: fc.array(alert, { minLength: 1, maxLength: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ group }) },
  {
    weight: 2,
    arbitrary: fc.record({ fault: fc.constantFrom(...Object.keys(FAULTS) as (keyof typeof FAULTS)[]) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ pass: fc.constantFrom(SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR) }),
  },
  { weight: 1, arbitrary: fc.constantFrom("restart" as const, "send the dead again" as const) },
);

for (const exclusive of [true, false]) {
  Deno.test(`whatever changes on a ${exclusive ? "local" : "shared"} store, the ledger adds up, and who was left alone hears of every alert`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), async (steps) => {
        const clock = new TestClock();
        const now = (): number => clock.now();
        await using dingtalk = await startDingTalk({ robots: [{ token: "A" }, { token: "B" }], now });
        await using sink = await startSink();
        await using witness = await startSink();
        using kv = await Deno.openKv(":memory:");
        const yaml = `
ignore_labels: [severity]
groups:
  - owner: witness
    level: default
    window: 0
    destinations: [{ channel: webhook, config: { url: "${witness.url}" } }]
`;
        const open = (): Promise<TestRelay> => testRelay({ clock, kv, exclusive, sendTimeout: 1_000, yaml });
        let house = await open();
        const accepted: string[] = [];
        let posts = 0;

        const change = async (wanted: (typeof steps)[number]): Promise<void> => {
          const { body, status } = await api(house, "GET", "config/groups/ops/default");
          const version = status === 200 ? { version: body.version } : {};
          if (typeof wanted === "string" || !("group" in wanted)) return;
          if (wanted.group === undefined) {
            if (status === 200) await api(house, "DELETE", "config/groups/ops/default", version);
            return;
          }
          const { window, robot, hooks, chain, after, limits, quiet, flap, remind } = wanted.group;
          const names = [robot.name, ...hooks];
          const destinations = names.map((name, index) => ({
            name,
            channel: index === 0 ? "dingtalk_robot" : "webhook",
            config: index === 0 ? { token: robot.token, base: dingtalk.url } : { url: `${sink.url}/${name}` },
            limits: index === 0 ? limits : [],
            ...chain && index + 1 < names.length ? { fallback: names[index + 1], fallback_after: after } : {},
          }));
          const answer = await api(house, "PUT", "config/groups/ops/default", {
            ...version,
            body: {
              window,
              destinations,
              ...quiet ? { quiet } : {},
              ...flap ? { flap } : {},
              ...remind ? { remind } : {},
            },
          });
          equal([200, 201].includes(answer.status), true, JSON.stringify(answer.body));
        };
        const post = async (
          path: string,
          alerts: readonly { instance: string; status: string; severity: string }[],
        ) => {
          const response = await house.request(path, {
            method: "POST",
            body: JSON.stringify({
              alerts: alerts.map(({ status, ...labels }) => ({
                status,
                labels: { alertname: "T", ...labels },
              })),
            }),
          });
          equal(response.status, 200);
          await response.body?.cancel();
        };

        await change({ group: fc.sample(group, { numRuns: 1, seed: 1 })[0] });
        for (const one of steps) {
          if (one === "restart") {
            await house[Symbol.asyncDispose]();
            house = await open();
          } else if (one === "send the dead again") {
            equal((await api(house, "POST", "dead/send", { body: { since: "72h" } })).status, 200);
          } else if ("post" in one) {
            await post(
              "/webhook/ops/default",
              one.post.map(({ instance, ...rest }) => ({ ...rest, instance: `${instance}` })),
            );
            const instance = `witnessed-${posts++}`;
            await post("/webhook/witness/default", [{ instance, status: "firing", severity: "warning" }]);
            accepted.push(instance);
          } else if ("fault" in one) {
            FAULTS[one.fault]({ dingtalk, sink });
          } else if ("pass" in one) {
            for (let left = one.pass; left > 0; left -= 10 * MINUTE) {
              await house.advance(Math.min(left, 10 * MINUTE));
              await house.relay.tidy();
            }
          } else await change(one);
        }
        dingtalk.heal();
        for (let hour = 0; hour < 30; hour++) {
          await house.advance(HOUR);
          await house.relay.tidy();
          await house.settle();
        }
        const { body } = await api(house, "GET", "ledger?from=144h&verify=1");
        equal([body.addsUp, body.verified.faults, body.verified.differences], [true, [], []]);
        equal(body.verified.agrees, true);
        const text = JSON.stringify(witness.bodies);
        equal(accepted.filter((instance) => !text.includes(`"${instance}"`)), []);
        equal(house.reports, []);
        await house[Symbol.asyncDispose]();
      }),
      { numRuns: exclusive ? 6 : 3, endOnFailure: true },
    );
  });
}
