import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startRelay, temporaryFolder } from "../kit/process.ts";
import { runTask } from "../kit/task.ts";
import { openStore } from "../../relay/store/store.ts";

const RECORDS = 2_000;

/** Write records that expire, as a day of alerts does. */
async function fill(path: string, day: number): Promise<void> {
  using kv = await Deno.openKv(path);
  const value = new Uint8Array(1_200).fill(day);
  for (let from = 0; from < RECORDS; from += 100) {
    const atomic = kv.atomic();
    for (let number = from; number < from + 100; number++) {
      atomic.set(["log", `${day}-${String(number).padStart(6, "0")}`], value, { expireIn: 3_600_000 });
    }
    await atomic.commit();
  }
}

/** The database's own occasional work: it removes expired records. */
function expire(path: string): void {
  using database = new DatabaseSync(path);
  const { changes } = database.prepare("DELETE FROM kv WHERE expiration_ms >= 0").run();
  equal(Number(changes), RECORDS);
}

async function sizeOf(path: string): Promise<number> {
  return (await Deno.stat(path)).size;
}

Deno.test("what retention frees is used again, and compacting gives it back", async () => {
  await using folder = await temporaryFolder();
  await (await startRelay({ folder: folder.path })).stop();
  const path = `${folder.path}/data/fenghuo.db`;
  await fill(path, 1);
  const full = await sizeOf(path);
  for (const day of [2, 3]) {
    expire(path);
    await fill(path, day);
    ok(
      await sizeOf(path) < 1.05 * full,
      `${await sizeOf(path)} bytes after day ${day}, ${full} after the first`,
    );
  }
  expire(path);
  ok(await sizeOf(path) > 0.9 * full, "deleting alone gives nothing back");
  const { code, stdout, stderr } = await runTask("compact", [], { folder: folder.path });
  equal([code, stderr], [0, ""]);
  match(stdout, /^Compacted "\.\/data\/fenghuo\.db": \d+\.\d MB before, 0\.\d MB now$/m);
  ok(await sizeOf(path) < full / 10);
  equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  await using relay = await startRelay({ folder: folder.path });
  const ready = await fetch(`${relay.url}/readyz`);
  equal([ready.status, (await ready.json()).ready], [200, true]);
});

Deno.test("a database that an earlier version made gets larger pages", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/fenghuo.db`;
  {
    using kv = await Deno.openKv(path);
    await openStore(kv, {
      exclusive: true,
      clock: { now: Date.now },
      key: "k",
      retention: { alerts: 1, dead: 1, audit: 1 },
    });
  }
  const pageSize = (): unknown => {
    using database = new DatabaseSync(path, { readOnly: true });
    return Object.values(database.prepare("PRAGMA page_size").get()!)[0];
  };
  equal(pageSize(), 4_096);
  equal((await runTask("compact", [], { folder: folder.path, env: { FENGHUO_KV: path } })).code, 0);
  equal(pageSize(), 8_192);
  using kv = await Deno.openKv(path);
  equal(new TextDecoder().decode((await kv.get<Uint8Array>(["schema"])).value!), "3");
});

Deno.test("a database that a relay uses, another program's, a server and a missing one are left alone", async () => {
  await using folder = await temporaryFolder();
  await using _relay = await startRelay({ folder: folder.path });
  const compact = (env: Record<string, string>): Promise<{ code: number; stderr: string }> =>
    runTask("compact", [], { folder: folder.path, env });
  const { code, stderr } = await compact({});
  equal(code, 1);
  match(stderr, /another Fenghuo \(process \d+\) uses it/);
  {
    using kv = await Deno.openKv(`${folder.path}/other.db`);
    await kv.set(["a"], 1);
  }
  match((await compact({ FENGHUO_KV: "./other.db" })).stderr, /none of them is Fenghuo's/);
  match((await compact({ FENGHUO_KV: "./gone.db" })).stderr, /there is no database/);
  match(
    (await compact({ FENGHUO_KV: "http://kv.example.com/secret" })).stderr,
    /^.*http:\/\/kv\.example\.com is a server: stop it/,
  );
});
