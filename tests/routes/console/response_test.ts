import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { scene } from "../../kit/duty.ts";

for (
  const { locale, none, figures, related } of [
    {
      locale: "en",
      none: /No incident ended or was acknowledged/,
      figures: [
        /4 min<\/strong> <span>Mean time to acknowledge/,
        /10 min<\/strong> <span>Mean time to resolve/,
        /50 %<\/strong>/,
      ],
      related: [/3 times in 30 days/, /Same alert/, /lasted 10 min/, /the disk was changed/],
    },
    {
      locale: "zh",
      none: /这段时间没有结束或被确认的事件/,
      figures: [
        /4 分钟<\/strong> <span>平均确认用时/,
        /10 分钟<\/strong> <span>平均恢复用时/,
        /50 %<\/strong>/,
      ],
      related: [/30 天内第 3 次/, /同一告警/, /持续 10 分/, /the disk was changed/],
    },
  ] as const
) {
  Deno.test(`the pages show how incidents were answered, and what is related to one (${locale})`, async () => {
    await using house = await scene({});
    const one = await visitor(house.house, "viewer");
    const page = async (path: string): Promise<string> =>
      (await one.get(path, { "accept-language": locale })).html;
    match(await page("/incidents/response"), none);
    for (const isAcknowledged of [true, false]) {
      await house.fire();
      const { body: { incidents: [{ id }] } } = await api(house.house, "GET", "incidents");
      doesNotMatch(await page(`/incidents/${id}`), related[0]);
      await house.minutes(4);
      if (isAcknowledged) {
        await api(house.house, "POST", `incidents/${id}/ack`, { body: { memo: "the disk was changed" } });
      }
      await house.minutes(6);
      await house.fire({ status: "resolved" });
      await house.minutes(60);
    }
    await house.fire();
    const response = await page("/incidents/response");
    for (const figure of figures) match(response, figure);
    match(response, /default\/default/);
    const { body: { incidents: [{ id }] } } = await api(house.house, "GET", "incidents");
    const shown = await page(`/incidents/${id}`);
    for (const words of related) match(shown, words);
  });
}

Deno.test("the general settings list the tables of the enrichment, with what they add", async () => {
  await using house = await scene({
    yaml: `
enrich:
  - match: [host]
    rows: [{ host: db-1, service: orders, runbook_url: "https://wiki.example.com/" }]
    annotations: [runbook_url]
`,
  });
  const one = await visitor(house.house, "admin");
  const { html } = await one.get("/settings/general", { "accept-language": "en" });
  match(html, /host → service, runbook_url · 1 rows/);
  doesNotMatch(html, /href="\/settings\/general\/enrich"/);
  equal((await one.get("/settings/general/enrich")).status, 404);
});
