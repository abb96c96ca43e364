import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import en from "../../../locales/en.json" with { type: "json" };
import { why } from "../../../relay/query/why.ts";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { minutes } from "../../kit/duty.ts";
import { SECRETS, type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";
import { HOUR } from "../../../relay/base/duration.ts";

async function sentences(house: TestRelay, name: string, lang = "en"): Promise<string[]> {
  const response = await house.request(`/api/alerts/${name}/why?lang=${lang}`, {
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  equal(response.status, 200);
  return (await response.json()).sentences;
}

async function post(house: TestRelay, alert: TestAlert): Promise<string> {
  await house.fire(alert);
  const [logged] = await house.relay.store.log.newest(1);
  return logged!.id;
}

const yaml = (url: string): string => `
groups:
  - owner: ops
    level: default
    destinations: [{ channel: webhook, config: { url: "${url}" } }]
  - { owner: nobody, level: default, destinations: [] }
rules:
  - { match: ['team="none"'], group: nobody/default }
  - { match: ['team="ops"'], group: ops/default }
`;

const OPS = { team: "ops" };

Deno.test("the story of an alert: its notification, what was folded into it, and the notification of its end", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: yaml(sink.url) });
  const first = await post(house, { labels: OPS });
  house.clock.advance(1_000);
  const startsAt = new Date(house.clock.now()).toISOString();
  const folded = await post(house, { labels: OPS, startsAt });
  const resent = await post(house, { labels: OPS, startsAt });
  const told = (await sentences(house, first)).join("\n");
  match(
    told,
    /^Received at 2026-01-31 16:00:00 through alertmanager: Test \(Firing, Warning\)\. Its fingerprint is [0-9a-f]{32}\.$/m,
  );
  match(told, /^It belongs to the incident \S+: 3 alerts since 2026-01-31 16:00:00\.$/m);
  match(
    told,
    /^ops\/default: matched by rule 2\.\nNotified: the first alert of its incident\.\nops\/default\/webhook: delivered at 2026-01-31 16:00:00: .+\.\n {2}Attempt 1 at 2026-01-31 16:00:00, \d+ ms, POST http:\S+: delivered: HTTP 200\.$/m,
  );
  ok((await sentences(house, folded)).includes(
    `Not notified: duplicate of ${first}, whose window ends at 2026-01-31 16:05:00.`,
  ));
  ok((await sentences(house, resent)).includes(
    `Not notified: the sender re-sent the same occurrence, and the group was already notified of ${first}. ` +
      "If it is still firing after 2026-01-31 20:00:00, the group is notified again.",
  ));
  const resolved = await post(house, { labels: OPS, status: "resolved" });
  ok((await sentences(house, resolved)).includes("Notified: resolved."));
  ok(
    (await sentences(house, folded)).includes(`Not notified: duplicate of ${first}, within its window.`),
    "the window is gone, and the log tells it still",
  );
});

Deno.test("alerts of which nobody could be notified, and why", async () => {
  await using house = await testRelay({ yaml: yaml("http://127.0.0.1:9/") });
  const lonely = await post(house, { labels: { team: "none" } });
  const over = await post(house, { labels: OPS, status: "resolved" });
  ok((await sentences(house, lonely)).includes("Not notified: the group has no destinations; add one."));
  match(
    (await sentences(house, over)).join("\n"),
    /^Not notified: this is a resolved alert, but no open incident of which the group was notified matches it/m,
  );
});

