import assert from "node:assert/strict";
import fc from "fast-check";
import { Marked, type Token } from "marked";
import { COMMONMARK, HTML, type Markup } from "../../../relay/channel.ts";
import { printable } from "../../../relay/base/text.ts";
import { printMarkup, visible } from "../../../relay/message/markup_printer.ts";
import { EXACT } from "../../../relay/message/stand_ins.ts";

/** A markup that prints its calls. */
const SHOWN: Markup = {
  escape: (text) => text,
  bold: (words) => `<b>${words}</b>`,
  italic: (words) => `<i>${words}</i>`,
  code: (text) => `<code>${text}</code>`,
  link: (words, url) => `<a ${url}>${words}</a>`,
  bullet: (words) => `<li>${words}`,
  quote: (words) => `<q>${words}</q>`,
  paragraphs: "¶",
  lines: "⏎",
};

Deno.test("what a template writes is printed by the functions of the markup", () => {
  const table: [why: string, commonmark: string, printed: string][] = [
    ["bold, italic and code", "**a *b*** `c_d`", "<b>a <i>b</i></b> <code>c_d</code>"],
    ["bold beside Chinese brackets", `**${EXACT.escape("（内存）")}**不足`, "<b>（内存）</b>不足"],
    ["a link", "[a](https://x.example/?a=1&b=2)", "<a https://x.example/?a=1&b=2>a</a>"],
    [
      "a link of the template's data",
      EXACT.link("a](b", "https://x.example/(1) 2>"),
      "<a https://x.example/(1)%202%3E>a](b</a>",
    ],
    ["a link that runs code", "[a](javascript:alert(1)) x", "a x"],
    ["a picture", "![a](https://x.example/a.png)", "<a https://x.example/a.png>a</a>"],
    ["a bare address", "see https://x.example/a_b", "see https://x.example/a_b"],
    ["items", "- a\n- b *c*", "<li>a⏎<li>b <i>c</i>"],
    ["numbered items", "3. a\n4. b", "3. a⏎4. b"],
    ["nested items", "- a\n  - b", "<li>a⏎<li>b"],
    ["a quote", "> a\n> b", "<q>a⏎b</q>"],
    ["lines and paragraphs", "a\nb\n\nc", "a⏎b⏎c"],
    ["heads", "**a** · x\n\nb\n\n**c**\n\nd\n# e", "<b>a</b> · x⏎b¶<b>c</b>⏎d¶<b>e</b>"],
    ["a table", "|a|b|\n|-|-|\n|c|d|", "a · b⏎c · d"],
    ["a block of code", "```js\na_b\n\n*c*\n```", "<code>a_b</code>⏎⏎<code>*c*</code>"],
    ["a rule, and what looks like a definition", "a\n\n---\n\n[b]: c", "a⏎[b]: c"],
    ["HTML", '<font color="red">a</font><br>b\n\n<div>c</div>', "a⏎b⏎c"],
    ["entities", "a&nbsp;&lt;b&gt;", "a\u00a0<b>"],
    ["escapes", "\\*a\\* b\\\nc", "*a* b⏎c"],
  ];
  for (const [why, commonmark, printed] of table) assert.equal(printMarkup(commonmark, SHOWN), printed, why);
});

Deno.test("without its other functions a markup shows the words, and a link's address", () => {
  const commonmark = "**a** [b](https://x.example/) https://y.example\n- *c* `d`\n\n> e";
  const plain: Markup = { escape: (text) => text };
  assert.equal(printMarkup(commonmark, plain), "a b (https://x.example/) https://y.example\n• c d\ne");
  assert.equal(printMarkup(EXACT.link("", "https://x.example/"), plain), "https://x.example/");
  assert.equal(printMarkup(commonmark, visible(HTML)), "a b https://y.example\n• c d\ne");
});

