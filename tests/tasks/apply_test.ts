import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { listening } from "../kit/listening.ts";
import { temporaryFolder } from "../kit/process.ts";
import { SECRETS, testRelay } from "../kit/relay.ts";
import { runTask } from "../kit/task.ts";

/** A task of `deno.json` as a process, in a folder of its own, with the password of the relays made here. */
function run(
  task: string,
  args: readonly string[],
  { folder, env = {} }: { folder: string; env?: Readonly<Record<string, string>> },
): ReturnType<typeof runTask> {
  return runTask(task, args, { folder, env: { FENGHUO_ADMIN_PASSWORD: SECRETS.adminPassword, ...env } });
}

const FILE = `
departments: { srv: { name: 云端, secret: "\${SRV_SECRET}" } }
groups:
  - { owner: ops, level: 1, destinations: [{ channel: inbox }] }
`;

Deno.test("a file is planned, applied, changed, shown as drift and exported", async () => {
  await using relay = listening(await testRelay());
  await using folder = await temporaryFolder();
  const env = { SRV_SECRET: "a secret of the file" };
  const place = { folder: folder.path, env };
  const to = ["--to", relay.url];
  await Deno.writeTextFile(`${folder.path}/fenghuo.yaml`, FILE);

  const planned = await run("apply", ["--plan", ...to], place);
  equal([planned.code, planned.stderr], [2, ""]);
  equal(planned.stdout, "+ departments/srv\n+ groups/ops/1\n");
  equal(relay.house.relay.configuration.revision, 0);

  // Nobody is there to say yes.
  equal((await run("apply", to, place)).code, 2);
  equal(relay.house.relay.configuration.revision, 0);

  const applied = await run("apply", ["--yes", ...to], place);
  equal([applied.code, applied.stderr], [0, ""]);
  match(applied.stdout, /Applied: 2 changed; revision 1\n$/);
  equal(relay.house.relay.config.departments.get("srv")?.secrets, [env.SRV_SECRET]);
  const again = await run("apply", ["--plan", ...to], place);
  equal([again.code, again.stdout], [0, "No difference: the relay has what the file says\n"]);

  await Deno.writeTextFile(`${folder.path}/other.yaml`, FILE.replace("level: 1", "level: 1, window: 1h"));
  const drift = await run("apply", ["other.yaml", "--plan", ...to], {
    ...place,
    env: { SRV_SECRET: "another one" },
  });
  equal([drift.code, drift.stdout], [
    2,
    '~ departments/srv\n    secret: secret changed\n~ groups/ops/1\n    window: (none) → "1h"\n',
  ]);

  const exported = await run("export", to, place);
  equal(exported.code, 0);
  match(exported.stdout, /secret: \$\{SRV_SECRET\}/);
  ok((await run("export", ["--secrets", "--stored", ...to], place)).stdout.includes(env.SRV_SECRET));
  await Deno.writeTextFile(`${folder.path}/exported.yaml`, exported.stdout);
  equal((await run("apply", ["exported.yaml", "--plan", ...to], place)).code, 0);
});

Deno.test("what keeps a file from being applied is said with its place", async () => {
  await using relay = listening(await testRelay());
  await using folder = await temporaryFolder();
  const place = { folder: folder.path };
  const to = ["--to", relay.url];
  const CASES: [string, readonly string[], Readonly<Record<string, string>>, RegExp][] = [
    [FILE, to, {}, /departments\.srv\.secret: the environment variable SRV_SECRET is not set/],
    [
      "groups: [{ owner: a, level: b, windw: 1 }]",
      to,
      {},
      /groups\/a\/b windw: is not a setting; did you mean "window"/,
    ],
    ["members: []", to, { FENGHUO_ADMIN_PASSWORD: "wrong" }, /401: .*\n.*FENGHUO_ADMIN_PASSWORD/],
    ["members: []", to, { FENGHUO_ADMIN_PASSWORD: "" }, /FENGHUO_ADMIN_PASSWORD is not set/],
    ["members: []", ["--to", "http://127.0.0.1:2"], {}, /connection refused/],
    ["members: []", ["--to", "nowhere"], {}, /must be an address/],
    ["members: []", ["--nothing"], {}, /--nothing/],
    ["members: [", to, {}, /no valid YAML/],
  ];
  for (const [yaml, args, env, words] of CASES) {
    await Deno.writeTextFile(`${folder.path}/fenghuo.yaml`, yaml);
    const { code, stdout, stderr } = await run("apply", ["--yes", ...args], { ...place, env });
    equal([code, stdout], [1, ""], stderr);
    match(stderr, words);
    ok(!/\n\s+at /.test(stderr), "no stack");
  }
});

Deno.test("the rows of a table's file are sent, and a wrong file says where", async () => {
  await using relay = listening(await testRelay());
  await using folder = await temporaryFolder();
  const place = { folder: folder.path };
  const args = ["--yes", "--to", relay.url];
  await Deno.writeTextFile(`${folder.path}/fenghuo.yaml`, "enrich: [{ match: [host], file: hosts.csv }]\n");
  await Deno.writeTextFile(`${folder.path}/hosts.csv`, 'host,service\ndb-1,"orders, main"\n');
  const applied = await run("apply", args, place);
  equal([applied.code, applied.stderr], [0, ""]);
  equal(relay.house.relay.configuration.stored.enrich, [{
    match: ["host"],
    rows: [{ host: "db-1", service: "orders, main" }],
  }]);
  await Deno.writeTextFile(`${folder.path}/hosts.csv`, "host,service\ndb-1\n");
  const wrong = await run("apply", args, place);
  equal(wrong.code, 1);
  match(wrong.stderr, /enrich\[0\]\.file: line 2: has a different number of fields than the header/);
});
