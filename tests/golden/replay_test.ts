/**
 * An hour of kube-prometheus with 30 steady warnings and one pod that flaps, in one group of Alertmanager: whenever the pod
 * changes, Alertmanager posts the whole group again, because it posts groups and not alerts. With its defaults
 * (`group_wait: 30s`, `group_interval: 5m`, `repeat_interval: 4h`) the hour below makes 8 posts of 31 alerts: 248 alerts, of
 * which 38 say something new: 31 that began, and 7 changes of the pod.
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { TestClock } from "../kit/clock.ts";
import { type TestRelay, testRelay, webhook } from "../kit/relay.ts";
import type { GoldenAlert } from "./alerts/alert.ts";
import { podCrashLooping, podNotReady } from "./alerts/kube_prometheus.ts";
import { type Course, type Post, postsOf } from "./_alertmanager.ts";
import { MINUTE } from "../../relay/base/duration.ts";

const BEGAN = Date.UTC(2026, 10, 20, 2);
const HOUR_LATER = BEGAN + 60 * MINUTE;

/** Alertmanager's own defaults. */
const ROUTE = { groupWait: MINUTE / 2, groupInterval: 5 * MINUTE, repeatInterval: 240 * MINUTE };

/** Warnings that fire for the whole hour. */
const STEADY: readonly GoldenAlert[] = Array.from(
  { length: 30 },
  (_, index) => podNotReady("prod", `batch-${index + 10}`),
);

const FLAPPING = podCrashLooping("prod", "checkout-7d9f8b6c5-x2x4z", "app");

/** Minutes at which the pod crashes and recovers. */
const FLAPS = [[0, 8], [13, 18], [28, 33], [43, 53]] as const;

const COURSES: readonly Course<GoldenAlert>[] = [
  ...STEADY.map((alert) => ({ alert, periods: [{ from: BEGAN, to: Infinity }] })),
  {
    alert: FLAPPING,
    periods: FLAPS.map(([from, to]) => ({ from: BEGAN + from * MINUTE, to: BEGAN + to * MINUTE })),
  },
];

/** A relay after the hour, with the numbers of alerts posted and of notifications. */
interface Lived {
  readonly house: TestRelay;
  readonly posted: number;
  readonly told: number;
}

async function live(house: TestRelay): Promise<Lived> {
  const posts = postsOf(COURSES, ROUTE, HOUR_LATER);
  let told = 0;
  for (const post of posts) {
    await advanceTo(house, post.at);
    const response = await house.request("/webhook", {
      method: "POST",
      body: JSON.stringify(payloadOf(post)),
    });
    told += (await response.json()).notifications;
  }
  await advanceTo(house, HOUR_LATER);
  return { house, posted: posts.reduce((sum, { alerts }) => sum + alerts.length, 0), told };
}

/** Move the clock, with the relay's upkeep every minute. */
async function advanceTo(house: TestRelay, at: number): Promise<void> {
  while (house.clock.now() < at) {
    await house.advance(Math.min(MINUTE, at - house.clock.now()));
    await house.relay.tidy();
  }
}

function payloadOf({ alerts }: Post<GoldenAlert>): unknown {
  return {
    ...webhook(...alerts.map(({ alert: { object: _object, ...alert }, status, startsAt, endsAt }) => ({
      ...alert,
      status,
      startsAt: new Date(startsAt).toISOString(),
      ...endsAt === null ? {} : { endsAt: new Date(endsAt).toISOString() },
    }))),
    groupKey: '{}:{namespace="prod"}',
  };
}

Deno.test("of an hour of kube-prometheus, 248 alerts, people are told at most 40", async () => {
  await using house = await testRelay({ clock: new TestClock(BEGAN) });
  const { posted, told } = await live(house);
  equal(posted, 248);
  ok(told <= 40, `${told} of ${posted} alerts were told`);
});

Deno.test("of that hour each steady warning is told once, and none of them is said to have come again", async () => {
  await using house = await testRelay({ clock: new TestClock(BEGAN) });
  await live(house);
  const reasons = new Map<string, string[]>();
  for (const { alert, routing } of await house.relay.store.log.newest(500)) {
    const name = "labels" in alert ? alert.labels.pod! : "";
    for (const { outcome } of routing) {
      if ("reason" in outcome) reasons.set(name, [...reasons.get(name) ?? [], outcome.reason]);
    }
  }
  for (const { object } of STEADY) equal(reasons.get(object), ["first"], object);
});

Deno.test("what Alertmanager posts: a group again when one of it changes, or after the repeat interval", () => {
  const posts = postsOf(
    [
      { alert: "a", periods: [{ from: 0, to: Infinity }] },
      { alert: "b", periods: [{ from: 6 * MINUTE, to: 14 * MINUTE }] },
    ],
    { groupWait: MINUTE, groupInterval: 5 * MINUTE, repeatInterval: 20 * MINUTE },
    45 * MINUTE,
  );
  equal(
    posts.map(({ at, alerts }) => [at / MINUTE, alerts.map(({ alert, status }) => `${alert} ${status}`)]),
    [
      [1, ["a firing"]],
      [6, ["a firing", "b firing"]],
      [16, ["a firing", "b resolved"]],
      [36, ["a firing"]],
    ],
  );
});
