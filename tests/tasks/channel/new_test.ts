import { deepStrictEqual as equal, match } from "node:assert/strict";
import { gradeFiles } from "../../../tasks/channel/_grade_files.ts";
import { inherited, temporaryFolder } from "../../kit/process.ts";
import { type Ran, runTask } from "../../kit/task.ts";

const make = (folder: string, name: string): Promise<Ran> =>
  runTask("channel", ["new", name, "--in", "plugins"], { folder });

Deno.test("a new plugin has no finding, and its test passes in its own folder with the relay's modules", async () => {
  await using folder = await temporaryFolder();
  equal((await make(folder.path, "our_pager")).code, 0);
  const [graded] = await gradeFiles([`file://${folder.path}/plugins/our_pager.ts`]);
  equal([graded!.title, graded!.findings], ["Our pager", []]);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--allow-read", "--allow-env", "--allow-net=127.0.0.1"],
    cwd: `${folder.path}/plugins`,
    clearEnv: true,
    env: inherited(),
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  equal(success, true, output);
  match(output, /3 passed/);
});

Deno.test("a new plugin overwrites nothing, and takes no name that a relay could not load", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/plugins`);
  await Deno.writeTextFile(`${folder.path}/plugins/deno.json`, "{}");
  equal((await make(folder.path, "pager")).code, 0);
  equal(await Deno.readTextFile(`${folder.path}/plugins/deno.json`), "{}");
  const table: [name: string, says: RegExp][] = [
    ["pager", /Cannot write the plugin: .*exists/i],
    ["webhook", /there is a built-in channel "webhook"/],
    ["Our-Pager", /must consist of lower-case letters, digits and _/],
  ];
  for (const [name, says] of table) match((await make(folder.path, name)).stderr, says);
});
