/**
 * `deno task golden`: write the golden messages as they are now, and say which files changed.
 *
 * @module
 */
import { cardPages, CARDS } from "./_cards.ts";
import { FOLDER, pagesOf, tellEverything } from "./_page.ts";

// deno-lint-ignore no-console -- to print is what a task is for
const say = (text: string): void => console.log(text);

const written = await writeAll(pagesOf(await tellEverything()), FOLDER) +
  await writeAll(await cardPages(), CARDS);
say(`${written} golden files: see \`git diff tests/golden\``);

/** Writes the files of a folder, and removes all others. @returns their number */
async function writeAll(pages: ReadonlyMap<string, string>, folder: URL): Promise<number> {
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name } of Deno.readDir(folder)) {
    if (pages.has(name)) continue;
    await Deno.remove(new URL(name, folder));
    say(`${name}: removed`);
  }
  for (const [name, page] of pages) {
    const file = new URL(name, folder);
    const before = await Deno.readTextFile(file).catch(() => undefined);
    if (before === page) continue;
    await Deno.writeTextFile(file, page);
    say(`${name}: ${before === undefined ? "new" : "changed"}`);
  }
  return pages.size;
}
