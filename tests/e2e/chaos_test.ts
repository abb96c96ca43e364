/** `deno task chaos` as a person runs it, for two minutes. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { collect } from "../kit/output.ts";
import { DENOKV, KV_STORE } from "../kit/kv_connect.ts";
import { ROOT, temporaryFolder } from "../kit/process.ts";
import { runTask } from "../kit/task.ts";

Deno.test(`two minutes of chaos break no promise, on ${KV_STORE}`, async () => {
  await using folder = await temporaryFolder();
  const { code, stdout, stderr } = await runTask("chaos", ["--minutes", "2"], {
    folder: folder.path,
    env: DENOKV === undefined ? {} : { DENOKV },
  });
  // deno-lint-ignore no-console -- the figures, and the seed, are what a person runs this for
  console.log(stdout.split("\n").filter((line) => !/^ *\d+\.\d s {2}/.test(line)).join("\n"));
  equal(code, 0, `${stdout}\n${stderr}`);
  match(stdout, /Every promise was kept \(seed \d+\)/);
});

Deno.test("Ctrl-C ends chaos and every process that it has started", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=bench", "tasks/chaos.ts", "--minutes", "5", "--own-store"],
    cwd: ROOT,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = collect(child.stdout);
  await eventually("the first fault", () => / s {2}(database|kill|stop|freeze|partition)/.test(output.text), {
    within: 60_000,
  });
  const started = await childrenOf(child.pid);
  ok(started.length >= 2, `relays: ${started}`);
  child.kill("SIGINT");
  equal((await child.status).code, 130, output.text);
  await output.ended;
  for (const pid of started) equal(await isRunning(pid), false, `${pid} is left behind`);
});

Deno.test("an option of chaos that cannot be is refused before anything starts", async () => {
  await using folder = await temporaryFolder();
  for (
    const [option, value, says] of [["--minutes", "x", /--minutes is "x"/], ["--seed", "-1", /seed/]] as const
  ) {
    const { code, stdout, stderr } = await runTask("chaos", [option, value], { folder: folder.path });
    equal([code, stdout], [2, ""]);
    match(stderr, says);
  }
});

/** @returns the ids of a process's children */
async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "pid=", "--ppid", String(pid)] }).output();
  return new TextDecoder().decode(stdout).split("\n").map(Number).filter((id) => id > 0);
}

async function isRunning(pid: number): Promise<boolean> {
  return (await new Deno.Command("kill", { args: ["-0", String(pid)], stderr: "null" }).output()).success;
}
