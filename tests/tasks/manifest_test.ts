import { deepStrictEqual as equal, match } from "node:assert/strict";
import { copyCheckout, inherited, temporaryFolder } from "../kit/process.ts";

Deno.test("deno task manifest names each file of channels/, and --check says when one is not named", async () => {
  await using folder = await temporaryFolder();
  await copyCheckout(folder.path);
  const manifest = async (...args: string[]): Promise<{ code: number; stderr: string }> => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "manifest", ...args],
      cwd: folder.path,
      clearEnv: true,
      env: inherited(),
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  const names = async (): Promise<string[]> => {
    const { BUILT_IN } = await import(`file://${folder.path}/channels.ts?${crypto.randomUUID()}`);
    return [...BUILT_IN.names];
  };
  const before = await names();
  await Deno.writeTextFile(`${folder.path}/channels/pager.ts`, "export default undefined;\n");
  await Deno.writeTextFile(`${folder.path}/channels/_part.ts`, "export default undefined;\n");
  const stale = await manifest("--check");
  equal(stale.code, 1);
  match(stale.stderr, /Cannot write the manifest: channels\.ts does not have .*run deno task manifest/);
  equal((await manifest()).code, 0);
  equal(await names(), [...before, "pager"].sort());
  equal((await manifest("--check")).code, 0);
});
