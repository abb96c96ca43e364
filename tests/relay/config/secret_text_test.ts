import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { ensureLocalSecrets } from "../../../relay/config/local_secrets.ts";
import { complaintText, parseConfig } from "../../../relay/config/mod.ts";
import { withoutLineEnd } from "../../../relay/config/secret_text.ts";
import { seal, unseal } from "../../../relay/base/seal.ts";
import { temporaryFolder } from "../../kit/process.ts";

const channels = await discover();

const GOOD = {
  FENGHUO_KEY: "a key that is long",
  FENGHUO_ADMIN_PASSWORD: "a password that is long",
  FENGHUO_INTAKE_TOKEN: "a-token-that-is-long",
  FENGHUO_OCP_PASSWORD: "an-ocp-password",
};
const NAMES = Object.keys(GOOD) as (keyof typeof GOOD)[];

async function read(env: Record<string, string>, yaml?: string): Promise<string[]> {
  const parsed = await parseConfig({ env, yaml, channels });
  return parsed.ok ? [] : parsed.complaints.map(complaintText);
}

for (const name of NAMES) {
  Deno.test(`${name} that anybody could guess, or that is no line, is refused by its name and not shown`, async () => {
    equal(await read(GOOD), []);
    for (
      const [weak, words] of [
        ["x", /at least 8 characters/],
        ["1234567", /at least 8 characters/],
        ["wwwwwwwwwwww", /one character again and again/],
        ["first-line\nsecond-line", /must be one line/],
        ["with-a-\0-in-it", /must be one line/],
      ] as const
    ) {
      const [complaint = "", ...more] = await read({ ...GOOD, [name]: weak });
      equal(more, []);
      match(complaint, new RegExp(`^${name}: `));
      match(complaint, words);
      ok(weak.length === 1 || !complaint.includes(weak));
    }
  });
}

Deno.test("the end of a line that a variable or a file has belongs to no secret", async () => {
  equal(["a\n", "a\r\n", "a", "a\nb\n", "\n", "a \n"].map(withoutLineEnd), [
    "a",
    "a",
    "a",
    "a\nb\n",
    "",
    "a ",
  ]);
  const env = Object.fromEntries(Object.entries(GOOD).map(([name, secret]) => [name, `${secret}\n`]));
  const yaml = `
departments:
  one: { secret: "\${SHARED}" }
  two: { secret: "of the file\\n" }`;
  const parsed = await parseConfig({ env: { ...env, SHARED: "of the environment\r\n" }, yaml, channels });
  ok(parsed.ok);
  const { key, adminPassword, intakeToken, ocp, departments } = parsed.config;
  equal([key, adminPassword, intakeToken, ocp.password], Object.values(GOOD));
  equal([...departments.values()].flatMap(({ secrets }) => secrets), ["of the environment", "of the file"]);
});

Deno.test("what was sealed by a key with its line's end opens with the key alone", async () => {
  for (const end of ["", "\n", "\r\n"]) {
    const sealed = await seal("text", { key: `some key${end}`, place: "p" });
    equal(await unseal(sealed, { key: "some key", place: "p" }), "text");
    equal(await unseal(sealed, { key: "another key", place: "p" }), undefined);
  }
});

Deno.test("a kept secret that somebody made guessable stops the start, and one for all to read is closed", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/data/secrets.json`;
  const made = await ensureLocalSecrets(path);
  await Deno.chmod(path, 0o644);
  equal(await ensureLocalSecrets(path), made);
  equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  equal((await Deno.stat(`${folder.path}/data`)).mode! & 0o777, 0o700);
  await Deno.writeTextFile(path, JSON.stringify({ ...made, adminPassword: "x" }));
  await rejects(
    ensureLocalSecrets(path),
    /data\/secrets\.json": adminPassword must have at least 8 characters/,
  );
});

Deno.test("each secret may be in a file that NAME_FILE names, the configuration's own, too", async () => {
  await using folder = await temporaryFolder();
  const file = async (name: string, text: string): Promise<string> => {
    await Deno.writeTextFile(`${folder.path}/${name}`, text);
    return `${folder.path}/${name}`;
  };
  const env = Object.fromEntries(
    await Promise.all(
      NAMES.map(async (name) => [`${name}_FILE`, await file(name, `${GOOD[name]}\n`)] as const),
    ),
  );
  const yaml = 'departments: { one: { secret: "${SHARED}" } }';
  const shared = { SHARED_FILE: await file("shared", "of a file\n"), OTHER_FILE: "/nothing/here" };
  const parsed = await parseConfig({ env: { ...env, ...shared }, yaml, channels });
  ok(parsed.ok, parsed.ok ? "" : parsed.complaints.map(complaintText).join("\n"));
  const { key, adminPassword, intakeToken, ocp, departments } = parsed.config;
  equal([key, adminPassword, intakeToken, ocp.password], Object.values(GOOD));
  equal(departments.get("one")!.secrets, ["of a file"]);

  const [both] = await read({ ...GOOD, FENGHUO_KEY_FILE: env.FENGHUO_KEY_FILE! });
  equal(both, "FENGHUO_KEY_FILE: is set, and so is FENGHUO_KEY: set one of them");
  const { FENGHUO_KEY: _, ...rest } = GOOD;
  for (
    const [path, words] of [
      [`${folder.path}/absent`, /^FENGHUO_KEY_FILE: names ".*absent", which cannot be read: /],
      [await file("empty", "\n"), /^FENGHUO_KEY_FILE: names ".*empty", which is empty/],
      [
        await file("large", "x".repeat(20_000)),
        /^FENGHUO_KEY_FILE: names ".*large", which cannot be read: it has 20000/,
      ],
      [await file("weak", "abc\n"), /^FENGHUO_KEY: must have at least 8 characters/],
    ] as const
  ) {
    match((await read({ ...rest, FENGHUO_KEY_FILE: path }))[0]!, words);
  }
});
