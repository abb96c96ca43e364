import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { type DingTalk, startDingTalk } from "../../../simulator/dingtalk.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { MINUTE, SECOND } from "../../../relay/base/duration.ts";

const TOKEN = "T+/=&1";

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly clock: TestClock;
  readonly dingtalk: DingTalk;
  readonly kv: Deno.Kv;
  /** Stop the relay at once, and start another one on its database. */
  restart(): Promise<TestRelay>;
}

/** A relay whose groups `default/default` and `ops/default` share a robot that accepts 20 messages a minute. */
async function scene({ more = "", config = "", top = "", env = {} } = {}): Promise<Scene> {
  const clock = new TestClock();
  const dingtalk = await startDingTalk({ robots: [{ token: TOKEN }], now: () => clock.now() });
  const kv = await Deno.openKv(":memory:");
  const yaml = ["default", "ops"].map((owner) => `
  - owner: ${owner}
    level: default
    destinations:
      - { channel: dingtalk_robot, config: { token: "${TOKEN}", base: "${dingtalk.url}"${config} }${more} }`);
  const open = (): Promise<TestRelay> =>
    testRelay({ clock, kv, env, yaml: `${top}\ngroups:${yaml.join("")}`, sendTimeout: 2_000 });
  let house = await open();
  return {
    get house() {
      return house;
    },
    clock,
    dingtalk,
    kv,
    async restart(): Promise<TestRelay> {
      await house.relay.stop({ grace: 0 });
      return house = await open();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      kv.close();
      await dingtalk.close();
    },
  };
}

/** Post alerts of different instances, one by one; each is worked on before the next comes. */
async function burst(
  { house }: Pick<Scene, "house">,
  from: number,
  to: number,
  { severity = "warning", team = "" } = {},
): Promise<void> {
  for (let index = from; index < to; index++) {
    await house.fire({
      labels: { instance: `db-${index}`, severity, ...team ? { team } : {} },
    });
  }
}

const titles = ({ dingtalk }: Scene): string[] => dingtalk.robot(TOKEN).messages.map(({ title }) => title);
const texts = ({ dingtalk }: Scene): string[] => dingtalk.robot(TOKEN).messages.map(({ text }) => text);

Deno.test("of 100 alerts to a robot that takes 20 a minute all are delivered within the minute, in at most 20 messages", async () => {
  await using stage = await scene();
  await burst(stage, 0, 100);
  equal(titles(stage).length, 8, "one by one, while there are few");
  for (let second = 0; second < 60; second++) await stage.house.advance(SECOND);
  const all = await stage.house.deliveries();
  equal(all.length, 100);
  ok(all.every(({ state, because }) => state === "delivered" && because === "ok"));
  ok(titles(stage).length <= 20, `${titles(stage).length} messages`);
  equal(stage.dingtalk.requests.length, titles(stage).length, "the robot had nothing to refuse");
  // The digest contains each of the others, and their records name it.
  equal(titles(stage)[8], "🟡db-8等92 Test");
  const text = texts(stage)[8]!;
  for (let index = 8; index < 100; index++) {
    ok(new RegExp(`db-${index}(、|$)`, "m").test(text), `db-${index}`);
  }
  const named = all.filter(({ digest }) => digest !== undefined);
  equal(named.length, 92);
  const record = await stage.house.relay.store.deliveries.digest(named[0]!.digest!);
  equal(record?.deliveries.toSorted(), named.map(({ id }) => id).toSorted());
  equal([record!.shown, record!.incidents, record!.body === text], [92, 92, true]);
  equal(named[0]!.attempts.at(-1)!.together, 92);
});

Deno.test("a storm that goes on is told every few seconds, and the robot never has to refuse", async () => {
  await using stage = await scene();
  let index = 0;
  for (let second = 0; second < 300; second++) {
    await burst(stage, index, index += 2);
    await stage.house.advance(SECOND);
  }
  await stage.house.advance(10 * SECOND);
  const all = await stage.house.deliveries();
  equal(all.filter(({ state }) => state === "delivered").length, 600);
  equal(stage.dingtalk.requests.length, titles(stage).length);
  const waits = all.map(({ at, settledAt }) => settledAt! - at);
  ok(Math.max(...waits) <= 15 * SECOND, `one waited ${Math.max(...waits)} ms`);
  const arrivals = stage.dingtalk.requests.map(({ at }) => at);
  for (const at of arrivals) ok(arrivals.filter((other) => other > at - MINUTE && other <= at).length <= 20);
});

