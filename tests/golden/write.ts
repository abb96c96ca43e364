/**
 * `deno task golden`: write the golden messages as they are now, and say which files changed.
 *
 * @module
 */
import { FOLDER, pagesOf, tellEverything } from "./_page.ts";

// deno-lint-ignore no-console -- to print is what a task is for
const say = (text: string): void => console.log(text);

const pages = pagesOf(await tellEverything());
await Deno.mkdir(FOLDER, { recursive: true });
for await (const { name } of Deno.readDir(FOLDER)) {
  if (pages.has(name)) continue;
  await Deno.remove(new URL(name, FOLDER));
  say(`${name}: removed`);
}
for (const [name, page] of pages) {
  const file = new URL(name, FOLDER);
  const before = await Deno.readTextFile(file).catch(() => undefined);
  if (before === page) continue;
  await Deno.writeTextFile(file, page);
  say(`${name}: ${before === undefined ? "new" : "changed"}`);
}
say(
  `${pages.size} files of golden messages: see \`git diff ${
    new URL(".", FOLDER).pathname.split("/").slice(-4).join("/")
  }\``,
);
