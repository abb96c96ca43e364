import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { unitTests } from "./_unit.ts";
import { ROOT } from "./kit/process.ts";

/** Folders of tests that mirror no folder of the tree. */
const OWN = /^(e2e|golden|kit)\//;

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    if (isDirectory) files.push(...await filesBelow(`${folder}${name}/`));
    else files.push(folder + name);
  }
  return files;
}

async function isFolder(path: string): Promise<boolean> {
  return (await Deno.stat(ROOT + path).catch(() => undefined))?.isDirectory ?? false;
}

Deno.test("tests mirror the tree: each lies in a folder that the tree has, too", async () => {
  const tests = (await filesBelow("tests/")).map((path) => path.slice("tests/".length))
    .filter((path) => path.endsWith("_test.ts") && path.includes("/") && !OWN.test(path));
  const folders = [...new Set(tests.map((path) => path.slice(0, path.lastIndexOf("/"))))];
  const strangers = await Promise.all(folders.map(async (folder) => await isFolder(folder) ? [] : [folder]));
  equal(strangers.flat(), []);
  for (const folder of ["relay/domain", "relay/intake", "routes/dialects/ocp"]) ok(folders.includes(folder));
});

Deno.test("the unit tests open no database and no port and start no process, nor do they try random inputs", async () => {
  const tests = await unitTests();
  ok(tests.length > 30, `${tests.length} files`);
  for (
    const [path, isUnit] of [
      ["tests/relay/domain/severity_test.ts", true],
      ["tests/relay/message/render_test.ts", true],
      ["tests/relay/config/config_test.ts", true],
      ["tests/relay/domain/matcher_test.ts", false], // fast-check
      ["tests/relay/intake/silence_test.ts", false], // a relay of the kit
      ["tests/simulator/dingtalk_test.ts", false], // the simulator's port
      ["tests/tasks/backup_test.ts", false], // a process
    ] as const
  ) equal(tests.includes(path), isUnit, path);
});
