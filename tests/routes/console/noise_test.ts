import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import { translator } from "../../../relay/message/locale.ts";
import { alertSuggestion, sourceSuggestion } from "../../../routes/console/noise/suggestion.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { scene } from "../../kit/duty.ts";

const ENGLISH = { "accept-language": "en" };

Deno.test("what is suggested follows from the figures, which it names", () => {
  const table: [
    what: string,
    noise: Parameters<typeof alertSuggestion>[0],
    days: number,
    kind: string | undefined,
    text?: RegExp,
  ][] = [
    [
      "comes and goes",
      { told: 80, episodes: 40, lasted: 40 * 2 * MINUTE, severity: "critical" },
      1,
      "flap",
      /40 times a day, each over in 2 min/,
    ],
    [
      "the same in a week",
      { told: 80, episodes: 42, lasted: 42 * MINUTE, severity: "info" },
      7,
      "flap",
      /6 times/,
    ],
    ["ends, but lasts", { told: 80, episodes: 40, lasted: 40 * HOUR, severity: "critical" }, 1, undefined],
    [
      "notified again and again",
      { told: 30, episodes: 1, lasted: HOUR, severity: "critical" },
      1,
      "window",
      /30 times a day/,
    ],
    [
      "minor",
      { told: 6, episodes: 1, lasted: HOUR, severity: "warning" },
      1,
      "silence",
      /6 notifications a day/,
    ],
    ["the same, but critical", { told: 6, episodes: 1, lasted: HOUR, severity: "critical" }, 1, undefined],
    ["minor and rare", { told: 6, episodes: 1, lasted: HOUR, severity: "warning" }, 7, undefined],
    ["nobody is notified", { told: 0, episodes: 0, lasted: 0, severity: "info" }, 1, undefined],
  ];
  for (const [what, noise, days, kind, text = /^$/] of table) {
    for (const locale of ["en", "zh"] as const) {
      const suggestion = alertSuggestion(noise, { days, locale, t: translator(locale) });
      equal(suggestion?.kind, kind, what);
      if (locale === "en") match(suggestion?.text ?? "", text, what);
    }
  }
});

Deno.test("a group is to fold more when it folds little, a rule is to be narrower when it is noisy", () => {
  const options = { days: 2, t: translator("en") };
  const table: [kind: "group" | "rule", told: number, folded: number, suggested: string | undefined][] = [
    ["group", 400, 100, "window"],
    ["group", 400, 600, undefined],
    ["group", 100, 0, undefined],
    ["rule", 400, 4_000, "rule"],
    ["rule", 100, 0, undefined],
  ];
  for (const [kind, told, folded, suggested] of table) {
    equal(sourceSuggestion(kind, { told, folded }, options)?.kind, suggested, `${kind} ${told} ${folded}`);
  }
  match(
    sourceSuggestion("group", { told: 400, folded: 100 }, options)!.text,
    /200 notifications a day, only 20 %/,
  );
});

/** An occurrence every four minutes, for an hour. */
async function noisy(house: Awaited<ReturnType<typeof scene>>): Promise<void> {
  for (let index = 0; index < 15; index++) {
    await house.again();
    await house.minutes(4);
  }
}

Deno.test("the curve says what each window would have sent, and marks the present one", async () => {
  await using house = await scene({});
  await noisy(house);
  const { html } = await (await visitor(house.house, "admin")).get("/noise?window=45m", ENGLISH);
  const [, part = ""] = /<section[^>]* id="window"([^]*?)<\/section>/.exec(html)!;
  const rows = [...part.matchAll(/<tr[^>]*>([^]*?)<\/tr>/g)].slice(1).map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>([^]*?)<\/t[hd]>/g)].slice(0, 4).map(([, cell]) => cell!.trim())
  );
  equal(rows.map(([window]) => window), [
    "1 min",
    "5 min",
    "10 min",
    "30 min",
    "45 min",
    "1 h",
    "2 h",
    "4 h",
    "12 h",
  ]);
  equal(rows[0], ["1 min", "15", "+7", "–"]);
  equal(rows[1], ["5 min", "8", "–", "4 min"]);
  equal(rows[2], ["10 min", "5", "−3", "8 min"]);
  match(part, /class="current"[^]*in use/);
  match(part, /The same 15 alerts of default\/default/);
});

