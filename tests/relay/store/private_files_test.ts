import { deepStrictEqual as equal } from "node:assert/strict";
import { lockDatabase } from "../../../relay/store/lock.ts";
import { makePrivate } from "../../../relay/store/private_files.ts";
import { temporaryFolder } from "../../kit/process.ts";

const ENDS = ["", "-wal", "-shm", ".lock"];

async function modeOf(path: string): Promise<string> {
  return ((await Deno.stat(path)).mode! & 0o777).toString(8);
}

/** Open, write, and look at the modes while it is open. */
async function use(path: string, ownFolder: boolean): Promise<string[]> {
  equal(await makePrivate(path, { ownFolder }), []);
  const unlock = await lockDatabase(path);
  const kv = await Deno.openKv(path);
  await kv.set(["a"], 1);
  const modes = await Promise.all(ENDS.map((end) => modeOf(path + end)));
  kv.close();
  unlock();
  return modes;
}

Deno.test("a new database, what SQLite keeps beside it and its lock are their owner's alone, and so is the folder", async () => {
  await using folder = await temporaryFolder();
  equal(await use(`${folder.path}/data/fenghuo.db`, true), ["600", "600", "600", "600"]);
  equal(await modeOf(`${folder.path}/data`), "700");
});

Deno.test("a database that an earlier version made, for all to read, is made private, and keeps what it has", async () => {
  await using folder = await temporaryFolder();
  const data = `${folder.path}/data`;
  const path = `${data}/fenghuo.db`;
  await Deno.mkdir(data);
  const earlier = await Deno.openKv(path);
  await earlier.set(["kept"], 7);
  earlier.close();
  await Deno.writeTextFile(`${path}.lock`, "1");
  for (const place of [path, `${path}.lock`]) await Deno.chmod(place, 0o644);
  await Deno.chmod(data, 0o755);
  equal(await use(path, true), ["600", "600", "600", "600"]);
  equal(await modeOf(data), "700");
  const kv = await Deno.openKv(path);
  equal((await kv.get(["kept"])).value, 7);
  kv.close();
});

Deno.test("a folder that is not the relay's own keeps its mode", async () => {
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o755);
  equal(await use(`${folder.path}/x.db`, false), ["600", "600", "600", "600"]);
  equal(await modeOf(folder.path), "755");
});
