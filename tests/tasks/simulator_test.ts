/** `deno task simulator` as people start it. */
import assert from "node:assert/strict";
import { discover } from "../kit/channels.ts";
import { complaintText, parseConfig } from "../../relay/config/mod.ts";
import { ROOT } from "../kit/process.ts";

Deno.test("each strict vendor is started by the simulator", async () => {
  const task = await Deno.readTextFile(`${ROOT}tasks/simulator.ts`);
  const vendors = Array.from(Deno.readDirSync(`${ROOT}simulator`), ({ name }) => name)
    .filter((name) => /^[a-z].*\.ts$/.test(name) && !["kv_connect.ts", "testing.ts"].includes(name));
  assert.ok(vendors.length >= 10);
  assert.deepEqual(vendors.filter((name) => !task.includes(`from "../simulator/${name}"`)), []);
});

Deno.test("what the simulator prints is a fenghuo.yaml that is taken, with a destination for each vendor that it runs", async () => {
  const port = 21_000 + Math.floor(Math.random() * 9_000);
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=task", "tasks/simulator.ts", "--port", String(port)],
    cwd: ROOT,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (/channel: telegram\n.*\n.*\n.*\n.*base: .*\n/.test(printed)) break;
  }
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);

  const yaml = printed.slice(printed.indexOf("members:"));
  const channels = await discover();
  const parsed = await parseConfig({
    env: {},
    yaml,
    secrets: { key: "k", adminPassword: "p", intakeToken: "t" },
    channels,
  });
  assert.deepEqual(parsed.ok ? [] : parsed.complaints.map(complaintText), []);
  const named = Array.from(yaml.matchAll(/- channel: (\w+)/g), ([, name]) => name!);
  assert.deepEqual(named.filter((name) => channels.get(name) === undefined), []);
  assert.equal(new Set(named).size, named.length);
  const ports = Array.from(yaml.matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g), ([, port]) => Number(port));
  assert.deepEqual(ports.sort(), named.map((_, index) => port + index));
});
