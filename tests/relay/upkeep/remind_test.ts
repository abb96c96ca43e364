import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { afterReminder, hasStopped, isReminderDue } from "../../../relay/domain/reminder.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { type Scene, scene } from "../../kit/duty.ts";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";

const CRITICAL = { labels: { severity: "critical" } } as const;

const yaml = (more: string): string => `
groups:
  - { owner: default, level: default, locale: en, timezone: UTC, remind: 30m${more}, destinations: [{ channel: inbox }] }`;

async function newestBody({ house }: Scene): Promise<string> {
  const [newest] = await house.relay.store.caches.newest("inbox", 1) as { body: string }[];
  return newest!.body;
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, reminders stop when the sender stops, say so, and go on when it sends again, through restarts`, async () => {
    await using house = await scene({ exclusive, yaml: yaml(", remind_stop: 1h") });
    await house.fire(CRITICAL);
    await house.minutes(10);
    equal(await house.fire(CRITICAL), "folded");
    await house.heard();
    await house.minutes(59);
    equal(await house.heard(), ["reminder firing", "reminder firing"]);
    ok(!(await newestBody(house)).includes("last reminder"));
    await house.restart();
    await house.minutes(22); // 80 minutes after the last re-send
    equal(await house.heard(), ["reminder firing"]);
    match(await newestBody(house), /last reminder: its sender has not sent it again since 2026-01-31 08:10/);
    await house.restart();
    await house.minutes(60);
    equal(await house.heard(), []);
    const [incident] = await house.house.relay.store.incidents.newest("open", 1);
    const { body } = await api(house.house, "GET", `alerts/${incident!.id}/why?lang=en`);
    ok(
      body.sentences.some((one: string) =>
        /^default\/default: no more reminders, .* since 2026-01-31 /.test(one)
      ),
    );
    const { html } = await (await visitor(house.house)).get(`/incidents/${incident!.id}`, {
      "accept-language": "en",
    });
    match(html, /default\/default: no more reminders/);
    await house.fire(CRITICAL);
    await house.heard();
    await house.minutes(1);
    equal(await house.heard(), ["reminder firing"]);
    ok(!(await newestBody(house)).includes("last reminder"));
  });
}

Deno.test("an incident that its sender never sent again is reminded of on and on", async () => {
  await using house = await scene({ yaml: yaml(", remind_stop: 1h") });
  await house.fire(CRITICAL);
  await house.minutes(6 * 60);
  equal((await house.heard()).length, 1 + 12);
  await house.again(CRITICAL); // a new occurrence is no re-send
  await house.minutes(3 * 60);
  equal((await house.heard()).filter((one) => one === "reminder firing").length, 6);
});

Deno.test("a group that is reminded more rarely than that hears of the end of the reminders all the same", async () => {
  await using house = await scene({ yaml: yaml(", remind_stop: 10m") });
  await house.fire(CRITICAL);
  await house.minutes(5);
  await house.fire(CRITICAL);
  await house.heard();
  await house.minutes(5 * 60);
  equal(await house.heard(), ["reminder firing"]);
  match(await newestBody(house), /last reminder/);
});

const OPEN = { closedAt: null, lastAt: 0 } as const;
const STOPPED: [
  string,
  Partial<Pick<Incident, "resends" | "lastAt" | "closedAt">>,
  number | undefined,
  number,
][] = [
  [
    "a minute after it began, as its group changed: thirteen hours, kube-prometheus's repeat_interval and some",
    { resends: MINUTE },
    undefined,
    13 * HOUR,
  ],
  ["every four hours", { resends: 4 * HOUR }, undefined, 13 * HOUR],
  ["every twelve hours", { resends: 12 * HOUR }, undefined, 24 * HOUR],
  ["as configured", { resends: 12 * HOUR }, HOUR, HOUR],
  ["never", {}, HOUR, Infinity],
  ["an incident that is over", { resends: MINUTE, closedAt: 1 }, HOUR, Infinity],
];

for (const [name, fields, remindStop, after] of STOPPED) {
  Deno.test(`when a sender has stopped: ${name}`, () => {
    const incident = { ...OPEN, ...fields };
    const stopped = (now: number): boolean => hasStopped(incident, { remindStop, now });
    if (after === Infinity) return equal(stopped(1_000 * HOUR), false);
    equal([stopped(after - 1), stopped(after)], [false, true]);
  });
}

Deno.test("a reminder of an earlier version was not the last one", () => {
  const incident = {
    ...OPEN,
    known: false,
    severity: "critical",
    resends: MINUTE,
    windows: { g: { at: 0, severity: "critical", reminded: { at: 0, count: 1 } } },
  } as unknown as Incident;
  const now = 14 * HOUR;
  equal(isReminderDue(incident, { group: "g", remind: HOUR, now }), true);
  const after = afterReminder(incident, { group: "g", now });
  equal(after.windows.g!.reminded, { at: now, count: 2, final: true });
  equal(isReminderDue(after, { group: "g", remind: HOUR, now: now + 2 * HOUR }), false);
  equal(
    isReminderDue({ ...after, lastAt: now + HOUR }, { group: "g", remind: HOUR, now: now + 2 * HOUR }),
    true,
  );
});
