import { deepStrictEqual as equal, match } from "node:assert/strict";
import { TestClock } from "../kit/clock.ts";
import { listening } from "../kit/listening.ts";
import { temporaryFolder } from "../kit/process.ts";
import { SECRETS, testRelay } from "../kit/relay.ts";
import { type Ran, runTask } from "../kit/task.ts";

const YAML = `
members: [{ id: li, name: 李雷 }, { id: han }]
groups:
  - owner: ops
    level: dba
    members: [li, han]
    timezone: Asia/Shanghai
    oncall: { layers: [{ rotation: [li, han], start: 2026-11-16, every: 1d, from: "09:00", to: "21:00", days: [tue] }] }
    destinations: [{ channel: inbox }]`;

Deno.test("deno task oncall tells who is on call, puts somebody else on call, and ends that", async () => {
  const clock = new TestClock(Date.parse("2026-11-17T12:00:00+08:00"));
  await using relay = listening(await testRelay({ yaml: YAML, clock }));
  await using folder = await temporaryFolder();
  const env = { FENGHUO_ADMIN_PASSWORD: SECRETS.adminPassword };
  const oncall = (...args: string[]): Promise<Ran> =>
    runTask("oncall", [...args, "--to", relay.url], { folder: folder.path, env });

  equal((await oncall()).stdout.split("\n").slice(0, 4), [
    "ops/dba (Asia/Shanghai)",
    "  now   han, until 2026-11-17 21:00",
    "  next  nobody; everybody is notified, from 2026-11-17 21:00",
    "  gap   2026-11-17 21:00 to 2026-11-24 09:00: everybody is notified",
  ]);
  const made = await oncall("put", "ops/dba", "li", "--for", "8h", "--comment", "the dentist");
  equal([made.code, made.stderr], [0, ""]);
  const [, id] = /^(\S+) was created\n$/.exec(made.stdout)!;
  const after = await oncall("ops/dba");
  match(after.stdout, /now {3}李雷 \(li\), until 2026-11-17 20:00/);
  match(after.stdout, new RegExp(`override  2026-11-17 12:00 to 2026-11-17 20:00: 李雷 \\(li\\); ${id}`));
  equal(await oncall("end", id!), { code: 0, stdout: "ended\n", stderr: "" });

  const wrong: [string[], number, RegExp][] = [
    [["end", id!], 1, /^404: There is no override of this id, or it is over/],
    [["put", "ops/dba", "mei", "--for", "8h"], 1, /^422: members: there is no member "mei" in this group/],
    [["ops/dbb"], 1, /^404: group: there is no group "ops\/dbb"; did you mean "ops\/dba"\?/],
    [["put", "ops/dba", "li"], 2, /--for is needed/],
    [["put", "ops/dba"], 2, /a group and a member are needed/],
    [["ops/dba", "li"], 2, /there is no command "ops\/dba": use put or end/],
  ];
  for (const [args, code, says] of wrong) {
    const ran = await oncall(...args);
    equal([ran.code, ran.stdout], [code, ""]);
    match(ran.stderr, says);
  }
});
