/** `deno task simulator` as people start it. */
import assert from "node:assert/strict";
import { discover } from "../kit/channels.ts";
import { complaintText, parseConfig } from "../../relay/config/mod.ts";
import { ROOT } from "../kit/process.ts";

Deno.test("what the simulator prints is a fenghuo.yaml that is taken, with a destination for each vendor that it runs; every other channel can be faked", async () => {
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
  // Mail has no simulator to point at, and the inbox needs none; `deno task channel fake` runs the others.
  const others = channels.names().filter((name) => ![...named, "email", "inbox"].includes(name));
  for (const name of others) assert.ok(channels.get(name)!.fixtures, `${name} has no vendor to try it with`);
  const ports = Array.from(yaml.matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g), ([, port]) => Number(port));
  const served = new Set(ports); // one vendor may serve several channels of its own
  assert.deepEqual([...served].sort(), Array.from({ length: served.size }, (_, index) => port + index));
  assert.equal(ports.length, named.length);
});
