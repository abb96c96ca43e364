import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import fc from "fast-check";
import dingtalk from "../../../channels/dingtalk_robot.ts";
import feishu from "../../../channels/feishu_robot.ts";
import wecom from "../../../channels/wecom_robot.ts";
import type { Channel } from "../../../relay/channel.ts";
import { flavourOf } from "../../../relay/channel/options.ts";
import { toHtml } from "../../../routes/console/vendor_markdown.ts";

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

const DRAWN: [
  what: string,
  markdown: string,
  html: Readonly<Record<"wecom" | "dingtalk" | "feishu", RegExp>>,
][] = [
  ["a list", "- a\n- b", { wecom: /^<p>- a<br>- b<\/p>/, dingtalk: /<li>a<\/li>/, feishu: /<li>a<\/li>/ }],
  ["a line end", "a\nb", { wecom: /a<br>b/, dingtalk: /a\nb/, feishu: /a<br>b/ }],
  ["a heading", "# a", { wecom: /<h1>a/, dingtalk: /<h1>a/, feishu: /^<p># a<\/p>/ }],
  ["a quote", "> a", { wecom: /<blockquote>/, dingtalk: /<blockquote>/, feishu: /^<p>&gt; a<\/p>/ }],
  ["a colour of WeCom's", '<font color="warning">a</font>', {
    wecom: /<span class="font-warning">a<\/span>/,
    dingtalk: /&#60;font/,
    feishu: /<span class="font-warning">/,
  }],
  ["a colour that is none", '<font color="x" onclick="y">a</font>', {
    wecom: /&#60;font color=&#34;x&#34;/,
    dingtalk: /&#60;font/,
    feishu: /&#60;font/,
  }],
  ["bold text", "**a**", { wecom: /<strong>a/, dingtalk: /<strong>a/, feishu: /<strong>a/ }],
  ["slanted text", "*a*", { wecom: /^<p>\*a\*<\/p>/, dingtalk: /<em>a/, feishu: /<em>a/ }],
  ["code", "`a`", { wecom: /<code>a/, dingtalk: /^<p>`a`<\/p>/, feishu: /<code>a/ }],
  ["a picture", "![a](https://x.example/)", {
    wecom: /^<p>!\[a\]/,
    dingtalk: /<a href="https:\/\/x\.example\/"/,
    feishu: /^<p>!\[a\]/,
  }],
  ["a table", "| a |\n| - |\n| b |", { wecom: /\| a \|/, dingtalk: /\| a \|/, feishu: /\| a \|/ }],
];

Deno.test("a preview draws what the vendor's client draws, and shows the rest as it is written", async () => {
  const channels: Record<string, Channel> = { wecom, dingtalk, feishu };
  for (const [what, markdown, expected] of DRAWN) {
    for (const [name, html] of Object.entries(expected)) {
      const channel = channels[name]!;
      match(
        await toHtml(markdown, flavourOf(channel, channel.config.parse(channel.sample))),
        html,
        `${name}: ${what}`,
      );
    }
  }
});

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
    '<font color="red">',
    "</font>",
    "- [ ] ",
    "| a |\n| - |\n",
  );
  const flavour = fc.constantFrom(undefined, flavourOf(wecom, {}), flavourOf(feishu, {}));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), flavour, async (pieces, flavour) => {
      const html = await toHtml(pieces.join(""), flavour);
      doesNotMatch(html, /<(?:script|img|iframe|style|object|svg|input)/i);
      doesNotMatch(html, /href="(?!https?:|mailto:)/i);
      for (const [tag] of html.matchAll(/<[a-z][^>]*>/gi)) doesNotMatch(tag, /\son\w+=/i);
    }),
    { numRuns: 400 },
  );
  equal(await toHtml("a"), "<p>a</p>\n");
});