Deno.test("what waits says for what, what was given up says why, and who sent it again", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: yaml(sink.url) });
  sink.answer({ status: 503, times: 1 });
  const waiting = await post(house, { labels: OPS });
  match(
    (await sentences(house, waiting)).join("\n"),
    /^ops\/default\/webhook: pending for 0 s; next attempt at 2026-01-31 16:00:05: HTTP 503.*\.\nCause: .*\. What to do: .*\.\n {2}Attempt 1 .*: failed: HTTP 503.*\.$/m,
  );
  await house.advance(HOUR);
  sink.answer({ status: 401, times: 1 });
  const paused = await post(house, { labels: { ...OPS, instance: "b" } });
  match(
    (await sentences(house, paused)).join("\n"),
    /the provider refuses the configuration; next attempt at 2026-01-31 17:05:00, or as soon as the configuration changes: HTTP 401/,
  );
  await house.advance(24 * HOUR);
  await house.settle();
  sink.answer({ status: 400, times: 2 });
  const dead = await post(house, { labels: { ...OPS, instance: "c" } });
  match(
    (await sentences(house, dead)).join("\n"),
    /^ops\/default\/webhook: failed \(dead letter\) at .*: HTTP 400.*\.\nCause: .*\. What to do: .*\.\n {2}Attempt 1 .*\n {2}Attempt 2/m,
  );
  await house.request(`/api/dead/${dead}-0/send`, {
    method: "POST",
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  await house.settle();
  match(
    (await sentences(house, dead)).join("\n"),
    /^ops\/default\/webhook: delivered at .*\nSent again by admin at .*\n {2}Attempt 1 .*\n {2}Attempt 2 .*\n {2}Attempt 3 .*: delivered: HTTP 200\.$/m,
  );
});

Deno.test("a fingerprint stands for its newest alert, open or over; another one is a 404", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: yaml(sink.url) });
  await post(house, { labels: OPS });
  const second = await post(house, { labels: OPS });
  const fingerprint = (await house.relay.store.log.alert(second))!.fingerprint;
  equal(await sentences(house, fingerprint), await sentences(house, second));
  const resolved = await post(house, { labels: OPS, status: "resolved" });
  equal(await sentences(house, fingerprint), await sentences(house, resolved));
  match((await sentences(house, fingerprint, "zh"))[0]!, /收到：Test（已恢复，警告）/);
  for (const name of ["0".repeat(32), "nonsense", `${"0".repeat(26)}-000`]) {
    const response = await house.request(`/api/alerts/${name}/why`, {
      headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
    });
    equal(response.status, 404);
    match((await response.json()).error, /^There is no alert of this id or fingerprint/);
  }
});

Deno.test("every reason to notify and not to notify has its sentence", () => {
  const alert = { status: "firing", severity: "info", startsAt: null } as const;
  const base = { id: "a", at: 0, fingerprint: "f", incident: null, alert };
  const options = { now: 0, locale: "en", timezone: "UTC" } as const;
  const told = Object.keys(en).filter((key) => key.startsWith("why.told.")).map((key) => key.slice(9));
  const suppressed = Object.keys(en).filter((key) => key.startsWith("why.suppressed.")).map((key) =>
    key.slice(15)
  );
  ok(told.includes("first") && suppressed.includes("silence"));
  for (
    const outcome of [
      ...told.map((reason) => ({ kind: "told", reason, folded: 0 })),
      ...suppressed.map((by) => ({ kind: "suppressed", by, silence: "s1" })),
    ]
  ) {
    const routing = [{ group: "g", by: "default", outcome }] as never;
    const trace = {
      alert: { ...base, routing },
      incident: undefined,
      into: new Map(),
      deliveries: [],
      silences: new Map([["s1", { comment: "we know" }]]),
    };
    const words = why(trace, options).at(-1)!;
    match(words, outcome.kind === "told" ? /^Notified/ : /^Not notified/);
    equal(/we know/.test(words), "by" in outcome && outcome.by !== undefined);
  }
});

Deno.test("when the time to search is over, a folded alert's story says all but into what it was folded", async () => {
  const story = async (searchBudget: number): Promise<string[]> => {
    await using house = await testRelay({
      searchBudget,
      yaml: `
groups:
  - { owner: a, level: default, window: 1h, destinations: [{ channel: inbox }] }
  - { owner: b, level: default, window: 1h, destinations: [{ channel: inbox }] }
rules:
  - { match: ['alertname="Test"'], group: a/default }
  - { match: ['alertname="Test"'], group: b/default }`,
    });
    const labels = { alertname: "Test", host: "db-1" };
    await post(house, { labels });
    // Between the two lies more than one look into the log takes.
    for (let number = 0; number < 60; number++) {
      await post(house, { labels: { alertname: "Other", n: `${number}` } });
    }
    house.clock.advance(1_000);
    const folded = await post(house, { labels, startsAt: new Date(house.clock.now()).toISOString() });
    house.clock.advance(5 * HOUR);
    await post(house, { labels }); // told once more: the window of now is not the one that folded it
    return (await sentences(house, folded)).filter((sentence) => sentence.startsWith("Not notified"));
  };
  const found = await story(60_000);
  equal(found.length, 2);
  for (const sentence of found) match(sentence, /^Not notified: duplicate of \S+, within its window\.$/);
  equal(new Set(await story(0)).size, 1);
  ok(!(await story(0))[0]!.includes("duplicate of"), "it does not guess");
});

