import { deepStrictEqual as equal, match } from "node:assert/strict";
import { temporaryFolder } from "../../kit/process.ts";
import { type Ran, runTask } from "../../kit/task.ts";

const channel = (folder: string, args: readonly string[], env = {}): Promise<Ran> =>
  runTask("channel", args, { folder, env });

/** Make a plugin that works, and change a part of it. */
async function plugin(folder: string, name: string, from = "", to = ""): Promise<void> {
  equal((await channel(folder, ["new", name])).code, 0);
  const path = `${folder}/${name}.ts`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace(from, to));
}

Deno.test("check grades each file: A without a finding, B with warnings, F with faults, which end it with 1", async () => {
  await using folder = await temporaryFolder();
  await plugin(folder.path, "right");
  await plugin(
    folder.path,
    "doubtful",
    'token: secret("Token")',
    'token: z.string().meta({ title: "Token" })',
  );
  await plugin(
    folder.path,
    "wrong",
    "({ json }) => (json as { ok?: boolean } | undefined)?.ok === true",
    "() => true",
  );
  await plugin(folder.path, "untyped", "text: body", "text: bodies");
  await plugin(folder.path, "shaped", "json: { id, title, text: body }", "form: [[id, title, body]]");
  const right = await Deno.readTextFile(`${folder.path}/right.ts`);
  await Deno.writeTextFile(`${folder.path}/telegram.ts`, right.replace('"right"', '"telegram"'));
  const files = (...names: string[]): string[] => names.map((name) => `${name}.ts`);

  const good = await channel(folder.path, ["check", ...files("right", "doubtful")]);
  equal([good.code, good.stderr], [0, ""]);
  match(good.stdout, /^A {2}right\.ts {2}Right$/m);
  match(good.stdout, /^B {2}doubtful\.ts {2}Doubtful\n {2}warning: the field token looks like a credential/m);

  const bad = await channel(folder.path, ["check", ...files("wrong", "untyped", "shaped", "telegram")]);
  equal(bad.code, 1);
  match(
    bad.stdout,
    /^F {2}wrong\.ts {2}Wrong\n {2}fault: a login page with HTTP 200 counts as delivered\n {4}→ say in/m,
  );
  match(bad.stdout, /^F {2}shaped\.ts.*\n {2}fault: types: line \d+: .*property 'form' are incompatible/m);
  match(bad.stdout, /^F {2}telegram\.ts.*\n {2}fault: there is already a channel "telegram"/m);
  match(bad.stdout, /^F {2}untyped\.ts.*\n {2}fault: types: line \d+: .*bodies/m);
});

Deno.test("list names what a relay would find, what is broken and what is no channel, each with the reason", async () => {
  await using folder = await temporaryFolder();
  await plugin(folder.path, "right");
  await Deno.writeTextFile(`${folder.path}/broken.ts`, 'throw new Error("no vendor");\n');
  await Deno.writeTextFile(`${folder.path}/_part.ts`, "");
  await Deno.writeTextFile(`${folder.path}/notes.md`, "");
  const { code, stdout } = await channel(folder.path, ["list"], { FENGHUO_CHANNELS: folder.path });
  equal(code, 1);
  match(stdout, /^right +Right \(https:/m);
  match(stdout, /^telegram +Telegram \(https:/m);
  match(stdout, /^broken +broken: Cannot load channel from "broken\.ts": no vendor/m);
  match(stdout, /^_part\.ts +ignored: what begins with _/m);
  match(stdout, /^notes\.md +ignored: a channel's name ends with \.ts$/m);
  match(stdout, /^tests\/ +ignored: a channel is one file$/m);
});

Deno.test("a command that is not there, or is used wrongly, says what to write instead", async () => {
  await using folder = await temporaryFolder();
  const table: [args: string[], says: RegExp][] = [
    [["grade"], /there is no command "grade": use one of new, check, try, fake, preview, list/],
    [["try"], /no file is named/],
    [["try", "x.ts"], /there is no --config: give one, or --dry/],
    [["try", "x.ts", "--dry", "--alert", "big"], /--alert is "big": it is one of firing, /],
    [["try", "x.ts", "--dry"], /x\.ts cannot be loaded: /],
    [["fake", "x.ts", "--now", "fire"], /--now is "fire": it is one of 429/],
  ];
  for (const [args, says] of table) {
    const { code, stderr } = await channel(folder.path, args);
    match(stderr, says, args.join(" "));
    equal(code > 0, true, args.join(" "));
  }
});
