import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import ICAL from "ical.js";
import { DAY, HOUR } from "../../../relay/base/duration.ts";
import { formatTime } from "../../../relay/base/time.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const NOON = Date.parse("2026-11-17T12:00:00+08:00");

const YAML = `
members: [{ id: li, name: "李雷, DBA; 夜班" }, { id: han, name: 韩梅梅 }]
groups:
  - owner: ops
    level: dba
    members: [li, han]
    timezone: Asia/Shanghai
    locale: zh
    oncall: { layers: [{ rotation: [li, [li, han]], start: 2026-11-16, every: 1d, from: "09:00", to: "21:00" }] }
    destinations: [{ channel: inbox }]
  - owner: ops
    level: net
    members: [han]
    locale: en
    timezone: Europe/Berlin
    oncall: { rotation: [han], start: 2026-01-01 }
    destinations: [{ channel: inbox }]
  - { owner: ops, level: all, members: [li], destinations: [{ channel: inbox }] }`;

const house = (): Promise<TestRelay> =>
  testRelay({
    yaml: YAML,
    clock: new TestClock(NOON),
    env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com" },
  });

/** A feed as the administrator reads it. */
async function feed(house: TestRelay, query = ""): Promise<string> {
  const response = await house.request(`/api/oncall.ics${query}`, {
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  equal([response.status, response.headers.get("content-type")], [200, "text/calendar; charset=utf-8"]);
  return await response.text();
}

/** The events as a calendar app reads them, in Shanghai: `11-17 09:00 – 11-17 21:00 title`. */
function eventsIn(text: string): string[] {
  const timeOf = (time: ICAL.Time): string =>
    formatTime(time.toJSDate().getTime(), { timezone: "Asia/Shanghai" }).slice(5, 16);
  return new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return `${timeOf(event.startDate)} – ${timeOf(event.endDate)} ${event.summary}`;
  });
}

Deno.test("a calendar app reads the shifts and the gaps of a group", async () => {
  await using here = await house();
  const events = eventsIn(await feed(here, "?group=ops/dba"));
  const today = events.findIndex((event) => event.startsWith("11-16 09:00"));
  equal(events.slice(today, today + 4), [
    "11-16 09:00 – 11-16 21:00 ops/dba: 李雷, DBA; 夜班",
    "11-16 21:00 – 11-17 09:00 ops/dba: 无人值班",
    "11-17 09:00 – 11-17 21:00 ops/dba: 李雷, DBA; 夜班、韩梅梅",
    "11-17 21:00 – 11-18 09:00 ops/dba: 无人值班",
  ]);
  equal(events.length > 2 * 90, true);
});

Deno.test("a feed is what RFC 5545 asks for: lines, times in UTC, and ids that stay", async () => {
  await using here = await house();
  const text = await feed(here);
  ok(text.endsWith("END:VCALENDAR\r\n"));
  const lines = text.split("\r\n");
  ok(lines.every((line) => new TextEncoder().encode(line).length <= 75 && !/[\r\n]/.test(line)));
  match(text, /^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\nPRODID:[^\r]+\r\nMETHOD:PUBLISH\r\n/);
  const unfolded = text.replaceAll("\r\n ", "");
  match(unfolded, /SUMMARY:ops\/dba: 李雷\\, DBA\\; 夜班\r\n/);
  match(unfolded, /DTSTART:20261117T010000Z\r\nDTEND:20261117T130000Z\r\n/);
  match(unfolded, /URL:https:\/\/alerts\.example\.com\/oncall\?group=ops%2Fdba\r\n/);
  const idsIn = (text: string): string[] =>
    [...text.replaceAll("\r\n ", "").matchAll(/^UID:(.*)\r$/gm)].map(([, id]) => id!);
  const ids = idsIn(text);
  equal(new Set(ids).size, ids.length);
  await here.advance(DAY);
  const later = new Set(idsIn(await feed(here)));
  ok(ids.filter((id) => !later.has(id)).length <= 4, "all but those of the day that left stay");
});

Deno.test("a member's feed has their own shifts, of all groups", async () => {
  await using here = await house();
  const events = eventsIn(await feed(here, "?member=han"));
  ok(events.some((event) => event.endsWith("ops/net: 韩梅梅")));
  ok(events.some((event) => event.startsWith("11-17 09:00")));
  equal(events.filter((event) => event.startsWith("11-16 09:00") || event.includes("无人值班")), []);
});

Deno.test("an override is in the feed at once", async () => {
  await using here = await house();
  const body = { group: "ops/all", members: ["li"], from: NOON + HOUR, duration: "2h" };
  await api(here, "POST", "oncall/overrides", { body });
  equal(eventsIn(await feed(here, "?group=ops/all")), ["11-17 13:00 – 11-17 15:00 ops/all: 李雷, DBA; 夜班"]);
});

Deno.test("a token of the scope calendar opens the feed in its address, nothing else, and until it is revoked", async () => {
  await using here = await house();
  const issue = async (scope: string): Promise<{ id: string; token: string }> =>
    (await api(here, "POST", "tokens", { body: { name: scope, scope, days: 30 } })).body;
  const { id, token } = await issue("calendar");
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await here.request(path, { headers: { authorization: "", ...headers } })).status;
  const address = `/api/oncall.ics?group=ops/dba&token=${token}`;
  equal(await ask(address), 200);
  const bearer = { authorization: `Bearer ${token}` };
  for (const path of ["/api/oncall", "/api/incidents", "/api/openapi.json", "/metrics", "/webhook"]) {
    equal(await ask(path, bearer), path === "/webhook" ? 405 : 401, path);
    ok([401, 405].includes(await ask(`${path}?token=${token}`)), path);
  }
  equal((await here.request("/webhook", { method: "POST", body: "{}", headers: bearer })).status, 401);
  const read = await issue("read");
  equal(
    await ask(`/api/oncall.ics?token=${read.token}`),
    401,
    "a token that reads more stays out of addresses",
  );
  equal(await ask("/api/oncall.ics", { authorization: `Basic ${btoa(`x:${read.token}`)}` }), 200);
  equal(await ask("/api/oncall.ics"), 401);
  equal(await ask(`${address.slice(0, -1)}${address.endsWith("A") ? "B" : "A"}`), 401, "altered");
  await here.request(`/api/tokens/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  equal(await ask(address), 401, "revoked");
  const { token: short } = await issue("calendar");
  await here.advance(31 * DAY);
  equal(await ask(`/api/oncall.ics?token=${short}`), 401, "expired");
});

Deno.test("a feed of nobody and of no group is refused with the nearest name", async () => {
  await using here = await house();
  for (
    const [query, error] of [
      ["group=ops/dbb", 'group: there is no group "ops/dbb"; did you mean "ops/dba"?'],
      ["member=hann", 'member: there is no member "hann"; did you mean "han"?'],
    ]
  ) {
    const { status, body } = await api(here, "GET", `oncall.ics?${query}`);
    equal([status, body.error], [404, error]);
  }
});

Deno.test("a name cannot add lines to a calendar, whatever it contains", async () => {
  await using here = await testRelay({
    yaml: YAML.replace("李雷, DBA; 夜班", String.raw`A\rEVIL:1\0\n\u202E;,\\\\n`).replace("\\0", "\\x00"),
    clock: new TestClock(NOON),
  });
  const text = await feed(here, "?member=li");
  ok(text.split("\r\n").every((line) => ![...line].some((char) => char < " ")), text.slice(0, 900));
  ok(eventsIn(text).every((event) => event.includes("EVIL:1")));
});
