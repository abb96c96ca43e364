import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { signAlarmV2 } from "../../relay/domain/signature.ts";
import { ROOT, temporaryFolder } from "../kit/process.ts";
import { SECRETS, testRelay } from "../kit/relay.ts";

const TOKEN = { FENGHUO_INTAKE_TOKEN: SECRETS.intakeToken };

interface Signed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface SignOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Becomes `fenghuo.yaml` in the working folder. */
  readonly yaml?: string;
  readonly stdin?: string;
}

/** The command of `deno task sign`, as a process, in another folder, so that no secrets of the checkout are found. */
async function sign(
  args: readonly string[],
  { env = {}, yaml, stdin = "" }: SignOptions = {},
): Promise<Signed> {
  await using folder = await temporaryFolder();
  if (yaml !== undefined) await Deno.writeTextFile(`${folder.path}/fenghuo.yaml`, yaml);
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [, run, ...rest] = (tasks.sign.command as string).split(" ");
  const script = rest.pop();
  const child = new Deno.Command(Deno.execPath(), {
    args: [run!, ...rest, `--config=${ROOT}deno.json`, `${ROOT}${script}`, ...args],
    cwd: folder.path,
    env: { FENGHUO_CONFIG: "", FENGHUO_INTAKE_TOKEN: "", NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [output] = await Promise.all([
    child.output(),
    // One that fails early does not read it.
    new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {}),
  ]);
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code: output.code, stdout: stdout!.trim(), stderr: stderr!.replace(/^Warning .*\n/m, "").trim() };
}

const PARAMETERS = {
  id: "default",
  level: "default",
  dep: "default",
  env: "dev",
  alert_level: "高",
  alert_time: "2018-09-11 19:24:45",
  alert_business: "陈敏测试",
};

Deno.test("the string, the signature and the JSON are shown, and the relay takes that JSON", async () => {
  const json = JSON.stringify(PARAMETERS);
  const signature = signAlarmV2(PARAMETERS, SECRETS.intakeToken);
  const signed = await sign([json], { env: TOKEN });
  equal([signed.code, signed.stderr, ...signed.stdout.split("\n")], [
    0,
    "",
    "In the ASCII order of their names: alert_business, alert_level, alert_time, dep, env, id, level",
    "The string that is signed:",
    "陈敏测试高2018-09-11 19:24:45defaultdevdefaultdefault<the department's secret>",
    `Its MD5, the signature: ${signature}`,
    "Ready to send:",
    JSON.stringify({ ...PARAMETERS, sign: signature }),
  ]);
  ok(!signed.stdout.includes(SECRETS.intakeToken), "the secret is not shown");
  await using house = await testRelay();
  const body = signed.stdout.split("\n").at(-1)!;
  equal(await (await house.request("/alarm_v2", { method: "POST", body })).text(), '{"code": 0}');
  equal(await sign([], { env: TOKEN, stdin: `${json}\n` }), signed, "the standard input does as well");
});

Deno.test("a sign that is there already is compared, and replaced", async () => {
  const right = signAlarmV2(PARAMETERS, SECRETS.intakeToken).toUpperCase();
  for (const [given, verdict] of [[right, "right"], ["0".repeat(32), "wrong"], [7, "wrong"]] as const) {
    const { code, stdout } = await sign([JSON.stringify({ ...PARAMETERS, sign: given })], { env: TOKEN });
    equal(code, 0);
    ok(stdout.includes(`\nThe object's own sign, ${JSON.stringify(given)}, is ${verdict}\n`), stdout);
    equal(JSON.parse(stdout.split("\n").at(-1)!).sign, right.toLowerCase());
  }
});

const YAML = `
departments:
  du-srv: { name: 云端, secret: "\${SRV_SECRET}" }
  du-op: { secret: [new+/=secret, old+/=secret] }
groups:
  - { owner: a, level: b, destinations: [{ channel: dingtalk_robot, config: { token: "\${DING_TOKEN}" } }] }
`;

Deno.test("each secret of a department signs while it rotates, and none is shown", async () => {
  const parameters = { ...PARAMETERS, dep: "du-op" };
  const env = { SRV_SECRET: "srv-secret" };
  const { code, stdout, stderr } = await sign([JSON.stringify(parameters)], { yaml: YAML, env });
  equal([code, stderr], [0, ""]);
  const [fresh, old] = ["new+/=secret", "old+/=secret"].map((secret) => signAlarmV2(parameters, secret));
  ok(stdout.includes(`\nIts MD5, the signature: ${fresh}\n`));
  ok(stdout.includes(`\nWith another secret of the department: ${old}\n`));
  ok(!stdout.includes("+/=secret"));
  const srv = { ...PARAMETERS, dep: "du-srv" };
  const other = await sign([JSON.stringify(srv)], { yaml: YAML, env });
  ok(other.stdout.includes(signAlarmV2(srv, "srv-secret")) && !other.stdout.includes("srv-secret"));
});

Deno.test("a parameter with a hostile name is signed and shown like any other", async () => {
  const json = `${JSON.stringify(PARAMETERS).slice(0, -1)},"__proto__":"p","constructor":"c"}`;
  const { code, stdout } = await sign([json], { env: TOKEN });
  equal(code, 0);
  match(stdout, /^p陈敏测试高2018-09-11 19:24:45cdefaultdev/m);
  match(stdout, /"__proto__":"p","constructor":"c","sign":"[0-9a-f]{32}"\}$/);
});

