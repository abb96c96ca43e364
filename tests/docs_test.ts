import { ok } from "node:assert/strict";
import { PAGES } from "./kit/docs.ts";
import { ROOT } from "./kit/process.ts";

Deno.test("every link from a page to another leads to a file", async () => {
  for (const page of PAGES) {
    const text = await Deno.readTextFile(ROOT + page);
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      const path = new URL(target!, `file://${ROOT}${page}`);
      ok((await Deno.stat(path)).isFile, `${page} links to ${target}`);
    }
  }
});

Deno.test("each hop of the walk is a function of its file, and the way is as short as the page says", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/architecture.md`);
  const [, walk] = /## The walk, hop by hop\n([^]*?)\n## /.exec(text)!;
  const hops = [...walk!.matchAll(/\| \[([^\]]+)\]\([^)]+\) *\| `(\w+)` *\|/g)].map(([, file, name]) => ({
    file: file!,
    name: name!,
  }));
  for (const { file, name } of hops) {
    const source = await Deno.readTextFile(ROOT + file);
    ok(
      new RegExp(`(function |  (async )?)${name}\\b[^=\\n]*\\(`).test(source),
      `${file} has no function ${name}`,
    );
  }
  const files = new Set(hops.map(({ file }) => file)).size;
  ok(walk!.includes(`\n${hops.length} hops, ${files} files.\n`), `it is ${hops.length} hops, ${files} files`);
  ok(files <= 45, `${files} files`);
});
