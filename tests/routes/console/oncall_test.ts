import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { HOUR } from "../../../relay/base/duration.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { visitor } from "../../kit/console.ts";
import { scrape } from "../../kit/metrics.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const NOON = Date.parse("2026-11-17T12:00:00+08:00");

const YAML = `
members: [{ id: li, name: 李雷 }, { id: han, name: 韩梅梅 }]
groups:
  - owner: ops
    level: dba
    members: [li, han]
    timezone: Asia/Shanghai
    oncall: { layers: [{ rotation: [li, han], start: 2026-11-16, every: 1d, from: "09:00", to: "21:00" }] }
    destinations: [{ channel: inbox }]
  - { owner: ops, level: net, members: [li, han], oncall: { rotation: [li], start: 2026-11-16 }, destinations: [] }
  - { owner: ops, level: all, members: [li], destinations: [{ channel: inbox }] }`;

const house = (): Promise<TestRelay> => testRelay({ yaml: YAML, clock: new TestClock(NOON) });

/** The text of a page, in one line. */
const textOf = (html: string): string => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");

Deno.test("the page tells who is on call now and next, and names the gaps", async () => {
  await using here = await house();
  const one = await visitor(here, "viewer");
  const { html } = await one.get("/oncall", { "accept-language": "zh" });
  const text = textOf(html);
  match(text, /当前 韩梅梅 到 11-17 21:00 下一班 无人值班：通知全组 11-17 21:00 起/);
  match(text, /以下时段无人值班，期间通知全组成员： 11-17 21:00 – 11-18 09:00/);
  match(
    text,
    /11-18 周三 ▲ 00:00 无人值班 09:00 李雷 21:00|11-18 周三 ▲ 00:00 无人值班 09:00 李雷 ▲ 21:00 无人值班/,
  );
  match(html, /<td class=" has-gap" aria-current="date">\s*<p class="date">11-17/);
  equal(html.match(/<td /g)?.length, 28 * 2);
  match(html, /<rect x="375" y="0" width="500" height="20" class="tone-\d"\/>/);
  doesNotMatch(html, /ops\/all/, "a group without a calendar");
  doesNotMatch(html, /action="\/oncall/, "a viewer puts nobody on call");
  equal((await one.post("/oncall", { group: "ops/dba" })).status, 403);
});

Deno.test("a gap that lasts for months ends neither with the picture nor in this year", async () => {
  await using here = await testRelay({
    yaml: YAML.replace("start: 2026-11-16 }", "start: 2027-05-01 }"),
    clock: new TestClock(NOON),
  });
  const { html } = await (await visitor(here, "viewer")).get("/oncall?group=ops/net", {
    "accept-language": "en",
  });
  const text = textOf(html);
  match(text, /Nobody: everybody is notified until 2027-05-01 09:00 Next 李雷 from 2027-05-01 09:00/);
  match(text, /everybody in the group is notified then: 11-17 00:00 – … /);
});

Deno.test("an operator puts somebody on call and ends that, without a script", async () => {
  await using here = await house();
  const one = await visitor(here, "operator");
  match((await one.get("/oncall")).html, /<option value="ops\/all"/);
  const made = await one.post("/oncall", [
    ["group", "ops/all"],
    ["members[]", "li"],
    ["from", ""],
    ["until", "2026-11-17T20:00"],
    ["comment", "<b>release</b>"],
  ]);
  equal([made.status, made.headers.get("location")], [303, "/oncall?group=ops%2Fall"]);
  const [override] = (await api(here, "GET", "oncall/overrides")).body.overrides;
  equal([override.by, override.from, override.until], ["some-operator", NOON, NOON + 8 * HOUR]);
  const { html } = await one.get("/oncall?group=ops/all");
  match(textOf(html), /李雷 11-17 12:00 – 11-17 20:00 ● (Active|进行中)/);
  match(html, /&lt;b&gt;release/);
  const ended = await one.post(`/oncall/${override.id}/end`, { group: "ops/all" });
  equal([ended.status, ended.headers.get("location")], [303, "/oncall?group=ops%2Fall"]);
  equal((await one.post(`/oncall/${override.id}/end`, {})).status, 404);
  equal((await one.get("/oncall?group=ops/none")).status, 404);
});

/** The fields of the form, and the page's errors about them. */
const WRONG: [string, [string, string][], RegExp][] = [
  ["nobody", [["until", "2026-11-17T20:00"]], /Choose somebody/],
  ["no end", [["members[]", "li"]], /must be a time/],
  [
    "an end before the begin",
    [["members[]", "li"], ["until", "2026-11-17T11:00"]],
    /must be after the start/,
  ],
  [
    "the past",
    [["members[]", "li"], ["from", "2026-11-16T11:00"], ["until", "2026-11-17T11:00"]],
    /is in the past/,
  ],
  [
    "a stranger",
    [["members[]", "mallory"], ["until", "2026-11-17T20:00"]],
    /mallory is not a member of this group/,
  ],
];

for (const [name, fields, says] of WRONG) {
  Deno.test(`a form that is wrong comes back with a sentence: ${name}`, async () => {
    await using here = await house();
    const one = await visitor(here, "operator");
    one.cookies.set("fenghuo_locale", "en");
    const { status, html } = await one.post("/oncall", [
      ["group", "ops/dba"],
      ["comment", "kept"],
      ...fields,
    ]);
    equal(status, 422);
    match(html, says);
    match(html, /value="kept"/);
    equal(here.relay.store.overrides.all(), []);
  });
}

Deno.test("a gap is warned of and measured, until an override fills it", async () => {
  await using here = await house();
  const warnings = async (): Promise<string[]> => {
    const response = await here.request("/readyz", {
      headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
    });
    return (await response.json()).warnings;
  };
  equal(await warnings(), [
    "ops/dba: nobody is on call from 2026-11-17 21:00 to 2026-11-18 09:00; everybody in the group is notified then",
  ]);
  const { values } = await scrape(here);
  equal(values.get('fenghuo_oncall_members{group="ops/dba"}'), 1);
  equal(values.get('fenghuo_oncall_gap_in_seconds{group="ops/dba"}'), 9 * 3_600);
  equal(values.get('fenghuo_oncall_gap_in_seconds{group="ops/net"}'), undefined);
  equal(values.get('fenghuo_oncall_members{group="ops/all"}'), undefined);

  await here.advance(10 * HOUR);
  const night = (await scrape(here)).values;
  equal(night.get('fenghuo_oncall_members{group="ops/dba"}'), 0);
  equal(night.get('fenghuo_oncall_gap_in_seconds{group="ops/dba"}'), 0);

  const { status } = await api(here, "POST", "oncall/overrides", {
    body: { group: "ops/dba", members: ["li"], duration: "60d" },
  });
  equal([status, await warnings()], [201, []]);
  equal((await scrape(here)).values.get('fenghuo_oncall_members{group="ops/dba"}'), 1);
});

Deno.test("who left the group is named in the warnings", async () => {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock(NOON);
  const yaml = YAML.replace(/^.*oncall: \{ layers.*$/m, "");
  {
    await using here = await testRelay({ yaml, kv, clock });
    await api(here, "POST", "oncall/overrides", {
      body: { group: "ops/dba", members: ["han"], duration: "1d" },
    });
    equal(here.relay.query.warnings(), []);
  }
  const without = yaml.replace("members: [li, han]\n    timezone", "members: [li]\n    timezone");
  await using here = await testRelay({ yaml: without, kv, clock });
  equal(here.relay.query.warnings(), [
    "ops/dba: an override names han, who left the group; end it, or put somebody else on call",
  ]);
  const one = await visitor(here);
  match((await one.get("/oncall")).html, /No longer in the group: han|已不在组内：han/);
  kv.close();
});

Deno.test("a day of the calendar opens the form for it, and the weeks can be turned", async () => {
  await using here = await house();
  const one = await visitor(here, "operator");
  const { html } = await one.get("/oncall?group=ops/dba", { "accept-language": "en" });
  match(html, /href="\/oncall\?group=ops%2Fdba&amp;from=2026-11-16&amp;day=2026-11-20#add-ops\/dba"/);
  doesNotMatch(html, /day=2026-11-16/, "a day that is over");
  const picked = (await one.get("/oncall?group=ops/dba&from=2026-11-16&day=2026-11-20")).html;
  match(picked, /id="add-ops\/dba" open/);
  match(picked, /name="from"[^>]*|value="2026-11-20T00:00"/);
  match(picked, /value="2026-11-20T00:00"[^]*value="2026-11-21T00:00"/);
  const today = (await one.get("/oncall?group=ops/dba&day=2026-11-17")).html;
  match(today, /value="2026-11-18T00:00"/);
  doesNotMatch(today, /value="2026-11-17T00:00"/, "today begins at once");
  const later = (await one.get("/oncall?group=ops/dba&from=2026-12-14")).html;
  match(later, /2026-12-14 – 2027-01-10/);
  for (const from of ["x", "2026-02-31", "9999-99-99"]) {
    equal((await one.get(`/oncall?group=ops/dba&from=${from}&day=${from}`)).status, 200);
  }
});
