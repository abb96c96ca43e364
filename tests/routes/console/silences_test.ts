import { deepStrictEqual as equal, match } from "node:assert/strict";
import { endOfPreset, readLocal, writeLocal } from "../../../routes/console/silences/times.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { testRelay } from "../../kit/relay.ts";
import { HOUR } from "../../../relay/base/duration.ts";

const SHANGHAI = "Asia/Shanghai";

Deno.test("a silence from an incident is filled in, previews what it covers, and covers it", async () => {
  await using house = await testRelay();
  const labels = { alertname: "Disk", instance: "db-1", severity: "critical", prometheus: "k8s" };
  await house.accept({ labels }, { labels: { ...labels, instance: "db-2" } });
  const { incidents } = (await api(house, "GET", "incidents?text=db-1")).body;
  const one = await visitor(house, "operator");
  const page = await one.get(`/incidents/${incidents[0].id}`);
  const address = /href="(\/silences\/new\?[^"]+)"/.exec(page.html)![1]!.replaceAll("&amp;", "&");
  const { html } = await one.get(address);
  const matchers = /<textarea[^>]*name="matchers"[^>]*>([^<]*)</.exec(html)![1]!.replaceAll("&quot;", '"');
  equal(matchers, 'alertname="Disk"\ninstance="db-1"');
  match(html, /(Silences|静默) 1 /);
  const before = (await api(house, "GET", "silences")).body.silences;
  const wider = await one.post("/silences/new", { matchers: "alertname=Disk", lasts: "1h", do: "preview" });
  equal(wider.status, 200);
  match(wider.html, /(Silences|静默) 2 /);
  equal((await api(house, "GET", "silences")).body.silences, before, "a preview makes nothing");
  const made = await one.post("/silences/new", { matchers, lasts: "4h", comment: "换盘", do: "make" });
  equal(made.status, 303);
  const [silence] = (await api(house, "GET", "silences")).body.silences;
  equal([silence.author, silence.comment, silence.until - silence.from, silence.matchers], [
    "some-operator",
    "换盘",
    4 * HOUR,
    ['alertname="Disk"', 'instance="db-1"'],
  ]);
  match((await one.get("/incidents?text=db-1")).html, /Silenced|已静默/);
  equal((await one.post(`/silences/${silence.id}/end`, {})).status, 303);
  match((await one.get("/silences?state=expired")).html, /Silence again|再次静默/);
  const { entries } = (await api(house, "GET", "audit?what=silences")).body;
  equal(entries.map(({ by, action }: { by: string; action: string }) => [by, action]), [
    ["some-operator", "ended"],
    ["some-operator", "added"],
  ]);
});

Deno.test("a silence from an alert is filled in and previews what it covers, also from a folded one", async () => {
  await using house = await testRelay();
  const labels = { alertname: "Disk", instance: "db-1" };
  for (const pod of ["a", "a"]) await house.accept({ labels: { ...labels, pod } });
  const alerts = (await house.relay.store.log.newest(2)).map(({ id }) => id);
  equal(alerts.length, 2);
  const one = await visitor(house, "operator");
  for (const id of alerts) {
    const page = await one.get(`/alerts/${id}`);
    const address = /href="(\/silences\/new\?[^"]+)"/.exec(page.html)![1]!.replaceAll("&amp;", "&");
    const { html } = await one.get(address);
    // If a pod is named, the instance is the address of its exporter.
    match(html, /name="matchers"[^>]*>alertname=&quot;Disk&quot;\npod=&quot;a&quot;</);
    match(html, /(Silences|静默) 1 /);
  }
});

Deno.test("a long list of silences is read page by page, also when one of it ends meanwhile", async () => {
  await using house = await testRelay();
  const ids: string[] = [];
  for (let index = 0; index < 120; index++) {
    const body = { matchers: [`a=b${index}`], duration: "1h" };
    ids.unshift((await api(house, "POST", "silences", { body })).body.silence.id);
    house.clock.advance(1);
  }
  const one = await visitor(house, "operator");
  const seen: string[] = [];
  for (let path: string | undefined = "/silences"; path !== undefined;) {
    const { html } = await one.get(path);
    const page = [...html.matchAll(/class="pairs" href="\/silences\/([^"]+)"/g)].map(([, id]) => id!);
    seen.push(...page);
    if (seen.length === 50) await api(house, "DELETE", `silences/${page.at(-1)}`); // where the next page begins
    path = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
  }
  equal(seen, ids);
});

const WRONG: [fields: Record<string, string>, field: string][] = [
  [{ matchers: "" }, "matchers"],
  [{ matchers: "a" }, "matchers"],
  [{ matchers: 'a=~"("' }, "matchers"],
  [{ matchers: 'severity!="x"' }, "matchers"],
  [{ matchers: "a=b", lasts: "exact", from: "2026-01-31T18:00", until: "2026-01-31T17:00" }, "until"],
  [{ matchers: "a=b", lasts: "exact", from: "", until: "2020-01-01T00:00" }, "until"],
  [{ matchers: "a=b", lasts: "exact", from: "soon", until: "2027-01-01T00:00" }, "from"],
  [{ matchers: "a=b", lasts: "for ever" }, "lasts"],
];

