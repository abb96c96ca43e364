import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { encode } from "../../../relay/base/codec.ts";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";
import type { Action } from "../../../relay/domain/action.ts";
import type { TimelineItem } from "../../../relay/query/timeline.ts";
import { type Sink, startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { countingKv } from "../../kit/counting_kv.ts";
import { incident } from "../../kit/domain.ts";
import { addsUp } from "../../kit/ledger.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = ({ url }: Sink): string => `
members: [{ id: li.lei, name: 李雷, email: li.lei@example.com }, { id: han.mei, name: 韩梅梅 }]
groups:
  - owner: ops
    level: default
    members: [li.lei, han.mei]
    oncall: { rotation: [li.lei, han.mei], start: 2026-01-01, every: "30d" }
    timezone: UTC
    window: 5m
    repeat: 5m
    remind: 30m
    destinations: [{ name: hook, channel: webhook, config: { url: "${url}" } }]
rules: [{ match: ['alertname=~".*"'], group: ops/default }]`;

const CRITICAL = { labels: { severity: "critical" } };

async function act(house: TestRelay, action: Action, by = "李雷"): Promise<void> {
  const id = await newest(house);
  const now = house.clock.now();
  const result = await house.relay.commands.act(id, action, { by, account: "li.lei", now });
  equal(result?.refused, undefined, action.kind);
  await house.settle();
}

async function newest({ relay: { store } }: TestRelay): Promise<string> {
  const [open] = await store.incidents.newest("open", 1);
  const [closed] = await store.incidents.newest("closed", 1);
  return (open ?? closed)!.id;
}

async function timeline(
  house: TestRelay,
  query = "",
): Promise<{ timeline: TimelineItem[]; sentences: string[]; next?: string }> {
  return (await api(house, "GET", `incidents/${await newest(house)}/timeline?${query}`)).body;
}

Deno.test("a night in its order: what the alert did, who was notified, and what people did, in two languages", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    env: { FENGHUO_TZ: "UTC" },
    yaml: YAML(sink),
    clock: new TestClock(Date.UTC(2026, 0, 31)),
  });
  await house.fire(CRITICAL);
  for (let times = 0; times < 2; times++) await house.fire(CRITICAL);
  for (let times = 0; times < 3; times++) {
    await house.advance(6 * MINUTE);
    await house.fire(CRITICAL);
  }
  await house.advance(MINUTE);
  await act(house, { kind: "acknowledge", text: "looking" });
  await act(house, { kind: "take" }, "韩梅梅");
  await act(house, { kind: "assign", to: "李雷" }, "韩梅梅");
  await act(house, { kind: "note", text: "a disk is on its way" });
  await house.fire(CRITICAL);
  await act(house, { kind: "unacknowledge" });
  await house.advance(31 * MINUTE);
  await house.relay.tidy();
  await house.settle();
  await act(house, { kind: "snooze", until: house.clock.now() + HOUR });
  await act(house, { kind: "close", text: "disk replaced" });
  await house.advance(MINUTE);
  await act(house, { kind: "reopen", text: "no, it is not" });
  await house.advance(MINUTE);
  await house.fire({ ...CRITICAL, status: "resolved" });

  const { sentences, timeline: items, next } = await timeline(house, "lang=en");
  equal(next, undefined);
  const told = sentences.filter((line) => !line.startsWith("    "));
  equal(told, [
    "2026-01-31 00:00:00 The first alert arrived (Critical).",
    "  ops/default: Notified: the first alert of its incident.",
    "2026-01-31 00:00:00 2 more alerts, of which nobody was notified.",
    "2026-01-31 00:18:00 The alert fired again (Critical).",
    "  The same 3 times since 2026-01-31 00:06:00.",
    "  ops/default: Notified again: the sender re-sent the same occurrence, which is still firing.",
    "2026-01-31 00:19:00 李雷 acknowledged it: looking",
    "2026-01-31 00:19:00 韩梅梅 took it over from 李雷.",
    "2026-01-31 00:19:00 韩梅梅 assigned it to 李雷.",
    "2026-01-31 00:19:00 李雷 wrote a note: a disk is on its way",
    "2026-01-31 00:19:00 1 more alert, of which nobody was notified.",
    "2026-01-31 00:19:00 李雷 withdrew the acknowledgement.",
    "2026-01-31 00:50:00 ops/default: Notified again: reminder.",
    "2026-01-31 00:50:00 李雷 snoozed it until 2026-01-31 01:50:00.",
    "2026-01-31 00:50:00 李雷 closed it: disk replaced",
    "2026-01-31 00:50:00 ops/default: Notified: a person closed the incident.",
    "2026-01-31 00:51:00 李雷 reopened it: no, it is not",
    "2026-01-31 00:51:00 ops/default: Notified: the incident had been closed, and was reopened.",
    "2026-01-31 00:52:00 The sender resolved it.",
    "  ops/default: Notified: resolved.",
  ]);
  ok(
    sentences.includes(
      "    ops/default/hook: delivered at 2026-01-31 00:00:00: HTTP 200. To 李雷.",
    ),
    sentences.join("\n"),
  );
  const zh = (await timeline(house, "lang=zh")).sentences;
  equal(zh.length, sentences.length);
  ok(zh.includes("2026-01-31 00:19:00 韩梅梅 从 李雷 处接手了该事件。"), zh.join("\n"));
  ok(zh.includes("2026-01-31 00:50:00 李雷 关闭了该事件：disk replaced"));
  ok(!zh.some((line) => /\{\w+\}/.test(line)), "every parameter is filled");

  const backwards = await timeline(house, "lang=en&order=newest");
  equal(backwards.timeline, items.toReversed());
  ok(await addsUp(house));
});

Deno.test("pages of both orders hold each line once", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ env: { FENGHUO_TZ: "UTC" }, yaml: YAML(sink) });
  await house.fire(CRITICAL);
  for (let number = 0; number < 7; number++) {
    await house.advance(10 * SECOND);
    await house.fire(CRITICAL);
    await act(house, { kind: "note", text: `note ${number}` });
  }
  await house.fire(CRITICAL);
  const whole = (await timeline(house, "order=oldest")).timeline;
  equal(whole.filter(({ kind }) => kind === "duplicates").length, 8);
  for (const order of ["oldest", "newest"]) {
    const items: TimelineItem[] = [];
    let from: string | undefined = "";
    let pages = 0;
    do {
      const page = await timeline(house, `order=${order}&limit=3${from && `&from=${from}`}`);
      items.push(...page.timeline);
      from = page.next;
      pages++;
    } while (from !== undefined);
    equal(items, order === "oldest" ? whole : whole.toReversed(), order);
    equal(pages, 3, order);
  }
});

Deno.test("a failed message, the fallback that took over, and who sent it again", async () => {
  await using sink = await startSink();
  const yaml = `
groups:
  - owner: ops
    level: default
    destinations:
      - { name: hook, channel: webhook, config: { url: "${sink.url}" }, fallback: box }
      - { name: box, channel: inbox }
      - { name: other, channel: webhook, config: { url: "${sink.url}/other" } }
rules: [{ match: ['alertname=~".*"'], group: ops/default }]`;
  await using house = await testRelay({ yaml });
  sink.answer({ status: 400 });
  await house.fire({});
  sink.answer({ status: 200 });
  const [dead] = (await api(house, "GET", "dead")).body.dead;
  equal((await api(house, "POST", `dead/${dead.id}/send`, { body: {} })).status, 200);
  await house.settle();
  const { timeline: [first, resent] } = await timeline(house);
  ok(first?.kind === "alert");
  equal(
    first.groups[0]!.deliveries.map(({ destination, state, next }) => [destination, state, next]),
    [
      ["ops/default/hook", "suppressed", "ops/default/box"],
      ["ops/default/box", "delivered", undefined],
      ["ops/default/other", "delivered", undefined],
    ],
  );
  ok(resent?.kind === "resent");
  equal([resent.by, resent.destination], ["admin", "ops/default/other"]);
});

Deno.test("an incident of thousands of alerts is read with as many operations as one of eight", async () => {
  const reads: number[] = [];
  for (const alerts of [8, 3_000]) {
    await using sink = await startSink();
    using kv = await Deno.openKv(":memory:");
    const counting = countingKv(kv);
    await using house = await testRelay({ env: { FENGHUO_TZ: "UTC" }, yaml: YAML(sink), kv: counting.kv });
    for (let part = 0; part < 4; part++) {
      await house.accept(...Array.from({ length: alerts / 4 }, () => CRITICAL));
      await house.advance(6 * MINUTE);
    }
    await act(house, { kind: "take" });
    await timeline(house);
    const before = counting.asked.reads;
    const { timeline: items } = await timeline(house);
    reads.push(counting.asked.reads - before);
    ok(items.length <= 5, `${items.length} lines`);
  }
  equal(reads[1], reads[0]);
});

Deno.test("an incident of an earlier version shows what its own record holds", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ env: { FENGHUO_TZ: "UTC" }, yaml: YAML(sink) });
  const { timelineOf } = await import("../../../relay/query/timeline.ts");
  const at = house.clock.now();
  const old = incident({
    id: "01KG9EGN000000000000000000-000",
    at,
    count: 9,
    known: true,
    knownAt: at + MINUTE,
    knownBy: "李雷",
    memo: "looking",
    lastAt: at + HOUR,
    lastId: "01KG9EGN000000000000000000-008",
    closedAt: at + HOUR,
  });
  const read = async (old: Parameters<typeof timelineOf>[0]): Promise<string[]> => {
    const { items } = await timelineOf(old, house.relay.store, { limit: 50, order: "oldest" });
    return items.map((item) =>
      `${(item.at - at) / MINUTE} ${item.kind} ${"text" in item ? item.text : ""}`.trim()
    );
  };
  equal(await read(old), ["0 alert", "1 acknowledged looking", "1 duplicates", "60 alert"]);
  const { knownAt: _, knownBy: __, ...closed } = old;
  equal(await read({ ...closed, closedBy: "韩梅梅" }), ["0 alert", "60 closed looking", "60 duplicates"]);
  equal(await read({ ...closed, stale: true }), ["0 alert", "60 noted looking", "60 stale", "60 duplicates"]);
});

for (const last of ["take", "resolve", "note when it is over"] as const) {
  Deno.test(`what an earlier version knew of an incident stays in its timeline: ${last}`, async () => {
    await using sink = await startSink();
    using kv = await Deno.openKv(":memory:");
    const clock = new TestClock();
    const shared = { env: { FENGHUO_TZ: "UTC" }, yaml: YAML(sink), kv, exclusive: false, clock } as const;
    {
      await using house = await testRelay(shared);
      await house.fire(CRITICAL);
      await house.advance(MINUTE);
      const note = { kind: "acknowledge", text: "looking" } as const;
      await act(house, last === "note when it is over" ? { ...note, kind: "close" } : note, "韩梅梅");
    }
    await forgetTimelines(kv);
    await using house = await testRelay(shared);
    await house.advance(MINUTE);
    if (last === "resolve") await house.fire({ ...CRITICAL, status: "resolved" });
    else if (last === "take") await act(house, { kind: "take", text: "mine" });
    else await act(house, { kind: "note", text: "mine" });
    const lines = (await timeline(house)).timeline.flatMap((item) =>
      "text" in item ? `${item.kind} ${"by" in item ? item.by : ""} ${item.text}` : []
    );
    equal(
      lines,
      {
        take: ["acknowledged 韩梅梅 looking", "taken 李雷 mine"],
        resolve: ["acknowledged 韩梅梅 looking"],
        "note when it is over": ["closed 韩梅梅 looking", "noted 李雷 mine"],
      }[last],
    );
  });
}

/** Make a shared store such as an earlier version left it. */
async function forgetTimelines(kv: Deno.Kv): Promise<void> {
  for await (const { key, value } of kv.list<Uint8Array>({ prefix: [] })) {
    if (key[0] === "timeline") await kv.delete(key);
    if (!(value instanceof Uint8Array)) continue;
    const text = new TextDecoder().decode(value);
    if (!text.includes('"timeline":{')) continue;
    const { timeline: _, ...rest } = JSON.parse(text);
    await kv.set(key, encode(rest));
  }
}

Deno.test("two instances on one store write each fact once, and an entry sorts after those that it follows", async () => {
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const behind = new TestClock(clock.now() - 40 * SECOND);
  const shared = { env: { FENGHUO_TZ: "UTC" }, yaml: YAML(sink), kv, exclusive: false } as const;
  await using house = await testRelay({ ...shared, clock });
  await using other = await testRelay({ ...shared, clock: behind });
  await house.fire(CRITICAL);
  const id = await newest(house);
  const note = (relay: TestRelay, text: string): Promise<unknown> =>
    relay.relay.commands.act(id, { kind: "note", text }, {
      by: "李雷",
      account: "li.lei",
      now: relay.clock.now(),
    });
  for (let number = 0; number < 4; number++) {
    await note(number % 2 === 0 ? house : other, `in turn ${number}`);
  }
  await Promise.all(
    Array.from({ length: 6 }, (_, number) => note(number < 3 ? house : other, `at once ${number}`)),
  );
  const texts = (await timeline(house)).timeline.flatMap((item) => item.kind === "noted" ? item.text : []);
  equal(texts.slice(0, 4), ["in turn 0", "in turn 1", "in turn 2", "in turn 3"]);
  equal(texts.slice(4).toSorted(), Array.from({ length: 6 }, (_, number) => `at once ${number}`));
  equal((await house.relay.store.incidents.get(id))?.timeline?.acts, 10);
});

Deno.test("a first alert and its duplicates cost no key of the timeline; a repeat costs one", async () => {
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  const { kv: counted, asked } = countingKv(kv);
  await using house = await testRelay({ env: { FENGHUO_TZ: "UTC" }, yaml: YAML(sink), kv: counted });
  const entries = (): number => asked.keys.filter((key) => key.includes('"timeline"')).length;
  await house.accept(...Array.from({ length: 50 }, () => CRITICAL));
  await house.accept(CRITICAL);
  equal(entries(), 0);
  await house.advance(6 * MINUTE);
  await house.accept(CRITICAL);
  equal(entries(), 1);
});
