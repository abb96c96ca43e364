import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { seal } from "../../../relay/base/seal.ts";
import { Audit } from "../../../relay/store/audit.ts";
import { isStored, planChunks } from "../../../relay/store/config_chunks.ts";
import { Database } from "../../../relay/store/database.ts";
import {
  type ConfigEntry,
  type ConfigSnapshot,
  NOTHING_STORED,
  StoredConfig,
} from "../../../relay/store/stored_config.ts";
import { groupOf, LARGE, largeTree } from "../../../bench/large_company.ts";
import { itemsOf } from "../../../relay/config/items.ts";

const HOUR = 3_600_000;

async function opened(
  key = "key",
): Promise<
  { kv: Deno.Kv; store: StoredConfig; clock: { at: number }; again(key?: string): StoredConfig } & Disposable
> {
  const kv = await Deno.openKv(":memory:");
  const clock = { at: Date.UTC(2026, 0, 31) };
  const again = (other = key): StoredConfig => {
    const database = new Database(kv, { deadline: 5_000 });
    const now = (): number => clock.at;
    const audit = new Audit(database, { clock: { now }, retention: () => 1e9 });
    return new StoredConfig(database, { key: other, audit, now, maxBytes: 20_000_000 });
  };
  return { kv, store: again(), clock, again, [Symbol.dispose]: () => kv.close() };
}

async function chunkIds(kv: Deno.Kv): Promise<string[]> {
  const entries = await Array.fromAsync(kv.list({ prefix: ["config", "chunk"] }));
  return [...new Set(entries.map(({ key }) => String(key[2])))];
}

const landed = (snapshot: ConfigSnapshot | "moved" | "too_large"): ConfigSnapshot => {
  ok(typeof snapshot === "object", String(snapshot));
  return snapshot;
};

const company = (size = LARGE): ConfigEntry[] =>
  [...itemsOf(largeTree(size))].map(([what, value]) => [what, value]);

const plain = (entries: readonly ConfigEntry[] | undefined): unknown => JSON.parse(JSON.stringify(entries));

Deno.test("what was written is read, by this instance and by another", async () => {
  using db = await opened();
  const entries: ConfigEntry[] = [["members/a", { id: "a", name: "李雷" }, { by: "li", at: 7 }], [
    "rules",
    [],
  ]];
  const written = landed(await db.store.write(NOTHING_STORED, entries, []));
  equal(written.revision, 1);
  equal(plain((await db.again().read()).entries), entries);
  equal((await db.again("another").read()).entries, undefined);
  equal(await db.store.write(NOTHING_STORED, [], []), "moved");
});

Deno.test("of a large configuration a change of one item writes and reads one chunk", async () => {
  using db = await opened();
  const entries = company();
  const first = landed(await db.store.write(NOTHING_STORED, entries, []));
  ok(first.chunks.length > 50, `${first.chunks.length} chunks`);
  const there = await db.again().read();
  const what = `groups/${groupOf(1234)}`;
  const after = entries.map((entry): ConfigEntry => entry[0] === what ? [what, { owner: "x" }] : entry);
  const second = landed(await db.store.write(first, after, []));
  const kept = new Set(first.chunks.map(({ id }) => id));
  equal(second.chunks.filter(({ id }) => !kept.has(id)).length, 1);
  equal((await chunkIds(db.kv)).sort(), second.chunks.map(({ id }) => id).sort());
  const followed = await db.again().read(there);
  equal(plain(followed.entries), plain(after));
  equal(followed.chunks.filter((chunk) => !there.chunks.includes(chunk)).length, 1);
});

Deno.test("a change that is too large for one atomic is complete or not there, and leaves nothing behind", async () => {
  using db = await opened();
  const first = landed(await db.store.write(NOTHING_STORED, [["rules", []]], []));
  const rival = landed(await db.again().write(first, [["rules", [1]]], []));
  equal(await db.store.write(first, company(), []), "moved");
  equal(await chunkIds(db.kv), rival.chunks.map(({ id }) => id));
  equal(plain((await db.store.read()).entries), [["rules", [1]]]);
  // A process that ended in between left chunks that no head names.
  await db.kv.set(["config", "chunk", "00000000000000000000000000", 0], new Uint8Array(9));
  db.clock.at += 2 * HOUR;
  const whole = landed(await db.store.write(rival, company(), []));
  equal((await chunkIds(db.kv)).sort(), whole.chunks.map(({ id }) => id).sort());
});