for (const [fields, field] of WRONG) {
  Deno.test(`a silence of ${JSON.stringify(fields)} is refused at its field, and what was typed is kept`, async () => {
    await using house = await testRelay();
    const one = await visitor(house, "operator");
    const { status, html } = await one.post("/silences/new", { do: "make", comment: "kept", ...fields });
    equal(status, 422);
    if (field !== "lasts") match(html, new RegExp(`id="${field}-error"`));
    match(html, /value="kept"/);
    equal((await api(house, "GET", "silences?state=all")).body.silences, []);
  });
}

const TYPED: [what: string, fields: Record<string, string>, hours: number][] = [
  ["half an hour", { lasts: "30m" }, 0.5],
  ["two hours", { lasts: "2h" }, 2],
  ["an end that was typed, whatever is chosen", { lasts: "1h", until: "2026-01-31T20:30" }, 4.5],
  ["an end that was typed, beside an untouched form", { until: "2026-02-01T16:00" }, 24],
  ["an end that was typed, beside until resolved", { lasts: "resolved", until: "2026-01-31T17:00" }, 1],
  ["a beginning that was typed, with a length", { lasts: "4h", from: "2026-01-31T22:00" }, 10],
];

for (const [what, fields, hours] of TYPED) {
  Deno.test(`a silence's end is ${what}`, async () => {
    await using house = await testRelay(); // it is 16:00 in Shanghai
    const one = await visitor(house, "operator");
    const made = await one.post("/silences/new", { do: "make", matchers: "alertname=Test", ...fields });
    equal(made.status, 303, made.html);
    const [silence] = (await api(house, "GET", "silences?state=all")).body.silences;
    equal(silence.until, house.clock.now() + hours * HOUR);
  });
}

Deno.test("a silence until resolved is made in the console, says so, and says what to do where nothing is open", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "operator");
  const fields = { do: "make", matchers: "alertname=Test", lasts: "resolved" };
  const refused = await one.post("/silences/new", fields, { headers: { "accept-language": "en" } });
  equal(refused.status, 422);
  match(refused.html, /id="lasts-error"[^]*nothing to wait for: choose a duration/);
  match(refused.html, /value="resolved" checked/);
  await house.accept({ labels: { instance: "db-1" } });
  const made = await one.post("/silences/new", fields);
  equal(made.status, 303, made.html);
  const see = async (path: string): Promise<string> =>
    (await one.get(path, { "accept-language": "en" })).html;
  const page = made.headers.get("location")!;
  match(await see(page), /until the incident is resolved[^]*At the latest/);
  match(await see("/silences"), /until the incident is resolved/);
  const [{ id }] = (await api(house, "GET", "incidents")).body.incidents;
  match(await see(`/incidents/${id}`), /Silenced until resolved/);
  await house.accept({ status: "resolved", labels: { instance: "db-1" } });
  match(await see(page), /Ended with its incidents/);
  match(await see("/silences?state=expired"), /alertname=Test/);
});

Deno.test("until morning is the next eight o'clock on the wall; a field's time is the zone's", () => {
  const at = (text: string): number => readLocal(text, SHANGHAI)!;
  const morningAfter = (text: string): string =>
    writeLocal(endOfPreset("morning", { from: at(text), timezone: SHANGHAI }), SHANGHAI);
  equal(morningAfter("2026-01-31T03:00"), "2026-01-31T08:00");
  equal(morningAfter("2026-01-31T08:00"), "2026-02-01T08:00");
  equal(morningAfter("2026-01-31T23:59"), "2026-02-01T08:00");
  equal(at("2026-01-31T08:00"), Date.UTC(2026, 0, 31));
  equal([readLocal("", SHANGHAI), readLocal("now", SHANGHAI)], [undefined, undefined]);
});

Deno.test("a preview that ran out of time says how far it looked and goes on when asked, and so does a silence's page", async () => {
  await using house = await testRelay({ searchBudget: 0 });
  for (let batch = 0; batch < 12; batch++) {
    const alerts = Array.from({ length: 50 }, (_, number) => ({
      labels: { instance: `db-${batch}-${number}` },
    }));
    await house.accept(...alerts);
    house.clock.advance(60_000);
  }
  await house.relay.store.summaries.pack({ rest: 0 });
  const one = await visitor(house, "operator");
  const given = { matchers: "alertname=Test", lasts: "1h" };
  const short = await one.post("/silences/new", { ...given, do: "preview" });
  match(short.html, /(Silences \d+ active incidents so far|目前已找到 \d+ 个)/);
  match(short.html, /<button form="draft" name="do" value="look">/);
  const long = await one.post("/silences/new", { ...given, do: "look" });
  match(long.html, /(Silences|静默) 600 /);
  equal(long.html.includes('value="look"'), false);
  const { headers } = await one.post("/silences/new", { ...given, do: "make" });
  const path = headers.get("location")!;
  const page = await one.get(path);
  match(page.html, /(and perhaps older ones|更早的可能还有)/, "what was made does not pretend to know all");
  const address = /href="([^"]+look=long)"/.exec(page.html)![1]!;
  match((await one.get(address)).html, /(Silences|静默) 600 /);
});