Deno.test("that a person closed a hundred incidents at once is told in a digest, too", async () => {
  await using stage = await scene();
  await burst(stage, 0, 100);
  for (let second = 0; second < 120; second++) await stage.house.advance(SECOND);
  const before = titles(stage).length;
  const { commands, query, clock } = { ...stage.house.relay, ...stage };
  for (const { id } of await query.incidents.newest("open", 100)) {
    await commands.act(id, { kind: "close", text: "a test" }, {
      by: "李雷",
      account: "admin",
      now: clock.now(),
    });
  }
  for (let second = 0; second < 60; second++) await stage.house.advance(SECOND);
  const told = titles(stage).slice(before);
  ok(told.length <= 20, `${told.length} messages`);
  match(texts(stage).slice(before).join("\n"), /李雷 已关闭/);
  const all = (await stage.house.deliveries()).filter(({ reason }) => reason === "closed");
  equal([all.length, ...new Set(all.map(({ state }) => state))], [100, "delivered"]);
});

Deno.test("a critical alert never waits behind the others", async () => {
  await using stage = await scene();
  await burst(stage, 0, 60);
  const before = titles(stage).length;
  await burst(stage, 900, 901, { severity: "critical" });
  await stage.house.advance(250); // so often is new work looked at while the lane waits
  equal(titles(stage).slice(before), ["🔴db-900 Test"]);
});

Deno.test("a digest has the worst first, firing before resolved, an incident once, and the last word on it", async () => {
  await using stage = await scene();
  await burst(stage, 0, 8);
  await burst(stage, 20, 21, { severity: "info" });
  await burst(stage, 21, 22, { severity: "error" });
  await burst(stage, 22, 23);
  await stage.house.post({ status: "resolved", labels: { instance: "db-22", severity: "warning" } });
  await stage.house.advance(10 * SECOND);
  const text = texts(stage)[8]!;
  match(text, /^\*\*🟠db-21等2 Test ✅1\*\* · 告警中 2 · 已恢复 1\n\n合并了 4 条告警，涉及 3 个事件\n/);
  const groups = text.split("\n").filter((line) => /^\*\*|^db-/.test(line)).slice(1)
    .map((line) => line.replace(/ · (\d\d|已 |持续).*/, ""));
  equal(groups, ["**🟠Test** · 错误", "db-21", "**🔵Test** · 提示", "db-20", "**✅Test** · 已恢复", "db-22"]);
  const all = await stage.house.deliveries();
  equal(new Set(all.map(({ state }) => state)), new Set(["delivered"]));
});

Deno.test("two groups that share a robot share its budget, and each is told of its own alerts only", async () => {
  await using stage = await scene();
  for (let index = 0; index < 30; index++) {
    await burst(stage, index, index + 1, { team: index % 2 === 0 ? "ops" : "" });
  }
  for (let second = 0; second < 60; second++) await stage.house.advance(SECOND);
  equal(stage.dingtalk.requests.length, titles(stage).length);
  const digests = texts(stage).filter((text) => text.includes("合并了"));
  equal(digests.length, 2);
  for (const text of digests) {
    const parities = new Set([...text.matchAll(/db-(\d+)/g)].map(([, number]) => Number(number) % 2));
    equal(parities.size, 1, text);
  }
  ok((await stage.house.deliveries()).every(({ state }) => state === "delivered"));
});

