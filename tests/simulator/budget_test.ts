import assert from "node:assert/strict";
import { Budget } from "../../simulator/_budget.ts";
import { MINUTE } from "../../relay/base/duration.ts";

const at = (text: string): number => Date.parse(text);
const T0 = at("2026-03-01T16:00:00+08:00");

Deno.test("a window slides: what is a whole window old counts no more, and what was refused never did", () => {
  const budget = new Budget([{ messages: 2, per: MINUTE }]);
  const taken = [0, 30_000, 45_000, 59_999, 60_000, 60_001, 89_999, 90_000].map((ms) =>
    budget.refuse(T0 + ms) === undefined
  );
  assert.deepEqual(taken, [true, true, false, false, true, false, false, true]);
});

Deno.test("a penalty begins with the first that is too many, and refuses everything until it ends", () => {
  const rate = { messages: 1, per: MINUTE, penalty: 10 * MINUTE };
  const budget = new Budget([rate]);
  assert.equal(budget.refuse(T0), undefined);
  assert.equal(budget.refuse(T0 + 30_000), rate);
  for (const ms of [MINUTE, 5 * MINUTE, 10 * MINUTE + 29_999]) assert.equal(budget.refuse(T0 + ms), rate);
  assert.equal(budget.refuse(T0 + 10 * MINUTE + 30_000), undefined);
});

Deno.test("of several rates each counts, and the one that is broken is named", () => {
  const [second, minute] = [{ messages: 1, per: 1_000 }, { messages: 2, per: MINUTE }];
  const budget = new Budget([second, minute]);
  const broken = [0, 500, 1_000, 2_000, 60_000].map((ms) => budget.refuse(T0 + ms));
  assert.deepEqual(broken, [undefined, second, undefined, minute, undefined]);
});

Deno.test("a quota ends with the day or the month in China", () => {
  const table = [
    ["day", "2026-03-01T23:59:59.999+08:00", "2026-03-02T00:00:00+08:00"],
    ["day", "2026-03-01T15:59:59.999Z", "2026-03-01T16:00:00Z"],
    ["month", "2026-03-31T23:59:59.999+08:00", "2026-04-01T00:00:00+08:00"],
  ] as const;
  for (const [per, last, next] of table) {
    const budget = new Budget([{ messages: 1, per }]);
    assert.equal(budget.refuse(at("2026-03-01T00:00:00+08:00")), undefined);
    assert.notEqual(budget.refuse(at(last)), undefined, last);
    assert.equal(budget.refuse(at(next)), undefined, next);
  }
});
