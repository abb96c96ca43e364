import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { watchDamage } from "../../../relay/store/damage.ts";
import { temporaryFolder } from "../../kit/process.ts";

const PAGE = 4_096;
const VALUE = "x".repeat(20_000);

/** A database of which each value fills pages of its own, and those of the value in its middle are zeros. */
async function damagedDatabase(path: string): Promise<void> {
  {
    using kv = await Deno.openKv(path);
    for (let n = 0; n < 50; n++) await kv.set(["value", n], VALUE);
  }
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  database.close();
  const bytes = await Deno.readFile(path);
  const full = new TextEncoder().encode("x".repeat(PAGE - 4));
  const pages: number[] = [];
  for (let at = 0; at < bytes.length; at += PAGE) {
    if (full.every((byte, index) => bytes[at + 4 + index] === byte)) pages.push(at);
  }
  const middle = pages.length / 2;
  for (const at of pages.slice(middle, middle + 10)) bytes.fill(0, at, at + PAGE);
  await Deno.writeFile(path, bytes);
}

for (
  const [name, use] of [
    ["get", async (kv) => {
      for (let n = 0; n < 50; n++) await kv.get(["value", n]);
    }],
    ["getMany", async (kv) => {
      for (let n = 0; n < 50; n++) await kv.getMany([["value", n]]);
    }],
    ["list", async (kv) => {
      await Array.fromAsync(kv.list({ prefix: ["value"] }));
    }],
    ["an atomic", async (kv) => {
      for (let n = 0; n < 50; n++) await kv.atomic().set(["value", n], "short").delete(["value", n]).commit();
    }],
  ] satisfies [string, (kv: Deno.Kv) => Promise<void>][]
) {
  Deno.test(`damage that ${name} meets long after the start is reported once, and stays a problem`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/x.db`;
    await damagedDatabase(path);
    using real = await Deno.openKv(path);
    const reported: string[] = [];
    const { kv, problem } = watchDamage(real, { path, report: (words) => reported.push(words) });
    await kv.set(["other"], 1);
    equal(problem(), undefined);
    for (let n = 0; n < 2; n++) await rejects(use(kv), /malformed/);
    equal(reported, [problem()]);
    match(reported[0]!, /^The database ".*x\.db" is damaged \(.*malformed.*\).*deno task restore FOLDER/);
  });
}

Deno.test("an error that is no damage is none", async () => {
  using real = await Deno.openKv(":memory:");
  const { kv, problem } = watchDamage(real, { path: "x.db", report: () => {} });
  await rejects(kv.atomic().set(["x"], "x".repeat(100_000)).commit(), /too large/);
  equal(
    await kv.atomic().check({ key: ["x"], versionstamp: "00000000000000000000" }).set(["x"], 1).commit(),
    { ok: false },
  );
  equal(problem(), undefined);
});