/** All that a group has to say of the alerts of these instances, in one text. */
async function story(house: TestRelay, lang: "en" | "zh", ...instances: readonly string[]): Promise<string> {
  const logged = await house.relay.store.log.newest(1_000);
  const ids = logged.flatMap(({ id, alert }) =>
    "labels" in alert && instances.includes(alert.labels.instance ?? "") ? [id] : []
  );
  return (await Promise.all(ids.toReversed().map((id) => sentences(house, id, lang)))).flat().join("\n");
}

Deno.test("what waits for the vendor's budget says what the vendor takes, and then which digest it went into", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => house.clock.now() });
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }]`,
  });
  for (let index = 0; index < 20; index++) await post(house, { labels: { instance: `db-${index}` } });
  match(
    await story(house, "en", "db-15"),
    /pending for 0 s; the provider accepts 20 messages in 60 s, of which 8 are used; it waits for the next digest, or for room\.$/m,
  );
  match(
    await story(house, "zh", "db-15"),
    /已等待 0 秒；60 秒内服务方只收 20 条，已用 8 条；等待下一条汇总，或等待空余名额。$/m,
  );
  await house.advance(10_000);
  match(
    await story(house, "en", "db-15"),
    /delivered at \S+ \S+ in the digest \S+: ok\.\n {2}Attempt 1 .*: delivered: HTTP 200: ok\. Sent together with others: 12 in one message\.$/m,
  );
  match(await story(house, "zh", "db-15"), /送达：HTTP 200: ok。与其他告警合并：一条消息 12 条。$/m);
});

Deno.test("what a fallback took over says so once, in the reader's language; a reminder is called one", async () => {
  await using sink = await startSink();
  await using gone = await startSink();
  gone.answer({ status: 401 });
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    remind: 30m
    destinations:
      - { name: gone, channel: webhook, config: { url: "${gone.url}" }, fallback: hook }
      - { name: hook, channel: webhook, config: { url: "${sink.url}" } }`,
  });
  await post(house, { labels: { instance: "a", severity: "critical" } });
  const en = await story(house, "en", "a");
  match(en, /^It belongs to the incident \S+: 1 alert since 2026-01-31 16:00:00\.$/m);
  match(
    en,
    /^default\/default\/gone: not delivered; rerouted to default\/default\/hook at 2026-01-31 16:00:00: HTTP 401\.$/m,
  );
  match(en, /^default\/default\/hook stands in for default\/default\/gone: HTTP 401\.$/m);
  match(
    await story(house, "zh", "a"),
    /^default\/default\/gone：未送达，\S+ \S+ 已转备用渠道 default\/default\/hook：HTTP 401。$/m,
  );
  await minutes(house, 31);
  match(
    await story(house, "en", "a"),
    /^Notified again: reminder\.\ndefault\/default\/gone: not delivered; rerouted to default\/default\/hook at/m,
  );
});

Deno.test("what quiet hours hold back says until when, and how long it has waited", async () => {
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    quiet: { from: "10:00", to: "20:00" }
    destinations: [{ channel: inbox }]`,
  });
  await post(house, { labels: { instance: "a" } });
  await house.advance(90_000);
  match(
    await story(house, "en", "a"),
    /^Notified: the first alert of its incident\. Held until quiet hours end at 2026-01-31 20:00:00\.\ndefault\/default\/inbox: pending for 1 min 30 s; quiet hours end at 2026-01-31 20:00:00\.$/m,
  );
  match(
    await story(house, "zh", "a"),
    /第一条告警。等待免打扰时段于 2026-01-31 20:00:00 结束。\n.*已等待 1 分 30 秒；免打扰时段到/,
  );
  await house.advance(4 * HOUR);
  match(
    await story(house, "en", "a"),
    /^Notified: the first alert of its incident\.\ndefault\/default\/inbox: delivered at 2026-01-31 20:01:30: /m,
  );
});