Deno.test("what does not fit is counted, with a link to the list, and the text stays within the vendor's bytes", async () => {
  await using stage = await scene({ env: { FENGHUO_PUBLIC_URL: "https://fh.example.com" } });
  await burst(stage, 0, 8);
  const response = await stage.house.post(
    ...Array.from({ length: 900 }, (_, index) => ({ labels: { instance: `机房🔥**<b>](x)-${index}` } })),
  );
  equal(response.status, 200);
  await stage.house.advance(10 * SECOND);
  const digest = texts(stage)[8]!;
  const shown = (digest.match(/机房/g) ?? []).length - 1; // the first is in the title, too
  ok(shown > 100 && shown < 900, `${shown} names`);
  match(
    digest,
    new RegExp(`另有 ${900 - shown} 个未列出 · \\[查看全部\\]\\(https://fh\\.example\\.com/d/`),
  );
  ok(new TextEncoder().encode(digest).length < 18_000);
  ok(digest.isWellFormed());
  ok(!digest.includes("**<b>"), "values are escaped");
  equal((digest.match(/\]\(/g) ?? []).length, 1, "the list's link alone, where names have to go");
  equal((await stage.house.deliveries()).filter(({ state }) => state === "delivered").length, 908);
});

Deno.test("the budget is remembered through a restart", async () => {
  await using stage = await scene();
  await burst(stage, 0, 12);
  await stage.restart();
  await burst(stage, 12, 40);
  for (let second = 0; second < 60; second++) await stage.house.advance(SECOND);
  equal(stage.dingtalk.requests.length, titles(stage).length);
  ok(titles(stage).length <= 20);
  ok((await stage.house.deliveries()).every(({ state }) => state === "delivered"));
});

Deno.test("a digest whose fate nobody knows goes again as the same digest, before anything else", async () => {
  await using stage = await scene();
  await burst(stage, 0, 20);
  stage.dingtalk.fault("hang");
  stage.clock.advance(8 * SECOND);
  await stage.dingtalk.arrived(9);
  // Cut off while the vendor has it without an answer.
  const house = await stage.restart();
  await burst(stage, 20, 30);
  await house.advance(10 * SECOND);
  await house.advance(10 * SECOND);
  const ids = stage.dingtalk.requests.map(({ body }) =>
    (JSON.parse(new TextDecoder().decode(body)) as { msgUuid: string }).msgUuid
  );
  equal(ids[9], ids[8], "the same id, so that the vendor can drop the repeat");
  equal(titles(stage)[8], "🟡db-8等12 Test");
  for (let second = 0; second < 60; second++) await house.advance(SECOND);
  ok((await stage.house.deliveries()).every(({ state }) => state === "delivered"));
});

Deno.test("a digest that the vendor refuses goes without markup, and then its alerts one by one", async () => {
  await using stage = await scene();
  await burst(stage, 0, 12);
  stage.dingtalk.fault("errcode", { errcode: 430104, errmsg: "unsafe content", times: 2 });
  for (let second = 0; second < 90; second++) await stage.house.advance(SECOND);
  const all = await stage.house.deliveries();
  equal(all.filter(({ state }) => state === "delivered").length, 12);
  const refused = all.filter(({ attempts }) => attempts.some(({ verdict }) => verdict === "refused"));
  equal(
    refused.map(({ attempts }) => attempts.map(({ verdict }) => verdict)),
    Array(4).fill(["refused", "refused", "delivered"]),
  );
});

Deno.test("a clock that is set back by eight hours keeps nobody waiting for them", async () => {
  for (const trouble of ["busy", "blocked", "failing"]) {
    await using stage = await scene();
    if (trouble === "blocked") stage.dingtalk.fault("throttle");
    if (trouble === "failing") stage.dingtalk.fault("5xx", { times: 8 });
    await burst(stage, 0, 20);
    // As on a machine whose clock was in local time until it was corrected.
    stage.clock.advance(-8 * 60 * MINUTE);
    stage.dingtalk.heal();
    await stage.restart();
    await burst(stage, 20, 40);
    for (let minute = 0; minute < 15; minute++) await stage.house.advance(MINUTE);
    const states = Object.groupBy(await stage.house.deliveries(), ({ state }) => state);
    equal([states.delivered?.length, states.pending], [40, undefined], trouble);
  }
});

