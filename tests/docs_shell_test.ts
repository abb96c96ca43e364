/**
 * Runs every block of shell in the README and docs/ unchanged, in a checkout of its own next to a relay. Only the
 * relay's address is replaced.
 *
 * @module
 */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { type Block, blocksIn, PAGES } from "./kit/docs.ts";
import { copyCheckout, type Greeting, inherited, startRelay, temporaryFolder } from "./kit/process.ts";

const blocks = (await Promise.all(PAGES.map((page) => blocksIn(page, "sh")))).flat();

/** Blocks that start endless programs or the tests themselves: by their text, with the place of their test. */
const ELSEWHERE: [words: RegExp, where: string][] = [
  [/task channel\b|~\/plugins/, "tests/docs_channels_test.ts follows the page"],
  [/task start\b/, "tests/e2e/first_run_test.ts follows it in a fresh checkout"],
  [/task test\b/, "it is how these tests are run"],
  [/task demo\b/, "tests/tasks/demo_test.ts watches it to its end"],
  [/task chaos\b/, "tests/e2e/chaos_test.ts does it for two minutes"],
  [/task fleet\b/, "tests/tasks/fleet_test.ts does what it prints"],
  [/^amtool /m, "tests/e2e/amtool_test.ts runs the same commands"],
  [/task compact\b/, "tests/tasks/compact_test.ts does it, with the relay stopped"],
];

/** The files that a page assumes, by the text of its block. */
const GIVEN: [words: RegExp, file: string, text: string][] = [
  [/apply fenghuo\.yaml/, "fenghuo.yaml", "members: [{ id: li.lei }]\n"],
  [/alert\.json/, "alert.json", '{ "id": "default", "level": "default", "dep": "default", "env": "dev" }'],
];

Deno.test("no page has another kind of shell block", async () => {
  for (const page of PAGES) {
    for (const language of ["bash", "shell", "console", "zsh"]) {
      equal(await blocksIn(page, language), [], page);
    }
  }
  ok(blocks.length >= 8, `${blocks.length}`);
});

for (const block of blocks) {
  const { page, line } = block;
  const elsewhere = ELSEWHERE.find(([words]) => words.test(block.text));
  if (elsewhere) continue;
  Deno.test(`the commands of ${page}:${line} work as they are`, async () => {
    await using folder = await temporaryFolder();
    await copyCheckout(folder.path);
    await using relay = await startRelay({ folder: folder.path });
    for (const [words, file, text] of GIVEN) {
      if (words.test(block.text)) await Deno.writeTextFile(`${folder.path}/${file}`, text);
    }
    const { code, output } = await run(block, { folder: folder.path, relay });
    equal(code, 0, output);
    ok(!/"error"|^Cannot |not found/m.test(output), output);
  });
}

async function run(
  { text }: Block,
  { folder, relay }: { folder: string; relay: Greeting },
): Promise<{ code: number; output: string }> {
  await Deno.mkdir(`${folder}/bin`);
  await Deno.symlink(Deno.execPath(), `${folder}/bin/deno`);
  const env = inherited();
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", text.replaceAll("http://localhost:8000", relay.url)],
    cwd: folder,
    clearEnv: true,
    env: {
      ...env,
      PATH: `${folder}/bin:${env.PATH}`,
      PORT: new URL(relay.url).port,
      FENGHUO_ADMIN_PASSWORD: relay.adminPassword,
      NO_PROXY: "*",
      no_proxy: "*",
    },
    stdin: "null",
  }).output();
  return { code, output: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n") };
}

Deno.test("what is not run here is tested elsewhere", () => {
  const left = blocks.filter(({ text }) => ELSEWHERE.some(([words]) => words.test(text)));
  equal(left.length, 15, left.map(({ page, line }) => `${page}:${line}`).join());
  for (const [, where] of ELSEWHERE) match(where, /\w/);
});