/** Pieces of which markup is made, and some that are none. */
const piece = fc.constantFrom(
  ..."* _ ` ~ # > - + = | [ ] ( ) ! < > & ; : \\ . 1 x a 烽 （ 🐀 @ / $ \" '".split(" "),
  ...["**", "```", "---", "](", "![", "]:", "1.", "&lt;", "<b>", "</b>", "<!--", "http://a.b/c", "a_b"],
  ...[" ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\ud83d", "\udc2a", "\u202e"],
);
const hostile = fc.oneof(
  fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary" }),
);

Deno.test("a value is printed exactly, wherever a template puts it", () => {
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      const [one, two] = [a, b].map((text) => printable(text).replaceAll("\n", "⏎")) as [string, string];
      const [first, second] = [EXACT.escape(a), EXACT.escape(b)];
      const table: [commonmark: string, printed: string][] = [
        [`x ${first}, ${second} y`, `x ${one}, ${two} y`],
        [
          `- x${first}
- y${second}z`,
          `<li>x${one}⏎<li>y${two}z`,
        ],
        [`**x${first}**${second}y`, `<b>x${one}</b>${two}y`],
        [`x${first}\n\n> x${second}`, `x${one}⏎<q>x${two}</q>`],
        [`# x${first}\n${second}y`, `<b>x${one}</b>⏎${two}y`],
      ];
      for (const [commonmark, printed] of table) {
        assert.equal(printMarkup(commonmark, SHOWN), printed);
      }
    }),
    { numRuns: 500 },
  );
});

/** An independent reader of markdown. A bare address is not markup: it shows its own target. */
const judge = new Marked({ gfm: true, tokenizer: { url: () => undefined } });

/** The text that a reader of CommonMark sees, and the kinds of markup in it. */
function read(markdown: string): { text: string; kinds: Set<string> } {
  let text = "";
  const kinds = new Set<string>();
  judge.walkTokens(judge.lexer(markdown), (token: Token) => {
    if (token.type === "br" || token.type === "space") text += "\n";
    else if (token.type === "escape" || token.type === "text" && !token.tokens) text += token.text;
    if (!["paragraph", "text", "escape", "br", "space"].includes(token.type)) kinds.add(token.type);
  });
  return { text, kinds };
}

Deno.test("no value becomes CommonMark, and a reader sees all of it", () => {
  const lines = (text: string): string =>
    printable(text).replaceAll("\u00a0", " ").split("\n").map((line) => line.trim()).join("\n").trim();
  fc.assert(
    fc.property(hostile, (value) => {
      const { text, kinds } = read(printMarkup(EXACT.escape(value), COMMONMARK));
      assert.deepEqual([...kinds], []);
      assert.equal(lines(text).replace(/\n+/g, "\n"), lines(value).replace(/\n+/g, "\n"));
    }),
    { numRuns: 500 },
  );
});

Deno.test("what people read in a notification has few backslashes", () => {
  const table: [value: string, escaped: string][] = [
    [
      "prod/checkout-7d9f (since 15:52), 97.5 %: up = 1!",
      "prod/checkout-7d9f (since 15:52), 97.5 %: up = 1!",
    ],
    ["http://[::1]:9100/a?b=c", "http://\\[::1\\]:9100/a?b=c"],
    [
      "node_cpu :fire: @here #ops 2026-11-20 10:43:00",
      "node\\_cpu \\:fire: \\@here \\#ops 2026-11-20 10:43:00",
    ],
    ["1. a\n- b\n  --- \n===\n12) c", "1\\. a\n\\- b\n\u00a0\u00a0\\--- \n\\===\n12\\) c"],
  ];
  for (const [value, escaped] of table) assert.equal(COMMONMARK.escape(value), escaped);
});

Deno.test("no value becomes HTML, and a reader sees all of it", () => {
  fc.assert(fc.property(hostile, (value) => {
    const html = printMarkup(`**x${EXACT.escape(value)}**`, HTML);
    const [, inside = ""] = /^<b>([^<>]*)<\/b>$/.exec(html) ?? assert.fail(html);
    const shown = inside.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
      .replaceAll("&amp;", "&");
    assert.equal(shown, `x${printable(value)}`);
  }));
});