Deno.test("after a block of ten minutes what waited arrives as a digest, not as a flood", async () => {
  await using stage = await scene();
  stage.dingtalk.fault("throttle"); // somebody else uses the robot, too
  await burst(stage, 0, 50);
  await stage.house.advance(5 * MINUTE);
  await stage.restart();
  await stage.house.advance(5 * MINUTE - 1);
  equal(titles(stage), [], "nor does a restart forget the block");
  equal(stage.dingtalk.requests.length, 1);
  await stage.house.advance(1);
  equal(titles(stage), ["🟡db-0等50 Test"]);
  ok((await stage.house.deliveries()).every(({ state }) => state === "delivered"));
});

Deno.test("an operator's own limit is kept to, and a day's quota stops until midnight in China", async () => {
  await using stage = await scene({ more: ", limits: [{ messages: 4, per: day }]" });
  await burst(stage, 0, 3);
  const sent = titles(stage).length;
  ok(sent >= 2 && sent <= 4, `${sent} messages`);
  await burst(stage, 3, 30);
  for (let hour = 0; hour < 7; hour++) {
    await stage.restart();
    await stage.house.advance(60 * MINUTE);
  }
  ok(titles(stage).length <= 4, "a restart does not forget the quota");
  await stage.house.advance(60 * MINUTE); // 00:00 in China
  await stage.house.advance(60 * MINUTE);
  ok((await stage.house.deliveries()).every(({ state }) => state === "delivered"));
  ok(titles(stage).length <= 6);
});

/** Alerts of different instances in payloads of a door's size. */
async function storm({ house }: Pick<Scene, "house">, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 500) {
    const alerts = Array.from({ length: Math.min(500, to - index) }, (_, place) => ({
      labels: { instance: `db-${index + place}`, severity: "warning" },
    }));
    await house.accept(...alerts);
  }
  await house.settle();
}

/** A minute in which the robot used its whole rate, except for the places of critical alerts. */
async function busyMinute(stage: Scene): Promise<void> {
  for (let second = 0; second < 60; second++) {
    await storm(stage, second * 30, second * 30 + 30);
    await stage.house.advance(SECOND);
  }
}

Deno.test("a critical alert goes before a storm of which it would be the last", async () => {
  await using stage = await scene();
  await busyMinute(stage);
  await storm(stage, 10_000, 14_000);
  await burst(stage, 99_999, 100_000, { severity: "critical" });
  await stage.house.advance(SECOND);
  equal(titles(stage).at(-1), "🔴db-99999 Test");
  for (let minute = 0; minute < 3; minute++) await stage.house.advance(MINUTE);
  equal(stage.dingtalk.requests.length, titles(stage).length, "the robot had nothing to refuse");
});

Deno.test("what becomes critical far behind in a storm does not overtake its own beginning", async () => {
  await using stage = await scene({ top: "ignore_labels: [severity]" });
  await busyMinute(stage);
  await storm(stage, 10_000, 12_000);
  await burst(stage, 11_999, 12_000, { severity: "critical" });
  const [{ fingerprint: newest } = { fingerprint: "" }] = await stage.house.relay.store.log.newest(1);
  for (let second = 0; second < 120; second++) await stage.house.advance(SECOND);
  const own = (await stage.house.deliveries()).filter(({ fingerprint }) => fingerprint === newest);
  equal(own.map(({ state, reason }) => `${reason} ${state}`), ["changed delivered", "first delivered"]);
  const [changed, first] = own;
  ok(first!.settledAt! <= changed!.settledAt!);
});

Deno.test("one that becomes critical while it waits is told at once, with what was to be told of it before", async () => {
  await using stage = await scene({
    top: "ignore_labels: [severity]",
    more: ", limits: [{ messages: 5, per: 1h }]",
  });
  await burst(stage, 0, 4);
  await stage.house.advance(5 * MINUTE);
  await burst(stage, 4, 8);
  await stage.house.advance(5 * MINUTE);
  equal(titles(stage).length, 4, "the last of the five is for what is critical");
  await burst(stage, 8, 20);
  await stage.house.advance(10 * MINUTE);
  equal(titles(stage).length, 4);
  await burst(stage, 15, 16, { severity: "critical" });
  await stage.house.advance(SECOND);
  equal(titles(stage).length, 5);
  match(texts(stage).at(-1)!, /^\*\*🔴Test\*\* · 严重 · .*\n\ndb-15$/m);
});
