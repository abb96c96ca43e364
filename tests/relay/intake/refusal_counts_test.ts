import { deepStrictEqual as equal } from "node:assert/strict";
import type { Config } from "../../../relay/config/mod.ts";
import { RefusalCounts } from "../../../relay/intake/refusal_counts.ts";
import type { Store } from "../../../relay/store/store.ts";

const NOW = Date.UTC(2026, 10, 2, 9);

Deno.test("a flood of refusals from new addresses writes nothing to the store, and stored ones are deleted", async () => {
  const written: string[] = [];
  const refusals = {
    set: () => Promise.resolve(void written.push("set")),
    delete: () => Promise.resolve(void written.push("delete")),
    others: () => Promise.resolve([]),
    clear: () => Promise.resolve(),
  };
  const counts = new RefusalCounts({
    config: { retention: { refused: 60_000 } } as Config,
    store: { refusals, isShared: false } as unknown as Store,
    report: (words) => {
      throw new Error(words);
    },
  });
  const note = (from: string) => counts.note({ door: "none", status: 401, reason: "no token", from }, NOW);

  for (let index = 0; index < 250; index++) note(`192.0.2.${index}`);
  equal(counts.list().length, 100);
  await counts.store(NOW);
  equal(Object.groupBy(written, (one) => one).delete ?? [], []);
  equal(written.length, 100);

  note("198.51.100.1");
  await counts.store(NOW);
  equal(written.slice(100), ["delete", "set"]);
});
