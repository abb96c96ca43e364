import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { alert } from "../../kit/domain.ts";
import { enriched, enrichedLabels, type Enrichment, rowKey } from "../../../relay/domain/enrichment.ts";

const table = (own: Partial<Enrichment> = {}): Enrichment => ({
  match: ["host"],
  rows: new Map([["db-1", {
    labels: { service: "orders", team: "dba" },
    annotations: { runbook_url: "https://wiki.example.com/db", note: "call first" },
  }]]),
  override: false,
  ...own,
});

Deno.test("a row adds labels, annotations and links", () => {
  const { labels, annotations, links } = enriched(alert({ labels: { host: "db-1" } }), [table()]);
  equal(labels, { host: "db-1", service: "orders", team: "dba" });
  equal(annotations, { runbook_url: "https://wiki.example.com/db", note: "call first" });
  equal(links, [{ kind: "runbook", url: "https://wiki.example.com/db" }]);
});

Deno.test("what the sender says stays, unless the table overrides it; an empty value is not said", () => {
  const said = alert({
    labels: { host: "db-1", team: "web", service: "" },
    annotations: { runbook_url: "https://own.example.com/" },
    links: [{ kind: "runbook", url: "https://own.example.com/" }],
  });
  const kept = enriched(said, [table()]);
  equal(kept.labels, { host: "db-1", team: "web", service: "orders" });
  equal(kept.links, said.links);
  const replaced = enriched(said, [table({ override: true })]);
  equal(replaced.labels, { host: "db-1", team: "dba", service: "orders" });
  equal(replaced.links, [{ kind: "runbook", url: "https://wiki.example.com/db" }]);
});

for (const labels of [{ host: "db-2" }, {}, { constructor: "x" }, { host: "" }]) {
  Deno.test(`an alert with ${JSON.stringify(labels)} stays the same object`, () => {
    const said = alert({ labels });
    strictEqual(enriched(said, [table()]), said);
    strictEqual(enrichedLabels(labels, [table()]), labels);
  });
}

Deno.test("a row is found by several labels, and a table sees what the table before it added", () => {
  const second = table({
    match: ["service", "team"],
    rows: new Map([[rowKey(["orders", "dba"]), { labels: { owner: "li.lei" }, annotations: {} }]]),
  });
  const tables = [table(), second];
  equal(enrichedLabels({ host: "db-1" }, tables).owner, "li.lei");
  equal(enrichedLabels({ host: "db-1" }, [second, table()]).owner, undefined);
  equal(rowKey(["a,b", "c"]) === rowKey(["a", "b,c"]), false);
});

Deno.test("a link that is not an http address stays an annotation", () => {
  const rows = new Map([["db-1", { labels: {}, annotations: { runbook_url: "javascript:alert(1)" } }]]);
  equal(enriched(alert({ labels: { host: "db-1" } }), [table({ rows })]).links, []);
});
