import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Incident } from "../../../relay/domain/incident.ts";
import { Interned } from "../../../relay/store/interned.ts";
import { OpenTable } from "../../../relay/store/open_table.ts";
import { incident } from "../../kit/domain.ts";

const idOf = (number: number): string => `01KG9EGN00${String(number).padStart(16, "0")}-000`;

const numbered = (number: number, own: Partial<Incident> = {}): Incident =>
  incident({ id: idOf(number), at: number, ...own });

Deno.test("a text is held while it is in use, and then its number is used for another text", () => {
  const texts = new Interned();
  const [a, b] = [texts.acquire("a"), texts.acquire("bb")];
  equal([texts.acquire("a"), texts.size, texts.chars], [a, 2, 3]);
  texts.release(a);
  equal(texts.numberOf("a"), a);
  texts.release(a);
  equal([texts.numberOf("a"), texts.size, texts.chars], [undefined, 1, 2]);
  equal(texts.acquire("ccc"), a);
  equal([texts.textOf(a), texts.textOf(b), texts.bound], ["ccc", "bb", 2]);
});

Deno.test("incidents that are over leave nothing behind", () => {
  const table = new OpenTable();
  const all = Array.from({ length: 100 }, (_, number) => numbered(number, { title: `T${number % 3}` }));
  for (const [number, one] of all.entries()) {
    table.changed(undefined, one, { host: `h-${number}`, team: "ops" });
  }
  equal([table.size, table.titles.size, table.labelNames.size], [100, 3, 2]);
  const changed = { ...all[7]!, known: true, knownAt: 9, holder: "li.lei", title: "Other" };
  table.changed(all[7], changed);
  const row = table.rowOf(changed.id)!;
  equal([row.acknowledged, table.titles.textOf(row.title)], [true, "Other"]);
  equal(table.labelsOf(row), { host: "h-7", team: "ops" });
  for (const one of all) table.changed(one.id === changed.id ? changed : one, { ...one, closedAt: 10 });
  equal(
    [table.size, table.rows.length <= 2, table.titles.size, table.labelNames.size, table.holders.size],
    [0, true, 0, 0, 0],
  );
});

Deno.test("a reopened incident is at its old place, and its labels are to be read", () => {
  const table = new OpenTable();
  const [a, b, c] = [numbered(1), numbered(2), numbered(3)];
  for (const one of [a, b, c]) table.changed(undefined, one, { host: one.id });
  table.changed(b, { ...b, closedAt: 5 });
  table.changed({ ...b, closedAt: 5 }, b);
  equal(table.rows.filter(({ removed }) => !removed).map(({ id }) => id), [a.id, b.id, c.id]);
  equal([table.unread, table.unreadIds(10)], [1, [b.id]]);
  table.learn(b.id, { host: "again" });
  equal([table.unread, table.labelsOf(table.rowOf(b.id)!)], [0, { host: "again" }]);
});

Deno.test("of too many incidents, or too many labels, the newest are held", () => {
  const table = new OpenTable();
  for (let number = 0; number < 50_001; number++) table.add(numbered(number), { host: `h-${number}` });
  ok(table.size <= 50_000 && table.size >= 45_000, String(table.size));
  equal([table.floor, table.rows[0]!.id], [idOf(50_001 - table.size), table.floor]);
  table.add(numbered(3), {});
  equal(table.rowOf(idOf(3)), undefined, "an older one does not come back");
  const heavy = new OpenTable();
  for (let number = 0; number < 500; number++) {
    heavy.add(numbered(number), { text: `${number}${"x".repeat(60_000)}` });
  }
  ok(heavy.size < 340, String(heavy.size));
  ok(heavy.rowOf(idOf(499)) !== undefined);
  heavy.refill([numbered(1)]);
  ok(heavy.rowOf(idOf(1)) !== undefined, "there is room again");
});
