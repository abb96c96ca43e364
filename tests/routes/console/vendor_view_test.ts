import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import fc from "fast-check";
import { toHtml } from "../../../routes/console/vendor_view.ts";

const SHOWN: [what: string, markdown: string, html: RegExp][] = [
  [
    "a link over the web",
    "[a](https://x.example/)",
    /<a href="https:\/\/x\.example\/" rel="noopener noreferrer nofollow">a<\/a>/,
  ],
  ["a script behind a link", "[a](javascript:alert(1))", /^<p>a<\/p>\s*$/],
  ["a script behind a link, in another case", "[a](JaVaScRiPt:alert(1))", /^<p>a<\/p>\s*$/],
  ["a script with a line end in it", "[a](java&#10;script:alert(1))", /^<p>a<\/p>\s*$/],
  ["data behind a link", "[a](data:text/html,<b>)", /^<p>a<\/p>\s*$/],
  [
    "a picture, which is not loaded",
    "![p](https://x.example/1.png)",
    /<a href="https:\/\/x\.example\/1\.png"[^>]*>p<\/a>/,
  ],
  ["a quote in an address", '[a](https://x.example/"onclick="x)', /href="https:\/\/x\.example\/(%22|&#34;)/],
  ["HTML of the sender's own", "<img src=x onerror=alert(1)>", /&#60;img src=x onerror=alert\(1\)&#62;/],
];

for (const [what, markdown, html] of SHOWN) {
  Deno.test(`a sender's own markup in the console: ${what}`, async () => {
    match(await toHtml(markdown), html);
  });
}

Deno.test("whatever a sender writes, the page runs nothing, and loads nothing from elsewhere", async () => {
  const piece = fc.constantFrom(
    "[a](",
    "![a](",
    ")",
    "javascript:x",
    "https://x.example/",
    "<script>",
    "<img src=x onerror=y>",
    '"',
    "'",
    ">",
    "&#106;avascript:",
    "[a]: javascript:x\n\n[a]",
    "\n",
    "`",
    "**",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const html = await toHtml(pieces.join(""));
      doesNotMatch(html, /<(?:script|img|iframe|style|object|svg)/i);
      doesNotMatch(html, /href="(?!https?:|mailto:)/i);
      for (const [tag] of html.matchAll(/<[a-z][^>]*>/gi)) doesNotMatch(tag, /\son\w+=/i);
    }),
    { numRuns: 400 },
  );
  equal(await toHtml("a"), "<p>a</p>\n");
});