/** The fault, the object, and the error. */
const WRONG: [string, string, RegExp][] = [
  ["no text", "", /it is not JSON: it is empty$/],
  ["Python's quotes", "{'id': 'x'}", /it is not JSON: /],
  ["half an object", '{"id": ', /it is not JSON: /],
  ["an array", "[]", /it is an array: write the parameters as one object$/],
  ["null", "null", /it is null: /],
  ["a string", '"x"', /it is a string: /],
  [
    "values that are no strings",
    '{"dep": "default", "level": 3, "notes": null, "others": {}}',
    /level is a number, notes is null, others is an object: every value must be a string/,
  ],
  ["no department", '{"id": "x"}', /dep is missing, .*; there is default$/],
  ["an unknown department", '{"dep": "du-fe"}', /dep is "du-fe", .*; there is default$/],
  ["a department named constructor", '{"dep": "constructor"}', /dep is "constructor", /],
];

Deno.test("what is wrong with an object is said plainly, and nothing is signed", async () => {
  await Promise.all(WRONG.map(async ([cause, json, words]) => {
    const { code, stdout, stderr } = await sign([json], { env: TOKEN });
    equal([code, stdout], [1, ""], `${cause}: ${stderr}`);
    match(stderr, /^Cannot sign: /);
    match(stderr, words);
    ok(!stderr.includes("    at ") && !stderr.includes(SECRETS.intakeToken));
  }));
});

/** An invalid command, and the error. */
const SENSELESS: [string[], SignOptions, RegExp][] = [
  [["{}", "{}"], { env: TOKEN }, /^Cannot sign: there is more than one argument: put the whole JSON in/],
  [["--colour"], { env: TOKEN }, /^Cannot sign: unknown option '--colour'$/m],
  [['{"dep": "default"}'], {}, /^Cannot sign: no department is configured in \.\/fenghuo\.yaml, and /],
  [['{"dep": "du-op"}'], { yaml: YAML }, /^ {2}departments\.du-srv\.secret: .*SRV_SECRET is not set$/m],
  [['{"dep": "a"}'], { yaml: "departments: { a: {} }" }, /^ {2}departments\.a\.secret: /m],
  [['{"dep": "a"}'], { yaml: "departments: [" }, /fenghuo\.yaml: is no valid YAML/],
  [['{"dep": "a"}'], { env: { FENGHUO_CONFIG: "none.yaml" } }, /^Cannot sign: none\.yaml cannot be read: /],
];

Deno.test("a command that makes no sense is refused with what is wrong, and nothing is signed", async () => {
  await Promise.all(SENSELESS.map(async ([args, options, words]) => {
    const { code, stdout, stderr } = await sign(args, options);
    equal([code, stdout], [2, ""], `${args}: ${stderr}`);
    match(stderr, words);
    match(stderr, /\nSee deno task sign --help$/);
    ok(!stderr.includes("DING_TOKEN"), "what does not sign is not asked for");
  }));
});

Deno.test("--help shows how it is called", async () => {
  const { code, stdout, stderr } = await sign(["--help"]);
  equal([code, stderr], [0, ""]);
  match(stdout, /^deno task sign \[JSON\]\n/);
});
