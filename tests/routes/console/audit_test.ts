import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { formatTime } from "../../../relay/base/time.ts";
import { changesIn } from "../../../routes/console/audit.ts";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { testRelay } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

Deno.test("a change is shown value by value", () => {
  const before = { name: "ops", members: ["a", "b"], window: "5m", config: { token: "••• 1" } };
  const after = { name: "ops", members: ["a", "c"], config: { token: "••• 2" }, quiet: null };
  equal(changesIn({ before, after }), [
    { name: "members.1", before: "b", after: "c" },
    { name: "window", before: "5m" },
    { name: "config.token", before: "••• 1", after: "••• 2" },
    { name: "quiet", after: "null" },
  ]);
  equal(changesIn({ after: "x" }), [{ name: "", after: "x" }]);
  equal(changesIn({}), []);
});

Deno.test("the audit is filtered by person, item and time, page by page", async () => {
  await using house = await testRelay();
  const begun = house.clock.now();
  for (let index = 0; index < 70; index++) {
    await api(house, "POST", "silences", { body: { matchers: [`a=b${index}`], duration: "1h" } });
    house.clock.advance(MINUTE);
  }
  const by = { by: "li.lei", now: house.clock.now() };
  await house.relay.access.addAccount({ name: "han", role: "viewer", password: "a long password" }, by);
  const one = await visitor(house);
  const shown = async (path: string): Promise<{ rows: number; next: string | undefined; html: string }> => {
    const { html } = await one.get(path);
    const next = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    return { rows: [...html.matchAll(/class="changes"/g)].length, next, html };
  };
  const first = await shown("/audit");
  equal(first.rows, 50);
  const second = await shown(first.next!);
  equal([second.rows, second.next], [21, undefined]);
  equal((await shown("/audit?by=li.lei")).rows, 1);
  equal((await shown("/audit?what=accounts")).rows, 1);
  equal((await shown("/audit?what=account")).rows, 0, "a part of a word is another thing");
  doesNotMatch((await shown("/audit?what=accounts")).html, /a long password/);
  match((await shown("/audit?by=nobody")).html, /No entries match|没有符合条件/);
  match((await shown("/audit?from=soon")).html, /id="from-error"/);
  match((await shown("/audit?from=2026-01-02T00:00&to=2026-01-01T00:00")).html, /id="to-error"/);
  const ends = formatTime(begun + (69 + 60) * MINUTE, { timezone: "Asia/Shanghai" });
  match(first.html, new RegExp(`<code>until</code></dt><dd><ins [^>]*>${ends}<`), "in the relay's zone");
  const api10 = await api(
    house,
    "GET",
    `audit?from=${new Date(begun + 10 * MINUTE).toISOString()}&to=${
      new Date(begun + 20 * MINUTE).toISOString()
    }`,
  );
  equal(api10.body.entries.length, 10);
  equal((await api(house, "GET", "audit?from=soon")).status, 422);
});

Deno.test("a dead letter that is sent again or dropped is audited, with the person", async () => {
  await using sink = await startSink();
  sink.answer({ status: 400 });
  await using house = await testRelay({
    yaml: `
groups:
  - { owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }`,
  });
  await house.fire({});
  await house.advance(60 * MINUTE);
  const { dead: [letter] } = (await api(house, "GET", "dead")).body;
  await api(house, "POST", `dead/${letter.id}/send`);
  await house.settle();
  await house.advance(60 * MINUTE);
  equal((await api(house, "POST", `dead/${letter.id}/drop`, { body: { note: "old" } })).status, 200);
  const { entries } = (await api(house, "GET", "audit?what=deliveries")).body;
  equal(entries.map(({ by, action, what }: Record<string, string>) => [by, action, what]), [
    ["admin", "dropped", `deliveries/${letter.id}`],
    ["admin", "sent again", `deliveries/${letter.id}`],
  ]);
});
