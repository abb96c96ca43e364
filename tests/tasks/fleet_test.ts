/** `deno task fleet` as people start it. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { collect } from "../kit/output.ts";
import { ROOT, temporaryFolder } from "../kit/process.ts";
import { runTask } from "../kit/task.ts";

const WITHOUT_CURL = await new Deno.Command("curl", { args: ["--version"] }).output().then(
  () => false,
  () => true,
);

Deno.test({
  name:
    "what the fleet prints can be pasted: an alert, every fault, the kill of a relay; then Ctrl-C ends it all (needs curl)",
  ignore: WITHOUT_CURL,
  fn: async () => {
    const port = 31_000 + Math.floor(Math.random() * 900) * 10;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-P=bench", "tasks/fleet.ts", "--own-store", "--relays", "2", "--port", String(port)],
      cwd: ROOT,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = collect(child.stdout);
    let running = true;
    const ended = child.status.then((status) => (running = false, status));
    try {
      await eventually("the fleet", () => output.text.includes("Ctrl-C ends everything.\n"), {
        within: 30_000,
      });
      match(output.text, /2 relays share the proxy's own store/);
      const pids = Array.from(output.text.matchAll(/\(process (\d+)\)/g), ([, pid]) => Number(pid));

      const [send] = /^curl -X POST .*\/webhook .*\\\n.*$/m.exec(output.text)!;
      match(await shell(send), /"accepted":1/);
      await eventually("the message", () => /delivered {2}.*HelloFleet \(first\)/.test(output.text));
      match(
        await shell(/^FENGHUO_ADMIN_PASSWORD=.*$/m.exec(output.text)![0]),
        /The records since .* say the same/,
      );

      const commands = output.text.split("\n").filter((line) =>
        /^(curl -X (PUT|POST .*faults|DELETE)|curl http)/.test(line)
      );
      equal(commands.length, 7, output.text);
      for (const command of commands) {
        const answer = await shell(command);
        ok(!answer.includes('"error"'), `${command}: ${answer}`);
      }
      equal((await shell(/^kill -9 \d+$/m.exec(output.text)![0])).trim(), "");
      await eventually("the end of the relay", () => /relay b +ended; it is started again/.test(output.text));

      child.kill("SIGINT");
      equal((await ended).code, 0, output.text);
      for (const pid of pids) equal(await shell(`kill -0 ${pid} 2>/dev/null || echo gone`), "gone\n");
    } finally {
      if (running) child.kill("SIGTERM");
      await Promise.all([output.ended, ended]);
    }
  },
});

Deno.test({
  name: "a fleet whose task is killed leaves no process and no folder behind",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const port = 32_000 + Math.floor(Math.random() * 900) * 10;
    await using folder = await temporaryFolder();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-P=bench", "tasks/fleet.ts", "--own-store", "--relays", "1", "--port", String(port)],
      cwd: ROOT,
      env: { TMPDIR: folder.path },
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = collect(child.stdout);
    await eventually("the fleet", () => output.text.includes("Ctrl-C ends everything.\n"), {
      within: 30_000,
    });
    const [, pid] = /\(process (\d+)\)/.exec(output.text)!;
    child.kill("SIGKILL");
    await Promise.all([child.status, output.ended]);
    await eventually("the end of the relay", async () => await shell(`kill -0 ${pid} || echo gone`) !== "");
    await eventually("the end of its folder", () => [...Deno.readDirSync(folder.path)].length === 0);
  },
});

Deno.test("an option of the fleet that cannot be is refused before anything starts", async () => {
  await using folder = await temporaryFolder();
  for (
    const [option, value, says] of [
      ["--relays", "12", /^Cannot start the fleet: --relays is "12": it must be a number from 1 to 9\n/],
      ["--port", "x", /--port is "x"/],
      ["--latency", "", /--latency is ""/],
    ] as const
  ) {
    const { code, stdout, stderr } = await runTask("fleet", [option, value], { folder: folder.path });
    equal([code, stdout], [2, ""]);
    match(stderr, says);
  }
});

/** @returns the output of a shell command */
async function shell(command: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", command], cwd: ROOT, stdin: "null" })
    .output();
  return new TextDecoder().decode(stdout);
}
