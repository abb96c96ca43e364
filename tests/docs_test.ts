import { requestOf } from "./channels/_send.ts";
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { discover } from "./kit/channels.ts";
import { message } from "./channels/_message.ts";
import { PAGES } from "./kit/docs.ts";
import { ROOT, temporaryFolder } from "./kit/process.ts";

Deno.test("every link from a page to another leads to a file", async () => {
  for (const page of PAGES) {
    const text = await Deno.readTextFile(ROOT + page);
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      const path = new URL(target!, `file://${ROOT}${page}`);
      ok((await Deno.stat(path)).isFile, `${page} links to ${target}`);
    }
  }
});

Deno.test("the channel of docs/channels.md is loaded from a folder of its own, and makes its request", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/channels.md`);
  const [, source] = /```ts\n(import \{ defineChannel[^]*?)```/.exec(text)!;
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/our_gotify.ts`, source!);
  const registry = await discover({ folder: folder.path });
  equal(registry.broken.get("our_gotify"), undefined);
  const channel = registry.get("our_gotify")!;
  const request = await requestOf(channel, channel.sample, message({ severity: "critical" }));
  equal([request.url, request.headers], ["https://push.example.com/message", {
    "x-gotify-key": "A0/+=&%23 cd",
  }]);
  equal(request.json, { title: "DiskFull", message: "firing: node-3 is 97 % full", priority: 10 });
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
