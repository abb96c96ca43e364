import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { VARIABLES } from "../../relay/config/variables.ts";
import { ROOT } from "../kit/process.ts";

const PATH = "examples/systemd/fenghuo.service";
const unit = await Deno.readTextFile(ROOT + PATH);

async function analyze(...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command("systemd-analyze", { args, cwd: ROOT }).output();
  return { code, output: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
}

const ignore = await analyze("--version").then(({ code }) => code !== 0, () => true);

Deno.test("the unit runs the start task, where the relay finds the folder that it may write", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [, task] = /^ExecStart=\S+\/deno task (\S+)$/m.exec(unit)!;
  ok(Object.hasOwn(tasks, task!));
  const [, folder] = /^WorkingDirectory=(\S+)$/m.exec(unit)!;
  const [, state] = /^StateDirectory=(\S+)$/m.exec(unit)!;
  match(unit, new RegExp(`^BindPaths=/var/lib/${state}:${folder}/data$`, "m"));
  for (const [, pair] of unit.matchAll(/^Environment=(.*)$/gm)) {
    for (const name of pair!.split(" ").map((word) => word.split("=")[0]!)) {
      ok(VARIABLES.includes(name) || /^(DENO_DIR|DENO_NO_UPDATE_CHECK|DENO_LOG|NO_COLOR)$/.test(name), name);
    }
  }
});

Deno.test({
  name: "systemd accepts the unit, and finds it well confined (needs systemd-analyze)",
  ignore,
  async fn(): Promise<void> {
    const verified = await analyze("verify", PATH);
    // The machine of a test need not have Deno at the unit's path.
    const complaints = verified.output.split("\n").filter((line) =>
      line !== "" && !/deno is not executable/.test(line)
    );
    equal(complaints, []);
    const { code, output } = await analyze("security", "--offline=true", "--threshold=20", PATH);
    equal(code, 0, output);
  },
});