Deno.test("a window is applied as the group's form does it: by an admin, with an audit entry, and not over somebody's change", async () => {
  await using house = await scene({});
  await noisy(house);
  const admin = await visitor(house.house, "admin");
  const { config } = house.house.relay.query;
  const fields = { group: "default/default", window: "1h", seen: String(5 * MINUTE), period: "24h" };
  const operator = await visitor(house.house, "operator");
  doesNotMatch((await operator.get("/noise", ENGLISH)).html, /action="\/noise\/window"/);
  equal((await operator.post("/noise/window", fields)).status, 403);
  equal((await admin.post("/noise/window", { ...fields, window: "soon" })).status, 422);
  equal((await admin.post("/noise/window", { ...fields, group: "no/such" })).status, 404);
  equal(config.groups.get("default/default")!.window, 5 * MINUTE);

  const { status, headers } = await admin.post("/noise/window", fields, { headers: ENGLISH });
  equal([status, headers.get("location")], [303, "/noise?period=24h&group=default%2Fdefault#window"]);
  equal(config.groups.get("default/default")!.window, HOUR);
  match((await admin.get("/noise", ENGLISH)).html, /The window of default\/default is now 1 h/);
  const { body: { entries } } = await api(house.house, "GET", "audit");
  match(JSON.stringify(entries[0]), /groups\/default\/default/);

  await admin.post("/noise/window", { ...fields, window: "2h" }, { headers: ENGLISH }); // the page still showed five minutes
  equal(config.groups.get("default/default")!.window, HOUR);
  match((await admin.get("/noise", ENGLISH)).html, /somebody else has changed the window meanwhile, to 1 h/);
});

Deno.test("a group of the file says where its window is set", async () => {
  await using house = await scene({
    yaml: `groups: [{ owner: ops, level: default, destinations: [{ channel: inbox }] }]`,
  });
  await house.fire({ labels: { alertname: "A", team: "ops" } });
  const admin = await visitor(house.house, "admin");
  const { html } = await admin.get("/noise", ENGLISH);
  match(html, /ops\/default is managed by fenghuo\.yaml: set its window there/);
  doesNotMatch(html, /action="\/noise\/window"/);
  const fields = { group: "ops/default", window: "1h", seen: String(5 * MINUTE) };
  equal((await admin.post("/noise/window", fields)).status, 409);
});

Deno.test("the tables are sorted by the columns that one follows, and lead to what is noisy", async () => {
  await using house = await scene({
    yaml: `
groups:
  - { owner: ops, level: default, destinations: [{ channel: inbox }] }
rules:
  - { match: ['team="ops"'], group: ops/default }`,
  });
  for (let index = 0; index < 5; index++) await house.fire({ labels: { alertname: "Often", team: "ops" } });
  for (let index = 0; index < 3; index++) {
    await house.fire({ labels: { alertname: "Flaps", team: "ops" } });
    await house.minutes(1);
    await house.fire({ labels: { alertname: "Flaps", team: "ops" }, status: "resolved" });
    await house.minutes(1);
  }
  for (let index = 0; index < 7; index++) await house.fire({ labels: { alertname: "Other" } });
  const one = await visitor(house.house, "viewer");
  const names = async (address: string): Promise<string[]> => {
    const { html } = await one.get(address, ENGLISH);
    const [, part = ""] = /id="alerts"([^]*?)<\/section>/.exec(html)!;
    return [...part.matchAll(/<th scope="row"><a[^>]*>(\w+)/g)].map(([, name]) => name!);
  };
  equal(await names("/noise"), ["Other", "Flaps", "Often"]);
  equal(await names("/noise?by=told"), ["Flaps", "Other", "Often"]);
  equal((await names("/noise?by=episodes"))[0], "Flaps");
  equal((await names("/noise?by=nonsense"))[0], "Other");
  const { html } = await one.get("/noise?of=folded", ENGLISH);
  match(html, /href="\/noise\?[^"]*of=suppressed#groups"/);
  match(html, /<a href="\/groups\/ops\/default"[^]*<a href="\/rules#rule-1"/);
  const rules = (await one.get("/rules")).html;
  match(rules, /id="rule-1"/);
});

Deno.test("the hours of a day are bars that lead to the log", async () => {
  await using house = await scene({});
  await noisy(house);
  const { html } = await (await visitor(house.house, "viewer")).get("/noise", ENGLISH);
  const bars = [...html.matchAll(/<a href="(\/alerts\?from=[^"]+)" tabindex="-1"><title>([^<]*)</g)];
  equal(bars.length, 24);
  equal(bars.filter(([, , title]) => /Notified: \d+/.test(title!)).length > 0, true);
});
