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

Deno.test("what was told, what was folded into it, and what was told of its end", async () => {
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
    /^ops\/default: rule 2 leads there\.\nTold: it is the first of its incident\.\nops\/default\/webhook: delivered at 2026-01-31 16:00:00: .+\.\n {2}Attempt 1 at 2026-01-31 16:00:00, \d+ ms, POST http:\S+: delivered: HTTP 200\.$/m,
  );
  ok((await sentences(house, folded)).includes(
    `Not told: folded into the window of ${first}, which lasts until 2026-01-31 16:05:00.`,
  ));
  ok((await sentences(house, resent)).includes(
    `Not told: its sender sent the same firing again, of which the group was told by ${first}. ` +
      "If it still fires after 2026-01-31 20:00:00, the group is told so.",
  ));
  const resolved = await post(house, { labels: OPS, status: "resolved" });
  ok((await sentences(house, resolved)).includes("Told: the trouble is over."));
  ok(
    (await sentences(house, folded)).includes(`Not told: folded into the window of ${first}.`),
    "the window is gone, and the log tells it still",
  );
});

Deno.test("what nobody could be told of, and why", async () => {
  await using house = await testRelay({ yaml: yaml("http://127.0.0.1:9/") });
  const lonely = await post(house, { labels: { team: "none" } });
  const over = await post(house, { labels: OPS, status: "resolved" });
  ok((await sentences(house, lonely)).includes("Not told: the group has no destinations; give it one."));
  match(
    (await sentences(house, over)).join("\n"),
    /^Not told: it says that something is over, and nothing is open of which the group was told/m,
  );
});

Deno.test("what waits says for what, what was given up says why, and who sent it again", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: yaml(sink.url) });
  sink.answer({ status: 503, times: 1 });
  const waiting = await post(house, { labels: OPS });
  match(
    (await sentences(house, waiting)).join("\n"),
    /^ops\/default\/webhook: has waited for 0 s; the next try is at 2026-01-31 16:00:05: HTTP 503.*\.\nCause: .*\. What to do: .*\.\n {2}Attempt 1 .*: failed: HTTP 503.*\.$/m,
  );
  await house.advance(HOUR);
  sink.answer({ status: 401, times: 1 });
  const paused = await post(house, { labels: { ...OPS, instance: "b" } });
  match(
    (await sentences(house, paused)).join("\n"),
    /the vendor refuses the configuration, which is tried again at 2026-01-31 17:05:00 and at once when it changes: HTTP 401/,
  );
  await house.advance(24 * HOUR);
  await house.settle();
  sink.answer({ status: 400, times: 2 });
  const dead = await post(house, { labels: { ...OPS, instance: "c" } });
  match(
    (await sentences(house, dead)).join("\n"),
    /^ops\/default\/webhook: given up at .*: HTTP 400.*\.\nCause: .*\. What to do: .*\.\n {2}Attempt 1 .*\n {2}Attempt 2/m,
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

Deno.test("every reason to tell and not to tell has its sentence", () => {
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
    match(words, outcome.kind === "told" ? /^Told/ : /^Not told/);
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
    return (await sentences(house, folded)).filter((sentence) => sentence.startsWith("Not told"));
  };
  const found = await story(60_000);
  equal(found.length, 2);
  for (const sentence of found) match(sentence, /^Not told: folded into the window of \S+\.$/);
  equal(new Set(await story(0)).size, 1);
  ok(!(await story(0))[0]!.includes("window of"), "it does not guess");
});

/** All that a group has to say of the alerts of these instances, in one text. */
async function story(house: TestRelay, lang: "en" | "zh", ...instances: readonly string[]): Promise<string> {
  const logged = await house.relay.store.log.newest(1_000);
  const ids = logged.flatMap(({ id, alert }) =>
    "labels" in alert && instances.includes(alert.labels.instance ?? "") ? [id] : []
  );
  return (await Promise.all(ids.toReversed().map((id) => sentences(house, id, lang)))).flat().join("\n");
}

Deno.test("what waits for the vendor's budget says what the vendor takes, and then which digest told it", async () => {
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
    /has waited for 0 s; its vendor takes 20 messages in 60 s, of which 8 are used up; it waits for the next digest, or for room\.$/m,
  );
  match(
    await story(house, "zh", "db-15"),
    /已等待 0 秒；60 秒内对方只收 20 条，已用 8 条；等待下一条汇总，或等待空余名额。$/m,
  );
  await house.advance(10_000);
  match(
    await story(house, "en", "db-15"),
    /delivered at \S+ \S+ in the digest \S+: ok\.\n {2}Attempt 1 .*: delivered: HTTP 200: ok\. Together with others: 12 in one message\.$/m,
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
    /^default\/default\/gone: not told; handed to default\/default\/hook at 2026-01-31 16:00:00: HTTP 401\.$/m,
  );
  match(en, /^default\/default\/hook is told instead of default\/default\/gone: HTTP 401\.$/m);
  match(
    await story(house, "zh", "a"),
    /^default\/default\/gone：未送达，\S+ \S+ 转交 default\/default\/hook：HTTP 401。$/m,
  );
  await minutes(house, 31);
  match(
    await story(house, "en", "a"),
    /^Told again as a reminder\.\ndefault\/default\/gone: not told; handed to default\/default\/hook at/m,
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
    /^Told: it is the first of its incident\. It waits for the end of the quiet hours at 2026-01-31 20:00:00\.\ndefault\/default\/inbox: has waited for 1 min 30 s; the quiet hours end at 2026-01-31 20:00:00\.$/m,
  );
  match(
    await story(house, "zh", "a"),
    /第一条告警。等待免打扰时段于 2026-01-31 20:00:00 结束。\n.*已等待 1 分 30 秒；免打扰时段到/,
  );
  await house.advance(4 * HOUR);
  match(
    await story(house, "en", "a"),
    /^Told: it is the first of its incident\.\ndefault\/default\/inbox: delivered at 2026-01-31 20:01:30: /m,
  );
});