Deno.test("what no start could read is refused", async () => {
  using db = await opened();
  const huge: ConfigEntry[] = [["rules", "x".repeat(16_000_000)]];
  equal(await db.store.write(NOTHING_STORED, huge, []), "too_large");
  equal(await chunkIds(db.kv), []);
});

Deno.test("an item that is larger than a value is stored", async () => {
  using db = await opened();
  const rules = Array.from(
    { length: 3_000 },
    (_, number) => ({ match: [`service="服务-${number}"`], group: "ops/default" }),
  );
  const entries: ConfigEntry[] = [["members/a", { id: "a" }], ["rules", rules], ["links", []]];
  const written = landed(await db.store.write(NOTHING_STORED, entries, []));
  ok(written.chunks.some(({ parts }) => parts > 1));
  equal(plain((await db.again().read()).entries), entries);
});

Deno.test("the configuration of an earlier version is read, and replaced by the first change", async () => {
  using db = await opened();
  const document = {
    tree: { members: [{ id: "a" }], rules: [] },
    changed: { "members/a": { by: "li", at: 7 } },
  };
  const sealed = new TextEncoder().encode(
    await seal(JSON.stringify(document), { key: "key", place: "config/3" }),
  );
  await db.kv.set(
    ["config", "head"],
    new TextEncoder().encode(JSON.stringify({ revision: 3, parts: 2, token: "t" })),
  );
  await db.kv.set(["config", "part", 3, 0], sealed.slice(0, 40));
  await db.kv.set(["config", "part", 3, 1], sealed.slice(40));
  const read = await db.store.read();
  equal([read.revision, read.old], [3, { parts: 2, document }]);
  landed(await db.store.write(read, [["rules", [1]]], []));
  equal(await Array.fromAsync(db.kv.list({ prefix: ["config", "part"] })), []);
  equal(plain((await db.store.read()).entries), [["rules", [1]]]);
});

Deno.test("chunks hold the entries in their order, whatever was changed before", () => {
  let made = 0;
  const edit = fc.record({
    at: fc.nat(40),
    kind: fc.constantFrom("set", "add", "remove", "move"),
    size: fc.nat(30_000),
  });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
      let entries: ConfigEntry[] = Array.from(
        { length: 20 },
        (_, number) => [`m/${number}`, "x".repeat(3_000)],
      );
      let stored = chunksOf(entries, []);
      for (const [number, { at, kind, size }] of edits.entries()) {
        const next = [...entries];
        const index = at % Math.max(1, next.length);
        if (kind === "set" && next.length > 0) next[index] = [next[index]![0], "y".repeat(size)];
        else if (kind === "add") next.splice(index, 0, [`new/${number}`, "z".repeat(size)]);
        else if (kind === "remove") next.splice(index, 1);
        else next.push(...next.splice(0, index));
        stored = chunksOf(next, stored);
        entries = next;
        equal(stored.flatMap(({ entries }) => entries), entries);
        ok(
          stored.every((chunk) =>
            chunk.entries.length === 1 || JSON.stringify(chunk.entries).length < 45_000
          ),
        );
      }
    }),
    { numRuns: 200 },
  );

  function chunksOf(
    entries: readonly ConfigEntry[],
    stored: ConfigSnapshot["chunks"],
  ): ConfigSnapshot["chunks"] {
    return planChunks(entries, stored).map((planned) =>
      isStored(planned) ? planned : { id: `${made++}`, parts: 1, entries: planned }
    );
  }
});

Deno.test("a change by a relay with another key that does not land removes nothing", async () => {
  using db = await opened();
  const entries: ConfigEntry[] = [["members/a", { id: "a" }]];
  const first = landed(await db.store.write(NOTHING_STORED, entries, []));
  const other = db.again("another");
  const base = await other.read();
  landed(await db.store.write(first, [...entries, ["members/b", { id: "b" }]], []));
  db.clock.at += 2 * HOUR;
  equal(await other.write(base, [], []), "moved");
  equal(plain((await db.again().read()).entries), [...entries, ["members/b", { id: "b" }]]);

  const gone = landed(await other.write(await other.read(), [["members/c", { id: "c" }]], []));
  equal(await chunkIds(db.kv), gone.chunks.map(({ id }) => id), "what nobody can read any more is removed");
});
