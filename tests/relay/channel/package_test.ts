/** The plugin API as a package of its own, for authors without this repository. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../../deno.json" with { type: "json" };
import { temporaryFolder } from "../../kit/process.ts";

const ROOT = new URL("../../../", import.meta.url);
const ENTRY = "relay/channel.ts";

async function deno(args: readonly string[], cwd: string): Promise<{ success: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { success, text };
}

/** The files that the plugin API needs, relative to the root. */
async function closure(): Promise<string[]> {
  const { text } = await deno(["info", "--json", ENTRY], fileURLToPath(ROOT));
  const { modules } = JSON.parse(text.slice(text.indexOf("{"))) as { modules: { specifier: string }[] };
  const files = modules.map(({ specifier }) => specifier).filter((one) => one.startsWith("file:"));
  return files.map((one) => one.slice(ROOT.href.length)).sort();
}

/** A folder that holds the package and nothing else. */
async function packageIn(folder: string): Promise<void> {
  for (const file of [...await closure(), "LICENSE"]) {
    await Deno.mkdir(dirname(`${folder}/${file}`), { recursive: true });
    await Deno.copyFile(new URL(file, ROOT), `${folder}/${file}`);
  }
  const { version, imports: { zod } } = manifest;
  const own = { name: "@fenghuo/channel", version, license: "MIT", exports: `./${ENTRY}`, imports: { zod } };
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(own));
}

Deno.test("the plugin API needs nothing of the relay but words and types, and zod", async () => {
  const rooms = new Set((await closure()).map((file) => dirname(file)));
  equal([...rooms].sort(), ["relay", "relay/base", "relay/channel", "relay/domain"]);
});

Deno.test("it publishes as a package of its own, without slow types", async () => {
  await using folder = await temporaryFolder();
  await packageIn(folder.path);
  const { success, text } = await deno(["publish", "--dry-run", "--allow-dirty"], folder.path);
  match(text, /Success Dry run complete/);
  equal(success, true, text);
});

/** zod's types are public in zod. */
const FOREIGN = /references private type '(?:ZodType|ZodString|ZodURL|ZodOptional|ZodDefault|input|output)'/;

Deno.test("every part of it is documented, and refers only to what is public", async () => {
  await using folder = await temporaryFolder();
  await packageIn(folder.path);
  const { text } = await deno(["doc", "--lint", ENTRY], folder.path);
  const findings = [...text.matchAll(/^error\[.*\n\s*--> (.*)/gm)];
  match(text, FOREIGN); // the tool has looked
  const ours = findings.filter(([finding, place]) =>
    place!.startsWith(folder.path) && !FOREIGN.test(finding)
  );
  equal(ours.map(([finding]) => finding), []);
});
